"""Short ways to make the facts that the tables need."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.contributions.facts import AdjustmentTerms, Charged, ChargePeriod, ContributionTerms, MemberFacts, RuleTerms, SeasonTerms
from app.contributions.pricing import PriceList

CONTRIBUTION = ContributionTerms(7, "Contributie", ledger_account_id=800)


def day(text: str) -> date:
    """Return a day written as 2026-12-31."""
    return date.fromisoformat(text)


def year(number: int) -> SeasonTerms:
    """Return a calendar year as a season."""
    return SeasonTerms(number, str(number), date(number, 1, 1), date(number, 12, 31))


def period(first_day: str, last_day: str, **options: Any) -> ChargePeriod:
    """Return a period."""
    return ChargePeriod(day(first_day), day(last_day), **options)


def member(**facts: Any) -> MemberFacts:
    """Return a member; dates may be texts."""
    for name in ("first_day", "last_day", "born"):
        if isinstance(facts.get(name), str):
            facts[name] = day(facts[name])
    return MemberFacts(**{"relation_id": 1, "organisation_id": 10, "function_id": 5, **facts})


def rule(amount_cents: int | None = None, *adjustments: AdjustmentTerms, **terms: Any) -> RuleTerms:
    """Return a rule that always holds."""
    return RuleTerms(**{"rule_id": 1, "description": "Contributie", "amount_cents": amount_cents, "adjustments": adjustments, **terms})


def step(kind: str, settings: dict[str, Any] | None = None, position: int = 1, **terms: Any) -> AdjustmentTerms:
    """Return an adjustment."""
    return AdjustmentTerms(**{"adjustment_id": position, "kind": kind, "position": position, "settings": settings or {}, **terms})


def prices(*rules: RuleTerms, contribution: ContributionTerms = CONTRIBUTION, **options: Any) -> PriceList:
    """Return a price list."""
    return PriceList.prepare(contribution, rules, **options)


def charged(outcome: Any) -> Charged:
    """Return the outcome, which must be a charge."""
    assert isinstance(outcome, Charged), outcome
    return outcome


YEAR_2026 = period("2026-01-01", "2026-12-31")
