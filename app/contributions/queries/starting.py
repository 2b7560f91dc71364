"""Which first day a new function gets: as the plan says of the contribution that will charge it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, select

from app.contributions import starts
from app.contributions.facts import PlanTerms, SeasonTerms
from app.contributions.models import BillingPlan, Contribution, Season
from app.contributions.queries.settings import plan_terms
from app.functions.models import FunctionType
from app.kernel.db import db
from app.organisations.queries import bookkeeper_of


def first_day_for(
    function_type_id: int, organisation_id: int, registered_on: date, price_category_id: int | None = None, otherwise: date | None = None
) -> date | None:
    """Return the first day that is proposed for a function at an organisation; `otherwise` (None: the day itself) where no plan says one.

    None when the plan asks that somebody types it. The contribution of the nearest function type goes first, then by name.
    """
    plan = _plan_for(function_type_id, organisation_id)
    if plan is None or plan.start_way == "today":
        return otherwise or registered_on
    return starts.proposed(plan, registered_on, price_category_id, _seasons() if plan.anchor == "season" else ())


def proposes_starts(organisation_id: int) -> bool:
    """Whether any contribution of the books over an organisation proposes a first day other than today."""
    return any(plan_terms(row).start_way != "today" for _, row in db.session.execute(_plans(organisation_id)))


def _plans(organisation_id: int) -> Select[tuple[int, BillingPlan]]:
    return (
        select(Contribution.function_type_id, BillingPlan)
        .join(BillingPlan, BillingPlan.id == Contribution.billing_plan_id)
        .where(Contribution.organisation_id == bookkeeper_of(organisation_id), Contribution.is_active.is_(True))
        .order_by(Contribution.name)
    )


def _plan_for(function_type_id: int, organisation_id: int) -> PlanTerms | None:
    plans: dict[int, BillingPlan] = {}
    for type_id, row in db.session.execute(_plans(organisation_id)):
        plans.setdefault(type_id, row)
    if not plans:
        return None
    parents = {row.id: row.parent_id for row in db.session.execute(select(FunctionType.id, FunctionType.parent_id))}
    at: int | None = function_type_id
    while at is not None and at not in plans:
        at = parents.pop(at, None)
    return plan_terms(plans[at]) if at is not None else None


def _seasons() -> tuple[SeasonTerms, ...]:
    rows = db.session.scalars(select(Season).order_by(Season.first_day))
    return tuple(SeasonTerms(row.id, row.name, row.first_day, row.last_day) for row in rows)
