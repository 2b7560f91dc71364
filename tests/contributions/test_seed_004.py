"""Subscription terms, as source 004 sets them: period, other first month, pro rata, turning point, moment of issue. Named by setting."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.contributions import explanation, plans
from app.contributions.facts import NotCharged, PlanTerms
from app.contributions.pricing import price
from app.kernel.errors import DomainError
from app.kernel.periods import Period
from tests.contributions.making import CONTRIBUTION, charged, day, member, rule


def due(plan: PlanTerms, window: str, starts: str, **facts: Any) -> list[str]:
    found = plans.due(plan, member(first_day=starts, **facts), Period(*map(day, window.split("/"))))
    return [found.reason] if type(found) is not tuple else [f"{one.first_day}/{one.last_day}" for one in found]  # type: ignore[union-attr]


def test_seed_004_turning_point_31_august_pays_this_year() -> None:
    assert due(PlanTerms(turning_point=9), "2018-01-01/2018-12-31", "2018-08-31") == ["2018-01-01/2018-12-31"]


def test_seed_004_turning_point_1_september_pays_from_january() -> None:
    plan = PlanTerms(turning_point=9)
    not_yet = plans.due(plan, member(first_day="2018-09-01"), Period(date(2018, 1, 1), date(2018, 12, 31)))
    assert isinstance(not_yet, NotCharged)
    assert explanation.sentence(not_yet) == (
        "De functie begon op 01-09-2018, op of na het omslagpunt: betaling begint met de periode vanaf 01-01-2019."
    )
    assert due(plan, "2019-01-01/2019-12-31", "2018-09-01") == ["2019-01-01/2019-12-31"]


TURNS = [  # months, turning point, first month, window, starts, pays for it
    (1, 15, 1, "2026-03-01/2026-03-31", "2026-03-14", True),
    (1, 15, 1, "2026-03-01/2026-03-31", "2026-03-15", False),
    (1, 31, 1, "2026-04-01/2026-04-30", "2026-04-30", True),
    (1, 29, 1, "2024-02-01/2024-02-29", "2024-02-29", False),
    (3, 3, 1, "2026-01-01/2026-03-31", "2026-02-28", True),
    (3, 3, 1, "2026-01-01/2026-03-31", "2026-03-01", False),
    (6, 4, 1, "2026-01-01/2026-06-30", "2026-03-31", True),
    (6, 4, 1, "2026-01-01/2026-06-30", "2026-04-01", False),
    (12, 9, 9, "2018-09-01/2019-08-31", "2019-04-30", True),
    (12, 9, 9, "2018-09-01/2019-08-31", "2019-05-01", False),
]


@pytest.mark.parametrize(("months", "point", "first_month", "window", "starts", "pays"), TURNS)
def test_seed_004_turning_point_is_a_month_or_of_one_month_a_day(
    months: int, point: int, first_month: int, window: str, starts: str, pays: bool
) -> None:
    plan = PlanTerms(months=months, turning_point=point, first_month=first_month)
    assert due(plan, window, starts) == ([window] if pays else ["turning_point"])


def test_seed_004_voorbeeld_1_a_year_from_5_september() -> None:
    assert due(PlanTerms(anchor="function"), "2018-01-01/2019-09-04", "2018-09-05") == ["2018-09-05/2019-09-04"]


def test_seed_004_voorbeeld_2_starts_1_october_and_the_invoice_goes_on_5_september() -> None:
    plan = PlanTerms(anchor="function", sends_at_once=True)
    window = Period(date(2018, 1, 1), date(2018, 12, 31))
    (first,) = plans.due(plan, member(first_day="2018-10-01", entered_on=date(2018, 9, 5)), window)
    assert first[:2] == (date(2018, 10, 1), date(2019, 9, 30))
    assert first.issue_on == date(2018, 9, 5)
    (waits,) = plans.due(PlanTerms(anchor="function"), member(first_day="2018-10-01", entered_on=date(2018, 9, 5)), window)
    assert waits.issue_on == date(2018, 10, 1)


ONCE = [  # days, from the end, goes at once: only when invoices go ahead of the period
    (0, False, "2018-09-05"),
    (-30, False, "2018-09-05"),
    (10, False, "2019-01-11"),
    (-5, True, "2019-12-26"),
]


@pytest.mark.parametrize(("days", "from_end", "issued"), ONCE)
def test_seed_004_send_at_once_only_when_invoiced_ahead(days: int, from_end: bool, issued: str) -> None:
    plan = PlanTerms(turning_point=9, issue_days=days, issue_from_end=from_end, sends_at_once=True)
    (first,) = plans.due(plan, member(first_day="2018-09-05"), Period(date(2019, 1, 1), date(2019, 12, 31)))
    assert first.issue_on == day(issued)


def test_seed_004_naar_rato_the_rest_of_the_month_then_from_1_october() -> None:
    plan = PlanTerms(months=1, first_period="pro_rata")
    outcomes = price(
        member(first_day="2018-09-05", last_day="2019-08-31"),
        CONTRIBUTION,
        [rule(3000)],
        plan,
        Period(date(2018, 9, 1), date(2019, 12, 31)),
    )
    amounts = [charged(one).amount_cents for one in outcomes]
    assert amounts == [2600] + [3000] * 11
    assert charged(outcomes[-1]).period.last_day == date(2019, 8, 31)


def test_seed_004_without_naar_rato_the_first_invoice_is_whole() -> None:
    outcomes = price(
        member(first_day="2018-09-05"), CONTRIBUTION, [rule(3000)], PlanTerms(months=1), Period(date(2018, 9, 1), date(2018, 9, 30))
    )
    assert [charged(one).amount_cents for one in outcomes] == [3000]


MONTHS = [  # seed 004 afwijkende startmaand
    (12, 9, "2018-09-01/2019-08-31", 1),
    (3, 2, "2018-02-01/2018-04-30", 4),
    (6, 9, "2018-09-01/2019-02-28", 2),
]


@pytest.mark.parametrize(("months", "first_month", "first", "number"), MONTHS)
def test_seed_004_afwijkende_startmaand(months: int, first_month: int, first: str, number: int) -> None:
    starts = day(first.split("/")[0])
    found = due(PlanTerms(months=months, first_month=first_month), f"{starts}/{starts.replace(year=starts.year + 1)}", "2010-01-01")
    assert found[0] == first
    assert len(found) == number + 1  # the window holds the first day of the next year


ISSUES = [  # days, from the end, issued for January
    (-14, False, "2025-12-18"),
    (0, False, "2026-01-01"),
    (10, False, "2026-01-11"),
    (-5, True, "2026-01-26"),
    (0, True, "2026-01-31"),
    (5, True, "2026-02-05"),
]


@pytest.mark.parametrize(("days", "from_end", "issued"), ISSUES)
def test_seed_004_uitreikingsmoment_before_within_or_after(days: int, from_end: bool, issued: str) -> None:
    plan = PlanTerms(months=1, issue_days=days, issue_from_end=from_end)
    assert plans.issue_day(plan, date(2026, 1, 1), date(2026, 1, 31)) == day(issued)


REFUSED = [
    (PlanTerms(months=1, turning_point=32), "turning_point"),
    (PlanTerms(anchor="function", turning_point=9), "turning_point"),
    (PlanTerms(interval_field="person.months", turning_point=9), "turning_point"),
    (PlanTerms(first_month=0), "first_month"),
    (PlanTerms(issue_days=400), "issue_days"),
    (PlanTerms(first_length="months", first_period_months=61), "first_period_months"),
    (PlanTerms(anchor="season", months=None, first_length="rest_of_year"), "first_length"),
    (PlanTerms(first_length="sometimes"), "first_length"),
]


@pytest.mark.parametrize(("plan", "field"), REFUSED)
def test_a_plan_that_cannot_be_computed_is_refused_at_its_field(plan: PlanTerms, field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        plans.check(plan)
    assert (refusal.value.code, refusal.value.parameters["field"]) == ("plan_wrong", field)
