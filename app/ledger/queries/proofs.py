"""The invariants of the books, each a question that should find nothing. They trust neither the program nor the triggers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, func, literal, or_, select

from app.kernel.db import db
from app.kernel.models import NumberSeries
from app.kernel.money import euros
from app.kernel.periods import dutch_date
from app.ledger.checking import Check, Violation, first_missing
from app.ledger.models import JOURNALS, BookYear, JournalEntry, JournalLine, LedgerAccount, Settlement, SettlementPart
from app.ledger.queries.accounts import CONTROL
from app.ledger.queries.chain_proof import chain_intact
from app.ledger.queries.totals import total
from app.organisations.queries import administration_of
from app.relations.models import Relation


def _shown(entry: Any) -> str:
    return f"{JOURNALS.get(entry.journal, entry.journal)} {entry.number} van {dutch_date(entry.entry_date)}"


_NAMED = (JournalEntry.journal, JournalEntry.number, JournalEntry.entry_date)


def entries_balance(organisation_id: int) -> Iterator[Violation]:
    """Every entry adds up to zero and has two lines or more."""
    entries = select(JournalEntry.id.label("entry_id"), literal(0).label("cents"), literal(0).label("lines")).where(
        JournalEntry.organisation_id == organisation_id
    )
    lines = select(JournalLine.entry_id, JournalLine.amount_cents, literal(1)).where(JournalLine.organisation_id == organisation_id)
    stacked = entries.union_all(lines).subquery()  # summed, not joined: one pass over each
    count = func.sum(stacked.c.lines)
    wrong = db.session.execute(
        select(stacked.c.entry_id, total(stacked.c.cents).label("cents"), count.label("count"))
        .group_by(stacked.c.entry_id)
        .having(or_(total(stacked.c.cents) != 0, count < 2))
        .order_by(stacked.c.entry_id)
    )
    for row in wrong:
        what = f"de regels tellen op tot {euros(row.cents)}" if row.cents else f"de boeking heeft {row.count} regels"
        entry = db.session.execute(select(*_NAMED).where(JournalEntry.id == row.entry_id)).first()
        yield Violation("entry_balances", _shown(entry) if entry else f"regels zonder boeking ({row.entry_id})", what)


def lines_not_zero(organisation_id: int) -> Iterator[Violation]:
    """No line is zero."""
    rows = db.session.execute(
        select(*_NAMED, JournalLine.position)
        .join(JournalLine, JournalLine.entry_id == JournalEntry.id)
        .where(JournalLine.organisation_id == organisation_id, JournalLine.amount_cents == 0)
    )
    for row in rows:
        yield Violation("line_not_zero", _shown(row), f"regel {row.position} is nul")


def entries_sealed(organisation_id: int) -> Iterator[Violation]:
    """Every entry is sealed, so that nothing in it can change."""
    rows = db.session.execute(select(*_NAMED).where(JournalEntry.organisation_id == organisation_id, JournalEntry.is_sealed.is_(False)))
    for row in rows:
        yield Violation("entry_sealed", _shown(row), "de boeking is niet verzegeld en kan nog veranderen")


def numbers_unbroken(organisation_id: int) -> Iterator[Violation]:
    """Entry numbers count from 1 per journal and book year, and end where the counter of the series stands."""
    year_of = {
        row.id: row
        for row in db.session.execute(
            select(BookYear.id, BookYear.name, BookYear.first_day).where(BookYear.organisation_id == organisation_id)
        )
    }
    series = db.session.execute(
        select(NumberSeries.series, NumberSeries.year, NumberSeries.last_number).where(
            NumberSeries.organisation_id == organisation_id, NumberSeries.series.startswith("entry:")
        )
    )
    given = {(row.series.removeprefix("entry:"), row.year): row.last_number for row in series}
    entry = JournalEntry
    rows = db.session.execute(
        select(
            entry.journal,
            entry.book_year_id,
            func.count().label("count"),
            func.min(entry.number).label("first"),
            func.max(entry.number).label("last"),
        )
        .where(entry.organisation_id == organisation_id)
        .group_by(entry.journal, entry.book_year_id)
        .order_by(entry.journal, entry.book_year_id)
    ).all()
    for row in rows:
        year = year_of.get(row.book_year_id)
        where = f"{JOURNALS.get(row.journal, row.journal)}, boekjaar {year.name if year else row.book_year_id}"
        if row.first != 1 or row.last != row.count:
            numbers = db.session.scalars(
                select(entry.number)
                .where(entry.organisation_id == organisation_id, entry.journal == row.journal, entry.book_year_id == row.book_year_id)
                .order_by(entry.number)
            )
            yield Violation("numbers_unbroken", where, f"bij nummer {first_missing(numbers)} klopt de reeks niet")
        counted = given.pop((row.journal, year.first_day.year if year else 0), 0)
        if counted != row.last:
            yield Violation("numbers_unbroken", where, f"het laatste nummer is {row.last}, maar er zijn {counted} nummers uitgegeven")
    for (name, year_number), last in given.items():
        if last:
            where = f"{JOURNALS.get(name, name)}, boekjaar {year_number}"
            yield Violation("numbers_unbroken", where, f"er zijn {last} nummers uitgegeven, maar er is geen boeking")


def control_accounts(organisation_id: int) -> Iterator[Violation]:
    """Debtors and creditors: the balance of the account equals the open items, per relation and so in total.

    An item is open for its amount minus what was settled of it, so the two are equal when what was settled adds up to zero.
    """
    rows = db.session.execute(
        select(LedgerAccount.number, Relation.number.label("relation"), total(SettlementPart.amount_cents).label("cents"))
        .join(JournalLine, JournalLine.id == SettlementPart.line_id)
        .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
        .outerjoin(Relation, Relation.id == JournalLine.relation_id)
        .where(SettlementPart.organisation_id == organisation_id)
        .group_by(LedgerAccount.number, JournalLine.relation_id, Relation.number)
        .having(total(SettlementPart.amount_cents) != 0)
    )
    for row in rows:
        detail = f"het saldo en de openstaande posten verschillen {euros(row.cents)}"
        yield Violation("control_account", f"rekening {row.number}, relatie {row.relation}", detail)


def items_not_overdrawn(organisation_id: int) -> Iterator[Violation]:
    """No item is settled for more than it is, and only debtor and creditor lines with a relation are items."""
    settled = (
        select(SettlementPart.line_id, total(SettlementPart.amount_cents).label("cents"))
        .where(SettlementPart.organisation_id == organisation_id)
        .group_by(SettlementPart.line_id)
        .subquery("settled")
    )
    amount = JournalLine.amount_cents
    lines = (
        select(*_NAMED, JournalLine.position, amount.label("cents"))
        .join(JournalLine, JournalLine.entry_id == JournalEntry.id)
        .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
        .where(JournalLine.organisation_id == organisation_id)
    )
    overdrawn = or_(
        and_(or_(LedgerAccount.purpose.is_(None), LedgerAccount.purpose.not_in(CONTROL)), settled.c.cents != 0),
        func.abs(settled.c.cents) > func.abs(amount),
        and_(settled.c.cents > 0, amount < 0),
        and_(settled.c.cents < 0, amount > 0),
    )
    rows = db.session.execute(
        lines.join(settled, settled.c.line_id == JournalLine.id).add_columns(settled.c.cents.label("settled")).where(overdrawn)
    )
    for row in rows:
        yield Violation("open_item", _shown(row), f"regel {row.position} van {euros(row.cents)} is vereffend voor {euros(row.settled)}")
    for row in db.session.execute(lines.where(LedgerAccount.purpose.in_(CONTROL), JournalLine.relation_id.is_(None))):
        yield Violation("open_item", _shown(row), f"regel {row.position} is een openstaande post zonder relatie")


def settlements_balance(organisation_id: int) -> Iterator[Violation]:
    """The parts of every settlement add up to zero."""
    rows = db.session.execute(
        select(Settlement.id, Settlement.settled_on, total(SettlementPart.amount_cents).label("cents"))
        .outerjoin(SettlementPart, SettlementPart.settlement_id == Settlement.id)
        .where(Settlement.organisation_id == organisation_id)
        .group_by(Settlement.id, Settlement.settled_on)
        .having(or_(total(SettlementPart.amount_cents) != 0, func.count(SettlementPart.id) < 2))
    )
    for row in rows:
        yield Violation(
            "settlement_balances", f"vereffening {row.id} van {dutch_date(row.settled_on)}", f"de delen tellen op tot {euros(row.cents)}"
        )


def days_inside(organisation_id: int) -> Iterator[Violation]:
    """Nothing is posted before the administration began or outside its book year."""
    starts_on = administration_of(organisation_id).starts_on
    rows = db.session.execute(
        select(*_NAMED, BookYear.name)
        .outerjoin(BookYear, BookYear.id == JournalEntry.book_year_id)
        .where(
            JournalEntry.organisation_id == organisation_id,
            or_(
                JournalEntry.entry_date < starts_on,
                BookYear.id.is_(None),
                JournalEntry.entry_date < BookYear.first_day,
                JournalEntry.entry_date > BookYear.last_day,
            ),
        )
    )
    for row in rows:
        if row.entry_date < starts_on:
            yield Violation("posting_day", _shown(row), f"de administratie begint pas op {dutch_date(starts_on)}")
        else:
            yield Violation("posting_day", _shown(row), f"de datum valt buiten boekjaar {row.name}")


def closed_years_empty(organisation_id: int) -> Iterator[Violation]:
    """A closed year left nothing on income and costs: its result is in the capital, and nothing came in afterwards."""
    rows = db.session.execute(
        select(BookYear.name, LedgerAccount.number, total(JournalLine.amount_cents).label("cents"))
        .join(JournalEntry, JournalEntry.book_year_id == BookYear.id)
        .join(JournalLine, JournalLine.entry_id == JournalEntry.id)
        .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
        .where(BookYear.organisation_id == organisation_id, BookYear.state == "closed", LedgerAccount.type.in_(("income", "expense")))
        .group_by(BookYear.name, LedgerAccount.number)
        .having(total(JournalLine.amount_cents) != 0)
    )
    for row in rows:
        yield Violation("closed_year", f"boekjaar {row.name}, rekening {row.number}", f"na het afsluiten staat er {euros(row.cents)}")


CHECKS: tuple[Check, ...] = (
    entries_balance,
    lines_not_zero,
    entries_sealed,
    numbers_unbroken,
    control_accounts,
    items_not_overdrawn,
    settlements_balance,
    days_inside,
    closed_years_empty,
    chain_intact,
)


def counts(organisation_id: int) -> tuple[int, int]:
    """Return how many entries and lines an administration holds."""
    entries, lines = (
        db.session.scalar(select(func.count()).select_from(mapped).where(mapped.organisation_id == organisation_id)) or 0
        for mapped in (JournalEntry, JournalLine)
    )
    return entries, lines


def head(organisation_id: int) -> tuple[int, str] | None:
    """Return the last place in the chain and its hash: kept elsewhere, it shows later that the tail was not cut."""
    row = db.session.execute(
        select(JournalEntry.chain, JournalEntry.hash)
        .where(JournalEntry.organisation_id == organisation_id)
        .order_by(JournalEntry.chain.desc())
    ).first()
    return (row.chain, row.hash) if row else None
