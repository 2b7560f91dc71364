"""Properties that hold for every input: nothing lost, nothing twice, no float, no order."""

from __future__ import annotations

import ast
import pathlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contributions import charges, explanation, plans
from app.contributions.adjustments.face import Discount
from app.contributions.blocks import blocks_of
from app.contributions.charges import Existing, Expected
from app.contributions.facts import Charged, ChargePeriod, MemberFacts, PlanTerms, SeasonTerms
from app.contributions.pricing import PriceList, price_run
from app.contributions.proration import VARIANTS, part_number, parts
from app.kernel.periods import DAY, Period, add_months
from tests.contributions.making import charged, prices, rule, step, year

COMPUTED = [code for code, variant in VARIANTS.items() if variant.way == "computed"]
YEAR = ChargePeriod(date(2026, 1, 1), date(2026, 12, 31))
modest = settings(max_examples=25, deadline=None)
days = st.dates(date(2020, 1, 1), date(2026, 11, 30))
births = st.one_of(st.none(), st.dates(date(1930, 1, 1), date(2024, 12, 31)))
discounts = st.one_of(
    st.integers(0, 10_000).map(lambda points: {"discount_basis_points": points}),
    st.integers(0, 20_000).map(lambda cents: {"discount_cents": cents}),
)


@st.composite
def rule_lists(draw: st.DrawFn) -> PriceList:
    """Return a price list with two bands and some adjustments in a drawn order."""
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("short_period", {"variant": draw(st.sampled_from(COMPUTED)), "counts_end": draw(st.booleans())}),
        ("payment_method", {"rows": [{"method": "direct_debit", **draw(discounts)}]}),
        ("family", {"rows": [{"number": 2, **draw(discounts)}]}),
        ("first_period", draw(discounts)),
        ("quantity", {}),
        ("gift", {}),
    ]
    chosen = draw(st.permutations(kinds))[: draw(st.integers(0, len(kinds)))]
    own = draw(st.booleans())
    steps = tuple(step(kind, values, place, is_own_line=own and kind == "payment_method") for place, (kind, values) in enumerate(chosen, 1))
    old, young = draw(st.integers(0, 50_000)), draw(st.integers(0, 50_000))
    return prices(
        rule(old, *steps, rule_id=1, born_from=date(1900, 1, 1)),
        rule(young, *steps, rule_id=2, born_from=date(2000, 1, 1)),
        season=year(2026),
    )


def _member(values: tuple[Any, ...]) -> MemberFacts:
    names = ("relation_id", "function_id", "first_day", "last_day", "born", "payment_method", "household_id", "quantity", "gift_cents")
    return MemberFacts(organisation_id=10, **dict(zip(names, values, strict=True)))


members = st.tuples(
    st.integers(1, 12),
    st.integers(1, 10**6),
    days,
    st.one_of(st.none(), st.dates(date(2026, 12, 1), date(2027, 12, 31))),
    births,
    st.sampled_from(["direct_debit", "transfer"]),
    st.one_of(st.none(), st.integers(1, 3)),
    st.integers(0, 3),
    st.integers(0, 1000),
).map(_member)


@modest
@given(rule_lists(), members)
def test_the_explanation_gives_the_amount_and_the_lines_add_up(found: PriceList, who: MemberFacts) -> None:
    outcome = found.price(who, YEAR)
    if explanation.is_error(outcome):
        assert who.born is None
        return
    made = charged(outcome)
    lines = explanation.to_json(made)
    assert explanation.replay(lines) == [line.amount_cents for line in made.lines]
    assert sum(line.amount_cents for line in made.lines) == made.amount_cents
    assert made.amount_cents >= 0
    assert all(type(number) is int for one in made.steps for number in (one[3], one[4]))
    assert explanation.sentence(made)


@modest
@given(rule_lists(), st.lists(members, max_size=8, unique_by=lambda who: who.function_id), st.randoms(use_true_random=False))
def test_the_order_of_the_facts_has_no_influence(found: PriceList, group: list[MemberFacts], random: Any) -> None:
    one_household = {who.relation_id: who for who in group}  # a relation lives in one household
    group = [
        who._replace(household_id=one_household[who.relation_id].household_id, born=one_household[who.relation_id].born) for who in group
    ]
    straight = dict(zip([who.function_id for who in group], price_run([(found, who, YEAR) for who in group]), strict=True))
    random.shuffle(group)
    shuffled = dict(zip([who.function_id for who in group], price_run([(found, who, YEAR) for who in group]), strict=True))
    assert straight == shuffled


@modest
@given(rule_lists(), rule_lists(), st.lists(members, max_size=6, unique_by=lambda who: who.function_id))
def test_twice_is_once_and_a_change_gives_the_difference(before: PriceList, after: PriceList, group: list[MemberFacts]) -> None:
    there: list[Existing] = []
    for found in (before, before, after, after):
        expected = []
        for who, outcome in zip(group, price_run([(found, who, YEAR) for who in group]), strict=True):
            if not explanation.is_error(outcome):
                expected.append(Expected(charges.charge_key(who.function_id, who.relation_id, 7, YEAR), charged(outcome)))
        made = charges.difference(expected, there)
        there += [Existing(0, change.key, change.amount_cents) for change in made]
        assert charges.difference(expected, there) == []
        assert len({one.key for one in there}) == len(there)
        total = sum(one.charged.amount_cents for one in expected if one.charged)
        assert sum(one.amount_cents for one in there) == total


@modest
@given(st.sampled_from(COMPUTED), st.integers(0, 100_000), days, days)
def test_pro_rata_falls_with_the_start_and_is_full_on_the_first_day(variant: str, cents: int, one: date, two: date) -> None:
    found = prices(rule(cents, step("short_period", {"variant": variant})))
    earlier, later = sorted((one, two))
    costs = [charged(found.price(MemberFacts(1, 10, first_day=day), YEAR)).amount_cents for day in (YEAR.first_day, earlier, later)]
    assert costs[0] == cents
    assert costs[0] >= costs[1] >= costs[2] >= 0


@modest
@given(st.sampled_from(["day", "week", "half_month", "month", "quarter", "half_year"]), days, st.integers(1, 24), st.data())
def test_the_parts_before_and_after_a_day_are_the_whole(unit: str, first: date, months: int, data: st.DataObject) -> None:
    last = add_months(first, months) - DAY
    middle = data.draw(st.dates(first, last))
    whole = parts(unit, first, last, first)[1]
    owed, same = parts(unit, first, last, middle)
    assert (same, 1 <= owed <= whole) == (whole, True)
    assert parts(unit, first, last, first, middle)[0] + owed == whole + 1  # the part of the day itself is in both
    assert part_number(unit, first, last, last) == whole - 1


@modest
@given(st.sampled_from([1, 3, 6, 12]), st.integers(1, 12), st.sampled_from(["calendar", "function"]), days)
def test_periods_follow_each_other_without_gap_or_overlap(months: int, first_month: int, anchor: str, start: date) -> None:
    plan = PlanTerms(months=months, first_month=first_month, anchor=anchor)
    found = plans.due(plan, MemberFacts(1, 10, first_day=start), Period(start - timedelta(days=400), start + timedelta(days=800)))
    assert isinstance(found, tuple)
    assert found[0].first_day <= start <= found[0].last_day
    assert [one.is_first for one in found] == [True] + [False] * (len(found) - 1)
    for one, following in pairwise(found):
        assert following.first_day == one.last_day + DAY


@modest
@given(st.integers(0, 10**7), st.integers(0, 10_000), st.integers(0, 10**7))
def test_a_discount_never_turns_a_positive_price_negative(price: int, points: int, cents: int) -> None:
    assert 0 <= Discount(basis_points=points).take(price)[1] <= price
    assert 0 <= Discount(cents=cents).take(price)[1] <= price
    assert Discount(cents=cents, may_go_below_zero=True).take(price)[1] == price - cents


@modest
@given(births, st.lists(st.dates(date(1900, 1, 1), date(2022, 12, 28)), min_size=1, max_size=4, unique=True), st.integers(1, 100_000))
def test_bands_moved_along_a_year_give_the_same_price_to_who_is_a_year_younger(born: date | None, bands: list[date], cents: int) -> None:
    if born is not None and (born.month, born.day) == (2, 29):
        born = born.replace(day=28)
    rules = [
        rule(cents + number, rule_id=number, born_from=day.replace(day=min(day.day, 28)), season_id=2026)
        for number, day in enumerate(sorted({day.replace(day=min(day.day, 28)) for day in bands}))
    ]
    moved = [replace(one, born_from=add_months(one.born_from, 12), season_id=2027) for one in rules if one.born_from]
    this_year = prices(*rules, season=year(2026)).price(MemberFacts(1, 10, born=born), YEAR)
    younger = add_months(born, 12) if born else None
    next_year = prices(*moved, season=year(2027)).price(
        MemberFacts(1, 10, born=younger), ChargePeriod(date(2027, 1, 1), date(2027, 12, 31))
    )
    assert type(this_year) is type(next_year)
    if not explanation.is_error(this_year) and hasattr(this_year, "amount_cents"):
        assert charged(this_year).amount_cents == charged(next_year).amount_cents


@modest
@given(st.sampled_from([1, 3, 6, 12]), st.sampled_from(["calendar", "function"]), st.integers(0, 100_000), days, st.data())
def test_a_plan_share_falls_with_the_start_and_is_full_on_the_first_day(
    months: int, anchor: str, cents: int, start: date, data: st.DataObject
) -> None:
    plan = PlanTerms(months=months, anchor=anchor, first_period="pro_rata")
    block = blocks_of(plan, months, start, ()).at(start)
    assert block is not None
    window = Period(*block)
    found = prices(rule(cents))

    def cost(day: date) -> int:
        due = plans.due(plan, MemberFacts(1, 10, first_day=day), window)
        assert isinstance(due, tuple)
        return charged(found.price(MemberFacts(1, 10, first_day=day), due[0])).amount_cents

    if anchor == "function":  # its period begins with the function, so there is nothing to leave out
        assert cost(start) == cents
        return
    earlier, later = sorted((start, data.draw(st.dates(*block))))
    assert cost(block[0]) == cents
    assert cents >= cost(earlier) >= cost(later) >= 0


@modest
@given(st.sampled_from(sorted(set(VARIANTS) - set(COMPUTED))), st.lists(st.integers(0, 10_000), min_size=1, max_size=24), days, days)
def test_a_table_that_rises_makes_a_price_that_falls(variant: str, table: list[int], one: date, two: date) -> None:
    found = prices(rule(9_000, step("short_period", {"variant": variant, "table": [*sorted(table), *[10_000] * (24 - len(table))]})))
    earlier, later = sorted((one, two))
    costs = [charged(found.price(MemberFacts(1, 10, first_day=day), YEAR)).amount_cents for day in (earlier, later)]
    assert 9_000 >= costs[0] >= costs[1] >= 0


@modest
@given(st.integers(1, 12), st.sampled_from([6, 12, 24]), st.sampled_from(["month", "half_month"]), births, days, st.data())
def test_a_season_moved_on_by_its_length_gives_the_same_price_to_who_is_so_much_younger(
    first_month: int, length: int, variant: str, born: date | None, start: date, data: st.DataObject
) -> None:
    """Bands, season, dates of birth and starts all move on; month by month, since days are not as many each year."""
    bands = data.draw(st.lists(st.dates(date(1900, 1, 1), date(2022, 12, 28)).map(_early), min_size=1, max_size=4, unique=True))
    first = date(2026, first_month, 1)

    def costs(moved: int) -> Any:
        season = SeasonTerms(moved, str(moved), add_months(first, moved), add_months(first, moved + length) - DAY)
        rules = [
            rule(
                5_000 + 100 * number,
                step("short_period", {"variant": variant}),
                rule_id=number,
                born_from=add_months(day, moved),
                season_id=moved,
            )
            for number, day in enumerate(sorted(bands), 1)
        ]
        who = MemberFacts(1, 10, first_day=add_months(_early(start), moved), born=None if born is None else add_months(_early(born), moved))
        outcome = prices(*rules, season=season).price(who, ChargePeriod(season.first_day, season.last_day))
        return outcome.amount_cents if isinstance(outcome, Charged) else outcome.reason

    assert costs(0) == costs(length)


def _early(day: date) -> date:
    """Return a day that every month has."""
    return day.replace(day=min(day.day, 28))


def test_no_float_in_the_engine() -> None:
    """No float is written or made in contributions and money, and whole numbers are not divided with `/`.

    A division counts as exact when one of its sides holds a call of `Fraction`, or a name that its function made with one.
    Amounts that come out are walked through in `test_whole`.
    """
    for file in [*sorted(pathlib.Path("app/contributions").rglob("*.py")), pathlib.Path("app/kernel/money.py")]:
        tree = ast.parse(file.read_text())
        for node in ast.walk(tree):
            is_written = isinstance(node, ast.Constant) and isinstance(node.value, float)
            is_made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
            is_asked = isinstance(node, ast.ImportFrom | ast.Import) and any(one.name in ("math", "decimal") for one in node.names)
            assert not (is_written or is_made or is_asked), f"{file}:{getattr(node, 'lineno', 0)} uses a float"
        assert inexact(tree) == [], f"{file} divides whole numbers"


def inexact(tree: ast.AST) -> list[int]:
    """Return the lines with a division that may make a float."""
    found: list[int] = []
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda | ast.Module)]:
        own = list(_within(function))
        exact = {
            target.id
            for node in own
            if isinstance(node, ast.Assign) and _makes_fraction(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in own:
            is_division = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
            if is_division and not any(_makes_fraction(one) or (isinstance(one, ast.Name) and one.id in exact) for one in ast.walk(node)):
                found.append(node.lineno)
    return found


def _within(function: ast.AST) -> Iterator[ast.AST]:
    """Give the nodes of a function, but not of the functions in it."""
    for node in ast.iter_child_nodes(function):
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            yield from _within(node)


def _makes_fraction(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Fraction"


@pytest.mark.parametrize(
    ("source", "lines"),
    [("a = 1 / 2", [1]), ("def f(a):\n    a /= 2\n    return a", [2]), ("b = Fraction(1) / 2", []), ("def f(x):\n    y = Fraction(x)\n    return 1 / y", [])],
)  # fmt: skip
def test_a_division_of_whole_numbers_is_found(source: str, lines: list[int]) -> None:
    assert inexact(ast.parse(source)) == lines
