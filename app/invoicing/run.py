"""What a run should make: what should exist minus what exists, and on which invoice it goes.

A charge exists once, by its key. What is there already is left alone; an open charge is taken up (and priced anew: it is
no fact yet); what was charged too little or too much gives exactly the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from app.contributions import charges, explanation
from app.contributions.facts import Charged, ChargePeriod, NotCharged, Outcome
from app.kernel.periods import DAY

LONGEST_TEXT = 200
GROUPINGS = {"function": "Eén factuur per functie", "relation": "Eén factuur per relatie", "payer": "Eén factuur per betaler"}
# Reasons for which nothing was ever owed: what was charged goes back whatever the contribution says of ending earlier.
NEVER_OWED = frozenset({"starts_later", "turning_point", "joined_late", "free", "formula_zero"})


class Known(NamedTuple):
    """A charge that exists: `where` says in Dutch on what it stands; `is_own` when this run made it."""

    charge_id: int
    key: str
    amount_cents: int
    state: str
    where: str = ""
    is_own: bool = False
    taken_back_cents: int = 0  # by credit notes by hand


class Owed(NamedTuple):
    """A charge for an invoice. `charge_id` None: to be made; else it is open (for `was_cents`) and taken up, with what it says now.

    A price that was just told is `charged`, whose explanation is written only where it is kept or shown; else `lines` are
    those of `explanation.to_json`.
    """

    key: str
    amount_cents: int
    rule_id: int | None
    lines: Sequence[Mapping[str, Any]]
    charge_id: int | None = None
    is_changed: bool = False
    was_cents: int = 0
    charged: Charged | None = None

    def explained(self) -> Sequence[Mapping[str, Any]]:
        """Return the lines with their steps, as `explanation.to_json` has them."""
        return self.lines if self.charged is None else explanation.to_json(self.charged)

    def priced(self) -> Iterable[tuple[str, int, int | None]]:
        """Return text, cents and account of each line."""
        if self.charged is None:
            return [(line["text"], line["cents"], line["account"]) for line in self.lines]
        return [line[:3] for line in self.charged.lines]


class Decision(NamedTuple):
    """What to invoice under one key, or why nothing (empty: nothing to tell). `dropped` are open charges that are owed no more."""

    owed: Sequence[Owed]
    reason: str = ""
    dropped: Sequence[int] = ()


def new_charge(key: str, charged: Charged) -> Owed:
    """Return what is owed under a key that does not exist yet."""
    return Owed(key, charged.amount_cents, charged.rule_id, (), charged=charged)


def decide(key: str, outcome: Outcome, known: Sequence[Known], *, credits_on_end: bool = False, makes_charges: bool = True) -> Decision:
    """Return what to invoice under a key, given what pricing says and what exists.

    What is open is no fact yet: it is lowered, raised or dropped so that it says what is owed next to what stands.
    """
    credits_on_end = credits_on_end or (isinstance(outcome, NotCharged) and outcome.reason in NEVER_OWED)
    charged = outcome if isinstance(outcome, Charged) else None
    if not known:
        if charged is None or not makes_charges:
            return Decision((), "" if charged else explanation.sentence(outcome))
        return Decision((new_charge(key, charged),))
    open_ones = [one for one in known if one.state == "open"]
    standing = [one for one in known if one.state != "open"]
    if not open_ones and not makes_charges:
        return Decision((), _why_nothing(known))
    owed = _still_owed(key, charged, standing, credits_on_end=credits_on_end)
    if owed is None:
        reason = explanation.sentence(outcome) if charged is None and not standing else _why_nothing(standing)
        return Decision((), reason, [one.charge_id for one in open_ones])
    if open_ones:
        first = open_ones[0]
        is_changed = owed.amount_cents != first.amount_cents
        owed = owed._replace(key=first.key, charge_id=first.charge_id, is_changed=is_changed, was_cents=first.amount_cents)
    return Decision((owed,), "", [one.charge_id for one in open_ones[1:]])


def _still_owed(key: str, charged: Charged | None, standing: Sequence[Known], *, credits_on_end: bool) -> Owed | None:
    """Return what is owed next to the charges that stand, or None."""
    if not standing:
        return new_charge(key, charged) if charged is not None else None
    was = [charges.Existing(one.charge_id, one.key, one.amount_cents, one.state == "waived", one.taken_back_cents) for one in standing]
    made = charges.difference([charges.Expected(key, charged)], was, credits_on_end=credits_on_end)
    return _correction(made[0]) if made else None


def _why_nothing(known: Sequence[Known]) -> str:
    """Return in Dutch why nothing is made next to what exists; empty when this run made it all."""
    stopped = next((one for one in known if one.state in ("waived", "credited")), None)
    if stopped is not None:
        return "Is kwijtgescholden." if stopped.state == "waived" else f"Is gecrediteerd{_at(stopped)}."
    return "" if not known or all(one.is_own for one in known) else f"Is al berekend{_at(known[-1])}."


def _at(known: Known) -> str:
    return f": {known.where}" if known.where else ""


def _correction(change: charges.Change) -> Owed:
    """Return the difference with what was charged before."""
    rule_id = change.charged.rule_id if change.charged else None
    return Owed(change.key, change.amount_cents, rule_id, charges.change_json(change))


def covered(period: ChargePeriod, last_day: date | None, owed: Owed) -> tuple[date, date]:
    """Return the days that a charge is about: its period, or for what is given back after an earlier end the rest of it."""
    if owed.amount_cents < 0 and "#" in owed.key and last_day is not None and period.first_day <= last_day < period.last_day:
        return last_day + DAY, period.last_day
    return period.first_day, period.last_day


def group_key(grouping: str, payer_id: int, relation_id: int, function_id: int | None) -> tuple[int, int, int]:
    """Return what keeps charges together on one invoice; sorted by it, a payer's invoices follow each other."""
    if grouping == "payer":
        return payer_id, 0, 0
    return payer_id, relation_id, (function_id or 0) if grouping == "function" else 0


def shown_key(key: tuple[int, int, int]) -> str:
    """Return a group's key as it is kept on the invoice."""
    payer_id, relation_id, function_id = key
    if function_id:
        return f"function:{function_id}"
    return f"relation:{relation_id}:{payer_id}" if relation_id else f"payer:{payer_id}"


def outside_start(start_filter: str, start_date: date | None, first_day: date | None) -> bool:
    """Whether a function falls outside the start dates that the run is for."""
    if start_filter == "all" or start_date is None or first_day is None:
        return False
    return first_day < start_date if start_filter == "on_or_after" else first_day > start_date


def cut(text: str, length: int = LONGEST_TEXT) -> str:
    """Return a text that fits its column."""
    return text if len(text) <= length else text[: length - 1] + "…"
