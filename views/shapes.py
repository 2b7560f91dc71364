"""Form fields of a JSON column, made from the schema that says what may stand in it; there is no second description.

`SettingsSchema` (of `app.contributions.adjustments.settings`) decides: the class of a field is its control, its metadata hold label and help.
A field of the form is called by its path: `settings.variant`; a table is one field with rows, `settings.rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import marshmallow as ma

from app.contributions.adjustments.settings import (
    Cents,
    Choice,
    Day,
    EuroNumber,
    FieldName,
    FormulaText,
    Hundredths,
    Number,
    Numbered,
    OneOf,
    Points,
    Reference,
    Rows,
    SettingsSchema,
    Share,
    Whole,
    YesNo,
)
from views.fields import (
    CentsField,
    DayField,
    LineField,
    NumberField,
    NumberPick,
    PickField,
    RelatedField,
    ScaledField,
    TextField,
    TicksField,
    YesNoField,
)
from views.lookups import Lookup
from views.rows import ExactField, RowsField

When = tuple[str, tuple[str, ...]]
"""Asked only when the field of this name has one of these values."""


@dataclass(frozen=True)
class Shape:
    """The schema of a JSON column. `pack` and `unpack` turn the mapping of the schema into what the column keeps, and back."""

    schema: type[SettingsSchema]
    pack: Callable[[dict[str, Any]], Any] = lambda kept: kept
    unpack: Callable[[Any], Mapping[str, Any]] = lambda kept: kept or {}
    nothing: Callable[[], Any] = dict


@dataclass(frozen=True)
class References:
    """What the numbers and names in settings point at, by the word of the schema: rows to look up, or words to choose from."""

    rows: Mapping[str, Lookup]
    words: Mapping[str, Callable[..., Mapping[str, str]]]


def parts_of(column: str, shape: Shape) -> list[str]:
    """Return the names of the form fields of a column, in the order of the schema; a choice stands before what it chooses."""
    schema = shape.schema()
    found: list[str] = []
    for name in schema.on_screen():
        chooser = _chooser(schema, name)
        if chooser and f"{column}.{chooser}" not in found:
            found.append(f"{column}.{chooser}")
        found.append(f"{column}.{name}")
    return found


def fields_of(view: str, column: str, shape: Shape, references: References) -> tuple[dict[str, Any], dict[str, When], dict[str, Any]]:
    """Return the unbound form fields of a column by name, when each is asked, and what each is called."""
    schema = shape.schema()
    fields: dict[str, Any] = {}
    when: dict[str, When] = {}
    for path in parts_of(column, shape):
        name = path.partition(".")[2]
        if name in schema.ONE_OF:
            fields[path] = picker(schema.ONE_OF[name])
            continue
        field = schema.fields[name]
        fields[path] = _field(view, field, references)
        if chooser := _chooser(schema, name):
            when[path] = (f"{column}.{chooser}", (name,))
        elif "when" in field.metadata:
            when[path] = (f"{column}.{field.metadata['when'][0]}", tuple(field.metadata["when"][1]))
    return fields, when, {path: fields[path].kwargs["label"] for path in fields}


def picker(choice: OneOf) -> Any:
    """Return the unbound field that asks which of several fields is filled in."""
    return PickField(words=dict(choice.ways), label=choice.label, default=next(iter(choice.ways)))


def way_of(choice: OneOf, values: Mapping[str, Any]) -> str:
    """Return which of several fields is filled in; the first when none is."""
    return next((way for way in choice.ways if values.get(way) not in (None, "", False, [], {})), next(iter(choice.ways)))


def start_of(column: str, shape: Shape, kept: Any) -> dict[str, Any]:
    """Return what the form fields of a column begin with, from what the column keeps."""
    schema, values = shape.schema(), shape.unpack(kept)
    found: dict[str, Any] = {}
    for name, choice in schema.ONE_OF.items():
        found[f"{column}.{name}"] = next((way for way in choice.ways if values.get(way) not in (None, "")), next(iter(choice.ways)))
    for name, field in schema.fields.items():
        value = values.get(name, None if field.load_default is ma.missing else field.load_default)
        found[f"{column}.{name}"] = _shown(field, value)
    return found


def kept_of(form: Any, column: str, shape: Shape) -> Any:
    """Return what the column is to keep, from the form: what was not asked, is empty or is what the schema takes by itself is left out."""
    schema = shape.schema()
    kept: dict[str, Any] = {}
    for name, field in schema.fields.items():
        path = f"{column}.{name}"
        if path not in form or not is_asked(form, path):
            continue
        value = _kept(field, form[path].data)
        if value in (None, "", []) or (value == field.load_default and type(value) is type(field.load_default)):
            continue
        kept[name] = value
    return shape.pack(kept)


def is_asked(form: Any, name: str) -> bool:
    """Whether a field of a form applies, given what was chosen in others."""
    if name not in form.when:
        return True
    other, values = form.when[name]
    return other not in form or ((form[other].data is None or form[other].data in values) and is_asked(form, other))


def _chooser(schema: SettingsSchema, name: str) -> str:
    return next((chooser for chooser, choice in schema.ONE_OF.items() if name in choice.ways), "")


def _field(view: str, field: Any, references: References) -> Any:
    """Return the unbound form field of one field of a schema."""
    label, said = field.metadata.get("label", ""), field.metadata.get("help", "")
    make = partial(_CONTROLS.get(type(field), LineField), label=label, description=said)
    if isinstance(field, Rows):
        return _rows(view, field, references, label, said)
    if isinstance(field, Choice):
        return PickField(words=field.words, blank=True, label=label, description=said)
    if isinstance(field, Numbered):
        return NumberPick(words=field.words, blank=True, label=label, description=said)
    if isinstance(field, Reference):
        if field.of in references.rows:
            return RelatedField(lookup=references.rows[field.of], view=view, key=f"number.{field.of}", label=label, description=said)
        if field.of in references.words:
            return PickField(words=dict(references.words[field.of]()), blank=True, label=label, description=said)
        return NumberField(label=label, description=said)
    if isinstance(field, FieldName) and "field" in references.words:
        return PickField(words=dict(references.words["field"](*field.metadata.get("kinds", ()))), blank=True, label=label, description=said)
    return make()


_CONTROLS: Mapping[type[Any], Any] = {
    Whole: NumberField,
    Cents: CentsField,
    Points: ScaledField,
    Share: ScaledField,
    Hundredths: ScaledField,
    Number: ExactField,
    EuroNumber: partial(ExactField, scale=100),
    Day: DayField,
    YesNo: YesNoField,
    FormulaText: TextField,
}


def _rows(view: str, field: Rows, references: References, label: str, said: str) -> Any:
    if "words" in field.metadata:
        return TicksField(words=dict(references.words[field.metadata["words"]]()), label=label, description=said)
    inner = field.inner
    if isinstance(inner, ma.fields.Nested):
        columns = {name: _field(view, inner.schema.fields[name], references) for name in inner.schema.on_screen()}
        return RowsField(columns=columns, label=label, description=said)
    columns = {"value": _field(view, inner, references)}
    return RowsField(
        columns=columns,
        is_plain=True,
        ordinal=field.metadata.get("ordinal", ""),
        most=field.metadata.get("most", 500),
        label=label,
        description=said,
    )


def _shown(field: Any, value: Any) -> Any:
    """Return a kept value as its form field takes it."""
    if isinstance(field, Rows):
        inner = field.inner
        if isinstance(inner, ma.fields.Nested):
            return [{name: _shown(column, row.get(name)) for name, column in inner.schema.fields.items()} for row in value or ()]
        return list(value or ()) if "words" in field.metadata else [{"value": _shown(inner, one)} for one in value or ()]
    if isinstance(field, Day) and isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(field, Reference | Numbered) and value is not None:
        return str(value)
    return value


def _kept(field: Any, value: Any) -> Any:
    """Return what a form field gives as it is kept."""
    if isinstance(field, Rows) and isinstance(field.inner, ma.fields.Nested):
        columns = field.inner.schema.fields
        rows = [{name: _kept(columns[name], cell) for name, cell in row.items()} for row in value or ()]
        return [{name: cell for name, cell in row.items() if cell not in (None, "", False)} for row in rows]
    if isinstance(field, Rows) and value and isinstance(value[0], dict):
        cells = [_kept(field.inner, row["value"]) for row in value]
        return [cell or 0 for cell in cells] if "ordinal" in field.metadata else cells
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(field, Reference | Numbered) and value not in (None, ""):
        return int(value)
    return value
