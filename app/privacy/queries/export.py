"""All that is kept of a person, as sections with Dutch names: values for a machine, and texts for a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, inspect, select

from app.custom_fields.models import CustomField
from app.custom_fields.values import shown as custom_shown
from app.kernel import clock
from app.kernel.db import Cents, db
from app.kernel.money import euros
from app.kernel.periods import dutch_date
from app.privacy.person import PERSON
from app.privacy.queries import person
from app.relations.models import Relation

_ANOTHER = "een andere relatie"
_TRAIL = {"at": "Wanneer", "actor": "Door", "action": "Wat", "table_name": "Soort gegeven", "changes": "Oude en nieuwe waarden"}
_ACTIONS = {"insert": "toegevoegd", "update": "gewijzigd", "delete": "verwijderd"}


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of data: what its columns are called, its rows as they are kept, and the same as text."""

    table: str
    title: str
    columns: Mapping[str, str]
    rows: tuple[dict[str, Any], ...]
    texts: tuple[dict[str, str], ...]


def sections_of(relation_id: int) -> list[Section]:
    """Return what is kept of a person, as far as the actor may see it; kinds of which there is nothing are left out. Raises NotFound."""
    found = person.rows_of(relation_id)
    labels = {str(row.id): row for row in db.session.scalars(select(CustomField))}
    made = []
    for kept in PERSON:
        rows = found[kept.table]
        if rows:
            values = [{column: _value(row, column, relation_id, labels) for column in kept.shown} for row in rows]
            texts = [{column: _text(row, column, one[column]) for column in kept.shown} for row, one in zip(rows, values, strict=True)]
            made.append(Section(kept.table, kept.title, kept.shown, tuple(values), tuple(texts)))
    lines = person.audit_lines(person.trail_of(relation_id, found, [kept.table for kept in PERSON if kept.table != "household"]))
    if lines:
        values = [{column: _plain(getattr(line, column)) for column in _TRAIL} for line in lines]
        titles = {kept.table: kept.title for kept in PERSON}
        texts = [
            {
                **{column: _said(one[column]) for column in _TRAIL},
                "at": _moment(line.at),
                "action": _ACTIONS.get(line.action, line.action),
                "table_name": titles.get(line.table_name, line.table_name),
            }
            for line, one in zip(lines, values, strict=True)
        ]
        made.append(Section("audit_record", "Logboek", _TRAIL, tuple(values), tuple(texts)))
    return made


def _value(row: Any, column: str, relation_id: int, fields: Mapping[str, CustomField]) -> Any:
    """Return a value as the export has it: another row by its name, but never another person."""
    value = getattr(row, column)
    if column == "custom_values":
        known = {key: fields[key] for key in value or {} if key in fields}
        return {known[key].label if key in known else key: custom_shown(known[key].kind, one) if key in known else one
                for key, one in (value or {}).items()}  # fmt: skip
    if value is not None and column.endswith("_id"):
        return _related(row, column, value, relation_id)
    return _plain(value)


def _related(row: Any, column: str, value: int, relation_id: int) -> Any:
    link = inspect(type(row)).relationships.get(column.removesuffix("_id"))
    if link is None:
        return value
    if link.mapper.class_ is Relation:
        return value if value == relation_id else _ANOTHER
    related = getattr(row, link.key)
    return str(related) if related is not None else value


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _text(row: Any, column: str, value: Any) -> str:
    raw = getattr(row, column)
    if raw is None or value in ("", None, {}, []):
        return ""
    if isinstance(raw, bool):
        return "ja" if raw else "nee"
    if isinstance(raw, datetime):
        return _moment(raw)
    if isinstance(raw, date):
        return dutch_date(raw)
    table_column = row.__table__.c.get(column)
    if table_column is not None and isinstance(table_column.type, Cents):
        return euros(raw)
    return _words(row, column).get(raw, _said(value)) if isinstance(raw, str) else _said(value)


def _words(row: Any, column: str) -> Mapping[str, str]:
    for constraint in row.__table__.constraints:
        if isinstance(constraint, CheckConstraint) and constraint.info.get("column") == column:
            words: Mapping[str, str] = constraint.info["words"]
            return words
    return {}


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_said(one)}" for name, one in value.items())
    if isinstance(value, list):
        return " → ".join("leeg" if one is None else _said(one) for one in value)
    return "" if value is None else str(value)


def _moment(value: datetime) -> str:
    local = clock.local(value) if value.tzinfo else value
    return f"{dutch_date(local.date())} {local:%H:%M}"
