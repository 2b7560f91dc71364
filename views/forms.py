"""Makes forms from columns: a field for each kind, with the checks that the table asks."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.validators import StopValidation

from views.columns import column_of, default_of, is_required, key_of, kind_of, link_of, words_of
from views.fields import (
    CentsField,
    DayField,
    LineField,
    MomentField,
    NumberField,
    PickField,
    RelatedField,
    ScaledField,
    StructureField,
    TextField,
    ThreeWayField,
    TicksField,
    YesNoField,
)
from views.lookups import Lookup

BY_KIND = {
    "cents": CentsField,
    "date": DayField,
    "moment": MomentField,
    "number": NumberField,
    "percent": ScaledField,
    "text": LineField,
    "long_text": TextField,
    "json": StructureField,
}


class Needed:
    """Asks for a value; nought and no are values."""

    field_flags = {"required": True}

    def __call__(self, form: Any, field: Any) -> None:  # noqa: ARG002 - the face is WTForms'
        """Refuse an empty field."""
        if not field.errors and field.data in (None, "", []):
            choose = isinstance(field, RelatedField | PickField | TicksField)
            text = _("Choose something at “%(label)s”.") if choose else _("Fill in “%(label)s”.")
            raise StopValidation(text % {"label": field.label.text})


class NotLonger:
    """Asks for no more characters than fit."""

    def __init__(self, most: int) -> None:
        self.most, self.field_flags = most, {"maxlength": most}

    def __call__(self, form: Any, field: Any) -> None:  # noqa: ARG002
        """Refuse text that does not fit."""
        if isinstance(field.data, str) and len(field.data) > self.most:
            raise StopValidation(
                _(
                    "“%(label)s” has %(count)s characters; at most %(most)s fit.",
                    label=field.label.text,
                    count=len(field.data),
                    most=self.most,
                )
            )


class AdminForm(FlaskForm):
    """What every generated form carries: the version that the user looked at."""

    version_seen = HiddenField()

    def refuse(self, name: str, message: str) -> bool:
        """Put a refusal at its field; `relation_id` is found as `relation`. Returns whether there is such a field."""
        field = self._fields.get(name) or self._fields.get(name.removesuffix("_id"))
        if field is None or field is self.version_seen:
            return False
        field.errors = [*field.errors, message]
        return True


def make_field(view: Any, column: str, *, is_new: bool) -> Any:
    """Return the unbound field for a column of a screen."""
    model = view.datamodel.obj
    kind = kind_of(model, column)
    common: dict[str, Any] = {"label": view.label_columns[column], "description": view.description_columns.get(column, "")}
    required = (is_required(model, column) and column not in view.optional_columns) or column in view.required_columns
    checks: list[Any] = [Needed()] if required else []
    words = view.choices.get(column) or words_of(model, column)
    if is_new and (default := default_of(model, column)) is not None:
        common["default"] = default
    if column in view.fields:
        return view.fields[column](validators=checks, **common)
    if kind == "related":
        target = link_of(model, column).mapper.class_  # type: ignore[union-attr]
        return RelatedField(
            validators=checks, lookup=Lookup(target, view.related_choices.get(column)), view=view.view_name, key=column, **common
        )
    if kind == "json" and words:
        return TicksField(validators=checks, words=words, **common)
    if words:
        held = column_of(model, column)
        filled = held is not None and held.default is not None and not held.nullable
        return PickField(validators=checks, words=words, blank=not filled, **common)
    if kind == "boolean":
        nullable = column_of(model, column).nullable  # type: ignore[union-attr]
        return (ThreeWayField if nullable else YesNoField)(**common)
    if column in view.scaled_columns:
        return ScaledField(validators=checks, decimals=view.scaled_columns[column], **common)
    if kind == "text" and (length := getattr(column_of(model, column).type, "length", None)):  # type: ignore[union-attr]
        checks.append(NotLonger(length))
    if kind not in BY_KIND:
        raise TypeError(f"{view.view_name}: column {column} ({kind}) cannot stand in a form")
    return BY_KIND[kind](validators=checks, **common)


def make_form(view: Any, columns: list[str], *, is_new: bool) -> type[AdminForm]:
    """Return the form class over these columns of a screen."""
    fields = {column: make_field(view, column, is_new=is_new) for column in columns}
    return type(f"{view.view_name}{'Add' if is_new else 'Edit'}Form", (AdminForm,), fields)


def answers(form: AdminForm, model: Any, columns: list[str]) -> dict[str, Any]:
    """Return what was filled in by attribute: of a related row its number; empty text where the table wants text is ""."""
    found: dict[str, Any] = {}
    for column in columns:
        field = form[column]
        value = field.value() if isinstance(field, ThreeWayField) else field.data
        held = column_of(model, key_of(model, column))
        if value is None and held is not None and not held.nullable and kind_of(model, column) in ("text", "long_text"):
            value = ""
        if value is None and kind_of(model, column) == "json" and held is not None and not held.nullable:
            value = held.default.arg(None) if held.default is not None and held.default.is_callable else []
        if value is None and held is not None and not held.nullable and held.default is not None and held.default.is_scalar:
            value = held.default.arg
        found[key_of(model, column)] = value
    return found
