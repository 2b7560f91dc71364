"""What was posted, summed by the database: trial balance, balance sheet, profit and loss, ledger card and journal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import and_, case, func, select

from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.periods import Period, add_months, dutch_date
from app.ledger.models import BookYear, JournalEntry, JournalLine, LedgerAccount
from app.ledger.queries.totals import total
from app.ledger.statements import (
    RESULT_TYPES,
    AccountTotals,
    BalanceSheet,
    ProfitLoss,
    TrialRow,
    balance_sheet_of,
    profit_loss_of,
    trial_balance_of,
)
from app.relations.models import Relation


class CardLine(NamedTuple):
    """One line on the card of an account, with the balance after it."""

    line_id: int
    entry_id: int
    entry_date: date
    journal: str
    number: int
    description: str
    relation_name: str | None
    item_number: str | None
    amount_cents: int
    balance_cents: int


class LedgerCard(NamedTuple):
    """The card of an account over a period: balance before, lines, balance after."""

    account: LedgerAccount
    opening_cents: int
    lines: list[CardLine]
    closing_cents: int


def year_of(organisation_id: int, on: date) -> Period:
    """Return the book year of a day, or the last one that began before it. Raises DomainError `no_book_year`."""
    found = db.session.execute(
        select(BookYear.first_day, BookYear.last_day)
        .where(BookYear.organisation_id == organisation_id, BookYear.first_day <= on)
        .order_by(BookYear.first_day.desc())
    ).first()
    if found is None:
        raise DomainError("no_book_year", f"Er is geen boekjaar voor {dutch_date(on)}. Kies een latere datum of open eerst een boekjaar.")
    return Period(found.first_day, found.last_day)


def first_day_of_year(organisation_id: int, on: date) -> date:
    """Return the first day of the book year of a day; see `year_of`."""
    return year_of(organisation_id, on).first_day or on


def account_totals(organisation_id: int, first_day: date, last_day: date) -> list[AccountTotals]:
    """Return what was posted on each account before and in a period, in the order of their numbers."""
    amount = JournalLine.amount_cents
    inside = JournalEntry.entry_date >= first_day
    closing = and_(inside, JournalEntry.source_table == BookYear.__tablename__)

    def sum_where(condition: object, cents: object = amount) -> object:
        return total(case((condition, cents), else_=0))  # type: ignore[arg-type]

    rows = db.session.execute(
        select(
            JournalLine.account_id,
            sum_where(~inside),  # type: ignore[arg-type]
            sum_where(and_(inside, amount > 0)),  # type: ignore[arg-type]
            sum_where(and_(inside, amount < 0), -amount),  # type: ignore[arg-type]
            sum_where(closing),  # type: ignore[arg-type]
        )
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(JournalLine.organisation_id == organisation_id, JournalEntry.entry_date <= last_day)
        .group_by(JournalLine.account_id)
    )
    sums = {row[0]: row[1:] for row in rows}
    accounts = db.session.execute(
        select(LedgerAccount.id, LedgerAccount.number, LedgerAccount.name, LedgerAccount.type)
        .where(LedgerAccount.organisation_id == organisation_id)
        .order_by(LedgerAccount.number)
    )
    return [AccountTotals(*account, *sums[account.id]) for account in accounts if account.id in sums]


def trial_balance(organisation_id: int, on: date) -> list[TrialRow]:
    """Return the trial balance of the book year of a day, up to and including that day."""
    first_day = first_day_of_year(organisation_id, on)
    return trial_balance_of(account_totals(organisation_id, first_day, on))


def balance_sheet(organisation_id: int, on: date) -> BalanceSheet:
    """Return the balance sheet at the end of a day."""
    return balance_sheet_of(trial_balance(organisation_id, on))


def profit_loss(organisation_id: int, on: date) -> ProfitLoss:
    """Return income and costs of the book year of a day up to it, next to the same part of the year before."""
    first_day = first_day_of_year(organisation_id, on)
    before = account_totals(organisation_id, add_months(first_day, -12), min(add_months(on, -12), first_day - timedelta(days=1)))
    return profit_loss_of(account_totals(organisation_id, first_day, on), before)


def result_balances(organisation_id: int, first_day: date, last_day: date) -> list[tuple[int, int]]:
    """Return income and cost accounts with what a year left on them, as (account, cents)."""
    found = [
        (a.account_id, a.debit_cents - a.credit_cents)
        for a in account_totals(organisation_id, first_day, last_day)
        if a.type in RESULT_TYPES
    ]
    return [(account_id, cents) for account_id, cents in found if cents]


def ledger_card(
    organisation_id: int, account_id: int, first_day: date, last_day: date, limit: int | None = 200, offset: int = 0
) -> LedgerCard:
    """Return the card of an account over a period, in order of date and posting; `limit` lines from `offset` on.

    Raises DomainError `account_unknown`.
    """
    account = db.session.scalar(
        select(LedgerAccount).where(LedgerAccount.organisation_id == organisation_id, LedgerAccount.id == account_id)
    )
    if account is None:
        raise DomainError("account_unknown", "Deze grootboekrekening bestaat niet in deze administratie. Kies een andere.")
    posted = (
        select(JournalLine.id)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(JournalLine.organisation_id == organisation_id, JournalLine.account_id == account_id)
    )
    amount = JournalLine.amount_cents
    opening, closing = db.session.execute(
        posted.with_only_columns(total(case((JournalEntry.entry_date < first_day, amount), else_=0)), total(amount)).where(
            JournalEntry.entry_date <= last_day
        )
    ).one()
    order = (JournalEntry.entry_date, JournalEntry.chain, JournalLine.position)
    rows = db.session.execute(
        posted.with_only_columns(
            JournalLine.id,
            JournalLine.entry_id,
            JournalEntry.entry_date,
            JournalEntry.journal,
            JournalEntry.number,
            func.coalesce(func.nullif(JournalLine.description, ""), JournalEntry.description),
            Relation.display_name,
            JournalLine.item_number,
            amount,
            func.sum(amount).over(order_by=order),
        )
        .outerjoin(Relation, Relation.id == JournalLine.relation_id)
        .where(JournalEntry.entry_date.between(first_day, last_day))
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    )
    return LedgerCard(account, opening, [CardLine(*row[:-1], opening + int(row[-1])) for row in rows], closing)


def journal(
    organisation_id: int, first_day: date, last_day: date, name: str | None = None, limit: int = 200, after_chain: int = 0
) -> list[JournalEntry]:
    """Return entries of a period in order of posting, of one journal or of all; `after_chain` is where the last page ended."""
    statement = (
        select(JournalEntry)
        .where(
            JournalEntry.organisation_id == organisation_id,
            JournalEntry.entry_date.between(first_day, last_day),
            JournalEntry.chain > after_chain,
        )
        .order_by(JournalEntry.chain)
        .limit(limit)
    )
    return list(db.session.scalars(statement if name is None else statement.where(JournalEntry.journal == name)))
