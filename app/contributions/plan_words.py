"""A billing plan as one Dutch sentence: “Elk kwartaal vanaf februari, eerste periode naar rato, factuur 5 dagen voor het einde”."""

from __future__ import annotations

from typing import Final

from app.contributions.facts import PlanTerms
from app.kernel.periods import dutch_date

MONTHS: Final = (
    *("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"),
)  # fmt: skip
_PERIODS: Final = {1: "Elke maand", 3: "Elk kwartaal", 6: "Elk halfjaar", 12: "Elk jaar"}
_LENGTHS: Final = {"rest_of_year": "eerste periode tot het einde van het jaar", "year_minus_day": "eerste periode een jaar vanaf het begin"}


def plan_sentence(plan: PlanTerms) -> str:
    """Return when is charged, in one sentence without a full stop."""
    parts = [_period(plan)]
    if plan.first_length == "months" and plan.first_period_months:
        parts.append(f"eerste periode {plan.first_period_months} maanden")
    elif plan.first_length in _LENGTHS:
        parts.append(_LENGTHS[plan.first_length])
    if plan.first_period == "pro_rata":
        parts.append("eerste periode naar rato")
    if plan.turning_point is not None:
        unit = "dag" if plan.months == 1 else "maand"
        parts.append(f"wie begint vanaf {unit} {plan.turning_point} betaalt vanaf de volgende periode")
    parts.append(_issue(plan))
    if plan.sends_at_once:
        parts.append("bij een latere start meteen")
    if plan.anchor == "fixed" and not plan.charges_late_joiners:
        parts.append("wie na een datum begint betaalt vanaf de volgende")
    if plan.restarts_on_payment:
        parts.append("de functie begint op de dag van de eerste betaling")
    if plan.until is not None:
        parts.append(f"tot en met {dutch_date(plan.until)}")
    return ", ".join(parts)


def _period(plan: PlanTerms) -> str:
    if plan.anchor == "fixed":
        days = " en ".join(dutch_date(day) for day in sorted(plan.fixed_dates))
        return f"Op {days}" if days else "Op vaste datums"
    if plan.anchor == "season" or plan.months is None:
        return "Eén keer per seizoen"
    often = (
        f"Zo vaak als kaartveld {plan.interval_field} zegt"
        if plan.interval_field
        else _PERIODS.get(plan.months, f"Elke {plan.months} maanden")
    )
    if plan.start_field:
        return f"{often} vanaf de datum in kaartveld {plan.start_field}"
    if plan.anchor == "function":
        return f"{often} vanaf het begin van de functie"
    return often if plan.first_month == 1 or plan.months == 1 else f"{often} vanaf {MONTHS[plan.first_month - 1]}"


def _issue(plan: PlanTerms) -> str:
    days = abs(plan.issue_days)
    count = f"{days} {'dag' if days == 1 else 'dagen'}"
    if plan.issue_from_end:
        border, at = "het einde", "factuur op de laatste dag"
    else:
        border, at = "het begin", "factuur op de eerste dag"
    return f"factuur {count} {'na' if plan.issue_days > 0 else 'voor'} {border}" if days else at
