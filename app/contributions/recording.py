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
from app.contributions.facts import Charged, PricedLine
from app.kernel.money import part_of

Json: TypeAlias = dict[str, Any]
MAXIMUM_KEPT: Final = 50_000
MAY_HOLD_EQUALS: Final = frozenset({"formula", "factor", "tiers", "rule_tiers"})  # where 1, True and Fraction(1) differ in writing
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
    """Writes `to_json` of many charges as text; what recurs (in a run most steps do) is written once."""

    def __init__(self) -> None:
        self._steps: dict[tuple[Any, ...], str] = {}
        self._lines: dict[PricedLine, str] = {}

    def text(self, charged: Charged) -> str:
        """Return the JSON of one charge, without spaces."""
        if len(self._steps) > MAXIMUM_KEPT or len(self._lines) > MAXIMUM_KEPT:
            self._steps.clear()
            self._lines.clear()
        lines = charged.lines
        if len(lines) == 1:
            steps = ",".join(
                [self._kept(step) if step[0] == "born" else self._steps.get(step) or self._kept(step) for step in charged.steps]
            )
            return f"[{self._lines.get(lines[0]) or self._head(lines[0])}{steps}]}}]"
        texts: list[list[str]] = [[] for _ in lines]
        for step in charged.steps:
            texts[step[5]].append(self._steps.get(step) or self._kept(step))
        heads = [self._lines.get(line) or self._head(line) for line in lines]
        return "[" + ",".join(f"{head}{','.join(steps)}]}}" for head, steps in zip(heads, texts, strict=True)) + "]"

    def _kept(self, step: tuple[Any, ...]) -> str:
        if step[0] == "born":  # differs for nearly every member: not worth keeping, so written straight away
            born, first, last = step[1]
            given = f'"born":"{born}","from":{_day(first)},"to":{_day(last)}'
            return f'{{"name":"born","input":{{{given}}},"arithmetic":null,"before":{step[3]},"after":{step[4]}}}'
        text = _compact(_step(*step[:5]))
        if step[0] not in MAY_HOLD_EQUALS:
            self._steps[step] = text
        return text

    def _head(self, line: PricedLine) -> str:
        text = self._lines[line] = _compact(_line(line)).removesuffix("]}")
        return text


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


def _day(day: date | None) -> str:
    return "null" if day is None else f'"{day}"'


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
