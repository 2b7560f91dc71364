"""Measure pricing of 100,000 members x 20 rules next to a hand-written loop that does the same arithmetic over the same facts.

Run: `python -m tests.bench.contributions.bench_pricing [members] [repeats]`. Goal: at most 3 x, and 50,000 members per second.
Both give the same amounts (checked). The loop knows only these rules and keeps no explanation; the engine keeps all its steps, and its
share includes telling from the plan which periods are due. "First time" begins with a fresh price list, as each run does;
"again" is the same list once more, what a larger run comes near to. Python's search for cycles rests, as it does in a run.
"""

from __future__ import annotations

import gc
import random
import resource
import statistics
import sys
import time
from bisect import bisect_right
from collections.abc import Callable
from datetime import date

from app.contributions import explanation, plans
from app.contributions.facts import AdjustmentTerms, Charged, ContributionTerms, MemberFacts, PlanTerms, PricedLine, RuleTerms, SeasonTerms
from app.contributions.pricing import PriceList, price_run
from app.kernel.periods import Period

SEASON = SeasonTerms(26, "2026", date(2026, 1, 1), date(2026, 12, 31))
BORNS = (date(1900, 1, 1), date(1961, 1, 1), date(1996, 1, 1), date(2008, 1, 1), date(2014, 1, 1))
CATEGORIES = (1, 2, 3, 4)
AMOUNTS = {(category, place): 6000 + 500 * category - 700 * place for category in CATEGORIES for place in range(5)}
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


def engine(prices: PriceList, facts: list[MemberFacts]) -> list[int]:
    timetable = plans.Timetable(PlanTerms(months=None, anchor="season"), Period(SEASON.first_day, SEASON.last_day), [SEASON])
    items = ((prices, member, period) for member in facts for period in timetable.due(member))  # type: ignore[union-attr]
    return [outcome.amount_cents for outcome in price_run(items)]  # type: ignore[union-attr]


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


def by_hand_with_steps(facts: list[MemberFacts]) -> list[int]:
    """Do the same and make what the engine makes: a line with its text and a step for each change."""
    amounts = []
    for member, cents in zip(facts, by_hand(facts), strict=True):
        category = member.price_category_id or 1
        base = AMOUNTS[category, bisect_right(BORNS, member.born) - 1]
        steps: list[tuple[object, ...]] = [
            ("rule", (category, "Contributie"), ("=", base), 0, base, 0),
            ("born", (member.born, None, None), None, base, base, 0),
        ]
        texts = []
        if member.first_day > SEASON.first_day:
            owed = 24 - 2 * (member.first_day.month - 1) - (member.first_day.day > 15)
            steps.append(("short_period", ("half_month", owed, 24, member.first_day, None), ("*", owed, 24), base, cents, 0))
            texts.append("naar rato")
        if member.payment_method == "direct_debit":
            steps.append(("payment_method", ("direct_debit", "€ 5,00"), ("+", -500), cents + 500, cents, 0))
            texts.append("incassokorting")
        text = f"Contributie {category} 2026 ({', '.join(texts)})" if texts else f"Contributie {category} 2026"
        charged = Charged(category, SEASON, cents, (PricedLine(text, cents, 800),), tuple(steps))
        amounts.append(charged.amount_cents)
    return amounts


def explained(prices: PriceList, facts: list[MemberFacts]) -> int:
    """Price, and write every explanation as it is kept with the charge; return the characters."""
    timetable = plans.Timetable(PlanTerms(months=None, anchor="season"), Period(SEASON.first_day, SEASON.last_day), [SEASON])
    writer = explanation.Writer()
    items = ((prices, member, period) for member in facts for period in timetable.due(member))  # type: ignore[union-attr]
    return sum(len(writer.text(outcome)) for outcome in price_run(items) if isinstance(outcome, Charged))


def measured(work: Callable[[], object]) -> float:
    started = time.process_time()  # processor time: neighbours on the machine count less
    work()
    return time.process_time() - started


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    facts = members(count)
    gc.disable()
    rounds = []
    for _ in range(repeats):
        prices = price_list()
        if rounds == [] and engine(price_list(), facts) != by_hand(facts):
            raise SystemExit("the engine and the loop do not agree")
        works: tuple[Callable[[], object], ...] = (
            lambda: by_hand(facts),
            lambda: by_hand_with_steps(facts),
            lambda: engine(prices, facts),  # noqa: B023 - called at once
            lambda: engine(prices, facts),  # noqa: B023
            lambda: explained(price_list(), facts),
        )
        rounds.append(tuple(measured(work) for work in works))
    loop, kept, priced, again, written = (statistics.median(column) for column in zip(*rounds, strict=True))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{count} members x {len(AMOUNTS)} rules, {len(STEPS)} adjustments, median of {repeats}")
    print(f"hand-written loop     {loop:.3f} s")
    print(f"loop that makes steps {kept:.3f} s  {kept / loop:.2f} x")
    for name, seconds in (("engine, first time  ", priced), ("engine, again       ", again)):
        print(
            f"{name}  {seconds:.3f} s  {seconds / loop:.2f} x the loop, {seconds / kept:.2f} x the one that makes steps, {count / seconds:,.0f} members/s"
        )
    print(f"and explanations kept {written:.3f} s  {written / loop:.2f} x")
    print(f"memory {memory} MB")


if __name__ == "__main__":
    main()
