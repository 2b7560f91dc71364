"""Comparing: what one relation pays next to what it paid, and why that differs, in cents that add up.

A price is taken apart in the amount of its rule and what each kind of step changed; the parts of both sides together are
the whole difference, so nothing is left unexplained.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from app.contributions.adjustments import NAMES
from app.contributions.facts import Charged, RuleTerms
from app.contributions.recording import Json
from app.kernel.money import euros
from app.kernel.periods import add_months

Look: TypeAlias = Callable[[RuleTerms], Hashable]
REST: Final = "difference"
STEP_NAMES: Final[Mapping[str, str]] = {**NAMES, "plan_share": "Deel van de eerste periode", REST: "Eerder verrekend"}
MAIN_REASONS: Final[Mapping[str, str]] = {
    "other_rule": "Andere regel",
    "amount": "Ander bedrag van de regel",
    "discount": "Andere korting of toeslag",
    "new": "Nieuw",
    "gone": "Vervalt",
}


class Paid(NamedTuple):
    """A price taken apart: `base_cents` is the rule's own amount, `changes` what the steps of each kind changed (never zero)."""

    cents: int
    rule_id: int | None
    base_cents: int
    changes: tuple[tuple[str, int], ...] = ()


class Part(NamedTuple):
    """One part of a difference: a kind of step, or `rule` for the amount of the rule."""

    kind: str
    before_cents: int
    now_cents: int

    @property
    def cents(self) -> int:
        """Return how much this part adds."""
        return self.now_cents - self.before_cents


class Why(NamedTuple):
    """Why an amount differs: the main reason (a code of `MAIN_REASONS`) and all of it in Dutch."""

    main: str
    words: str


def paid(charged: Charged) -> Paid:
    """Take a price apart."""
    steps = charged.shared_steps
    if len(steps) == 1:
        return Paid(charged.amount_cents, charged.rule_id, steps[0][4])
    return _apart(charged.amount_cents, charged.rule_id, steps[0][4], ((step[0], step[4] - step[3]) for step in steps[1:]))


def paid_as_kept(cents: int, rule_id: int | None, lines: Sequence[Json]) -> Paid:
    """Take a charge apart by the explanation that was kept with it (see `recording`)."""
    steps = [step for line in lines for step in line["steps"]]
    if not steps:
        return Paid(cents, rule_id, cents)
    return _apart(cents, rule_id, steps[0]["after"], ((step["name"], step["after"] - step["before"]) for step in steps[1:]))


def paid_for_key(charges: Sequence[tuple[int, int | None, Sequence[Json]]]) -> Paid:
    """Take together the charges under one key, oldest first: a later difference holds the price as it is now."""
    total = sum(cents for cents, _, _ in charges)
    cents, rule_id, lines = charges[-1]
    now = lines[0].get("now") if lines else None
    if now:
        return paid_as_kept(total, rule_id, now)
    if len(charges) == 1:
        return paid_as_kept(cents, rule_id, lines)
    first = paid_as_kept(*charges[0])
    return _apart(total, first.rule_id, first.base_cents, first.changes)


def together(one: Paid | None, other: Paid) -> Paid:
    """Return two prices as one: somebody with two functions. The rule is that of the dearer one."""
    if one is None:
        return other
    rule_id = one.rule_id if one.base_cents >= other.base_cents else other.rule_id
    return _apart(one.cents + other.cents, rule_id, one.base_cents + other.base_cents, (*one.changes, *other.changes))


def _apart(cents: int, rule_id: int | None, base: int, changes: Iterable[tuple[str, int]]) -> Paid:
    sums: dict[str, int] = {}
    for kind, change in changes:
        if change:
            sums[kind] = sums.get(kind, 0) + change
    rest = cents - base - sum(sums.values())
    if rest:
        sums[REST] = sums.get(REST, 0) + rest
    return Paid(cents, rule_id, base, tuple(sorted((kind, change) for kind, change in sums.items() if change)))


def parts(before: Paid, now: Paid) -> list[Part]:
    """Return what makes the difference; the parts add up to it."""
    was, becomes = dict(before.changes), dict(now.changes)
    found = [Part("rule", before.base_cents, now.base_cents)]
    found += [Part(kind, was.get(kind, 0), becomes.get(kind, 0)) for kind in dict.fromkeys((*was, *becomes))]
    return [part for part in found if part.cents]


def why(
    before: Paid | None,
    now: Paid | None,
    names: Mapping[int, str],
    counterparts: Mapping[int, int],
    season: str = "",
    not_charged: str = "",
) -> Why:
    """Return why somebody pays something else. `counterparts` says which rule of now was which before; `names` are the rules' texts.

    `season` is the name of the one before; `not_charged` says why nothing is owed on the side that is missing.
    """
    if before is None:
        return Why("new", not_charged or f"Betaalde in seizoen {season} niets voor deze contributie.")
    if now is None:
        return Why("gone", not_charged or "Heeft in dit seizoen geen functie meer waarvoor deze contributie geldt.")
    found = parts(before, now)
    is_other = before.rule_id is not None and now.rule_id is not None and counterparts.get(before.rule_id, before.rule_id) != now.rule_id
    said = [_said(part) for part in found if part.kind != "rule"]
    rule = next((part for part in found if part.kind == "rule"), None)
    if is_other:
        was, becomes = names.get(before.rule_id or 0, "?"), names.get(now.rule_id or 0, "?")
        amounts = f" ({euros(before.base_cents)} wordt {euros(now.base_cents)})" if rule else ""
        said.insert(0, f"Andere regel: “{was}” wordt “{becomes}”{amounts}")
    elif rule:
        way = "Hoger" if rule.cents > 0 else "Lager"
        said.insert(0, f"{way} bedrag: {euros(rule.before_cents)} wordt {euros(rule.now_cents)}")
    main = max(found, key=lambda part: abs(part.cents)) if found else None
    code = ("other_rule" if is_other else "amount") if main is None or main.kind == "rule" else "discount"
    return Why(code, "; ".join(said))


def _said(part: Part) -> str:
    name = STEP_NAMES.get(part.kind, part.kind)
    if not part.before_cents:
        return f"{name} komt erbij ({euros(part.now_cents)})"
    if not part.now_cents:
        return f"{name} vervalt (was {euros(part.before_cents)})"
    return f"{name}: {euros(part.before_cents)} wordt {euros(part.now_cents)}"


def counterparts(earlier: Sequence[RuleTerms], later: Sequence[RuleTerms], months: int) -> dict[int, int]:
    """Return which later rule takes the place of which earlier one, for the rules of one contribution.

    First the same rule; then the same category, organisation and selection with the born-from date moved along by `months`, or the
    same date; then the same description where only one has it. A rule without counterpart is left out.
    """
    free = {rule.rule_id: rule for rule in later}
    found: dict[int, int] = {}
    ways: tuple[tuple[Look, Look], ...] = (
        (lambda rule: rule.rule_id, lambda rule: rule.rule_id),
        (lambda rule: _picks(rule, months), lambda rule: _picks(rule, 0)),
        (lambda rule: _picks(rule, 0), lambda rule: _picks(rule, 0)),
        (lambda rule: rule.description, lambda rule: rule.description),
    )
    for look, look_later in ways:
        by_look: dict[Hashable, list[int]] = {}
        for number, rule in free.items():
            by_look.setdefault(look_later(rule), []).append(number)
        for rule in earlier:
            fitting = by_look.get(look(rule), [])
            if rule.rule_id not in found and len(fitting) == 1 and fitting[0] in free:
                found[rule.rule_id] = fitting[0]
                del free[fitting[0]]
    return found


def _picks(rule: RuleTerms, months: int) -> Hashable:
    born = rule.born_from
    if born is not None and born.year > 1900 and months:
        born = add_months(born, months)
    return rule.price_category_id, rule.organisation_id, rule.selection_id, born
