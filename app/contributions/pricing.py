"""Pricing: the one function that says what a member owes. Facts in, explained lines out; no database, no clock.

The order of steps is fixed: the rule is picked, its amount (fixed, formula or tiers) is taken, the plan's share of a first
period, then the rule's adjustments by position. Each step works on the amount the one before left, and rounds half up to the cent once.
An adjustment with its own line or ledger account puts what it changes on a line of its own; kinds that work beside the price
(union fee, gift, postage) always have their own line and are not touched by the others, but for what a union fee names.

See `app.contributions` for how a run calls this.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from app.contributions import family, plans
from app.contributions.facts import (
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
from app.contributions.prepared import Action, PreparedRule, prepare_rules
from app.contributions.rules import Band, RuleIndex
from app.kernel.money import part_of
from app.kernel.periods import Period

MAXIMUM_KEPT, MAXIMUM_PERIODS = 20_000, 400
Kept: TypeAlias = "dict[tuple[Hashable, ...], Charged]"
Item: TypeAlias = "tuple[PriceList, MemberFacts, ChargePeriod]"


class PriceList:
    """The prices of one contribution, made ready for a run."""

    __slots__ = ("_index", "_kept", "_rules", "contribution", "family_from", "has_family_discount")

    def __init__(self, contribution: ContributionTerms, rules: Sequence[PreparedRule], index: RuleIndex) -> None:
        self.contribution = contribution
        self._rules = rules
        self._index = index
        self._kept: dict[int, tuple[ChargePeriod, Kept]] = {}  # by identity of the period: a timetable gives each period once
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
        rule = self._rule(member, period)
        if type(rule) is not PreparedRule:
            return rule  # type: ignore[return-value]
        try:
            if rule.base_step is None:
                outcome: Outcome = _priced(rule, member, period)
                return outcome if rule.band is None or type(outcome) is not Charged else _with_birth(outcome, rule.band, member)
            known = self._known(rule, member, period, None)
        except CannotCompute as lacking:
            return Unpriceable(lacking.reason, lacking.values, rule.rule_id)
        return known if rule.band is None else _with_birth(known, rule.band, member)

    def family_cents(self, member: MemberFacts, period: ChargePeriod) -> int | None:
        """Return the price as it is just before the family discount; None when this member does not count for it.

        A rule that blocks the family discount neither gives it nor counts; one without a family discount does count.
        """
        rule = self._rule(member, period)
        if type(rule) is not PreparedRule or rule.blocks_family_discount:
            return None
        try:
            place = rule.family_place
            outcome = _priced(rule, member, period, place) if rule.base_step is None else self._known(rule, member, period, place)
        except CannotCompute:
            return None
        return outcome.amount_cents if type(outcome) is Charged else None

    def _known(self, rule: PreparedRule, member: MemberFacts, period: ChargePeriod, stop_before: int | None) -> Charged:
        """Return the price, worked out once for all members that the rule's steps cannot tell apart."""
        known = self._kept.get(id(period))
        if known is None or len(known[1]) > MAXIMUM_KEPT:
            if len(self._kept) > MAXIMUM_PERIODS:
                self._kept.clear()
            known = self._kept[id(period)] = (period, {})
        key = (rule.rule_id, stop_before, *[look(member, period, settings) for look, settings in rule.keys[:stop_before]])
        found = known[1].get(key)
        if found is None:
            found = known[1][key] = _priced(rule, member, period, stop_before)
        return found

    def _rule(self, member: MemberFacts, period: ChargePeriod) -> PreparedRule | NotCharged | Unpriceable:
        """Return the rule that holds, or why nothing is charged."""
        if member.last_day is not None and member.last_day < period.first_day:
            return NotCharged("ended_before", (member.last_day, period.first_day))
        if member.first_day is not None and member.first_day > period.last_day:
            return NotCharged("starts_later", (member.first_day, period.last_day))
        must_hold = self.contribution.must_hold_type_id
        if must_hold is not None and must_hold not in member.held_type_ids:
            return NotCharged("must_hold_first", (must_hold,))
        picked = self._index.pick(member, period)
        if type(picked) is not int:
            return picked  # type: ignore[return-value]
        rule = self._rules[picked]
        return NotCharged("free", (rule.description,), rule.rule_id) if rule.is_free else rule


def _with_birth(charged: Charged, band: Band, member: MemberFacts) -> Charged:
    """Return a charge that says why it is this age band."""
    rule_id, period, cents, lines, steps = charged
    amount = steps[0][4]
    born = ("born", (member.born, band[0], band[1]), None, amount, amount, 0)
    return tuple.__new__(Charged, (rule_id, period, cents, lines, (steps[0], born, *steps[1:])))  # half the time of Charged(...)


def _priced(rule: PreparedRule, member: MemberFacts, period: ChargePeriod, stop_before: int | None = None) -> Any:
    """Take the rule's amount and walk its adjustments; `stop_before` leaves out those from that place on.

    Gives a Charged, or for a formula that comes to zero a NotCharged.
    """
    if rule.base_step is not None:
        cents = rule.amount_cents
        steps: list[RawStep] = [rule.base_step]
    else:
        base = rule.computed(member)
        cents = base[4]
        if cents == 0:
            return NotCharged("formula_zero", (rule.description,), rule.rule_id)
        steps = [base]
    if period.parts != period.whole:
        before, cents = cents, part_of(cents, period.parts, period.whole)
        steps.append(("plan_share", (period.parts, period.whole, period.unit), ("*", period.parts, period.whole), before, cents, 0))
    main, texts, lines = cents, "", None
    for action in rule.actions if stop_before is None else rule.actions[:stop_before]:
        if action.is_beside:
            lines = _beside(lines, steps, action, rule, member, period)
            continue
        move = action.apply(cents, member, period, action.settings)
        if move is None:
            continue
        inputs, arithmetic, result, text = move
        if action.is_own_line and result != cents:
            lines = lines or []
            lines.append(PricedLine(action.description(text), result - cents, action.ledger_account_id, action.adjustment_id))
            steps.append((action.kind, inputs, arithmetic, cents, result, len(lines)))
        else:
            main += result - cents
            steps.append((action.kind, inputs, arithmetic, cents, result, 0))
            if text := text or action.text:
                texts = f"{texts}, {text}" if texts else text
        cents = result
    description = rule.title if rule.title is not None else rule.titled(period)
    first = PricedLine(f"{description} ({texts})" if texts else description, main, rule.ledger_account_id)
    if lines is None:
        return Charged(rule.rule_id, period, cents, (first,), tuple(steps))
    return Charged(rule.rule_id, period, main + sum(line.amount_cents for line in lines), (first, *lines), tuple(steps))


def _beside(
    lines: list[PricedLine] | None, steps: list[RawStep], action: Action, rule: PreparedRule, member: MemberFacts, period: ChargePeriod
) -> list[PricedLine] | None:
    """Add a line next to the price, with the adjustments that this one says apply to it too."""
    move = action.apply(0, member, period, action.settings)
    if move is None:
        return lines
    lines = [] if lines is None else lines
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
    return lines


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

    Items may belong to several contributions. Without family discounts it streams; with them the items are looked
    through twice. The order of the items has no influence on any outcome. `settled` are, by household, those charged before (see `family`).
    """
    known = items if isinstance(items, Sequence) else list(items)
    entries = (
        family.Entry(member.household_id, member.relation_id, member.name, member.born, cents)
        for prices, member, period in known
        if prices.has_family_discount and member.household_id is not None and (cents := prices.family_cents(member, period)) is not None
    )
    places = family.places(entries, settled)
    for prices, member, period in known:
        if prices.has_family_discount and (place := places.get(member.relation_id)) is not None and place.number >= prices.family_from:
            member = member._replace(family_number=place.number, family_before=place.before)  # noqa: PLW2901
        yield prices.price(member, period)
