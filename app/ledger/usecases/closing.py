"""Close a book year: its result goes to the capital and the next year opens; reopening is explicit and takes that back."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction
from app.ledger import queries
from app.ledger.entries import EntryDraft, LineDraft
from app.ledger.models import BookPeriod, BookYear, JournalEntry
from app.ledger.queries.reports import result_balances
from app.ledger.usecases.locking import lock_books
from app.ledger.usecases.posting import post_entry, reverse_entry
from app.ledger.usecases.years import claim, open_book_year


def close_book_year(book_year_id: int) -> int | None:
    """Close the oldest open year and return the entry that moved its result to the capital, or None when there was none.

    That entry takes income and costs to zero on the last day; the next year is opened when it does not exist yet.
    Raises NotFound; DomainError `earlier_year_open`, `wrong_state`, `account_missing`, `account_inactive`.
    """
    with transaction() as session:
        year = _year(session, book_year_id)
        lock_books(year.organisation_id)
        earlier = session.scalars(
            select(BookYear)
            .where(BookYear.organisation_id == year.organisation_id, BookYear.first_day < year.first_day, BookYear.state != "closed")
            .order_by(BookYear.first_day)
        ).first()
        if earlier is not None:
            raise DomainError(
                "earlier_year_open", f"Boekjaar {year} kan nog niet dicht: boekjaar {earlier} staat nog open. Sluit dat eerst af."
            )
        if year.state == "blocked":
            claim(session, year, "unblock")
        periods = session.scalars(select(BookPeriod).where(BookPeriod.book_year_id == year.id).order_by(BookPeriod.first_day)).all()
        if periods[-1].state == "blocked":
            claim(session, periods[-1], "unblock")
        entry_id = _move_result(year)
        for period in periods:
            if period.state != "closed":
                claim(session, period, "close")
        claim(session, year, "close")
        following = year.last_day + timedelta(days=1)
        open_book_year(year.organisation_id, following.year, following.month)
        return entry_id


def reopen_book_year(book_year_id: int, reason: str) -> None:
    """Open the newest closed year again and take the move of its result back; the reason goes into the audit trail.

    Raises NotFound; DomainError `reason_missing`, `later_year_closed`, `wrong_state`.
    """
    with transaction() as session:
        year = _year(session, book_year_id)
        lock_books(year.organisation_id)
        if not reason.strip():
            raise DomainError("reason_missing", f"Schrijf waarom boekjaar {year} weer open moet: de reden wordt bewaard.")
        later = session.scalars(
            select(BookYear).where(
                BookYear.organisation_id == year.organisation_id, BookYear.first_day > year.first_day, BookYear.state == "closed"
            )
        ).first()
        if later is not None:
            raise DomainError("later_year_closed", f"Boekjaar {year} kan niet open: boekjaar {later} is al afgesloten. Heropen dat eerst.")
        claim(session, year, "reopen")
        for period in session.scalars(select(BookPeriod).where(BookPeriod.book_year_id == year.id, BookPeriod.state == "closed")):
            claim(session, period, "reopen")
        audit.record("reopen", BookYear.__tablename__, year.id, year.organisation_id, reason=reason.strip())
        taken_back = select(JournalEntry.reverses_id).where(
            JournalEntry.organisation_id == year.organisation_id, JournalEntry.reverses_id.is_not(None)
        )
        closing = session.scalar(
            select(JournalEntry.id).where(
                JournalEntry.source_table == BookYear.__tablename__,
                JournalEntry.source_id == year.id,
                JournalEntry.reverses_id.is_(None),
                JournalEntry.id.not_in(taken_back),
            )
        )
        if closing is not None:
            reverse_entry(closing, year.last_day, f"Heropenen van boekjaar {year}")


def _year(session: Session, book_year_id: int) -> BookYear:
    year = session.get(BookYear, book_year_id)
    if year is None:
        raise NotFound("Dit boekjaar bestaat niet (meer), of hoort niet bij jouw omgeving.")
    return year


def _move_result(year: BookYear) -> int | None:
    """Post what takes income and costs of the year to zero. Accounts that went inactive since are closed all the same."""
    balances = result_balances(year.organisation_id, year.first_day, year.last_day)
    if not balances:
        return None
    capital = queries.account_for(year.organisation_id, "equity")
    text = f"Resultaat van boekjaar {year}"
    lines = [LineDraft(account_id, -cents, text) for account_id, cents in balances]
    if result := sum(cents for _, cents in balances):
        lines.append(LineDraft(capital.id, result, text))
    draft = EntryDraft("memorial", year.last_day, text, tuple(lines), BookYear.__tablename__, year.id)
    return post_entry(year.organisation_id, draft, also_inactive=True).id
