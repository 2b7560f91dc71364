"""Open items: debtor and creditor lines and what is left of them, now or on a day in the past."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Date, Integer, Select, String, cast, func, null, select

from app.kernel.bulk import among
from app.kernel.db import db
from app.ledger.models import JournalEntry, JournalLine, LedgerAccount, Settlement, SettlementPart
from app.ledger.queries.accounts import CONTROL
from app.ledger.queries.totals import total
from app.ledger.settling import ItemFact

_BATCH = 10_000  # ids per statement: below the parameter limits of both databases


class OpenItem(NamedTuple):
    """An open item. `amount_cents` is what was posted (debit positive), `open_cents` what is left of it."""

    line_id: int
    account_id: int
    relation_id: int | None
    item_number: str | None
    entry_date: date
    due_date: date | None
    amount_cents: int
    open_cents: int


def items_statement(organisation_id: int, on: date | None = None, purposes: Collection[str] = CONTROL) -> Select[Any]:
    """Return the statement that lists the open items of an administration as the columns of `OpenItem`, now or at the end of a day.

    Lines and what was settled of them are stacked and summed, not joined: that takes one pass over each, also where the database
    has no statistics of the tables yet and would read one of them whole for each row of the other.
    """
    empty: ColumnElement[Any] = null()
    settled = select(
        SettlementPart.line_id, cast(empty, Integer), cast(empty, Integer), cast(empty, String), cast(empty, Date), cast(empty, Date),
        cast(empty, BigInteger), (-SettlementPart.amount_cents).label("cents"),
    ).where(SettlementPart.organisation_id == organisation_id)  # fmt: skip
    if on is not None:
        settled = settled.join(Settlement, Settlement.id == SettlementPart.settlement_id).where(Settlement.settled_on <= on)
    stacked = lines_statement(organisation_id, on, purposes).union_all(settled).subquery("stacked")
    column = stacked.c
    return (
        select(
            column.line_id,
            func.max(column.account_id).label("account_id"),
            func.max(column.relation_id).label("relation_id"),
            func.max(column.item_number).label("item_number"),
            func.max(column.entry_date).label("entry_date"),
            func.max(column.due_date).label("due_date"),
            func.max(column.amount_cents).label("amount_cents"),
            total(column.cents).label("open_cents"),
        )
        .group_by(column.line_id)
        .having(total(column.cents) != 0, func.max(column.account_id).is_not(None))
    )


def lines_statement(organisation_id: int, on: date | None, purposes: Collection[str]) -> Select[Any]:
    """Return the statement that lists the lines on control accounts up to a day, each with its amount twice: posted, and `cents`."""
    statement = (
        select(
            JournalLine.id.label("line_id"),
            JournalLine.account_id,
            JournalLine.relation_id,
            JournalLine.item_number,
            JournalEntry.entry_date,
            JournalLine.due_date,
            JournalLine.amount_cents,
            JournalLine.amount_cents.label("cents"),
        )
        .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(JournalLine.organisation_id == organisation_id, LedgerAccount.purpose.in_(purposes))
    )
    return statement if on is None else statement.where(JournalEntry.entry_date <= on)


def open_items(
    organisation_id: int, relation_ids: Collection[int] | None = None, on: date | None = None, purposes: Collection[str] = CONTROL
) -> list[OpenItem]:
    """Return the open items of an administration, oldest due first: of everybody or of some relations, now or on a day in the past."""
    found: list[OpenItem] = []
    if relation_ids is None:
        found = [OpenItem(*row) for row in db.session.execute(items_statement(organisation_id, on, purposes))]
    for part in _parts(relation_ids or ()):
        statement = lines_statement(organisation_id, on, purposes).where(among(JournalLine.relation_id, part))
        lines = [OpenItem(*row) for row in db.session.execute(statement)]
        settled = settled_of([line.line_id for line in lines], on, organisation_id)
        left = (line._replace(open_cents=line.amount_cents - settled.get(line.line_id, 0)) for line in lines)
        found += [item for item in left if item.open_cents]
    return sorted(found, key=lambda item: (item.due_date or item.entry_date, item.line_id))


def settled_of(line_ids: Collection[int], on: date | None = None, organisation_id: int | None = None) -> dict[int, int]:
    """Return what was settled of these lines, now or at the end of a day; lines of which nothing was are left out.

    Who knows that all are of one administration says so: its parts are found by that and the line together.
    """
    found: dict[int, int] = {}
    for part in _parts(line_ids):
        asked = select(SettlementPart.line_id, total(SettlementPart.amount_cents)).where(among(SettlementPart.line_id, part))
        if organisation_id is not None:
            asked = asked.where(SettlementPart.organisation_id == organisation_id)
        if on is not None:
            asked = asked.join(Settlement, Settlement.id == SettlementPart.settlement_id).where(Settlement.settled_on <= on)
        found.update((row[0], row[1]) for row in db.session.execute(asked.group_by(SettlementPart.line_id)))
    return found


def open_cents_of(line_ids: Collection[int]) -> dict[int, int]:
    """Return what is left of each of these lines, also when that is nothing."""
    settled = settled_of(line_ids)
    found: dict[int, int] = {}
    for part in _parts(line_ids):
        rows = db.session.execute(select(JournalLine.id, JournalLine.amount_cents).where(among(JournalLine.id, part)))
        found.update((row[0], row[1] - settled.get(row[0], 0)) for row in rows)
    return found


def item_facts(organisation_id: int, line_ids: Collection[int]) -> dict[int, ItemFact]:
    """Return what settling must know of these lines of an administration; lines of another are left out."""
    found: dict[int, ItemFact] = {}
    settled = settled_of(line_ids, organisation_id=organisation_id)
    for part in _parts(line_ids):
        rows = db.session.execute(
            select(
                JournalLine.id,
                JournalLine.account_id,
                JournalLine.relation_id,
                LedgerAccount.purpose,
                JournalLine.item_number,
                JournalEntry.entry_date,
                JournalLine.amount_cents,
            )
            .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
            .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
            .where(JournalLine.organisation_id == organisation_id, among(JournalLine.id, part))
        )
        for line_id, account_id, relation_id, purpose, number, day, cents in rows:
            found[line_id] = ItemFact(line_id, account_id, relation_id, purpose in CONTROL, number, day, cents - settled.get(line_id, 0))
    return found


def _parts(ids: Iterable[int]) -> Iterable[list[int]]:
    source = iter(ids)
    while part := list(islice(source, _BATCH)):
        yield part
