"""What the screens of the books show beside the rows: balances, totals, what settled and reversed what. One question per page."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, select

from app.kernel.db import db
from app.ledger.models import JournalEntry, JournalLine, Settlement, SettlementPart
from app.ledger.queries.totals import total
from app.relations.models import Relation


def balances_of(account_ids: Collection[int]) -> dict[int, int]:
    """Return what stands on each of these accounts now, debit positive, over all years."""
    asked = select(JournalLine.account_id, total(JournalLine.amount_cents)).where(JournalLine.account_id.in_(account_ids))
    found = {row[0]: row[1] for row in db.session.execute(asked.group_by(JournalLine.account_id))}
    return {account_id: found.get(account_id, 0) for account_id in account_ids}


def totals_of(entry_ids: Collection[int]) -> dict[int, int]:
    """Return the sum of the debit side of each of these entries."""
    asked = select(JournalLine.entry_id, total(JournalLine.amount_cents)).where(
        JournalLine.entry_id.in_(entry_ids), JournalLine.amount_cents > 0
    )
    return {row[0]: row[1] for row in db.session.execute(asked.group_by(JournalLine.entry_id))}


class SettledPart(NamedTuple):
    """One item in a settlement, and how much of it was taken off."""

    settlement_id: int
    settled_on: date
    line_id: int
    item_number: str | None
    relation_name: str | None
    entry_date: date
    amount_cents: int


def parts_of_line(line_id: int) -> list[SettledPart]:
    """Return what was settled of a line, in order."""
    return _settled_parts(SettlementPart.line_id == line_id)


def parts_of_settlement(settlement_id: int) -> list[SettledPart]:
    """Return the items of a settlement."""
    return _settled_parts(SettlementPart.settlement_id == settlement_id)


def _settled_parts(condition: ColumnElement[bool]) -> list[SettledPart]:
    rows = db.session.execute(
        select(
            Settlement.id,
            Settlement.settled_on,
            JournalLine.id,
            JournalLine.item_number,
            Relation.display_name,
            JournalEntry.entry_date,
            SettlementPart.amount_cents,
        )
        .join(SettlementPart, SettlementPart.settlement_id == Settlement.id)
        .join(JournalLine, JournalLine.id == SettlementPart.line_id)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .outerjoin(Relation, Relation.id == JournalLine.relation_id)
        .where(condition)
        .order_by(SettlementPart.id)
    )
    return [SettledPart(*row) for row in rows]


def settled_cents_of(settlement_ids: Collection[int]) -> dict[int, int]:
    """Return how much each of these settlements took off at one side."""
    asked = select(SettlementPart.settlement_id, total(SettlementPart.amount_cents)).where(
        SettlementPart.settlement_id.in_(settlement_ids), SettlementPart.amount_cents > 0
    )
    return {row[0]: row[1] for row in db.session.execute(asked.group_by(SettlementPart.settlement_id))}


def undoing(settlement: Settlement) -> Settlement | None:
    """Return the settlement that undid this one, or None."""
    asked = select(Settlement).where(Settlement.organisation_id == settlement.organisation_id, Settlement.reverses_id == settlement.id)
    return db.session.scalar(asked)


def reversing(entry: JournalEntry) -> JournalEntry | None:
    """Return the entry that took this one back, or None."""
    asked = select(JournalEntry).where(JournalEntry.organisation_id == entry.organisation_id, JournalEntry.reverses_id == entry.id)
    return db.session.scalar(asked)
