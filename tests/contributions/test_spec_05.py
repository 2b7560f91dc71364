"""Every row of the tables of specification 05, and each answer to "why not charged", named after where it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.contributions import explanation, plans, starts
from app.contributions.facts import Charged, ContributionTerms, NotCharged, PlanTerms, SeasonTerms, StartRow, Unpriceable
from app.contributions.pricing import price
from app.contributions.reasons import ERRORS, REASONS, reason_sentence
from app.kernel.periods import Period
from tests.contributions.making import CONTRIBUTION, YEAR_2026, charged, day, member, period, prices, rule, step

SEASON = PlanTerms(months=None, anchor="season")
OWN_PERCENTAGES = {"variant": "month_percentages", "table": [0, 0, 0, *range(1000, 9001, 1000)]}

SHORT = [  # the table "Short period: the ten variants"
    ("365 a year per day, 16 January", 36500, {"variant": "day"}, "2025-01-01/2025-12-31", "2025-01-16", 35000),
    ("60 a quarter half month, 15 March", 6000, {"variant": "half_month"}, "2025-01-01/2025-03-31", "2025-03-15", 2000),
    ("60 a quarter half month, 16 March", 6000, {"variant": "half_month"}, "2025-01-01/2025-03-31", "2025-03-16", 1000),
    ("120 a year per month, 31 July", 12000, {"variant": "month"}, "2025-01-01/2025-12-31", "2025-07-31", 6000),
    ("200 own percentages, 30 April", 20000, OWN_PERCENTAGES, "2025-01-01/2025-12-31", "2025-04-30", 18000),
    ("200 own percentages, 1 December", 20000, OWN_PERCENTAGES, "2025-01-01/2025-12-31", "2025-12-01", 2000),
    ("100 per quarter, 1 April", 10000, {"variant": "quarter"}, "2025-01-01/2025-12-31", "2025-04-01", 7500),
    ("100 per quarter, 30 June", 10000, {"variant": "quarter"}, "2025-01-01/2025-12-31", "2025-06-30", 7500),
    ("100 per half year, 1 July", 10000, {"variant": "half_year"}, "2025-01-01/2025-12-31", "2025-07-01", 5000),
    ("leap year 366 per day, 1 March 2024", 36600, {"variant": "day"}, "2024-01-01/2024-12-31", "2024-03-01", 30600),
    ("leap year, 29 February", 36600, {"variant": "day"}, "2024-01-01/2024-12-31", "2024-02-29", 30700),
    ("first day", 36500, {"variant": "day"}, "2025-01-01/2025-12-31", "2025-01-01", 36500),
    ("last day", 36500, {"variant": "day"}, "2025-01-01/2025-12-31", "2025-12-31", 100),
    ("crossing a year, per month, 1 January", 12000, {"variant": "month"}, "2024-09-01/2025-08-31", "2025-01-01", 8000),
    ("crossing a year, per half year, 28 February", 10000, {"variant": "half_year"}, "2024-09-01/2025-08-31", "2025-02-28", 10000),
    ("crossing a year, per half year, 1 March", 10000, {"variant": "half_year"}, "2024-09-01/2025-08-31", "2025-03-01", 5000),
    ("weeks: the last block takes what is left", 5200, {"variant": "week"}, "2024-01-01/2024-12-31", "2024-12-31", 100),
    ("weeks: day 7 is in the first", 5200, {"variant": "week"}, "2025-01-01/2025-12-31", "2025-01-07", 5200),
    ("the part in which one joins is a full part", 12000, {"variant": "month"}, "2025-01-01/2025-12-31", "2025-12-31", 1000),
]  # fmt: skip


@pytest.mark.parametrize(("cents", "settings", "span", "begins", "result"), [row[1:] for row in SHORT], ids=[row[0] for row in SHORT])
def test_spec_05_short_period(cents: int, settings: dict[str, Any], span: str, begins: str, result: int) -> None:
    outcome = charged(prices(rule(cents, step("short_period", settings))).price(member(first_day=begins), period(*span.split("/"))))
    assert outcome.amount_cents == result
    assert explanation.replay(explanation.to_json(outcome)) == [result]


ENDS = [  # ends inside the period: counts only where the rule says so
    ("it does not", {}, "2025-06-30", 12000),
    ("it does", {"counts_end": True}, "2025-06-30", 6000),
    ("on the last day", {"counts_end": True}, "2025-12-31", 12000),
    ("on the first day", {"counts_end": True}, "2025-01-01", 1000),
]


@pytest.mark.parametrize(("settings", "ends", "result"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
def test_spec_05_a_function_that_ends_inside_the_period(settings: dict[str, Any], ends: str, result: int) -> None:
    found = prices(rule(12000, step("short_period", {"variant": "month", **settings})))
    who = member(first_day="2020-01-01", last_day=ends)
    assert charged(found.price(who, period("2025-01-01", "2025-12-31"))).amount_cents == result


def test_spec_05_year_from_the_functions_start_at_full_price() -> None:
    plan = PlanTerms(anchor="function", first_period="pro_rata")
    (one,) = price(member(first_day="2018-09-05"), CONTRIBUTION, [rule(12000)], plan, Period(date(2018, 1, 1), date(2018, 12, 31)))
    assert charged(one).period[:2] == (date(2018, 9, 5), date(2019, 9, 4))
    assert charged(one).amount_cents == 12000


def test_spec_05_monthly_pro_rata_26_of_30_days() -> None:
    plan = PlanTerms(months=1, first_period="pro_rata")
    first, second = price(member(first_day="2018-09-05"), CONTRIBUTION, [rule(3000)], plan, Period(date(2018, 9, 1), date(2018, 10, 31)))
    assert (charged(first).amount_cents, charged(second).amount_cents) == (2600, 3000)
    assert charged(second).period.first_day == date(2018, 10, 1)


BIRTHDAYS = [("2008-02-28", 6000), ("2008-02-29", 3000), ("2008-03-01", 3000), ("1900-01-01", 6000)]


@pytest.mark.parametrize(("born", "cents"), BIRTHDAYS)
def test_spec_05_a_birthday_on_the_boundary_of_29_february(born: str, cents: int) -> None:
    found = prices(rule(6000, rule_id=1, born_from=day("1900-01-01")), rule(3000, rule_id=2, born_from=day("2008-02-29")))
    assert charged(found.price(member(born=born), YEAR_2026)).amount_cents == cents


def test_spec_05_the_example_line_with_each_step_as_a_difference() -> None:
    season = SeasonTerms(26, "2026", day("2026-01-01"), day("2026-03-31"))
    short = step("short_period", {"variant": "half_month"})
    debit = step("payment_method", {"rows": [{"method": "direct_debit", "discount_cents": 500}]}, 2)
    band = rule(
        6000, short, debit, description="Contributie NAJK-lid", born_from=day("1995-01-01"), season_id=26, season_label="name_after"
    )
    youth = replace(band, rule_id=2, born_from=day("2010-01-01"), amount_cents=3000)
    who = member(first_day="2026-02-01", born="2000-02-29", payment_method="direct_debit")
    (outcome,) = price(who, CONTRIBUTION, [band, youth], SEASON, season)
    assert explanation.sentence(outcome).replace("\u00a0", " ") == (
        "Contributie NAJK-lid 2026 € 60,00 · leeftijd 16-30 · naar rato 4/6 halve maanden −€ 20,00 · incassokorting −€ 5,00"
    )
    assert [one[4] - one[3] for one in charged(outcome).steps] == [6000, 0, -2000, -500]


AGES = [  # bands as ages on the day before the period
    ("1980-01-01", "leeftijd vanaf 31"),
    ("2000-01-01", "leeftijd 16-30"),
    ("2015-01-01", "leeftijd t/m 15"),
]


@pytest.mark.parametrize(("born", "told"), AGES)
def test_spec_05_an_age_band_is_told_as_ages(born: str, told: str) -> None:
    bands = [rule(1, rule_id=n, born_from=day(since)) for n, since in enumerate(("1900-01-01", "1995-01-01", "2010-01-01"))]
    assert explanation.sentence(prices(*bands).price(member(born=born), YEAR_2026)).endswith(f"· {told}")


FIRST_STARTS = [
    ("registered October to December", StartRow(10, 12, 1), "2026-11-11", "2027-01-01"),
    ("before it", StartRow(10, 12, 1), "2026-09-30", "2026-09-30"),
]


@pytest.mark.parametrize(("row", "registered", "expected"), [row[1:] for row in FIRST_STARTS], ids=[row[0] for row in FIRST_STARTS])
def test_spec_05_first_start_by_month_of_registration(row: StartRow, registered: str, expected: str) -> None:
    plan = PlanTerms(start_way="table", start_rows=(row,))
    assert starts.proposed(plan, day(registered)) == day(expected)


PERIODS = [(1, 12), (3, 4), (6, 2), (12, 1)]


@pytest.mark.parametrize(("months", "number"), PERIODS)
def test_spec_05_periods_of_1_3_6_or_12_months(months: int, number: int) -> None:
    found = plans.due(PlanTerms(months=months), member(first_day="2020-01-01"), Period(date(2026, 1, 1), date(2026, 12, 31)))
    assert len(found) == number
    assert (found[0].first_day, found[-1].last_day) == (date(2026, 1, 1), date(2026, 12, 31))  # type: ignore[union-attr]


LADDER = PlanTerms(anchor="fixed", fixed_dates=(date(2026, 3, 1),), charges_late_joiners=False)
FORMULA = rule(formula="{person.amount}")
NOT_CHARGED: list[tuple[str, Any, Any, PlanTerms, dict[str, Any]]] = [
    ("ended_before", rule(1), CONTRIBUTION, PlanTerms(), {"first_day": "2020-01-01", "last_day": "2025-12-31"}),
    ("starts_later", rule(1), CONTRIBUTION, PlanTerms(), {"first_day": "2027-01-01"}),
    ("collection_over", rule(1), CONTRIBUTION, PlanTerms(until=date(2025, 12, 31)), {"first_day": "2020-01-01"}),
    ("turning_point", rule(1), CONTRIBUTION, PlanTerms(turning_point=9), {"first_day": "2026-09-01"}),
    ("joined_late", rule(1), CONTRIBUTION, LADDER, {"first_day": "2026-03-02"}),
    ("no_period", rule(1), CONTRIBUTION, PlanTerms(anchor="fixed", fixed_dates=(date(2030, 1, 1),)), {"first_day": "2020-01-01"}),
    ("must_hold_first", rule(1), ContributionTerms(7, "C", must_hold_type_id=3), PlanTerms(), {"first_day": "2020-01-01"}),
    ("no_rule", rule(1, price_category_id=4), CONTRIBUTION, PlanTerms(), {"first_day": "2020-01-01"}),
    ("free", rule(is_free=True), CONTRIBUTION, PlanTerms(), {"first_day": "2020-01-01"}),
    ("formula_zero", FORMULA, CONTRIBUTION, PlanTerms(), {"first_day": "2020-01-01", "fields": {"person.amount": 0}}),
]  # fmt: skip
UNPRICEABLE: list[tuple[str, Any, PlanTerms, dict[str, Any]]] = [
    ("no_birth_date", rule(1, born_from=day("2000-01-01")), PlanTerms(), {}),
    ("no_start_date", rule(1), PlanTerms(anchor="function"), {}),
    ("no_factor", rule(1, step("factor", {"way": "times"})), PlanTerms(), {}),
    ("factor_zero", rule(1, step("factor", {"way": "divided"})), PlanTerms(), {"factor": 0}),
    ("quantity_negative", rule(1, step("quantity")), PlanTerms(), {"quantity": -1}),
    ("gift_negative", rule(1, step("gift")), PlanTerms(), {"gift_cents": -1}),
    ("no_value_units", rule(1, step("tiers", {"way": "rate", "rows": [{"price": 1}]})), PlanTerms(), {}),
    ("outside_brackets", rule(1, step("tiers", {"way": "rate", "rows": [{"price": 1, "up_to": 1}]})), PlanTerms(), {"value_units": 9}),
    ("unknown_field", FORMULA, PlanTerms(), {}),
    ("empty_field", FORMULA, PlanTerms(), {"fields": {"person.amount": None}}),
    ("field_no_number", FORMULA, PlanTerms(), {"fields": {"person.amount": "veel"}}),
    ("interval_wrong", rule(1), PlanTerms(interval_field="person.amount"), {"fields": {"person.amount": 7}}),
    ("division_by_zero", rule(formula="1 / 0"), PlanTerms(), {}),
    ("formula_too_large", rule(formula="999999999 * 999999999"), PlanTerms(), {}),
    ("round_decimals", rule(formula="round(1; 9)"), PlanTerms(), {}),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "the_rule", "contribution", "plan", "facts"), NOT_CHARGED, ids=[row[0] for row in NOT_CHARGED])
def test_spec_05_why_not_charged(
    reason: str, the_rule: Any, contribution: ContributionTerms, plan: PlanTerms, facts: dict[str, Any]
) -> None:
    (outcome,) = price(member(**facts), contribution, [the_rule], plan, Period(date(2026, 1, 1), date(2026, 12, 31)))
    assert isinstance(outcome, NotCharged)
    assert outcome.reason == reason
    assert explanation.sentence(outcome).endswith(".")


@pytest.mark.parametrize(("reason", "the_rule", "plan", "facts"), UNPRICEABLE, ids=[row[0] for row in UNPRICEABLE])
def test_spec_05_what_cannot_be_told_is_an_error_on_that_relation(
    reason: str, the_rule: Any, plan: PlanTerms, facts: dict[str, Any]
) -> None:
    outcome = price(member(**facts), CONTRIBUTION, [the_rule], plan, Period(date(2026, 1, 1), date(2026, 12, 31)))[0]
    assert isinstance(outcome, Unpriceable)
    assert outcome.reason == reason
    assert explanation.sentence(outcome).endswith(".")


def test_spec_05_every_reason_has_its_case() -> None:
    assert {row[0] for row in NOT_CHARGED} | {"charged_already"} == set(REASONS)
    assert {row[0] for row in UNPRICEABLE} | {"rules_fit_equally"} == set(ERRORS)
    assert reason_sentence("charged_already") == "Voor deze periode is al een regel gemaakt."
    two = prices(rule(1, rule_id=1), rule(2, rule_id=2)).price(member(), YEAR_2026)
    assert isinstance(two, Unpriceable)
    assert "passen allebei even goed" in explanation.sentence(two)


def test_spec_05_the_same_input_gives_the_same_output() -> None:
    found = prices(rule(6000, step("short_period", {"variant": "day"})))
    one, two = (found.price(member(first_day="2026-05-05"), YEAR_2026) for _ in range(2))
    assert isinstance(one, Charged)
    assert one == two
