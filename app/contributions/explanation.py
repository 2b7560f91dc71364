"""Explanation: why this amount, and why not charged, as Dutch sentences and as JSON to keep with the charge.

While pricing only tuples are kept; names and sentences are made when someone looks. The JSON of a charge is a list of
its lines, each with the steps that made it:

    [{"text": "Contributie lid 2026 (naar rato)", "cents": 4000, "account": 800, "adjustment": null, "steps": [
        {"name": "rule", "input": {"rule_id": 1, "description": "Contributie lid 2026"}, "arithmetic": ["=", 6000], "before": 0, "after": 6000},
        {"name": "short_period", "input": {"unit": "half_month", ...}, "arithmetic": ["*", 4, 6], "before": 6000, "after": 4000}]}]

A line's amount is what its steps changed together; `replay` does each sum again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final

from app.contributions.adjustments import KINDS
from app.contributions.adjustments.face import shown_number
from app.contributions.facts import Charged, NotCharged, Outcome, Unpriceable
from app.contributions.proration import unit_name
from app.contributions.reasons import ERRORS, REASONS
from app.kernel.money import euros, part_of
from app.kernel.periods import dutch_date

Recorded = Mapping[str, Any]
Json = dict[str, Any]


def _day(text: str) -> str:
    return dutch_date(date.fromisoformat(text))


def _born(recorded: Recorded) -> str:
    first, last = recorded["from"], recorded["to"]
    band = f"vanaf {_day(first)}" if first else ""
    band += (" " if band else "") + (f"t/m {_day(last)}" if last else "")
    return f"geboren {_day(recorded['born'])}, regel voor geboren {band or 'alle jaren'}"


def _formula(recorded: Recorded) -> str:
    values = ", ".join(f"{name} = {_value(value)}" for name, value in recorded["values"])
    return f"{recorded['description']} volgens formule {recorded['formula']}{f' met {values}' if values else ''}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nee"
    return shown_number(value) if isinstance(value, int) else str(value)


def _plan_share(recorded: Recorded) -> str:
    return f"eerste periode {recorded['parts']} van {recorded['whole']} {unit_name(recorded['unit'], recorded['whole'])}"


_BASES: Final[Mapping[str, tuple[tuple[str, ...], Callable[[Recorded], str]]]] = {
    "rule": (("rule_id", "description"), lambda recorded: str(recorded["description"])),
    "formula": (("rule_id", "description", "formula", "values"), _formula),
    "rule_tiers": (
        ("rule_id", "description", "value_units", "way"),
        lambda recorded: f"{recorded['description']}, staffel bij {shown_number(recorded['value_units'])} eenheden",
    ),
    "born": (("born", "from", "to"), _born),
    "plan_share": (("parts", "whole", "unit"), _plan_share),
    "earlier": (
        ("was_cents", "becomes_cents"),
        lambda recorded: f"was {euros(recorded['was_cents'])}, wordt {euros(recorded['becomes_cents'])}",
    ),
}
INPUTS: Final[Mapping[str, tuple[str, ...]]] = {
    **{name: inputs for name, (inputs, _) in _BASES.items()},
    **{code: kind.INPUTS for code, kind in KINDS.items()},
}


def to_json(charged: Charged) -> list[Json]:
    """Return lines with their steps as plain JSON values."""
    lines: list[Json] = [
        {
            "text": line.description,
            "cents": line.amount_cents,
            "account": line.ledger_account_id,
            "adjustment": line.adjustment_id,
            "steps": [],
        }
        for line in charged.lines
    ]
    for name, inputs, arithmetic, before, after, line in charged.steps:
        recorded = dict(zip(INPUTS[name], map(_plain, inputs), strict=True))
        step = {"name": name, "input": recorded, "arithmetic": list(arithmetic) if arithmetic else None, "before": before, "after": after}
        lines[line]["steps"].append(step)
    return lines


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it: dates as 2026-12-31, fractions as 3/2."""
    kind = type(value)
    if kind is int or kind is str or value is None or kind is bool:
        return value
    if kind is tuple:
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Fraction) else value


def step_sentence(step: Json) -> str:
    """Return one step in Dutch, with what it changed."""
    name, recorded = step["name"], step["input"]
    words = _BASES[name][1](recorded) if name in _BASES else KINDS[name].sentence(recorded)
    arithmetic = step["arithmetic"]
    if arithmetic is None:
        return words
    change = step["after"] if arithmetic[0] == "=" else step["after"] - step["before"]
    return f"{words} {euros(change)}"


def line_sentence(line: Json) -> str:
    """Return the steps of one line in Dutch."""
    return " · ".join(step_sentence(step) for step in line["steps"])


def sentence(outcome: Outcome) -> str:
    """Return why this amount, or why nothing is charged, in Dutch."""
    if isinstance(outcome, Charged):
        return charge_sentence(to_json(outcome))
    if isinstance(outcome, NotCharged):
        return REASONS[outcome.reason](*outcome.values)
    return ERRORS[outcome.reason](*outcome.values)


def charge_sentence(lines: Iterable[Json]) -> str:
    """Return a whole charge in Dutch, from what was kept with it."""
    return "; ".join(line_sentence(line) for line in lines)


def replay(lines: Sequence[Json]) -> list[int]:
    """Do every sum again and return the amount per line.

    Raises ValueError when a step does not follow from its own arithmetic, so that an explanation can be proven.
    """
    return [sum(_redone(step) - step["before"] for step in line["steps"]) for line in lines]


def _redone(step: Json) -> int:
    before: int = step["before"]
    match step["arithmetic"]:
        case None:
            after = before
        case ["=", int(cents)]:
            after = cents
        case ["+", int(cents)]:
            after = before + cents
        case ["*", int(numerator), int(denominator)]:
            after = part_of(before, numerator, denominator)
        case other:
            raise ValueError(f"unknown arithmetic {other}")
    if after != step["after"]:
        raise ValueError(f"step {step['name']} says {step['after']} where its sum gives {after}")
    return after


def is_error(outcome: Outcome) -> bool:
    """Whether this belongs in the run's list of errors."""
    return isinstance(outcome, Unpriceable)
