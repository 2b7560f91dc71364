"""Which income is spread over the months of its period, and how much of it was moved to income."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import and_, case, func, or_, select

from app.contributions.deferral import until_month
from app.contributions.models import Contribution, ContributionRule
from app.invoicing.models import Deferral, DeferralRelease, Invoice, InvoiceLine
from app.kernel.db import db
from app.ledger.models import JournalEntry, JournalLine

Pair: TypeAlias = tuple[int, int, int | None]  # deferral account, account of the income, cost centre
_LINE, _CONTRIBUTION, _RULE = InvoiceLine.__table__.c, Contribution.__table__.c, ContributionRule.__table__.c
CONTRIBUTION_OF_LINE = (Contribution.__table__, _CONTRIBUTION.id == _LINE.contribution_id)
# A line of a period on the account of the contribution or of one of its rules; what stands on an account of its own is not spread.
IS_DEFERRED = and_(
    _CONTRIBUTION.deferral_account_id.is_not(None),
    _LINE.first_day.is_not(None),
    or_(
        _LINE.ledger_account_id == _CONTRIBUTION.ledger_account_id,
        _LINE.ledger_account_id.in_(
            select(_RULE.ledger_account_id).where(_RULE.contribution_id == _CONTRIBUTION.id, _RULE.ledger_account_id.is_not(None))
        ),
    ),
)
POSTED_ON = case((IS_DEFERRED, _CONTRIBUTION.deferral_account_id), else_=_LINE.ledger_account_id)


class Spread(NamedTuple):
    """Lines of one amount and period that are spread alike."""

    pair: Pair
    first_day: date
    last_day: date
    cents: int
    count: int


def deferred_lines(scope: Sequence[Any]) -> list[Spread]:
    """Return what is spread of these posted invoices, equal lines together; amounts as income, without VAT."""
    rows = db.session.connection().execute(
        select(
            _CONTRIBUTION.deferral_account_id, _LINE.ledger_account_id, _LINE.cost_centre_id, _LINE.first_day, _LINE.last_day, _LINE.amount_cents,
            func.count(),
        )
        .select_from(
            InvoiceLine.__table__.join(Invoice.__table__, Invoice.__table__.c.id == _LINE.invoice_id).join(*CONTRIBUTION_OF_LINE)
        )
        .where(*scope, IS_DEFERRED, _LINE.amount_cents != 0)
        .group_by(
            _CONTRIBUTION.deferral_account_id, _LINE.ledger_account_id, _LINE.cost_centre_id, _LINE.first_day, _LINE.last_day, _LINE.amount_cents
        )
    )  # fmt: skip
    return [Spread((row[0], row[1], row[2]), row[3], row[4], row[5], row[6]) for row in rows]


def due_until(organisation_id: int, month: date) -> dict[Pair, int]:
    """Return what should have been moved to income for the months up to and including this one."""
    rows = db.session.execute(
        select(
            Deferral.deferral_account_id, Deferral.ledger_account_id, Deferral.cost_centre_id, Deferral.first_day, Deferral.last_day,
            Deferral.amount_cents, func.sum(Deferral.line_count),
        )
        .where(Deferral.organisation_id == organisation_id)
        .group_by(
            Deferral.deferral_account_id, Deferral.ledger_account_id, Deferral.cost_centre_id, Deferral.first_day, Deferral.last_day,
            Deferral.amount_cents,
        )
    )  # fmt: skip
    found: dict[Pair, int] = {}
    for account_id, income_id, centre_id, first_day, last_day, cents, count in rows:
        pair = (account_id, income_id, centre_id)
        found[pair] = found.get(pair, 0) + int(count) * until_month(cents, first_day, last_day, month)
    return found


def moved(organisation_id: int) -> dict[Pair, int]:
    """Return what was moved to income up to now."""
    rows = db.session.execute(
        select(
            DeferralRelease.deferral_account_id,
            DeferralRelease.ledger_account_id,
            DeferralRelease.cost_centre_id,
            func.sum(DeferralRelease.amount_cents),
        )
        .where(DeferralRelease.organisation_id == organisation_id)
        .group_by(DeferralRelease.deferral_account_id, DeferralRelease.ledger_account_id, DeferralRelease.cost_centre_id)
    )
    return {(row[0], row[1], row[2]): int(row[3]) for row in rows}


def differing_balances(organisation_id: int) -> Iterator[tuple[int, int, int]]:
    """Give (deferral account, cents still to be moved, cents that invoices and moves left on it) where they differ."""
    left: dict[int, int] = {}
    for account_id, cents in db.session.execute(
        select(Deferral.deferral_account_id, func.sum(Deferral.amount_cents * Deferral.line_count))
        .where(Deferral.organisation_id == organisation_id)
        .group_by(Deferral.deferral_account_id)
    ):
        left[account_id] = int(cents)
    for pair, cents in moved(organisation_id).items():
        left[pair[0]] = left.get(pair[0], 0) - cents
    booked = db.session.execute(
        select(JournalLine.account_id, func.sum(JournalLine.amount_cents))
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(
            JournalLine.organisation_id == organisation_id,
            JournalLine.account_id.in_(left),
            JournalEntry.source_table.in_(("invoice", "deferral")),
        )
        .group_by(JournalLine.account_id)
    )
    on_account = {account_id: -int(cents) for account_id, cents in booked}
    for account_id, cents in left.items():
        if on_account.get(account_id, 0) != cents:
            yield account_id, cents, on_account.get(account_id, 0)
