"""Plans: the periods, turning points and issue days of the spec and the seeds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.contributions import explanation, plans
from app.contributions.facts import NotCharged, PlanTerms, SeasonTerms, Unpriceable
from app.contributions.pricing import price
from app.kernel.errors import DomainError
from app.kernel.periods import Period
from tests.contributions.making import CONTRIBUTION, charged, day, member, rule, year


def due(plan: PlanTerms, window: str, starts: str | None, *seasons: SeasonTerms, **facts: Any) -> list[str]:
    found = plans.due(plan, member(first_day=starts, **facts), Period(*map(day, window.split("/"))), seasons)
    if not isinstance(found, tuple) or isinstance(found, NotCharged | Unpriceable):
        return [found.reason]
    return [f"{one.first_day}/{one.last_day}" for one in found]


MONTHLY = PlanTerms(months=1)
QUARTERLY = PlanTerms(months=3)
YEARLY = PlanTerms(months=12)
SEASON = PlanTerms(months=None, anchor="season")
SPORT = SeasonTerms(1, "2025/2026", date(2025, 7, 1), date(2026, 6, 30))

# (source and case, plan, window, function starts, periods)
TABLE = [
    ("spec 05: September to August", PlanTerms(months=12, first_month=9), "2018-09-01/2019-08-31", "2010-01-01", ["2018-09-01/2019-08-31"]),
    (
        "seed 004: quarters from February",
        PlanTerms(months=3, first_month=2),
        "2018-02-01/2019-01-31",
        "2010-01-01",
        ["2018-02-01/2018-04-30", "2018-05-01/2018-07-31", "2018-08-01/2018-10-31", "2018-11-01/2019-01-31"],
    ),
    ("seed 004 voorbeeld 1: year from the own start", PlanTerms(anchor="function"), "2018-01-01/2019-06-30", "2018-09-05", ["2018-09-05/2019-09-04"]),
    ("seed 004 voorbeeld 2: start set to 1 October", PlanTerms(anchor="function"), "2018-01-01/2019-06-30", "2018-10-01", ["2018-10-01/2019-09-30"]),
    ("the second year from the own start", PlanTerms(anchor="function"), "2019-07-01/2020-06-30", "2018-09-05", ["2019-09-05/2020-09-04"]),
    ("seed 004 omslagpunt: 31 August pays this year", PlanTerms(turning_point=9), "2018-01-01/2018-12-31", "2018-08-31", ["2018-01-01/2018-12-31"]),
    ("seed 004 omslagpunt: 1 September does not", PlanTerms(turning_point=9), "2018-01-01/2018-12-31", "2018-09-01", ["turning_point"]),
    ("seed 004 omslagpunt: but from 1 January", PlanTerms(turning_point=9), "2019-01-01/2019-12-31", "2018-09-01", ["2019-01-01/2019-12-31"]),
    ("turning point in days: the 15th", PlanTerms(months=1, turning_point=15), "2026-03-01/2026-03-31", "2026-03-15", ["turning_point"]),
    ("turning point in days: the 14th", PlanTerms(months=1, turning_point=15), "2026-03-01/2026-03-31", "2026-03-14", ["2026-03-01/2026-03-31"]),
    ("turning point in a quarter: its third month", PlanTerms(months=3, turning_point=3), "2026-01-01/2026-03-31", "2026-03-01", ["turning_point"]),
    ("spec 05: monthly, starts 5 September", MONTHLY, "2018-09-01/2018-10-31", "2018-09-05", ["2018-09-01/2018-09-30", "2018-10-01/2018-10-31"]),
    ("starts after the window", YEARLY, "2026-01-01/2026-12-31", "2027-01-01", ["starts_later"]),
    ("own start on 29 February", PlanTerms(anchor="function"), "2024-01-01/2028-12-31", "2024-02-29",
     ["2024-02-29/2025-02-27", "2025-02-28/2026-02-27", "2026-02-28/2027-02-27", "2027-02-28/2028-02-28", "2028-02-29/2029-02-27"]),
    ("own start on the 31st, monthly", PlanTerms(months=1, anchor="function"), "2026-01-31/2026-03-30", "2026-01-31",
     ["2026-01-31/2026-02-27", "2026-02-28/2026-03-30"]),
    ("seed 003 5.5: 15 months, then years", PlanTerms(anchor="function", first_length="months", first_period_months=15), "2013-01-01/2015-12-31",
     "2013-05-01", ["2013-05-01/2014-07-31", "2014-08-01/2015-07-31", "2015-08-01/2016-07-31"]),
    ("seed 003 5.5: running year, then years", PlanTerms(anchor="function", first_length="rest_of_year"), "2013-01-01/2014-12-31",
     "2013-05-01", ["2013-05-01/2013-12-31", "2014-01-01/2014-12-31"]),
    ("seed 003 5.5: a year minus a day", PlanTerms(months=3, anchor="function", first_length="year_minus_day"), "2013-01-01/2014-09-30",
     "2013-05-01", ["2013-05-01/2014-04-30", "2014-05-01/2014-07-31", "2014-08-01/2014-10-31"]),
    ("seed 002: the same date each year", PlanTerms(anchor="fixed", fixed_dates=(date(2025, 3, 1), date(2026, 3, 1))), "2025-01-01/2026-12-31",
     "2025-03-01", ["2025-03-01/2026-02-28", "2026-03-01/2027-02-28"]),
    ("seed 002: joined after the date, charged", PlanTerms(anchor="fixed", fixed_dates=(date(2026, 3, 1),)), "2026-03-01/2026-12-31",
     "2026-05-01", ["2026-03-01/2027-02-28"]),
    ("seed 002: joined after the date, not charged", PlanTerms(anchor="fixed", fixed_dates=(date(2026, 3, 1), date(2027, 3, 1)), charges_late_joiners=False),
     "2026-03-01/2026-12-31", "2026-05-01", ["joined_late"]),
    ("seed 002: no collection after the date", PlanTerms(months=1, until=date(2026, 2, 28)), "2026-01-01/2026-12-31", "2020-01-01",
     ["2026-01-01/2026-01-31", "2026-02-01/2026-02-28"]),
    ("no collection any more", PlanTerms(until=date(2025, 12, 31)), "2026-01-01/2026-12-31", "2020-01-01", ["collection_over"]),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "window", "starts", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_periods(plan: PlanTerms, window: str, starts: str, expected: list[str]) -> None:
    assert due(plan, window, starts) == expected


def test_a_season_is_one_period_and_a_function_that_ended_before_it_has_none() -> None:
    assert due(SEASON, "2025-07-01/2026-06-30", "2020-01-01", SPORT) == ["2025-07-01/2026-06-30"]
    assert due(SEASON, "2025-07-01/2026-06-30", "2020-01-01", SPORT, last_day="2025-06-30") == ["ended_before"]
    assert due(SEASON, "2025-07-01/2026-06-30", None, SPORT) == ["2025-07-01/2026-06-30"]


def test_only_the_first_period_is_the_first() -> None:
    window = Period(date(2026, 1, 1), date(2026, 12, 31))
    found = plans.due(QUARTERLY, member(first_day="2026-05-10"), window)
    assert [(one.first_day.month, one.is_first) for one in found] == [(4, True), (7, False), (10, False)]  # type: ignore[union-attr]
    long_ago = plans.due(SEASON, member(first_day="2010-01-01"), window, (year(2026),))
    assert [one.is_first for one in long_ago] == [False]  # type: ignore[union-attr]


def test_spec_monthly_pro_rata_26_of_30_days() -> None:
    plan = PlanTerms(months=1, first_period="pro_rata")
    window = Period(date(2018, 9, 1), date(2018, 10, 31))
    first, second = price(member(first_day="2018-09-05"), CONTRIBUTION, [rule(3000)], plan, window)
    assert (charged(first).amount_cents, charged(second).amount_cents) == (2600, 3000)
    assert charged(second).period.first_day == date(2018, 10, 1)
    assert "eerste periode 26 van 30 dagen −€\u00a04,00" in explanation.sentence(first)


def test_seed_004_naar_rato_until_31_august() -> None:
    plan = PlanTerms(months=1, first_period="pro_rata")
    found = plans.due(plan, member(first_day="2018-09-05", last_day="2019-08-31"), Period(date(2018, 9, 1), date(2019, 12, 31)))
    assert len(found) == 12
    assert found[-1].last_day == date(2019, 8, 31)  # type: ignore[union-attr]


SHARES = [
    (
        "15 months at the price of 12",
        PlanTerms(anchor="function", first_length="months", first_period_months=15, first_period="pro_rata"),
        15000,
    ),
    ("running year: 245 of 365 days", PlanTerms(anchor="function", first_length="rest_of_year", first_period="pro_rata"), 8055),
    ("running year, full", PlanTerms(anchor="function", first_length="rest_of_year"), 12000),
]


@pytest.mark.parametrize(("plan", "cents"), [row[1:] for row in SHARES], ids=[row[0] for row in SHARES])
def test_a_different_first_period_has_its_price(plan: PlanTerms, cents: int) -> None:
    outcomes = price(member(first_day="2013-05-01"), CONTRIBUTION, [rule(12000)], plan, Period(date(2013, 1, 1), date(2013, 12, 31)))
    assert [charged(one).amount_cents for one in outcomes] == [cents]


ISSUE = [
    ("two weeks before", PlanTerms(months=3, issue_days=-14), "2026-01-01/2026-03-31", "2025-12-18"),
    ("ten days within", PlanTerms(months=3, issue_days=10), "2026-01-01/2026-03-31", "2026-01-11"),
    (
        "seed 004: end minus 5, about the 26th",
        PlanTerms(months=1, issue_days=-5, issue_from_end=True),
        "2026-01-01/2026-01-31",
        "2026-01-26",
    ),
]


@pytest.mark.parametrize(("plan", "span", "issued"), [row[1:] for row in ISSUE], ids=[row[0] for row in ISSUE])
def test_issue_day(plan: PlanTerms, span: str, issued: str) -> None:
    assert plans.issue_day(plan, *map(day, span.split("/"))) == day(issued)


def test_seed_004_send_at_once_when_the_period_starts_later() -> None:
    window = Period(date(2019, 1, 1), date(2019, 12, 31))
    plan = PlanTerms(turning_point=9, issue_days=-30, sends_at_once=True)
    assert plans.due(plan, member(first_day="2018-09-05"), window)[0].issue_on == date(2018, 9, 5)  # type: ignore[union-attr]
    assert plans.due(PlanTerms(turning_point=9, issue_days=-30), member(first_day="2018-09-05"), window)[0].issue_on == date(2018, 12, 2)  # type: ignore[union-attr]


def test_seed_002_dates_and_interval_from_the_card() -> None:
    plan = PlanTerms(anchor="function", interval_field="person.interval", start_field="person.start", end_field="person.end")
    window = "2026-01-01/2026-06-30"
    fields: dict[str, Any] = {"person.start": date(2026, 1, 15), "person.end": None, "person.interval": 3}
    assert due(plan, window, None, fields=fields) == ["2026-01-15/2026-04-14", "2026-04-15/2026-07-14"]
    assert due(plan, window, None, fields={**fields, "person.interval": 12}) == ["2026-01-15/2027-01-14"]
    assert due(plan, window, None, fields={**fields, "person.end": date(2026, 3, 1)}) == ["2026-01-15/2026-04-14"]
    assert due(plan, window, None, fields={**fields, "person.start": None}) == ["empty_field"]
    assert due(plan, window, None, fields={**fields, "person.interval": 5}) == ["interval_wrong"]


@pytest.mark.parametrize(
    "plan",
    [
        PlanTerms(months=5),
        PlanTerms(anchor="fixed"),
        PlanTerms(months=None),
        PlanTerms(first_length="months"),
        PlanTerms(months=3, turning_point=4),
        PlanTerms(first_month=13),
    ],
)
def test_a_plan_that_cannot_be_computed_is_refused(plan: PlanTerms) -> None:
    with pytest.raises(DomainError) as refusal:
        plans.check(plan)
    assert refusal.value.code == "plan_wrong"


def test_a_function_without_start_cannot_count_from_it() -> None:
    assert due(PlanTerms(anchor="function"), "2026-01-01/2026-12-31", None) == ["no_start_date"]
