"""One row of every table at every organisation, its texts marked with whose it is: a mark in the wrong page is a leak.

Rows are made from what the tables say of themselves (types, choices, references), so a new table is seeded by itself.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Date, DateTime, Integer, String, Table, insert, select, update
from sqlalchemy import Text as LongText
from sqlalchemy.types import TypeDecorator

from app.kernel.actor import system_actor
from app.kernel.db import Cents, UtcDateTime, db
from app.kernel.unit_of_work import transaction, working_as
from security import scope
from tests.federation import WHERE, Federation

# What a table needs beyond its own description, each for a rule that stands elsewhere.
VALUES: dict[str, dict[str, Any]] = {
    "assignment": {"first_day": date(2019, 1, 1), "last_day": date(2019, 12, 31)},  # gives nobody a right any more
    "book_year": {"last_day": date(2026, 12, 31)},  # after the first day
    "book_period": {"last_day": date(2026, 12, 31)},
    "season": {"last_day": date(2026, 12, 31)},
    "journal_entry": {"is_sealed": False},  # sealed when its lines are there
    "contribution_rule": {"valid_from": date(2026, 1, 1)},
    "invoice": {"number": None, "journal_entry_id": None, "open_item_id": None, "posted_at": None},  # a draft
    "stored_document": {"subject_table": "relation", "content_type": "text/plain", "content": b"x"},
    "adjustment": {"kind": "gift"},
    "relation": {"payer_id": None},
    "passing_on": {"amount_cents": 100, "for_organisation_id": None},  # one of amount and share, to the department
    "function_term": {"last_day": None},
    "message": {"body": None},
    "retention_rule": {"months": 12},
}
SHORTEST_MARKED = 6
IBANS = ["NL91ABNA0417164300", "NL69INGB0123456789", "NL20INGB0001234567", "NL02ABNA0123456789"]


def mark(kind: str, code: str) -> str:
    """Return the mark in the texts of an organisation's rows: `o` its own, `s` what those below may read."""
    return f"q{kind}{code}q"


def forbidden_marks(federation: Federation, own: set[int], readable: set[int]) -> set[str]:
    """Return the marks that somebody with these organisations may never see."""
    return {mark("o", code) for code, number in federation.organisations.items() if number not in own} | {
        mark("s", code) for code, number in federation.organisations.items() if number not in readable
    }


def seed(federation: Federation) -> dict[str, dict[str, int]]:
    """Make the rows in the database of the current application and return their ids by table and organisation code."""
    made: dict[str, dict[str, int]] = {}
    classes = scope._classes_by_table()
    with working_as(system_actor("test")), transaction() as session:
        for code, number in federation.organisations.items():
            texts = {"name": mark("s", code), "town": mark("s", code), "street": mark("s", code)}
            session.execute(
                update(Model.metadata.tables["organisation"]).where(Model.metadata.tables["organisation"].c.id == number).values(**texts)
            )
            made.setdefault("organisation", {})[code] = number
            for who in (who for who, place in WHERE.items() if place == code):
                users = Model.metadata.tables["ab_user"]
                session.execute(update(users).where(users.c.username == who).values(last_name=mark("o", code)))
        for table in Model.metadata.sorted_tables:
            if table.name not in classes or scope.kind_of(classes[table.name]) == "unscoped" or table.name == "organisation":
                continue
            kind = "s" if scope.kind_of(classes[table.name]) == "shared" else "o"
            for index, (code, number) in enumerate(federation.organisations.items()):
                made.setdefault(table.name, {})[code] = _row(table, kind, code, number, index, made)
            if table.name == "journal_line":
                _second_lines(table, made)
    return made


def _row(table: Table, kind: str, code: str, organisation_id: int, index: int, made: dict[str, dict[str, int]]) -> int:
    values = {"organisation_id": organisation_id}
    for column in table.columns:
        if column.name in ("id", "organisation_id"):
            continue
        value = _value(table, column, mark(kind, code), code, index, made)
        if value is not _LEFT_OUT:
            values[column.name] = value
    values |= {name: value for name, value in VALUES.get(table.name, {}).items() if name in table.columns}
    if table.name == "message":
        values["body"] = mark(kind, code)
    if table.name == "administration":
        there = db.session.execute(select(table.c.id).where(table.c.organisation_id == organisation_id)).scalar()
        if there is not None:
            db.session.execute(update(table).where(table.c.id == there).values(**values))
            return there
    return db.session.execute(insert(table).values(**values)).inserted_primary_key[0]


_LEFT_OUT = object()


def _value(table: Table, column: Column[Any], text: str, code: str, index: int, made: dict[str, dict[str, int]]) -> Any:
    targets = {key.column.table.name for key in column.foreign_keys if key.column.name == "id"}
    if targets:
        target = targets.pop()
        if target.startswith("ab_"):
            return index % 2 + 1
        return made.get(target, {}).get(code, _LEFT_OUT if column.nullable else None)
    if choice := _choice(table, column.name):
        return _LEFT_OUT if column.default is not None or column.nullable else choice
    plain = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(plain, String | LongText):
        return _text(column, text, getattr(plain, "length", None) or 500, index)
    return _plain_value(column, plain, index)


def _text(column: Column[Any], text: str, length: int, index: int) -> Any:
    if column.name == "iban" or column.name.endswith("_iban"):
        return IBANS[index % len(IBANS)]
    if "phone" in column.name or "mobile" in column.name:
        return f"+3161234567{index}"
    if "email" in column.name or column.name == "recipient":
        return f"{text}@bond.example"
    return text if length >= SHORTEST_MARKED else (_LEFT_OUT if column.nullable or column.default is not None else "x")


def _plain_value(column: Column[Any], plain: Any, index: int) -> Any:
    if column.nullable or column.default is not None or column.server_default is not None:
        return _LEFT_OUT
    if isinstance(column.type, UtcDateTime) or isinstance(plain, DateTime):
        return datetime(2026, 1, 1, 12, tzinfo=UTC)
    if isinstance(plain, Date):
        return date(2026, 1, 1)
    if isinstance(plain, Boolean):
        return False
    if isinstance(column.type, Cents):
        return 100
    if isinstance(plain, Integer):
        return 9000 + index
    return {} if isinstance(plain, JSON) else b"x"


def _choice(table: Table, name: str) -> str | None:
    """Return the first word that a column may hold when it may not hold any text."""
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint):
            found = re.match(rf"{name} IN \('(\w+)'", str(constraint.sqltext))
            if found:
                return found[1]
    return None


def _second_lines(table: Table, made: dict[str, dict[str, int]]) -> None:
    """Balance each entry and seal it, as the database asks."""
    entries = Model.metadata.tables["journal_entry"]
    for number in made["journal_line"].values():
        line = db.session.execute(select(table).where(table.c.id == number)).mappings().one()
        other = {name: value for name, value in line.items() if name != "id"}
        db.session.execute(insert(table).values(**{**other, "amount_cents": -line["amount_cents"], "position": line["position"] + 1}))
    for number in made["journal_entry"].values():
        db.session.execute(update(entries).where(entries.c.id == number).values(is_sealed=True))
