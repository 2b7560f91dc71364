"""Custom fields on generated screens: in the form, on the card, in the filters, in the file and in the history.

A screen declares on what its fields stand: `custom_holder = "relation"`. Shown are the fields of the environment and those above it, and of
a row those of its own organisation, as far as the user may read them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import g, request
from flask_babel import lazy_gettext as _

from app.custom_fields.queries import chain_of, fields_at
from app.custom_fields.values import Field, merged, shown, typed
from app.kernel.actor import the_actor
from views.custom_filters import filters_of
from views.fields import CentsField, DayField, LineField, PickField, ScaledField, TicksField, YesNoField
from views.formats import CLASSES, nothing, yes_no
from views.forms import AdminForm, Needed, NotLonger
from views.listing import ListColumn, SearchBox

LONGEST = 500
_BOX_KINDS = {"number": "number", "amount": "cents", "date": "date", "yes_no": "boolean"}


def name_of(field: Field) -> str:
    """Return what a field is called in forms and addresses."""
    return f"custom_{field.key}"


def _form_field(field: Field) -> Any:
    checks: list[Any] = [Needed()] if field.is_required else []
    common = {"label": field.label, "description": field.help}
    words = {choice: choice for choice in field.choices}
    if field.kind == "yes_no":
        return YesNoField(**common)
    if field.kind == "choice":
        return PickField(validators=checks, words=words, blank=True, **common)
    if field.kind == "choices":
        return TicksField(validators=checks, words=words, **common)
    if field.kind == "number":
        return ScaledField(validators=checks, decimals=3, **common)
    plain = {"amount": CentsField, "date": DayField}.get(field.kind)
    return plain(validators=checks, **common) if plain else LineField(validators=[*checks, NotLonger(LONGEST)], **common)


@lru_cache(maxsize=256)
def _with_fields(form: type[AdminForm], fields: tuple[Field, ...]) -> type[AdminForm]:
    return type(form.__name__, (form,), {name_of(field): _form_field(field) for field in fields})


class CustomValues:
    """What a screen gets by declaring `custom_holder`."""

    custom_holder = ""
    custom_title = _("Custom fields")
    datamodel: Any
    view_name: str
    add_form: Any
    edit_form: Any

    def custom_fields(self, item: Any = None) -> tuple[Field, ...]:
        """Return the fields that hold for a row, or in this environment; asked once per request."""
        actor = the_actor()
        here = actor.ancestor_ids | ({actor.organisation_id} - {None})
        own = None if item is None else item.id if self.custom_holder == "organisation" else item.organisation_id
        at = here if own is None or own in here else here | (chain_of(own) & actor.readable_ids)
        kept = g.setdefault("custom_fields", {})
        key = (self.custom_holder, at)
        if key not in kept:
            kept[key] = tuple(fields_at(at, self.custom_holder))
        found: tuple[Field, ...] = kept[key]
        return found

    # ---------------------------------------------------------------- form

    def form_of(self, item: Any) -> Any:
        """Return the form class with the fields."""
        return _with_fields(self.add_form if item is None else self.edit_form, self.custom_fields(item))

    def more_start(self, item: Any) -> dict[str, Any]:
        """Return what is filled in."""
        return {name_of(field): typed(field, item.custom_values) for field in self.custom_fields(item)}

    def more_answers(self, form: Any, item: Any) -> dict[str, Any]:
        """Return what the row keeps. Raises DomainError at the field."""
        fields = self.custom_fields(item)
        if not fields:
            return {}
        given = {field.key: form[name_of(field)].data for field in fields}
        return {"custom_values": merged(fields, given, None if item is None else item.custom_values)}

    def more_fieldsets(self, item: Any) -> list[tuple[Any, dict[str, Any]]]:
        """Return the fieldset of the fields."""
        fields = self.custom_fields(item)
        return [(self.custom_title, {"fields": [name_of(field) for field in fields]})] if fields else []

    # ---------------------------------------------------------------- card, file and history

    def more_facts(self, item: Any) -> list[tuple[Any, list[tuple[str, Any, Any]]]]:
        """Return the card of the fields."""
        values = item.custom_values or {}
        facts = [(name_of(field), field.label, _shown(field, values.get(field.key))) for field in self.custom_fields(item)]
        return [(self.custom_title, facts)] if facts else []

    def more_columns(self, boxes: dict[str, Any]) -> list[tuple[ListColumn, Callable[[Any], Any]]]:
        """Return a column of the list for each field that says so."""

        def cell_of(field: Field) -> Callable[[Any], Any]:
            return lambda item: _shown(field, (item.custom_values or {}).get(field.key))

        return [
            (
                ListColumn(
                    name_of(field), field.label, CLASSES.get(_BOX_KINDS.get(field.kind, ""), ""), None, "", boxes.get(name_of(field))
                ),
                cell_of(field),
            )
            for field in self.custom_fields()
            if field.is_on_list
        ]

    def more_export(self) -> list[tuple[str, Callable[[Any], str]]]:
        """Return a column of the file for each field."""

        def text_of(field: Field) -> Callable[[Any], str]:
            return lambda item: shown(field.kind, (item.custom_values or {}).get(field.key))

        return [(field.label, text_of(field)) for field in self.custom_fields()]

    def custom_changes(self, pair: Any) -> list[tuple[str, str, str]]:
        """Return label, old and new of each field that one line of the audit trail changed."""
        old, new = (pair[0] or {}, pair[1] or {}) if isinstance(pair, list) and len(pair) == 2 else ({}, {})
        known = {field.key: field for field in fields_at(the_actor().readable_ids, self.custom_holder, only_active=False)}
        changed = [key for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key) and key in known]
        return [
            (known[key].label, shown(known[key].kind, old.get(key)) or "–", shown(known[key].kind, new.get(key)) or "–") for key in changed
        ]

    # ---------------------------------------------------------------- filters

    def more_filters(self) -> dict[str, list[Any]]:
        """Return the comparisons of each field."""
        return {name_of(field): filters_of(field, name_of(field), self.datamodel) for field in self.custom_fields()}

    def more_boxes(self) -> dict[str, SearchBox]:
        """Return the search control of each field."""
        made = {}
        for field in self.custom_fields():
            name = name_of(field)
            offered = filters_of(field, name, self.datamodel)
            names = [f"_flt_{index}_{name}" for index in range(len(offered))]
            asked = next((one for one in names if request.args.get(one)), names[0])
            choices = [(choice, choice) for choice in field.choices]
            made[name] = SearchBox(
                column=name,
                label=field.label,
                kind=_BOX_KINDS.get(field.kind, "text"),
                name=asked,
                value=request.args.get(asked, ""),
                comparisons=[(one, str(filter_.name)) for one, filter_ in zip(names, offered, strict=True)],
                choices=[("y", str(_("yes"))), ("n", str(_("no")))] if field.kind == "yes_no" else choices,
            )
        return made


def _shown(field: Field, value: Any) -> Any:
    if field.kind == "yes_no":
        return yes_no(bool(value))
    return shown(field.kind, value) or nothing()
