"""Which account, which period: what posting needs to know beforehand."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select

from app.kernel.db import db
from app.kernel.errors import DomainError
from app.ledger.booking_days import BookingDays, PeriodFact
from app.ledger.models import PURPOSES, BookPeriod, BookYear, CostCentre, LedgerAccount
from app.organisations.queries import administration_of

CONTROL = ("debtors", "creditors")  # the purposes whose lines are open items


class AccountFact(NamedTuple):
    """What posting asks of an account."""

    id: int
    number: str
    name: str
    is_active: bool
    is_control: bool


def account_for(organisation_id: int, purpose: str) -> LedgerAccount:
    """Return the active account of an administration for a purpose; of several the one with the lowest number.

    Raises DomainError `account_missing`.
    """
    found = db.session.scalars(
        select(LedgerAccount)
        .where(LedgerAccount.organisation_id == organisation_id, LedgerAccount.purpose == purpose, LedgerAccount.is_active)
        .order_by(LedgerAccount.number)
    ).first()
    if found is None:
        raise DomainError(
            "account_missing",
            f"Deze administratie heeft geen actieve grootboekrekening met het doel “{PURPOSES[purpose]}”. "
            "Vul het doel in op een grootboekrekening, of zet het standaardschema klaar.",
            purpose=purpose,
        )
    return found


def account_by_number(organisation_id: int, number: str) -> LedgerAccount:
    """Return an account by its number. Raises DomainError `account_unknown`."""
    found = db.session.scalar(select(LedgerAccount).where(LedgerAccount.organisation_id == organisation_id, LedgerAccount.number == number))
    if found is None:
        raise DomainError(
            "account_unknown", f"Grootboekrekening {number} bestaat niet in deze administratie. Kies een andere.", number=number
        )
    return found


def account_facts(organisation_id: int) -> dict[int, AccountFact]:
    """Return every account of an administration by id."""
    rows = db.session.execute(
        select(LedgerAccount.id, LedgerAccount.number, LedgerAccount.name, LedgerAccount.is_active, LedgerAccount.purpose).where(
            LedgerAccount.organisation_id == organisation_id
        )
    )
    return {row.id: AccountFact(row.id, row.number, row.name, row.is_active, row.purpose in CONTROL) for row in rows}


def booking_days(organisation_id: int) -> BookingDays:
    """Return on which days may be posted in an administration. Raises NotFound when the organisation keeps no books."""
    rows = db.session.execute(
        select(
            BookPeriod.book_year_id,
            BookYear.name,
            BookYear.first_day,
            BookYear.state,
            BookPeriod.name,
            BookPeriod.first_day,
            BookPeriod.last_day,
            BookPeriod.state,
        )
        .join(BookYear, BookYear.id == BookPeriod.book_year_id)
        .where(BookPeriod.organisation_id == organisation_id)
    )
    return BookingDays(administration_of(organisation_id).starts_on, (PeriodFact(*row) for row in rows))


def cost_centres_known(ids: Collection[int]) -> set[int]:
    """Return which of these cost centres the actor may use."""
    return set(db.session.scalars(select(CostCentre.id).where(CostCentre.id.in_(ids)))) if ids else set()
