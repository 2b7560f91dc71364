"""Pricing: the one function that says what a member owes. Facts in, explained lines out; no database, no clock.

The order of steps is fixed: the rule is picked, its amount (fixed, formula or tiers) is taken, the plan's share of a first
period, then the rule's adjustments by position. Each step works on the amount the one before left, and rounds half up to the cent once.
An adjustment with its own line or ledger account puts what it changes on a line of its own; kinds that work beside the price
(union fee, gift, postage) always have their own line and are not touched by the others, but for what a union fee names.

`PriceList.price` does this for one member; `price_run` gives the same for many, working out each price once (`known`).
See `app.contributions` for how a run calls this.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

from app.contributions import family, plans
from app.contributions.facts import (
    OWN_BIRTH,
    CannotCompute,
    Charged,
    ChargePeriod,
    ContributionTerms,
    MemberFacts,
    NotCharged,
    Outcome,
    PlanTerms,
    PricedLine,
    RawStep,
    RuleTerms,
    SeasonTerms,
    Unpriceable,
)
from app.contributions.known import KnownPrices
from app.contributions.looks import ALWAYS_PLACE, Look, is_in
from app.contributions.prepared import Action, PreparedRule, prepare_rules
from app.contributions.rules import RuleIndex
from app.kernel.money import part_of
from app.kernel.periods import Period

MAXIMUM_PERIODS = 400
Item: TypeAlias = "tuple[PriceList, MemberFacts, ChargePeriod]"


class PriceList:
    """The prices of one contribution, made ready for a run."""

    __slots__ = ("_index", "_known", "_rules", "borns", "contribution", "family_from", "has_family_discount")

    def __init__(self, contribution: ContributionTerms, rules: Sequence[PreparedRule], index: RuleIndex) -> None:
        self.contribution = contribution
        self._rules = rules
        self._index = index
        self._known: dict[ChargePeriod, KnownPrices] = {}
        self.borns = index.borns
        numbers = [action.settings.first_number for rule in rules for action in rule.actions if action.kind == "family"]
        self.has_family_discount = bool(numbers)
        self.family_from = min(numbers, default=0)

    @classmethod
    def prepare(
        cls,
        contribution: ContributionTerms,
        rules: Iterable[RuleTerms],
        season: SeasonTerms | None = None,
        parents: Mapping[int, int | None] | None = None,
    ) -> PriceList:
        """Make rules ready: settings checked, formulas read, an index set out.

        Raises DomainError when a setting cannot be computed (`adjustment_settings_wrong`, `formula_wrong`, `rule_wrong` ...).
        """
        terms = list(rules)
        index = RuleIndex(terms, season.season_id if season else None, parents, contribution.default_price_category_id)
        return cls(contribution, prepare_rules(contribution, terms, season, index), index)

    def price(self, member: MemberFacts, period: ChargePeriod) -> Outcome:
        """Return what this member owes for this period, or why nothing, or why it cannot be told."""
        rule = self.pick(member, period)
        outcome = price_by_rule(rule, member, period)[0] if isinstance(rule, PreparedRule) else rule
        return outcome.of(member) if isinstance(outcome, Charged) else outcome

    def known(self, period: ChargePeriod) -> KnownPrices:
        """Return what has been worked out for a period."""
        found = self._known.get(period)
        if found is None:
            if len(self._known) > MAXIMUM_PERIODS:
                self._known.clear()
            rules = [rule for place in self._index.places if not (rule := self._rules[place]).is_free]
            must_hold = self.contribution.must_hold_type_id
            held: tuple[Look, ...] = () if must_hold is None else (is_in("held_type_ids", must_hold),)
            found = KnownPrices(period, rules, self.family_from, (*held, *self._index.looks()), self.pick, price_by_rule)
            self._known[period] = found
        return found

    def pick(self, member: MemberFacts, period: ChargePeriod) -> PreparedRule | Outcome:
        """Return the rule that holds, or why nothing is charged."""
        if member.last_day is not None and member.last_day < period.first_day:
            return NotCharged("ended_before", (member.last_day, period.first_day))
        if member.first_day is not None and member.first_day > period.last_day:
            return NotCharged("starts_later", (member.first_day, period.last_day))
        must_hold = self.contribution.must_hold_type_id
        if must_hold is not None and must_hold not in member.held_type_ids:
            return NotCharged("must_hold_first", (must_hold,))
        picked = self._index.pick(member, period)
        if not isinstance(picked, int):
            return picked
        rule = self._rules[picked]
        return NotCharged("free", (rule.description,), rule.rule_id) if rule.is_free else rule


def price_by_rule(rule: PreparedRule, member: MemberFacts, period: ChargePeriod) -> tuple[Outcome, int | None]:
    """Take the rule's amount and walk its adjustments.

    Gives the outcome, and the price as it is just before the family discount: None when this does not count for it. A rule that
    blocks the family discount neither gives it nor counts; one without a family discount does count.
    """
    family_cents: int | None = None
    try:
        base = rule.base_step if rule.base_step is not None else rule.computed(member)
        cents = base[4]
        if cents == 0 and rule.base_step is None:
            return NotCharged("formula_zero", (rule.description,), rule.rule_id), None
        steps = [base]
        if rule.band is not None and member.born is not None:
            steps.append(("born", (OWN_BIRTH, *rule.band), None, cents, cents, 0))
        if period.parts != period.whole:
            before, cents = cents, part_of(cents, period.parts, period.whole)
            steps.append(("plan_share", (period.parts, period.whole, period.unit), ("*", period.parts, period.whole), before, cents, 0))
        main, texts = cents, ""
        lines: list[PricedLine] = []
        for place, action in enumerate(rule.actions):
            if place == rule.family_place:
                family_cents = _total(main, lines)
            if action.is_beside:
                _beside(lines, steps, action, rule, member, period)
                continue
            move = action.apply(cents, member, period, action.settings)
            if move is None:
                continue
            inputs, arithmetic, result, text = move
            if action.is_own_line and result != cents:
                lines.append(PricedLine(action.description(text), result - cents, action.ledger_account_id, action.adjustment_id))
                steps.append((action.kind, inputs, arithmetic, cents, result, len(lines)))
            else:
                main += result - cents
                steps.append((action.kind, inputs, arithmetic, cents, result, 0))
                if text := text or action.text:
                    texts = f"{texts}, {text}" if texts else text
            cents = result
    except CannotCompute as lacking:
        return Unpriceable(lacking.reason, lacking.values, rule.rule_id), None if rule.blocks_family_discount else family_cents
    description = rule.title if rule.title is not None else rule.titled(period)
    first = PricedLine(f"{description} ({texts})" if texts else description, main, rule.ledger_account_id)
    total = _total(main, lines)
    others = member.family_before if member.family_before and any(step[0] == "family" for step in steps) else ()
    charged = Charged(rule.rule_id, period, total, (first, *lines), tuple(steps), others)
    return charged, None if rule.blocks_family_discount else total if family_cents is None else family_cents


def _total(main: int, lines: list[PricedLine]) -> int:
    return main + sum([line.amount_cents for line in lines]) if lines else main


def _beside(
    lines: list[PricedLine], steps: list[RawStep], action: Action, rule: PreparedRule, member: MemberFacts, period: ChargePeriod
) -> None:
    """Add a line next to the price, with the adjustments that this one says apply to it too."""
    move = action.apply(0, member, period, action.settings)
    if move is None:
        return
    number = len(lines) + 1
    inputs, arithmetic, cents, text = move
    steps.append((action.kind, inputs, arithmetic, 0, cents, number))
    for other in rule.actions:
        if other.kind in action.also and not other.is_beside:
            also: Any = other.apply(cents, member, period, other.settings)
            if also is not None:
                steps.append((other.kind, also[0], also[1], cents, also[2], number))
                cents = also[2]
    lines.append(PricedLine(action.description(text), cents, action.ledger_account_id, action.adjustment_id))


def price(
    facts: MemberFacts, contribution: ContributionTerms, rules: Iterable[RuleTerms], plan: PlanTerms, period: SeasonTerms | Period
) -> list[Outcome]:
    """Return what one member owes within a season or period: one outcome per period of the plan, or the reason for none.

    For a single price, a trial on the screen or an example; a run prepares once (`PriceList`, `plans.Timetable`).
    """
    season = period if isinstance(period, SeasonTerms) else None
    window = Period(period.first_day, period.last_day)
    due = plans.due(plan, facts, window, (season,) if season else ())
    if isinstance(due, NotCharged | Unpriceable):
        return [due]
    prices = PriceList.prepare(contribution, rules, season)
    return [prices.price(facts, one) for one in due]


def price_run(items: Iterable[Item], settled: Mapping[int, Sequence[family.Settled]] = family.NONE_SETTLED) -> Iterator[Outcome]:
    """Return the outcome of each item, in order, with family discounts settled over all items together.

    Members who are alike share a `Charged`; its `of` makes it that of one member, for the explanation.
    Items may belong to several contributions. They are gone through once and not kept: without family discounts each outcome is given
    as its item comes by; from the first member of a household with one on, outcomes wait until all are seen (that
    is one shared outcome for each item, and the facts of those household members). The order of the items has no influence on any outcome.
    `settled` are, by household, those charged before (see `family`).
    """
    current: PriceList | None = None
    when: ChargePeriod | None = None
    ready: dict[tuple[int, int], tuple[Any, ...]] = {}  # by identity, which the tuple keeps alive
    waiting: list[Outcome] = []
    households: dict[int, list[family.Price]] = {}
    least = 99  # the first place in a family that has a discount
    place, bisect = ALWAYS_PLACE, bisect_right
    for prices, member, period in items:
        if period is not when or prices is not current:
            current, when = prices, period
            number = (id(prices), id(period))
            known, get, look, starts, ends, borns, settles, *_ = ready.get(number) or _made_ready(ready, prices, period)
            if settles and prices.family_from < least:
                least = prices.family_from
        seen: Any = member[place]
        first, last, born, category, method, household_id = seen
        band = -1 if born is None else bisect(borns, born)
        key: Hashable = (band, category, method, starts[first], ends[last], None if look is None else look(member))
        entry = get(key)
        if entry is None or entry.told is None:
            entry = known.entry(key, member)
        if settles and household_id is not None and entry.family_cents is not None:
            one: family.Price = (-entry.family_cents, born or date.max, member.relation_id, len(waiting), entry, member)
            if household_id in households:
                households[household_id].append(one)
            else:
                households[household_id] = [one]
        elif not households:
            yield entry.told
            continue
        waiting.append(entry.told)
    for household_id, members in households.items():
        if len(members) >= least or household_id in settled:
            for price, nth, before in family.places(members, settled.get(household_id, ()), least):
                _, _, _, index, entry, member = price
                if nth >= entry.known.family_from:
                    waiting[index] = entry.placed(member, nth).among(before)
    yield from waiting


def _made_ready(ready: dict[tuple[int, int], tuple[Any, ...]], prices: PriceList, period: ChargePeriod) -> tuple[Any, ...]:
    """Return what a run needs at hand for the members of one price list and period."""
    if len(ready) > MAXIMUM_PERIODS:
        ready.clear()
    known = prices.known(period)
    made = (known, known.found.get, known.look, known.starts, known.ends, prices.borns, prices.has_family_discount, prices, period)
    ready[id(prices), id(period)] = made
    return made
