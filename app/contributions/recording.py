"""Recording: the steps of a charge as JSON to keep with it, and the proof that they give its amount.

While pricing only tuples are kept; names are put to them here. The JSON is a list of lines, each with its steps:

    [{"text": "Contributie lid 2026 (naar rato)", "cents": 4000, "account": 800, "adjustment": null, "steps": [
        {"name": "rule", "input": {"rule_id": 1, "description": "Contributie lid 2026"}, "arithmetic": ["=", 6000], "before": 0, "after": 6000},
        {"name": "short_period", "input": {"unit": "half_month", ...}, "arithmetic": ["*", 4, 6], "before": 6000, "after": 4000}]}]

A line's amount is what its steps changed together; `replay` does each sum again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final, TypeAlias

from app.contributions.adjustments import KINDS
from app.contributions.facts import OWN_FAMILY, Charged, Own, PricedLine, RawStep
from app.kernel.money import part_of

Json: TypeAlias = dict[str, Any]
MAXIMUM_KEPT: Final = 20_000
INPUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "rule": ("rule_id", "description"),
    "formula": ("rule_id", "description", "formula", "values"),
    "rule_tiers": ("rule_id", "description", "value_units", "way"),
    "born": ("born", "from", "to"),
    "plan_share": ("parts", "whole", "unit"),
    "earlier": ("was_cents", "becomes_cents"),
    **{code: kind.INPUTS for code, kind in KINDS.items()},
}


def to_json(charged: Charged) -> list[Json]:
    """Return lines with their steps as plain JSON values."""
    lines = [_line(line) for line in charged.lines]
    for step in charged.steps:
        lines[step[5]]["steps"].append(_step(*step[:5]))
    return lines


class Writer:
    """Writes `to_json` of many charges as text; what members share is written once."""

    def __init__(self) -> None:
        # by identity of the shared steps, which the charge kept with it keeps alive: the text, and what is put in it for each member
        self._known: dict[int, tuple[Charged, str, tuple[Own, ...]]] = {}

    def text(self, charged: Charged) -> str:
        """Return the JSON of one charge, without spaces."""
        steps = charged.shared_steps
        known = self._known.get(id(steps))
        if known is None or known[0].lines is not charged.lines:
            if len(self._known) > MAXIMUM_KEPT:
                self._known.clear()
            known = self._known[id(steps)] = (charged, *_template(charged))
        return known[1] % tuple([_own_text(charged, own) for own in known[2]])


def _template(charged: Charged) -> tuple[str, tuple[Own, ...]]:
    """Return the JSON of all who share these steps, with `%s` for what is a member's own, and what that is."""
    owns: list[Own] = []
    texts = []
    for number, line in enumerate(charged.lines):
        steps = [_step_text(step, owns) for step in charged.shared_steps if step[5] == number]
        texts.append(f"{_escaped(_line(line)).removesuffix(']}')}{','.join(steps)}]}}")
    return f"[{','.join(texts)}]", tuple(owns)


def _step_text(step: RawStep, owns: list[Own]) -> str:
    made = _step(*step[:5])
    inputs = []
    for name, value in made.pop("input").items():
        if isinstance(value, Own):
            owns.append(value)
        inputs.append(f"{_escaped(name)}:{'%s' if isinstance(value, Own) else _escaped(value)}")
    name = made.pop("name")
    return f'{{"name":{_escaped(name)},"input":{{{",".join(inputs)}}},{_escaped(made)[1:]}'


def _own_text(charged: Charged, own: Own) -> str:
    return _compact(_plain(charged.own(own))) if own is OWN_FAMILY else f'"{charged.own(own)}"'


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


def _line(line: PricedLine) -> Json:
    return {
        "text": line.description,
        "cents": line.amount_cents,
        "account": line.ledger_account_id,
        "adjustment": line.adjustment_id,
        "steps": [],
    }


def _step(name: str, inputs: tuple[Any, ...], arithmetic: tuple[Any, ...] | None, before: int, after: int) -> Json:
    recorded = dict(zip(INPUTS[name], map(_plain, inputs), strict=True))
    return {"name": name, "input": recorded, "arithmetic": list(arithmetic) if arithmetic else None, "before": before, "after": after}


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


_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _escaped(value: Any) -> str:
    """Return JSON as it stands in a template."""
    return _compact(value).replace("%", "%%")
