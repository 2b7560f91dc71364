"""Open items: debtor and creditor lines and what is left of them, now or on a day in the past."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select

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


def open_of_line(on: date | None = None) -> ColumnElement[int]:
    """Return the SQL for what is left of a journal line, now or at the end of a day."""
    settled = select(total(SettlementPart.amount_cents)).where(SettlementPart.line_id == JournalLine.id)
    if on is not None:
        settled = settled.join(Settlement, Settlement.id == SettlementPart.settlement_id).where(Settlement.settled_on <= on)
    return JournalLine.amount_cents - settled.correlate(JournalLine).scalar_subquery()


def items_statement(organisation_id: int, on: date | None = None, purposes: Collection[str] = CONTROL) -> Select[Any]:
    """Return the statement that lists the open items of an administration as the columns of `OpenItem`."""
    left = open_of_line(on)
    statement = (
        select(
            JournalLine.id.label("line_id"),
            JournalLine.account_id,
            JournalLine.relation_id,
            JournalLine.item_number,
            JournalEntry.entry_date,
            JournalLine.due_date,
            JournalLine.amount_cents,
            left.label("open_cents"),
        )
        .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(JournalLine.organisation_id == organisation_id, LedgerAccount.purpose.in_(purposes), left != 0)
    )
    return statement if on is None else statement.where(JournalEntry.entry_date <= on)


def open_items(
    organisation_id: int, relation_ids: Collection[int] | None = None, on: date | None = None, purposes: Collection[str] = CONTROL
) -> list[OpenItem]:
    """Return the open items of an administration, oldest due first: of everybody or of some relations, now or on a day in the past."""
    statement = items_statement(organisation_id, on, purposes).order_by(
        func.coalesce(JournalLine.due_date, JournalEntry.entry_date), JournalLine.id
    )
    if relation_ids is None:
        return [OpenItem(*row) for row in db.session.execute(statement)]
    found = [
        OpenItem(*row) for part in _parts(relation_ids) for row in db.session.execute(statement.where(JournalLine.relation_id.in_(part)))
    ]
    return sorted(found, key=lambda item: (item.due_date or item.entry_date, item.line_id))


def open_cents_of(line_ids: Collection[int]) -> dict[int, int]:
    """Return what is left of each of these lines, also when that is nothing."""
    found: dict[int, int] = {}
    for part in _parts(line_ids):
        rows = db.session.execute(select(JournalLine.id, open_of_line()).where(JournalLine.id.in_(part)))
        found.update((row[0], row[1]) for row in rows)
    return found


def item_facts(organisation_id: int, line_ids: Collection[int]) -> dict[int, ItemFact]:
    """Return what settling must know of these lines of an administration; lines of another are left out."""
    found: dict[int, ItemFact] = {}
    for part in _parts(line_ids):
        rows = db.session.execute(
            select(
                JournalLine.id,
                JournalLine.account_id,
                JournalLine.relation_id,
                LedgerAccount.purpose,
                JournalLine.item_number,
                JournalEntry.entry_date,
                open_of_line(),
            )
            .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
            .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
            .where(JournalLine.organisation_id == organisation_id, JournalLine.id.in_(part))
        )
        for line_id, account_id, relation_id, purpose, number, day, left in rows:
            found[line_id] = ItemFact(line_id, account_id, relation_id, purpose in CONTROL, number, day, left)
    return found


def _parts(ids: Iterable[int]) -> Iterable[list[int]]:
    source = iter(ids)
    while part := list(islice(source, _BATCH)):
        yield part
