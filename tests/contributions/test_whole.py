"""Properties over random whole settings: every kind in the registry, every fact, several rules, contributions and households."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from app.contributions import charges, explanation
from app.contributions.adjustments import KINDS
from app.contributions.charges import Existing, Expected
from app.contributions.facts import AdjustmentTerms, Charged, ChargePeriod, ContributionTerms, MemberFacts, Outcome, RuleTerms
from app.contributions.looks import ALWAYS, ALWAYS_PLACE
from app.contributions.prepared import PreparedRule
from app.contributions.pricing import PriceList, price_by_rule, price_run
from tests.contributions import whole
from tests.contributions.making import prices, rule, step

Item = tuple[PriceList, MemberFacts, ChargePeriod]
modest = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
ABOUT_FAMILY = ("family", "several_activities", "payment_method", "short_period", "gift", "union_fee")


def one_by_one(items: list[Item]) -> list[Outcome]:
    """Price the plain way: each member alone, after the place of each in its household was worked out in the longest way."""
    sums: dict[int, dict[int, int]] = {}
    cards: dict[int, MemberFacts] = {}
    for found, who, when in items:
        picked = found.pick(who, when)
        if not found.has_family_discount or who.household_id is None or not isinstance(picked, PreparedRule):
            continue
        cents = price_by_rule(picked, who, when)[1]
        if cents is not None:
            household = sums.setdefault(who.household_id, {})
            household[who.relation_id] = household.get(who.relation_id, 0) + cents
            cards.setdefault(who.relation_id, who)
    places: dict[int, tuple[int, tuple[str, ...]]] = {}
    for household in sums.values():
        ordered = sorted(household, key=lambda one: (-household[one], cards[one].born or date.max, one))
        for place, relation_id in enumerate(ordered):
            places[relation_id] = place + 1, tuple(cards[one].name for one in ordered[:place])
    outcomes = []
    for found, who, when in items:
        number, before = places.get(who.relation_id, (0, ()))
        is_placed = found.has_family_discount and number > 1 and number >= found.family_from and who.household_id is not None
        outcomes.append(found.price(who._replace(family_number=number, family_before=before) if is_placed else who, when))
    return outcomes


def in_one_run(items: list[Item]) -> list[Outcome]:
    """Price all in one run, each outcome made that of its member."""
    outcomes = zip(items, price_run(iter(items)), strict=True)
    return [outcome.of(item[1]) if isinstance(outcome, Charged) else outcome for item, outcome in outcomes]


def in_run(lists: list[PriceList], group: list[MemberFacts], data: st.DataObject) -> list[Item]:
    """Spread a group over price lists and periods."""
    return [(data.draw(st.sampled_from(lists)), who, data.draw(st.sampled_from(whole.PERIODS))) for who in group]


def written(outcomes: Iterable[Outcome]) -> list[Any]:
    """Return outcomes with what is kept of them, in which 1, yes and 1/1 differ."""
    writer = explanation.Writer()
    return [writer.text(one) if isinstance(one, Charged) else repr(one) for one in outcomes]


@modest
@given(whole.rule_lists(ABOUT_FAMILY), whole.rule_lists(), whole.groups(), st.data())
def test_a_run_gives_what_pricing_one_by_one_gives(
    one: tuple[ContributionTerms, list[RuleTerms]], two: tuple[ContributionTerms, list[RuleTerms]], group: list[MemberFacts], data: Any
) -> None:
    items = in_run([whole.price_list(one), whole.price_list(two)], group, data)
    run = in_one_run(items)
    assert run == one_by_one(items)
    assert written(run) == written(one_by_one(items))
    shuffled = data.draw(st.permutations(items))
    again = {id(item): outcome for item, outcome in zip(shuffled, in_one_run(shuffled), strict=True)}
    assert written(run) == written(again[id(item)] for item in items)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(group=whole.nearly_alike(), data=st.data())
def test_a_kind_names_every_fact_that_it_looks_at(kind: str, group: list[MemberFacts], data: Any) -> None:
    """Members who differ in one fact stand in one run, so a forgotten fact gives somebody the price of another."""
    terms = AdjustmentTerms(1, kind, 1, data.draw(whole.settings_of(kind)))
    first = rule(6000, terms, rule_id=1, description="Regel 1")
    second = rule(4000, rule_id=2, born_from=date(1985, 1, 1), price_category_id=1)
    found = prices(first, second, season=whole.SEASON)
    items = [(found, who._replace(household_id=None), whole.YEAR) for who in group]
    assert written(in_one_run(items)) == written(one_by_one(items))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_takes_part(kind: str) -> None:
    """A kind whose settings cannot be drawn, or which never does anything to the drawn members, is not tested here: say how in `whole`."""

    def applies(drawn: tuple[dict[str, Any], MemberFacts]) -> bool:
        terms = AdjustmentTerms(1, kind, 1, drawn[0])
        outcome = prices(rule(6000, terms)).price(drawn[1]._replace(family_number=3), whole.YEAR._replace(is_first=True))
        return isinstance(outcome, Charged) and any(one[0] == kind for one in outcome.steps)

    drawn = st.tuples(whole.settings_of(kind), whole.groups(1).map(lambda group: group[0]))
    find(drawn, applies, settings=settings(max_examples=500, database=None, phases=[Phase.generate]))


@modest
@given(whole.rule_lists(), whole.groups(5), st.data())
def test_the_parts_are_the_whole_and_every_sum_can_be_done_again(
    one: tuple[ContributionTerms, list[RuleTerms]], group: list[MemberFacts], data: Any
) -> None:
    writer = explanation.Writer()
    for outcome in in_one_run(in_run([whole.price_list(one)], group, data)):
        assert explanation.sentence(outcome)
        if not isinstance(outcome, Charged):
            continue
        lines = explanation.to_json(outcome)
        assert explanation.replay(lines) == [line.amount_cents for line in outcome.lines]
        assert sum(line.amount_cents for line in outcome.lines) == outcome.amount_cents
        assert json.loads(writer.text(outcome), parse_float=pytest.fail) == lines
        assert not any(isinstance(value, float) for value in everything(outcome))


def everything(value: Any) -> Iterator[Any]:
    """Give a value and all that it holds."""
    yield value
    if isinstance(value, tuple | list | frozenset):
        for one in value:
            yield from everything(one)


def without_leave_to_go_below(value: Any) -> Any:
    """Return settings that forbid a price below zero, and in which no amount is below zero itself."""
    if isinstance(value, dict):
        return {
            name: False
            if name == "may_go_below_zero"
            else abs(one)
            if name.endswith("cents") and one is not None
            else without_leave_to_go_below(one)
            for name, one in value.items()
        }
    return [without_leave_to_go_below(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(cents=st.integers(0, 30_000), group=whole.groups(4), data=st.data())
def test_no_kind_turns_a_price_negative_unless_allowed(kind: str, cents: int, group: list[MemberFacts], data: Any) -> None:
    own_line = data.draw(st.booleans())
    made = without_leave_to_go_below(data.draw(whole.settings_of(kind)))
    found = prices(rule(cents, step(kind, made, is_own_line=own_line)), season=whole.SEASON)
    for outcome in price_run([(found, who, whole.YEAR._replace(is_first=True)) for who in group]):
        if isinstance(outcome, Charged):
            assert outcome.amount_cents >= 0
            assert outcome.lines[0].amount_cents >= 0


@modest
@given(whole.rule_lists(), whole.rule_lists(ABOUT_FAMILY), whole.groups())
def test_twice_is_once_whatever_the_settings(
    before: tuple[ContributionTerms, list[RuleTerms]], after: tuple[ContributionTerms, list[RuleTerms]], group: list[MemberFacts]
) -> None:
    group = list({who.function_id: who for who in group}.values())
    there: list[Existing] = []
    for found in (before, after, after):
        outcomes = price_run([(whole.price_list(found), who, whole.YEAR) for who in group])
        expected = [
            Expected(charges.charge_key(who.function_id, who.relation_id, 7, whole.YEAR), outcome)
            for who, outcome in zip(group, outcomes, strict=True)
            if isinstance(outcome, Charged)
        ]
        made = charges.difference(expected, there)
        there += [Existing(0, change.key, change.amount_cents) for change in made]
        assert charges.difference(expected, there) == []
        owed = {one.key: one.charged.amount_cents for one in expected if one.charged}
        kept: dict[str, int] = {}
        for one in there:
            kept[charges.base_key(one.key)] = kept.get(charges.base_key(one.key), 0) + one.amount_cents
        assert {key: kept[key] for key in owed} == owed


def test_what_a_run_reads_of_every_member_lies_side_by_side() -> None:
    """And what an explanation holds of him: start, end and date of birth."""
    assert MemberFacts._fields[ALWAYS_PLACE] == ALWAYS
    assert ALWAYS[:3] == ("first_day", "last_day", "born")


def test_a_run_gives_outcomes_as_items_come_by_and_keeps_only_households() -> None:
    """Without a household nothing is waited for; from the first one on, outcomes wait for the last item."""
    found = prices(rule(6000, step("family", {"rows": [{"number": 2, "discount_cents": 100}]})))
    seen: list[int] = []

    def items() -> Iterator[Item]:
        for number in range(6):
            seen.append(number)
            yield found, MemberFacts(number, 10, number, household_id=9 if number in (3, 4) else None), whole.YEAR

    run = price_run(items())
    assert [next(run).amount_cents, seen] == [6000, [0]]  # type: ignore[union-attr]
    next(run), next(run)
    assert seen == [0, 1, 2]
    assert [one.amount_cents for one in run] == [6000, 5900, 6000]  # type: ignore[union-attr]
    assert seen == [0, 1, 2, 3, 4, 5]
