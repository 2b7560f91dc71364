"""Which first day a new function gets: as the plan says of the contribution that will charge it.

Who adds a function may be of a department that does not see the books of its province, nor the plans in it. The system looks
there for him, and hands over the day and its reason only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import NamedTuple

from sqlalchemy import Select, select

from app.contributions import starts
from app.contributions.facts import PlanTerms, SeasonTerms
from app.contributions.models import BillingPlan, Contribution, Season
from app.contributions.queries.settings import plan_terms
from app.functions.models import FunctionType
from app.kernel.actor import system_actor, the_actor
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.kernel.unit_of_work import aside
from app.organisations.models import Organisation
from app.organisations.queries import bookkeeper_of
from app.organisations.tree import ids_in


class ProposedStart(NamedTuple):
    """A first day, and in Dutch why; None: somebody types it. `why` is empty where no plan says anything."""

    first_day: date | None
    why: str = ""


def start_for(
    function_type_id: int, organisation_id: int, registered_on: date, price_category_id: int | None = None, otherwise: date | None = None
) -> ProposedStart:
    """Return the first day that is proposed for a function at an organisation; `otherwise` (None: the day itself) where no plan says one.

    The contribution of the nearest function type goes first, then by name. Raises NotFound for an organisation that the actor does not see.
    """
    with _seeing_the_books(organisation_id) as books:
        plan = _plan_for(function_type_id, books)
        if plan is None or plan.start_way == "today":
            return ProposedStart(otherwise or registered_on)
        seasons = _seasons(books) if plan.anchor == "season" else ()
        name = db.session.scalar(select(Organisation.name).where(Organisation.id == books))
        day = starts.proposed(plan, registered_on, price_category_id, seasons)
        return ProposedStart(day, f"{starts.WAYS[plan.start_way]}, volgens de facturatie-instelling van {name}")


def first_day_for(
    function_type_id: int, organisation_id: int, registered_on: date, price_category_id: int | None = None, otherwise: date | None = None
) -> date | None:
    """Return the first day of `start_for`."""
    return start_for(function_type_id, organisation_id, registered_on, price_category_id, otherwise).first_day


def proposes_starts(organisation_id: int) -> bool:
    """Whether any contribution of the books over an organisation proposes a first day other than today. Raises NotFound."""
    with _seeing_the_books(organisation_id) as books:
        return any(plan_terms(row).start_way != "today" for _, row in db.session.execute(_plans(books)))


@contextmanager
def _seeing_the_books(organisation_id: int) -> Iterator[int | None]:
    """Give the organisation that keeps the books; where the actor does not see it, the system reads there, in a session of its own."""
    if db.session.scalar(select(Organisation.id).where(Organisation.id == organisation_id)) is None:
        raise NotFound
    found = bookkeeper_of(organisation_id)
    if found is not None or not the_actor().ancestor_ids:
        yield found
        return
    with aside(system_actor(f"voorstel begindatum, voor {the_actor().name}"[:100])):
        yield bookkeeper_of(organisation_id)


def _plans(books: int | None) -> Select[tuple[int, BillingPlan]]:
    return (
        select(Contribution.function_type_id, BillingPlan)
        .join(BillingPlan, BillingPlan.id == Contribution.billing_plan_id)
        .where(Contribution.organisation_id == books, Contribution.is_active.is_(True))
        .order_by(Contribution.name)
    )


def _plan_for(function_type_id: int, books: int | None) -> PlanTerms | None:
    plans: dict[int, BillingPlan] = {}
    for type_id, row in db.session.execute(_plans(books)):
        plans.setdefault(type_id, row)
    if not plans:
        return None
    parents = {row.id: row.parent_id for row in db.session.execute(select(FunctionType.id, FunctionType.parent_id))}
    at: int | None = function_type_id
    while at is not None and at not in plans:
        at = parents.pop(at, None)
    return plan_terms(plans[at]) if at is not None else None


def _seasons(books: int | None) -> tuple[SeasonTerms, ...]:
    path = db.session.scalar(select(Organisation.path).where(Organisation.id == books))
    rows = db.session.scalars(select(Season).where(Season.organisation_id.in_(ids_in(path or ""))).order_by(Season.first_day))
    return tuple(SeasonTerms(row.id, row.name, row.first_day, row.last_day) for row in rows)
