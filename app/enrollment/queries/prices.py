"""What a new member will be charged first: by the same engine that charges all members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.contributions import explanation
from app.contributions.facts import Charged, MemberFacts, NotCharged, Unpriceable
from app.contributions.models import Contribution, Season
from app.contributions.queries import first_day_for, priced_contributions, season_terms
from app.enrollment.models import Enrollment
from app.kernel import clock
from app.kernel.db import db
from app.kernel.money import euros
from app.kernel.periods import Period
from app.organisations.models import Administration
from app.organisations.queries import bookkeeper_of


@dataclass(frozen=True, slots=True)
class FirstCharge:
    """What one contribution will ask first; without an amount `why` says why nothing is asked, or what is lacking."""

    name: str
    period: Period | None
    amount_cents: int | None
    why: str

    def __str__(self) -> str:
        if self.amount_cents is None or self.period is None:
            return f"{self.name}: {self.why}"
        return f"{self.name}: {euros(self.amount_cents)} ({self.period})"


def first_charges(
    department_id: int,
    function_type_id: int,
    from_day: date,
    *,
    born: date | None = None,
    price_category_id: int | None = None,
    pays_by_direct_debit: bool = False,
    postcode: str = "",
    country: str = "NL",
    only_contribution_id: int | None = None,
) -> list[FirstCharge]:
    """Return what somebody who begins on a day will be charged first, per contribution of the books over the department.

    A family discount is not in it: that is known when the run sees the household. Empty when nothing is set up.
    """
    books = bookkeeper_of(department_id)
    season_id = db.session.scalars(
        select(Season.id).where(Season.first_day <= from_day, Season.last_day >= from_day).order_by(Season.first_day.desc()).limit(1)
    ).first()
    if books is None or season_id is None:
        return []
    asked = (
        select(Contribution.id).where(Contribution.organisation_id == books, Contribution.is_active.is_(True)).order_by(Contribution.name)
    )
    if only_contribution_id is not None:
        asked = asked.where(Contribution.id == only_contribution_id)
    facts = MemberFacts(
        relation_id=0,
        organisation_id=department_id,
        function_id=0,
        function_type_id=function_type_id,
        first_day=from_day,
        born=born,
        price_category_id=price_category_id,
        payment_method="direct_debit" if pays_by_direct_debit else "transfer",
        held_type_ids=frozenset({function_type_id}),
        activities=((0, function_type_id, 0),),
        postcode=postcode,
        country=country,
    )
    found = []
    for one in priced_contributions(list(db.session.scalars(asked)), season_terms(season_id)):
        if function_type_id not in one.function_type_ids or department_id not in one.organisation_ids:
            continue
        mine = facts._replace(fields=one.named.values(facts))  # there is no card yet: its own fields are empty
        due = one.timetable.due(mine)
        if isinstance(due, NotCharged | Unpriceable):
            found.append(FirstCharge(one.name, None, None, explanation.sentence(due)))
            continue
        for period in due[:1]:
            outcome = one.prices.price(one.named.on_period(mine, period), period)
            amount = outcome.amount_cents if isinstance(outcome, Charged) else None
            found.append(FirstCharge(one.name, Period(period.first_day, period.last_day), amount, explanation.sentence(outcome)))
    return found


def proposed_first_day(row: Enrollment, department_id: int | None, today: date) -> date | None:
    """Return from which day somebody may become a member: the day asked for, but not before what the billing plan says; None: it is typed.

    The plan counts from the day on which the enrollment came in.
    """
    wanted = row.wanted_from if row.wanted_from and row.wanted_from > today else today
    if department_id is None or row.function_type_id is None:
        return wanted
    proposed = first_day_for(row.function_type_id, department_id, clock.local(row.made_at).date(), row.price_category_id, otherwise=wanted)
    return max(proposed, wanted) if proposed and row.wanted_from and row.wanted_from > today else proposed


def creditor_of(organisation_id: int) -> tuple[str, str]:
    """Return the name and incassant-ID that a mandate to this organisation names; empty when the actor does not see its books."""
    books = bookkeeper_of(organisation_id)
    found = db.session.execute(
        select(Administration.sender_name, Administration.creditor_id).where(Administration.organisation_id == books)
    ).first()
    return (found[0], found[1] or "") if found else ("", "")
