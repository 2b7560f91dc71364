"""Makes forms from columns: a field for each kind, with the checks that the table asks."""

from __future__ import annotations

from typing import Any, ClassVar

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
    NumberPick,
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
from views.rows import RowsField
from views.shapes import Shape, fields_of, is_asked, kept_of, picker

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
    when: ClassVar[dict[str, tuple[str, tuple[str, ...]]]] = {}

    def refuse(self, name: str, message: str) -> bool:
        """Put a refusal at its field, or at the choice that hides it; `relation_id` is found as `relation`, a shaped column as its first part.

        Returns whether there is such a field.
        """
        name = next((known for known in (name, name.removesuffix("_id")) if known in self._fields), name)
        if name not in self._fields and (table := self._table_of(name)):
            table.refuse(name.removeprefix(f"{table.name}."), message)
            return True
        if name not in self._fields:
            name = next((known for known in self._fields if known.startswith(f"{name}.")), name)
        while name in self.when and self.when[name][0] in self._fields and not is_asked(self, name):
            name = self.when[name][0]
        field = self._fields.get(name)
        if field is None or field is self.version_seen:
            return False
        field.errors = [*field.errors, message]
        return True

    def _table_of(self, path: str) -> RowsField | None:
        return next((field for field in self if isinstance(field, RowsField) and path.startswith(f"{field.name}.")), None)


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


def make_form(view: Any, columns: list[str], *, is_new: bool, shapes: dict[str, Shape] | None = None) -> type[AdminForm]:
    """Return the form class over these columns of a screen; a column with a shape gives a field for each part."""
    fields: dict[str, Any] = {}
    when = dict(view.applies)
    parts = {column: fields_of(view.view_name, column, shape, view.references) for column, shape in (shapes or {}).items()}
    for name, choice in view.one_of.items():
        when.update({way: (name, (way,)) for way in choice.ways})
    for column in columns:
        head = column.partition(".")[0]
        if head in parts:
            made, asked, _labels = parts[head]
            fields.update(made if column == head else {column: made[column]})
            when.update(asked)
        elif column in view.one_of:
            fields[column] = picker(view.one_of[column])
        else:
            fields[column] = make_field(view, column, is_new=is_new)
    for column, (made, _asked, _labels) in parts.items():
        if column in when:  # what the column hangs on, its parts hang on too
            when.update({path: when[column] for path in made if path not in when})
    return type(f"{view.view_name}{'Add' if is_new else 'Edit'}Form", (AdminForm,), {**fields, "when": when})


def answers(form: AdminForm, view: Any, columns: list[str], shapes: dict[str, Shape] | None = None) -> dict[str, Any]:
    """Return what was filled in by attribute: of a related row its number; empty text where the table wants text is "".

    What was not asked, because something else was chosen, is empty.
    """
    model, shapes = view.datamodel.obj, shapes or {}
    found: dict[str, Any] = {}
    for column in columns:
        head = column.partition(".")[0]
        if head in shapes:
            found[head] = kept_of(form, head, shapes[head]) if is_asked(form, head) else shapes[head].nothing()
            continue
        if column in view.one_of:
            yes_no = [way for way in view.one_of[column].ways if kind_of(model, way) == "boolean"]
            found.update({way: form[column].data == way for way in yes_no if form[column].data})
            continue
        field = form[column]
        value = field.value() if isinstance(field, ThreeWayField | NumberPick) else field.data
        if not is_asked(form, column):
            value = None
        held = column_of(model, key_of(model, column))
        if value is None and held is not None and not held.nullable and kind_of(model, column) in ("text", "long_text"):
            value = ""
        if value is None and kind_of(model, column) == "json" and held is not None and not held.nullable:
            value = held.default.arg(None) if held.default is not None and held.default.is_callable else []
        if value is None and held is not None and not held.nullable and held.default is not None and held.default.is_scalar:
            value = held.default.arg
        found[key_of(model, column)] = value
    return found
