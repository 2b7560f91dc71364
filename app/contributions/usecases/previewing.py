"""Says what a contribution still lacks, and what one relation would pay, without making anything."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from app.contributions import explanation, pricing
from app.contributions.facts import Charged, NotCharged, Unpriceable
from app.contributions.queries import fee_years, findings_of, priced_contributions, season_terms, subjects
from app.contributions.reasons import reason_sentence


def check_contribution(contribution_id: int, today: date | None = None) -> list[str]:
    """Return what still stands in the way of charging a contribution, in Dutch; empty when it is ready. Raises NotFound."""
    return [found.text for found in findings_of(contribution_id, today)]


class TriedOut(NamedTuple):
    """What a relation would pay for one period: `cents` None when nothing; `why` says it in Dutch."""

    first_day: date | None
    last_day: date | None
    cents: int | None
    why: str
    lines: tuple[dict[str, Any], ...] = ()  # as a charge keeps them, with their steps
    is_error: bool = False


def preview_charge(contribution_id: int, season_id: int, relation_id: int) -> list[TriedOut]:
    """Return what one relation owes for a contribution in a season, without making anything. Raises NotFound."""
    season = season_terms(season_id)
    found: list[TriedOut] = []
    priced = priced_contributions([contribution_id], season)
    fees = fee_years(priced, season)
    for subject in subjects(priced, season, [relation_id]):
        due = subject.priced.timetable.due(subject.facts)
        if isinstance(due, NotCharged | Unpriceable):
            found.append(TriedOut(None, None, None, reason_sentence(due.reason, *due.values), is_error=isinstance(due, Unpriceable)))
            continue
        items = [(subject.prices, fees.told(subject, period).facts_on(period), period) for period in due]
        for period, told in zip(due, pricing.price_run(items), strict=True):
            outcome = told.of(subject.facts) if isinstance(told, Charged) else told
            cents = outcome.amount_cents if isinstance(outcome, Charged) else None
            lines = tuple(explanation.to_json(outcome)) if isinstance(outcome, Charged) else ()
            said = explanation.sentence(outcome)
            found.append(TriedOut(period.first_day, period.last_day, cents, said, lines, isinstance(outcome, Unpriceable)))
    if not found:
        found.append(TriedOut(None, None, None, "De relatie heeft in dit seizoen geen functie waarvoor deze contributie geldt."))
    return found
