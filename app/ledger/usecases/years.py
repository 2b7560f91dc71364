"""The chart, the book years and their periods: set up, block, close and reopen."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import DomainError, NotFound
from app.kernel.periods import dutch_date
from app.kernel.unit_of_work import transaction
from app.ledger.booking_days import months_of, year_name
from app.ledger.chart import CHART
from app.ledger.models import BOOK_STATES, BookPeriod, BookYear, LedgerAccount
from app.ledger.usecases.locking import lock_books
from app.organisations.queries import administration_of


def set_up_chart(organisation_id: int) -> int:
    """Add the accounts of the ready chart that an administration does not have yet and return how many. Twice is once."""
    with transaction() as session:
        administration_of(organisation_id)
        lock_books(organisation_id)
        known = set(session.scalars(select(LedgerAccount.number).where(LedgerAccount.organisation_id == organisation_id)))
        missing = [account for account in CHART if account.number not in known]
        session.add_all(LedgerAccount(organisation_id=organisation_id, **account._asdict()) for account in missing)
        session.flush()
        return len(missing)


def open_book_year(organisation_id: int, year: int, first_month: int = 1) -> int:
    """Open the book year that begins in a calendar year, with its twelve months, and return its id. Twice is once.

    Raises DomainError `year_before_start` when it ends before the administration begins and `years_overlap`.
    """
    with transaction() as session:
        administration = administration_of(organisation_id)
        lock_books(organisation_id)
        months = months_of(year, first_month)
        first, last = months[0].first_day, months[-1].last_day
        known = session.scalar(
            select(BookYear).where(BookYear.organisation_id == organisation_id, BookYear.first_day <= last, BookYear.last_day >= first)
        )
        if known is not None and (known.first_day, known.last_day) == (first, last):
            return known.id
        if known is not None:
            raise DomainError(
                "years_overlap",
                f"Het boekjaar vanaf {dutch_date(first)} valt samen met boekjaar {known} ({dutch_date(known.first_day)} t/m {dutch_date(known.last_day)}). "
                "Kies een ander jaar of een andere eerste maand.",
            )
        if last < administration.starts_on:
            raise DomainError(
                "year_before_start",
                f"Boekjaar {year_name(year, first_month)} eindigt voor het begin van de administratie op {dutch_date(administration.starts_on)}. Kies een later jaar.",
            )
        row = BookYear(organisation_id=organisation_id, name=year_name(year, first_month), first_day=first, last_day=last, state="open")
        session.add(row)
        session.flush()
        session.add_all(
            BookPeriod(
                organisation_id=organisation_id,
                book_year_id=row.id,
                name=month.name,
                first_day=month.first_day,
                last_day=month.last_day,
                state="open",
            )
            for month in months
        )
        session.flush()
        return row.id


def block_periods(period_ids: Collection[int]) -> None:
    """Stop posting in periods, all or none. Raises NotFound and DomainError `wrong_state`."""
    with transaction():
        for period_id in period_ids:
            _step_period(period_id, "block")


def unblock_periods(period_ids: Collection[int]) -> None:
    """Allow posting in blocked periods again, all or none. Raises NotFound and DomainError `wrong_state`."""
    with transaction():
        for period_id in period_ids:
            _step_period(period_id, "unblock")


def block_period(period_id: int) -> None:
    """Stop posting in a period; see `block_periods`."""
    block_periods([period_id])


def unblock_period(period_id: int) -> None:
    """Allow posting in a blocked period again; see `unblock_periods`."""
    unblock_periods([period_id])


def _step_period(period_id: int, verb: str) -> None:
    with transaction() as session:
        period = session.get(BookPeriod, period_id)
        if period is None:
            raise NotFound("Deze periode bestaat niet (meer), of hoort niet bij jouw omgeving.")
        lock_books(period.organisation_id)
        claim(session, period, verb)


def claim(session: Session, row: BookPeriod | BookYear, verb: str) -> None:
    """Take one step with a period or year, unless somebody else was first. Raises DomainError `wrong_state`."""
    session.refresh(row)
    row.state = BOOK_STATES.target(verb, row.state)
    session.flush()
