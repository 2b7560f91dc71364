"""Charges: the key that makes each exist once, and what should exist minus what exists.

    made = difference(expected, existing, credits_on_end=contribution.credits_on_end)

`expected` is what pricing says for every member in the run's scope; `existing` are the charges of the same contributions and
periods that stand or were waived; what is still open is replaced, not corrected. Twice gives nothing new; a late joiner, an earlier end or a corrected date of birth gives exactly the
difference, under the same key with a number (`…#2`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from app.contributions.facts import Charged, ChargePeriod, PricedLine, RawStep
from app.contributions.recording import Json, to_json

NO_PERIOD = ChargePeriod(date.min, date.max)


class Existing(NamedTuple):
    """A charge that is there; `is_waived` when it was let go, `taken_back_cents` what credit notes by hand took back of it."""

    charge_id: int
    key: str
    amount_cents: int
    is_waived: bool = False
    taken_back_cents: int = 0


class Expected(NamedTuple):
    """What should be owed under a key; `charged` None when nothing is owed any more."""

    key: str
    charged: Charged | None


class Change(NamedTuple):
    """A charge to make. `way`: new, more or credit; `amount_cents` is the difference with `was_cents`, the sum of what exists."""

    key: str
    way: str
    amount_cents: int
    charged: Charged | None
    was_cents: int = 0


def charge_key(function_id: int | None, relation_id: int, contribution_id: int, period: ChargePeriod | tuple[date, date]) -> str:
    """Return the natural key of (function or relation, contribution, period): `f9.c7.20260101-20261231`."""
    who = f"r{relation_id}" if function_id is None else f"f{function_id}"
    return f"{who}.c{contribution_id}.{_days(period[0], period[1])}"


@lru_cache(maxsize=4096)
def _days(first_day: date, last_day: date) -> str:
    return f"{first_day:%Y%m%d}-{last_day:%Y%m%d}"


def base_key(key: str) -> str:
    """Return the key without the number of a later difference."""
    return key.partition("#")[0]


def difference(expected: Iterable[Expected], existing: Iterable[Existing], *, credits_on_end: bool = False) -> list[Change]:
    """Return the charges to make, in the order of `expected`.

    What was let go stays let go: under a key with a waived charge, or one taken back whole by hand, nothing more is charged, and less only
    of what was really charged. What a credit note by hand took back already counts for a credit, so that it is never given back twice, and
    is not asked for again. Nothing owed any more (the function ended before the period) gives a credit only with `credits_on_end`; an end
    inside the period is in the price itself (see `prepared`). Raises ValueError when a key is expected twice.
    """
    there: dict[str, list[Existing]] = {}
    for one in existing:
        there.setdefault(base_key(one.key), []).append(one)
    seen: set[str] = set()
    changes = []
    for key, charged in expected:
        if key in seen:
            raise ValueError(f"key {key} is expected twice")
        seen.add(key)
        if key not in there:
            if charged is not None:
                changes.append(Change(key, "new", charged.amount_cents, charged))
            continue
        if charged is None and not credits_on_end:
            continue
        becomes = charged.amount_cents if charged is not None else 0
        cents, was = _change_cents(becomes, there[key])
        if cents:
            changes.append(Change(f"{key}#{len(there[key]) + 1}", "more" if cents > 0 else "credit", cents, charged, was))
    return changes


def _change_cents(becomes: int, there: list[Existing]) -> tuple[int, int]:
    """Return what is still to be charged or given back under one key, and what was charged."""
    was = sum(one.amount_cents for one in there if not one.is_waived)
    back = sum(one.taken_back_cents for one in there)
    if becomes >= was:
        is_let_go = any(one.is_waived or one.amount_cents == one.taken_back_cents != 0 for one in there)
        return (0 if is_let_go else becomes - was), was
    return min(0, becomes - was + max(0, back)), was


def change_json(change: Change) -> list[Json]:
    """Return the explanation of a charge to make; a difference says what it was and becomes, and keeps the price as it is now."""
    if change.way == "new" and change.charged is not None:
        return to_json(change.charged)
    line = difference_line(change)
    step: RawStep = (
        "earlier",
        (change.was_cents, change.was_cents + change.amount_cents),
        ("=", change.amount_cents),
        0,
        change.amount_cents,
        0,
    )
    kept = to_json(Charged(0, NO_PERIOD, change.amount_cents, (line,), (step,)))
    kept[0]["now"] = to_json(change.charged) if change.charged is not None else []
    return kept


def difference_line(change: Change) -> PricedLine:
    """Return the one line of a difference, on the account of the price itself."""
    if change.charged is None:
        return PricedLine("Teruggave", change.amount_cents, None)
    return change.charged.lines[0]._replace(amount_cents=change.amount_cents)
