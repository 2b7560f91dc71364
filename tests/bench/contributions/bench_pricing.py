"""Measure pricing of 100,000 members x 20 rules next to loops written by hand that do the same arithmetic over the same facts.

Run: `python -m tests.bench.contributions.bench_pricing [members] [repeats]`. Goal: at most 3 x, and 50,000 members per second.

Two loops, both checked against the engine. The first gives amounts alone, and is the one to be measured by. It knows only these
rules: which one holds is a look-up by category and age, nobody lacks a date of birth or left, and each pays one period, so it has nothing to
ask of a plan. It makes no line, text or step. The second makes all of these, as the engine has them once they are said of a member (`Charged.of`).
What the engine does in "amounts" is to tell from the plan which periods are due, to price, with lines and steps that members who are alike
share, and to settle the families. "First time" begins with a fresh price list, as each run does; "again" is the same list once more,
what a larger run comes near to. Python's search for cycles rests, as it does in a run. Ratios are medians over the rounds, each within its round.
"""

from __future__ import annotations

import gc
import random
import resource
import statistics
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from app.contributions import explanation, plans
from app.contributions.facts import (
    AdjustmentTerms,
    Charged,
    ChargePeriod,
    ContributionTerms,
    MemberFacts,
    Outcome,
    PlanTerms,
    PricedLine,
    RawStep,
    RuleTerms,
    SeasonTerms,
)
from app.contributions.pricing import PriceList, price_run
from app.kernel.periods import Period

SEASON = SeasonTerms(26, "2026", date(2026, 1, 1), date(2026, 12, 31))
BORNS = (date(1900, 1, 1), date(1961, 1, 1), date(1996, 1, 1), date(2008, 1, 1), date(2014, 1, 1))
CATEGORIES = (1, 2, 3, 4)
AMOUNTS = {(category, place): 6000 + 500 * category - 700 * place for category in CATEGORIES for place in range(5)}
TITLES = {category: f"Contributie {category} 2026" for category in CATEGORIES}
BANDS = tuple(zip((None, *BORNS[1:]), (*[born - timedelta(1) for born in BORNS[1:]], None), strict=True))
YEAR = ChargePeriod(SEASON.first_day, SEASON.last_day)
STEPS = (
    AdjustmentTerms(1, "short_period", 1, {"variant": "half_month"}, text="naar rato"),
    AdjustmentTerms(2, "several_activities", 2, {"rows": [{"number": 2, "discount_basis_points": 1000}]}, text="tweede activiteit"),
    AdjustmentTerms(3, "family", 3, {"rows": [{"number": 3, "discount_basis_points": 2500}]}, text="gezinskorting"),
    AdjustmentTerms(4, "payment_method", 4, {"rows": [{"method": "direct_debit", "discount_cents": 500}]}, text="incassokorting"),
)


def price_list() -> PriceList:
    rules = [
        RuleTerms(
            rule_id=number,
            description=f"Contributie {category}",
            amount_cents=amount,
            season_id=26,
            price_category_id=category,
            born_from=BORNS[place],
            season_label="name_after",
            adjustments=STEPS,
        )
        for number, ((category, place), amount) in enumerate(AMOUNTS.items(), 1)
    ]
    return PriceList.prepare(ContributionTerms(7, "Contributie", 800, 1), rules, SEASON)


def members(count: int) -> list[MemberFacts]:
    """A fifth joined this year, a quarter lives in a household of up to four, one in ten has a second function."""
    pick = random.Random(26)
    found: list[MemberFacts] = []
    for number in range(count):
        starts = date(2020, 1, 1) if pick.random() < 0.8 else date(2026, pick.randint(1, 12), pick.randint(1, 28))
        two = ((1, 3, number), (2, 4, count + number)) if pick.random() < 0.1 else ()
        found.append(
            MemberFacts(
                number,
                102,
                count + number if two and pick.random() < 0.5 else number,
                3,
                starts,
                None,
                date(pick.randint(1930, 2020), pick.randint(1, 12), pick.randint(1, 28)),
                pick.choice((None, 1, 2, 3, 4)),
                pick.choice(("direct_debit", "transfer")),
                number // 16 if number % 16 < 4 else None,
                f"Lid {number}",
                activities=two,
            )
        )
    return found


def outcomes(prices: PriceList, facts: list[MemberFacts]) -> Iterator[Outcome]:
    timetable = plans.Timetable(PlanTerms(months=None, anchor="season"), Period(SEASON.first_day, SEASON.last_day), [SEASON])
    return price_run((prices, member, period) for member in facts for period in timetable.due(member))  # type: ignore[union-attr]


def engine(prices: PriceList, facts: list[MemberFacts]) -> list[int]:
    return [outcome.amount_cents for outcome in outcomes(prices, facts)]  # type: ignore[union-attr]


def engine_with_steps(prices: PriceList, facts: list[MemberFacts]) -> list[Charged]:
    return [outcome.of(member) for member, outcome in zip(facts, outcomes(prices, facts), strict=True)]  # type: ignore[union-attr]


def by_hand(facts: list[MemberFacts]) -> list[int]:
    """Price the same by code that knows just these rules."""
    half_up = lambda cents, above, below: (2 * cents * above + below) // (2 * below)  # noqa: E731
    first = SEASON.first_day
    before: list[int] = []
    households: dict[int, list[tuple[int, date, int]]] = {}
    for member in facts:
        born, category = member.born, member.price_category_id or 1
        cents = AMOUNTS[category, bisect_right(BORNS, born) - 1]
        starts = member.first_day
        if starts > first:
            cents = half_up(cents, 24 - 2 * (starts.month - 1) - (starts.day > 15), 24)
        if member.activities and member.function_id != member.activities[0][2]:
            cents = half_up(cents, 9, 10)
        before.append(cents)
        if member.household_id is not None:
            households.setdefault(member.household_id, []).append((-cents, born, member.relation_id))
    discounted = {entry[2] for entries in households.values() for entry in sorted(entries)[2:]}
    found = []
    for member, priced in zip(facts, before, strict=True):
        cents = half_up(priced, 3, 4) if member.relation_id in discounted else priced
        if member.payment_method == "direct_debit":
            cents = max(cents - 500, 0)
        found.append(cents)
    return found


def by_hand_with_steps(facts: list[MemberFacts]) -> list[Charged]:
    """Do the same and make what the engine makes: a line with its text and a step for each change."""
    half_up = lambda cents, above, below: (2 * cents * above + below) // (2 * below)  # noqa: E731
    first = SEASON.first_day
    begun: list[tuple[int, int, int, list[RawStep], list[str]]] = []
    households: dict[int, list[tuple[int, date, int, str]]] = {}
    for member in facts:
        born, category = member.born, member.price_category_id or 1
        place = bisect_right(BORNS, born) - 1
        cents, rule_id = AMOUNTS[category, place], 5 * (category - 1) + place + 1
        texts: list[str] = []
        steps: list[RawStep] = [
            ("rule", (rule_id, TITLES[category]), ("=", cents), 0, cents, 0),
            ("born", (born, *BANDS[place]), None, cents, cents, 0),
        ]
        starts = member.first_day
        if starts > first:
            owed = 24 - 2 * (starts.month - 1) - (starts.day > 15)
            if owed < 24:
                cents, was = half_up(cents, owed, 24), cents
                steps.append(("short_period", ("half_month", owed, 24, starts, None), ("*", owed, 24), was, cents, 0))
                texts.append("naar rato")
        if member.activities and member.function_id != member.activities[0][2]:
            cents, was = half_up(cents, 9, 10), cents
            steps.append(("several_activities", (2, "10 %"), ("*", 9000, 10000), was, cents, 0))
            texts.append("tweede activiteit")
        begun.append((rule_id, category, cents, steps, texts))
        if member.household_id is not None:
            households.setdefault(member.household_id, []).append((-cents, born, member.relation_id, member.name))
    others: dict[int, tuple[str, ...]] = {}
    for entries in households.values():
        names = tuple([entry[3] for entry in sorted(entries)])
        for number, entry in enumerate(sorted(entries)[2:], 2):
            others[entry[2]] = names[:number]
    found = []
    for member, (rule_id, category, cents, steps, texts) in zip(facts, begun, strict=True):
        before = others.get(member.relation_id, ())
        if before:
            cents, was = half_up(cents, 3, 4), cents
            steps.append(("family", (len(before) + 1, before, "25 %"), ("*", 7500, 10000), was, cents, 0))
            texts.append("gezinskorting")
        if member.payment_method == "direct_debit":
            cents, was = max(cents - 500, 0), cents
            steps.append(("payment_method", ("direct_debit", "€ 5,00"), ("+", cents - was), was, cents, 0))
            texts.append("incassokorting")
        text = f"{TITLES[category]} ({', '.join(texts)})" if texts else TITLES[category]
        found.append(Charged(rule_id, YEAR, cents, (PricedLine(text, cents, 800),), tuple(steps)))
    return found


def explained(prices: PriceList, facts: list[MemberFacts]) -> int:
    """Price, and write every explanation as it is kept with the charge; return the characters."""
    writer = explanation.Writer()
    return sum(len(writer.text(outcome.of(member))) for member, outcome in zip(facts, outcomes(prices, facts), strict=True))  # type: ignore[union-attr]


def check(facts: list[MemberFacts]) -> None:
    """Stop unless the engine and the loops agree, in amounts, lines and every step."""
    priced, by_loop = engine_with_steps(price_list(), facts), by_hand_with_steps(facts)
    same = all(
        (one.rule_id, one.lines, one.steps) == (other.rule_id, other.lines, other.steps) for one, other in zip(priced, by_loop, strict=True)
    )
    if not same or not [one.amount_cents for one in priced] == by_hand(facts) == engine(price_list(), facts):
        raise SystemExit("the engine and the loops do not agree")


def measured(work: Callable[[], object]) -> float:
    started = time.process_time()  # processor time: neighbours on the machine count less
    work()
    return time.process_time() - started


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    facts = members(count)
    memory_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    gc.disable()
    engine(price_list(), facts)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    check(facts)
    rounds = []
    for _ in range(repeats):
        prices = price_list()
        works: tuple[Callable[[], object], ...] = (
            lambda: by_hand(facts),
            lambda: engine(prices, facts),  # noqa: B023 - called at once
            lambda: engine(prices, facts),  # noqa: B023
            lambda: by_hand_with_steps(facts),
            lambda: engine_with_steps(price_list(), facts),
            lambda: explained(price_list(), facts),
        )
        rounds.append(tuple(measured(work) for work in works))
    print(f"{count} members x {len(AMOUNTS)} rules, {len(STEPS)} adjustments, median of {repeats}")
    for name, place, beside in (
        ("loop, amounts", 0, 0),
        ("engine, first time", 1, 0),
        ("engine, again", 2, 0),
        ("loop, with steps", 3, 3),
        ("engine, with steps", 4, 3),
        ("engine, steps kept", 5, 3),
    ):
        seconds = statistics.median(one[place] for one in rounds)
        ratio = statistics.median(one[place] / one[beside] for one in rounds)
        print(f"{name:20}{seconds:.3f} s  {ratio:.2f} x  {count / seconds:,.0f} members/s")
    print(f"memory {memory} MB after pricing amounts, {memory_before} MB with the facts alone")


if __name__ == "__main__":
    main()
