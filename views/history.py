"""What happened to a row, from the audit trail, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.kernel.db import db
from app.kernel.models import AuditRecord
from views.columns import kind_of, link_of, words_of
from views.formats import as_text, moment, nothing
from views.lookups import Lookup
from views.seeing import hidden_of

SHOWN = 30


@dataclass(frozen=True)
class Change:
    """One column that changed, in words."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Line:
    """One moment in the life of a row."""

    at: datetime
    actor: str
    verb: str
    changes: list[Change]


def lines_of(view: Any, item: Any, limit: int = SHOWN) -> list[Line]:
    """Return the last changes to a row, newest first."""
    found = db.session.scalars(
        select(AuditRecord)
        .where(AuditRecord.table_name == view.datamodel.obj.__tablename__, AuditRecord.row_id == item.id)
        .order_by(AuditRecord.id.desc())
        .limit(limit)
    )
    return [
        Line(record.at, record.actor, _verb(record.action), changes_in(view, record) if record.action == "update" else [])
        for record in found
    ]


def _verb(action: str) -> str:
    words = {
        "insert": _("added"),
        "update": _("changed"),
        "delete": _("deleted"),
        "add_members": _("put relations in"),
        "remove_members": _("took relations out"),
        "clear_values": _("wiped the values"),
    }
    return words.get(action, action)


def changes_in(view: Any, record: AuditRecord) -> list[Change]:
    """Return the changes of one audit line, as far as the screen knows the columns."""
    made = []
    hidden = hidden_of(view.datamodel.obj)
    for column, pair in record.changes.items():
        if column in hidden:
            continue
        if column == "custom_values":
            made += [Change(*change) for change in view.custom_changes(pair)] if hasattr(view, "custom_changes") else []
            continue
        name = column.removesuffix("_id")
        label = view.label_columns.get(column) or view.label_columns.get(name)
        if label is None:
            continue
        values = pair if isinstance(pair, list) and len(pair) <= 2 else [pair]
        shown = [_shown(view, column, value) for value in values]
        old, new = (shown[0], shown[1]) if len(shown) == 2 else ("", shown[0])
        made.append(Change(str(label), old, new))
    return made


def _shown(view: Any, column: str, value: Any) -> str:
    if value is None:
        return as_text(nothing()) or "–"
    words = words_of(view.datamodel.obj, column)
    if words:
        return words.get(value, str(value))
    link = link_of(view.datamodel.obj, column.removesuffix("_id"))
    if link is not None and not link.uselist:
        row = Lookup(link.mapper.class_).find(value)
        return str(row) if row is not None else str(value)
    kind = kind_of(view.datamodel.obj, column)
    if kind == "moment" and isinstance(value, str):
        return as_text(moment(datetime.fromisoformat(value)))
    if kind == "cents" and isinstance(value, int):
        return as_text(view.formatter(column)(value))
    if kind == "boolean":
        return _("yes") if value else _("no")
    if kind == "date" and isinstance(value, str) and len(value) == 10:
        return f"{value[8:]}-{value[5:7]}-{value[:4]}"
    return str(value)
