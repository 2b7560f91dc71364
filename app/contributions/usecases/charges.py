"""Try a price out for one relation, and let charges go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select, update

from app.contributions import explanation, pricing
from app.contributions.facts import Charged, NotCharged, Unpriceable
from app.contributions.models import CHARGE, Charge
from app.contributions.queries import priced_contributions, season_terms, subjects
from app.contributions.reasons import reason_sentence
from app.kernel import audit
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction


class TriedOut(NamedTuple):
    """What a relation would pay for one period: `cents` None when nothing; `why` says it in Dutch."""

    first_day: date | None
    last_day: date | None
    cents: int | None
    why: str


def preview_charge(contribution_id: int, season_id: int, relation_id: int) -> list[TriedOut]:
    """Return what one relation owes for a contribution in a season, without making anything. Raises NotFound."""
    season = season_terms(season_id)
    priced = priced_contributions([contribution_id], season)
    found: list[TriedOut] = []
    for subject in subjects(priced, season, [relation_id]):
        due = subject.priced.timetable.due(subject.facts)
        if isinstance(due, NotCharged | Unpriceable):
            found.append(TriedOut(None, None, None, reason_sentence(due.reason, *due.values)))
            continue
        items = [(subject.priced.prices, subject.facts, period) for period in due]
        for period, outcome in zip(due, pricing.price_run(items), strict=True):
            cents = outcome.amount_cents if isinstance(outcome, Charged) else None
            found.append(TriedOut(period.first_day, period.last_day, cents, explanation.sentence(outcome)))
    if not found:
        found.append(TriedOut(None, None, None, "De relatie heeft in dit seizoen geen functie waarvoor deze contributie geldt."))
    return found


def waive_charges(charge_ids: Sequence[int], reason: str) -> int:
    """Let open charges go, with the reason; they are not made again. Return how many. All or none.

    Raises NotFound, DomainError `reason_missing` and `wrong_state` when one is on an invoice.
    """
    if not reason.strip():
        raise DomainError("reason_missing", "Schrijf op waarom je dit kwijtscheldt.", field="reason")
    ids = list(dict.fromkeys(charge_ids))
    with transaction() as session:
        rows = session.scalars(select(Charge).where(Charge.id.in_(ids))).all()
        if len(rows) != len(ids):
            raise NotFound
        for row in rows:
            CHARGE.target("waive", row.state)
        changed = session.execute(
            update(Charge)
            .where(Charge.id.in_(ids), Charge.state == "open")
            .values(state="waived", waived_reason=reason.strip()[:200])
            .execution_options(synchronize_session=False)
        ).rowcount
        if changed != len(ids):
            raise CHARGE.refusal("waive", "invoiced")
        for row in rows:
            audit.record("waive", "charge", row.id, row.organisation_id, reason=reason.strip(), cents=row.amount_cents)
        session.expire_all()
        return changed
