"""Finds every row that is about one person, as far as the actor may see it, by what `app.privacy.person` declares."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select, tuple_

from app.bank.models import StatementLine
from app.documents.models import StoredDocument
from app.enrollment.models import Enrollment
from app.kernel.bulk import among
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.kernel.models import AuditRecord
from app.ledger.models import BookYear
from app.mail.models import Message
from app.privacy.person import BY_TABLE, LAW_YEARS, PERSON
from app.relations.models import Relation

Found = Mapping[str, list[Any]]


@cache
def model_of(table: str) -> Any:
    """Return the class behind a table."""
    return next(mapper.class_ for mapper in Model.registry.mappers if getattr(mapper.class_, "__tablename__", "") == table)


def rows_of(relation_id: int) -> dict[str, list[Any]]:
    """Return the rows about a relation by table, in the order of the declaration. Raises NotFound."""
    found: dict[str, list[Any]] = {}
    for kept in PERSON:
        model = model_of(kept.table)
        ways: list[ColumnElement[bool]] = []
        for column, source in kept.by:
            values = _values(found, source, relation_id)
            if values:
                ways.append(_is_among(getattr(model, column), values))
        if more := _MORE.get(kept.table):
            ways += more(found)
        found[kept.table] = list(db.session.scalars(select(model).where(or_(*ways)).order_by(model.id))) if ways else []
        if kept.table == "relation" and not found["relation"]:
            raise NotFound
    return found


def _values(found: Found, source: str, relation_id: int) -> list[Any]:
    table, _dot, column = source.partition(".")
    if table == "relation" and not column:
        return [relation_id]
    return sorted({value for row in found[table] if (value := getattr(row, column or "id")) is not None})


def _is_among(column: Any, values: list[Any]) -> ColumnElement[bool]:
    if isinstance(column.type, String):
        return func.lower(column).in_([value.lower() for value in values])
    return among(column, values)


def emails_of(found: Found) -> list[str]:
    """Return the e-mail addresses on the card."""
    return sorted({point.value.lower() for point in found["contact_point"] if point.kind == "email"})


def _enrollments(found: Found) -> list[ColumnElement[bool]]:
    """Say which requests are of the same person without pointing at the card: same address, surname and day of birth."""
    card, emails = found["relation"][0], emails_of(found)
    if not emails or card.birth_date is None:
        return []
    same = (func.lower(Enrollment.email).in_(emails), Enrollment.surname == card.surname, Enrollment.birth_date == card.birth_date)
    return [and_(Enrollment.relation_id.is_(None), *same)]


def _messages(found: Found) -> list[ColumnElement[bool]]:
    """Say which messages are about the enrollments of a person: their key names it."""
    ids = [row.id for row in found["enrollment"]]
    return [
        and_(Message.kind == "enrollment", or_(Message.key.like(f"enrollment-%:{number}"), Message.key.like(f"enrollment-%:{number}:%")))
        for number in ids
    ]


def _documents(found: Found) -> list[ColumnElement[bool]]:
    pairs = [(table, row.id) for table in ("relation", "invoice", "enrollment", "mandate") for row in found[table]]
    return [tuple_(StoredDocument.subject_table, StoredDocument.subject_id).in_(pairs)]


_MORE: dict[str, Callable[[Found], list[ColumnElement[bool]]]] = {
    "enrollment": _enrollments, "message": _messages, "stored_document": _documents,
}  # fmt: skip


# ------------------------------------------------------------------ the trail


def trail_of(relation_id: int, found: Found, tables: Iterable[str] | None = None) -> list[int]:
    """Return the numbers of the lines of the trail about these rows, and about rows of the person that are no longer there."""
    numbers: set[int] = set()
    for table in BY_TABLE if tables is None else tables:
        ids = {row.id for row in found[table]}
        link = next((column for column, source in BY_TABLE[table].by if source == "relation" and column != "id"), None)
        if link is not None:
            ids |= set(_gone(table, link, relation_id))
        numbers |= set(lines_about(table, sorted(ids)))
    return sorted(numbers)


def lines_about(table: str, ids: list[int]) -> list[int]:
    """Return the numbers of the lines of the trail about these rows."""
    if not ids:
        return []
    return list(db.session.scalars(select(AuditRecord.id).where(AuditRecord.table_name == table, among(AuditRecord.row_id, ids))))


def _gone(table: str, link: str, relation_id: int) -> Iterable[int]:
    """Return the rows that pointed at a card when they were made or deleted."""
    pointed = cast(AuditRecord.changes[link][0].as_string(), String)
    asked = select(AuditRecord.row_id).where(
        AuditRecord.table_name == table, AuditRecord.action.in_(("insert", "delete")), pointed == str(relation_id)
    )
    return {number for number in db.session.scalars(asked) if number is not None}


def lines_with(texts: Iterable[str]) -> list[int]:
    """Return the lines of the trail that hold one of these texts, whatever row they are about. Reads the whole trail."""
    columns = cast(AuditRecord.changes, String)
    ways = [columns.contains(_as_json(text), autoescape=True) for text in dict.fromkeys(texts) if len(text) >= 4]
    return list(db.session.scalars(select(AuditRecord.id).where(or_(*ways)))) if ways else []


def lines_of_lists_with(text: str) -> list[int]:
    """Return the lines about no row of their own, as of an exported list, that hold a text."""
    asked = select(AuditRecord.id).where(AuditRecord.row_id.is_(None), AuditRecord.action == "export")
    return list(db.session.scalars(asked.where(cast(AuditRecord.changes, String).contains(_as_json(text), autoescape=True))))


def _as_json(text: str) -> str:
    """Return a text as it stands in a JSON column: letters beyond ASCII are written out there."""
    return json.dumps(text)[1:-1]


def audit_lines(numbers: Iterable[int]) -> list[AuditRecord]:
    """Return these lines of the trail, oldest first."""
    return list(db.session.scalars(select(AuditRecord).where(among(AuditRecord.id, sorted(numbers))).order_by(AuditRecord.id)))


# ------------------------------------------------------------------ what tax law keeps


def bound_by_law(table: str, row: Any, found: Found) -> bool:
    """Whether tax law asks to keep this row."""
    if table == "mandate":
        return row.last_used_on is not None or any(one.mandate_id == row.id for one in found["collection"])
    if table == "charge":
        return row.state in ("posted", "credited")
    if table == "invoice":
        return row.state == "posted"
    if table == "stored_document":
        return row.subject_table == "invoice" or any(one.document_id == row.id for one in found["invoice"])
    return table in ("collection", "statement_line", "invoice_line", "journal_line", "settlement_part", "statement_target")


def kept_until(found: Found) -> date | None:
    """Return the last day on which tax law asks for anything of a person; None when it asks for nothing."""
    days = [(row.organisation_id, row.invoice_date) for row in found["invoice"]]
    days += [(row.organisation_id, row.batch.collect_on) for row in found["collection"]]
    days += [(row.organisation_id, row.booked_on) for row in found["statement_line"]]
    days += [(row.organisation_id, row.entry.entry_date) for row in found["journal_line"]]
    days += [(row.organisation_id, row.last_used_on) for row in found["mandate"] if row.last_used_on]
    return max((law_ends(organisation_id, day) for organisation_id, day in set(days)), default=None)


def law_ends(organisation_id: int, day: date) -> date:
    """Return until when the books of a day are kept: so many years after the end of its book year."""
    asked = select(BookYear.last_day).where(
        BookYear.organisation_id == organisation_id, BookYear.first_day <= day, BookYear.last_day >= day
    )
    last = db.session.scalar(asked) or date(day.year, 12, 31)
    return date(last.year + LAW_YEARS, last.month, 28) if (last.month, last.day) == (2, 29) else last.replace(year=last.year + LAW_YEARS)


def lines_naming(name: str) -> ColumnElement[bool]:
    """Say in SQL which bank lines name somebody in why they were proposed; these are of others."""
    text = _as_json(name)
    return or_(*(cast(column, String).contains(text, autoescape=True) for column in (StatementLine.reasons, StatementLine.candidates)))


def card(relation_id: int) -> Relation:
    """Return the card. Raises NotFound."""
    row = db.session.scalar(select(Relation).where(Relation.id == relation_id))
    if row is None:
        raise NotFound
    return row
