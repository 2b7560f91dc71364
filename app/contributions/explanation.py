"""Explanation: why this amount, and why not charged, in Dutch.

Sentences are made when someone looks, from what `recording` keeps with the charge, so they say the same years later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from app.contributions.adjustments import KINDS
from app.contributions.adjustments.face import Recorded, shown_number, shown_percentage
from app.contributions.facts import Charged, NotCharged, Outcome, Unpriceable
from app.contributions.proration import unit_name
from app.contributions.reasons import ERRORS, REASONS
from app.contributions.recording import Json, Writer, replay, to_json
from app.kernel.money import euros
from app.kernel.periods import DAY, age_on, dutch_date

__all__ = ["Writer", "charge_sentence", "is_error", "line_sentence", "replay", "sentence", "step_sentence", "to_json"]


def sentence(outcome: Outcome) -> str:
    """Return why this amount, or why nothing is charged, in Dutch."""
    if isinstance(outcome, Charged):
        return charge_sentence(to_json(outcome), outcome.period.first_day)
    if isinstance(outcome, NotCharged):
        return REASONS[outcome.reason](*outcome.values)
    return ERRORS[outcome.reason](*outcome.values)


def charge_sentence(lines: Iterable[Json], first_day: date | None = None) -> str:
    """Return a whole charge in Dutch, from what was kept with it; with the first day of its period an age band is told as ages."""
    return "; ".join(line_sentence(line, first_day) for line in lines)


def line_sentence(line: Json, first_day: date | None = None) -> str:
    """Return the steps of one line in Dutch."""
    words = " · ".join(step_sentence(step, first_day) for step in line["steps"])
    return f"{words}; nu: {charge_sentence(line['now'], first_day)}" if line.get("now") else words


def step_sentence(step: Json, first_day: date | None = None) -> str:
    """Return one step in Dutch, with what it changed."""
    name, recorded = step["name"], step["input"]
    if name == "born" and first_day is not None:
        return _ages(recorded, first_day)
    words = _WORDS[name](recorded) if name in _WORDS else KINDS[name].sentence(recorded)
    arithmetic, before, after = step["arithmetic"], step["before"], step["after"]
    if arithmetic is None:
        return words
    if arithmetic[0] == "=":
        return f"{words} {euros(after)}{f' in plaats van {euros(before)}' if before else ''}"
    return f"{words} {'+' if after > before else ''}{euros(after - before)}"


def step_words(step: Json) -> tuple[str, str, int]:
    """Return one step as (what, how it was worked out, what it came to in cents), for a table."""
    name, recorded = step["name"], step["input"]
    words = _WORDS[name](recorded) if name in _WORDS else KINDS[name].sentence(recorded)
    arithmetic, after = step["arithmetic"], step["after"]
    if arithmetic is None or arithmetic[0] == "=":
        return words, "", after
    before = step["before"]
    if arithmetic[0] == "+":
        return words, f"{euros(before)} {'−' if arithmetic[1] < 0 else '+'} {euros(abs(arithmetic[1]))}", after
    by = Fraction(arithmetic[1], arithmetic[2])
    shown = (
        f"{arithmetic[1]}/{arithmetic[2]}"
        if arithmetic[2] not in (1, 10_000)
        else shown_percentage(arithmetic[1])
        if arithmetic[2] == 10_000
        else shown_number(by)
    )
    return words, f"{euros(before)} × {shown}", after


def is_error(outcome: Outcome) -> bool:
    """Whether this belongs in the run's list of errors."""
    return isinstance(outcome, Unpriceable)


def _day(text: str) -> str:
    return dutch_date(date.fromisoformat(text))


def _ages(recorded: Recorded, first_day: date) -> str:
    """Say a band as ages on the day before the period, so that bands from 1 January are whole ages: 16-30 for born 1995 to 2009."""
    day = first_day - DAY
    oldest = age_on(date.fromisoformat(recorded["from"]), day) if recorded["from"] else None
    youngest = age_on(date.fromisoformat(recorded["to"]), day) if recorded["to"] else None
    if oldest is None:
        return f"leeftijd vanaf {youngest}" if youngest is not None else "alle leeftijden"
    if youngest is None or youngest <= 0:
        return f"leeftijd t/m {oldest}"
    return f"leeftijd {youngest}" if youngest == oldest else f"leeftijd {youngest}-{oldest}"


def _born(recorded: Recorded) -> str:
    first, last = recorded["from"], recorded["to"]
    since = [f"vanaf {_day(first)}"] if first else []
    until = [f"t/m {_day(last)}"] if last else []
    return f"geboren {_day(recorded['born'])}, regel voor geboren {' '.join(since + until) or 'in alle jaren'}"


def _formula(recorded: Recorded) -> str:
    values = ", ".join(f"{name} = {_value(value)}" for name, value in recorded["values"])
    return f"{recorded['description']} volgens formule {recorded['formula']}{f' met {values}' if values else ''}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nee"
    try:
        return shown_number(value)
    except (TypeError, ValueError):
        return "leeg" if value is None else str(value)


_WORDS: Final[Mapping[str, Callable[[Recorded], str]]] = {
    "rule": lambda recorded: str(recorded["description"]),
    "formula": _formula,
    "rule_tiers": lambda recorded: f"{recorded['description']}, staffel bij {shown_number(recorded['value_units'])} eenheden",
    "born": _born,
    "plan_share": lambda recorded: (
        f"eerste periode {recorded['parts']} {'in plaats van' if recorded['parts'] > recorded['whole'] else 'van'} "
        f"{recorded['whole']} {unit_name(recorded['unit'], recorded['whole'])}"
    ),
    "earlier": lambda recorded: f"was {euros(recorded['was_cents'])}, wordt {euros(recorded['becomes_cents'])}",
}
