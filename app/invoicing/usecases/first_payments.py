"""Let functions begin on the day of their first payment, where the billing plan says so; what was charged moves along.

A charge keeps its key, which says from which agreed day it was counted; the days that it covers move. See decision 021.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select, update

from app.contributions.models import Charge, Season
from app.contributions.plans import INTERVALS, moved_blocks
from app.contributions.starts import after_payment
from app.functions.usecases import move_start
from app.invoicing.queries.first_payments import FirstInvoice, charges_from_start, first_invoices, lines_touched, restarting_plans
from app.kernel import audit, clock
from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from app.ledger.usecases.locking import lock_books

LOOK_BACK = timedelta(days=60)  # how far the morning job looks back: after a longer standstill it catches up over these days


def follow_payments(organisation_id: int, since: datetime | None = None) -> int:
    """Move the starts of functions whose first invoice was paid, or is no longer, by what was settled since a moment; return how many.

    The start is told anew each time from the day that was agreed and the payment that stands, so twice is once. Raises DomainError when
    an earlier start is not possible any more.
    """
    with transaction():
        plans = restarting_plans(organisation_id)
        if not plans:
            return 0
        lock_books(organisation_id)
        found = list(first_invoices(organisation_id, plans, lines_touched(organisation_id, since or clock.now() - LOOK_BACK)))
        return sum(_follow(one) for one in found)


def _follow(one: FirstInvoice) -> bool:
    """Move one start; return whether it moved."""
    agreed = one.agreed_first_day or one.first_day
    becomes = after_payment(one.plan, agreed, one.paid_on) if one.paid_on else agreed
    if becomes == one.first_day or one.is_continued or (one.last_day is not None and becomes > one.last_day):
        return False
    with transaction():
        _move_charges(one.term_id, one.first_day, becomes)
        move_start(one.term_id, one.paid_on, becomes)
    return True


def _move_charges(term_id: int, was: date, becomes: date) -> None:
    """Let charges cover the days that their periods have from the new start on: the first the first, and so on."""
    for plan, charges in charges_from_start(term_id):
        last, days = charges[-1].first_day, [(charge.first_day, charge.last_day) for charge in charges]
        months = [plan.months] if not plan.interval_field else list(INTERVALS)
        moved = max(
            (moved_blocks(plan, number, was, becomes, last) for number in months), key=lambda found: sum(day in found for day in days)
        )
        for charge in charges:
            first_day, last_day = moved.get((charge.first_day, charge.last_day), (charge.first_day, charge.last_day))
            if first_day == charge.first_day:
                continue  # what was given back over a part of a period covers what it covered
            with transaction() as session:
                values = {"first_day": first_day, "last_day": last_day}
                if season_id := _season_at(first_day, charge.charge_id):
                    values["season_id"] = season_id
                session.execute(
                    update(Charge).where(Charge.id == charge.charge_id).values(**values).execution_options(synchronize_session=False)
                )
                audit.record(
                    "move_start",
                    Charge.__tablename__,
                    charge.charge_id,
                    charge.organisation_id,
                    before=f"{charge.first_day.isoformat()} - {charge.last_day.isoformat()}",
                    after=f"{first_day.isoformat()} - {last_day.isoformat()}",
                )


def _season_at(day: date, charge_id: int) -> int | None:
    """Return the season that holds a day, of the organisation whose season the charge is in; None when there is none yet."""
    owner = select(Season.organisation_id).join(Charge, Charge.season_id == Season.id).where(Charge.id == charge_id).scalar_subquery()
    found: int | None = db.session.scalar(
        select(Season.id)
        .where(Season.organisation_id == owner, Season.first_day <= day, Season.last_day >= day)
        .order_by(Season.id)
        .limit(1)
    )
    return found
