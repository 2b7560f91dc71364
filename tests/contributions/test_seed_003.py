"""Services with price codes, as source 003 sets them in its chapters on services and on charging. Named by section."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.contributions import starts
from app.contributions.charges import Existing, Expected, charge_key, difference
from app.contributions.facts import ContributionTerms, NotCharged, PlanTerms, SeasonTerms, StartRow, TierTerms
from app.contributions.plans import Timetable
from app.contributions.pricing import price
from app.kernel.periods import Period
from tests.contributions.making import CONTRIBUTION, YEAR_2026, charged, day, member, period, prices, rule, step

OWN = PlanTerms(anchor="function")
ROWS = (StartRow(10, 12, 1), StartRow(1, 3, 4), StartRow(1, 3, 2, price_category_id=9))

STARTS: list[tuple[str, PlanTerms, str, int | None, str]] = [
    ("October to December start in January", PlanTerms(start_way="table", start_rows=ROWS), "2026-10-01", None, "2027-01-01"),
    ("on 31 December too", PlanTerms(start_way="table", start_rows=ROWS), "2026-12-31", None, "2027-01-01"),
    ("January to March start in April", PlanTerms(start_way="table", start_rows=ROWS), "2026-03-31", None, "2026-04-01"),
    ("a price code of its own goes first", PlanTerms(start_way="table", start_rows=ROWS), "2026-03-31", 9, "2026-02-01"),
    ("another price code has the one for all", PlanTerms(start_way="table", start_rows=ROWS), "2026-03-31", 8, "2026-04-01"),
    ("a month in no row: the day itself", PlanTerms(start_way="table", start_rows=ROWS), "2026-06-15", None, "2026-06-15"),
    ("over the turn of the year, in November", PlanTerms(start_way="table", start_rows=(StartRow(11, 2, 3),)), "2026-11-03", None, "2027-03-01"),
    ("over the turn of the year, in February", PlanTerms(start_way="table", start_rows=(StartRow(11, 2, 3),)), "2027-02-03", None, "2027-03-01"),
    ("all year: 1 January", PlanTerms(start_way="table", start_rows=(StartRow(1, 12, 1),)), "2026-08-08", None, "2026-01-01"),
    ("no date", PlanTerms(start_way="none"), "2026-05-06", None, "None"),
    ("today", PlanTerms(), "2026-05-06", None, "2026-05-06"),
    ("the next period", PlanTerms(months=3, start_way="next_period"), "2026-05-06", None, "2026-07-01"),
    ("the next period on its first day", PlanTerms(months=1, start_way="next_period"), "2026-05-01", None, "2026-06-01"),
    ("the next period of an own start is today", PlanTerms(anchor="function", start_way="next_period"), "2026-05-06", None, "2026-05-06"),
    ("the next season", PlanTerms(months=None, anchor="season", start_way="next_period"), "2026-05-06", None, "2026-07-01"),
    ("calendar year", PlanTerms(start_way="january"), "2026-12-31", None, "2026-01-01"),
]  # fmt: skip
SEASONS = (SeasonTerms(1, "2025/26", date(2025, 7, 1), date(2026, 6, 30)), SeasonTerms(2, "2026/27", date(2026, 7, 1), date(2027, 6, 30)))


@pytest.mark.parametrize(("plan", "registered", "category", "expected"), [row[1:] for row in STARTS], ids=[row[0] for row in STARTS])
def test_seed_003_5_3_fra_dato(plan: PlanTerms, registered: str, category: int | None, expected: str) -> None:
    assert str(starts.proposed(plan, day(registered), category, SEASONS)) == expected


def due(plan: PlanTerms, window: str, begins: str) -> list[str]:
    found = Timetable(plan, Period(*map(day, window.split("/")))).due(member(first_day=begins))
    return [f"{one.first_day}/{one.last_day}" for one in found] if type(found) is tuple else [found.reason]  # type: ignore[union-attr]


FIRST: list[tuple[str, dict[str, Any], str, list[str]]] = [
    ("running year", {"first_length": "rest_of_year"}, "2013-05-01", ["2013-05-01/2013-12-31", "2014-01-01/2014-12-31", "2015-01-01/2015-12-31"]),
    ("running year from 31 December", {"first_length": "rest_of_year"}, "2013-12-31", ["2013-12-31/2013-12-31", "2014-01-01/2014-12-31", "2015-01-01/2015-12-31"]),
    ("running year, then quarters", {"first_length": "rest_of_year", "months": 3}, "2013-11-01",
     ["2013-11-01/2013-12-31", "2014-01-01/2014-03-31", "2014-04-01/2014-06-30"]),
    ("a year minus a day", {"first_length": "year_minus_day"}, "2013-05-01", ["2013-05-01/2014-04-30", "2014-05-01/2015-04-30", "2015-05-01/2016-04-30"]),
    ("a year minus a day from 29 February", {"first_length": "year_minus_day"}, "2012-02-29", ["2013-02-28/2014-02-27", "2014-02-28/2015-02-27", "2015-02-28/2016-02-27"]),
    ("15 months", {"first_length": "months", "first_period_months": 15}, "2013-10-01", ["2013-10-01/2014-12-31", "2015-01-01/2015-12-31"]),
    ("15 months, then half years", {"first_length": "months", "first_period_months": 15, "months": 6}, "2013-10-01",
     ["2013-10-01/2014-12-31", "2015-01-01/2015-06-30", "2015-07-01/2015-12-31"]),
    ("the same", {}, "2013-05-01", ["2013-05-01/2014-04-30", "2014-05-01/2015-04-30", "2015-05-01/2016-04-30"]),
]  # fmt: skip


@pytest.mark.parametrize(("terms", "begins", "expected"), [row[1:] for row in FIRST], ids=[row[0] for row in FIRST])
def test_seed_003_5_5_first_and_following_terms(terms: dict[str, Any], begins: str, expected: list[str]) -> None:
    found = due(PlanTerms(**{"anchor": "function", **terms}), "2013-01-01/2015-12-31", begins)
    assert found[: len(expected)] == expected


def test_seed_003_5_5_a_running_year_of_a_book_year_from_september() -> None:
    plan = PlanTerms(first_length="rest_of_year", first_month=9)
    assert due(plan, "2013-01-01/2014-12-31", "2013-05-01") == ["2013-05-01/2013-08-31", "2013-09-01/2014-08-31", "2014-09-01/2015-08-31"]


SHARES = [  # first period, months, price per period, what the first costs
    ("running year, in days", {"first_length": "rest_of_year"}, 36500, 24500),
    ("running year of four quarters and a bit", {"first_length": "rest_of_year", "months": 3}, 9200, 24500),
    ("15 of 12 months", {"first_length": "months", "first_period_months": 15}, 12000, 15000),
    ("a year at the price of a quarter", {"first_length": "year_minus_day", "months": 3}, 3000, 12000),
    ("a year at the price of a year", {"first_length": "year_minus_day"}, 12000, 12000),
]


@pytest.mark.parametrize(("terms", "cents", "first"), [row[1:] for row in SHARES], ids=[row[0] for row in SHARES])
def test_seed_003_5_5_the_system_works_out_a_first_period_pro_rata(terms: dict[str, Any], cents: int, first: int) -> None:
    plan = PlanTerms(**{"anchor": "function", "first_period": "pro_rata", **terms})
    outcomes = price(member(first_day="2013-05-01"), CONTRIBUTION, [rule(cents)], plan, Period(date(2013, 1, 1), date(2013, 12, 31)))
    assert charged(outcomes[0]).amount_cents == first


CODES = prices(
    rule(60000, rule_id=1, valid_from=day("2010-01-01")),
    rule(30000, rule_id=2, valid_from=day("2010-01-01"), price_category_id=1, description="Student"),
    rule(None, rule_id=3, valid_from=day("2010-01-01"), price_category_id=2, is_free=True, description="Erelid"),
    rule(66000, rule_id=4, valid_from=day("2026-07-01")),
)
PRICED = [  # price code, first day of the period, cents
    (None, "2026-06-30", 60000),
    (None, "2026-07-01", 66000),
    (1, "2026-07-01", 30000),
    (2, "2026-07-01", "free"),
    (None, "2009-12-31", "no_rule"),
]


@pytest.mark.parametrize(("category", "first", "expected"), PRICED)
def test_seed_003_5_5_1_the_price_is_that_of_the_first_day(category: int | None, first: str, expected: int | str) -> None:
    outcome = CODES.price(member(price_category_id=category), period(first, "2027-12-31"))
    assert (outcome.reason if isinstance(outcome, NotCharged) else charged(outcome).amount_cents) == expected


def test_seed_003_5_5_rabatprocent_first_period() -> None:
    plan = PlanTerms(anchor="function", months=12)
    window = Period(date(2025, 1, 1), date(2026, 12, 31))
    outcomes = price(
        member(first_day="2025-05-01"), CONTRIBUTION, [rule(10000, step("first_period", {"discount_basis_points": 2500}))], plan, window
    )
    assert [charged(one).amount_cents for one in outcomes] == [7500, 10000]


INTERVAL = TierTerms("rate", ((1000, 10), (5000, 8), (None, 5)), unit_value_cents=1000)  # a unit is worth 10 euros; cents per euro
WAGES = TierTerms("progressive", ((100, 50), (200, 40), (None, 30)), minimum_cents=2500)
TIERS = [
    ("5.5.2: 100 units x 10 = 1000 euros, at 0,10", INTERVAL, 100, 10000),
    ("5.5.2: 101 units fall in the next interval", INTERVAL, 101, 8080),
    ("5.5.2: beyond the last bound", INTERVAL, 600, 30000),
    ("5.5.3: in each interval its own price", WAGES, 250, 5000 + 4000 + 1500),
    ("5.5.3: on the bound", WAGES, 100, 5000),
    ("5.5.3: at least the minimum", WAGES, 10, 2500),
    ("5.5.3: also for none", WAGES, 0, 2500),
]  # fmt: skip


@pytest.mark.parametrize(("terms", "units", "cents"), [row[1:] for row in TIERS], ids=[row[0] for row in TIERS])
def test_seed_003_value_units(terms: TierTerms, units: int, cents: int) -> None:
    assert charged(prices(rule(tiers=terms)).price(member(value_units=units), YEAR_2026)).amount_cents == cents


def test_seed_003_value_units_a_minimum_of_zero_leaves_the_line_out() -> None:
    outcome = prices(rule(tiers=TierTerms("progressive", ((None, 50),)))).price(member(value_units=0), YEAR_2026)
    assert isinstance(outcome, NotCharged)


POSTAGE = {
    "rows": [
        {"country": "DK", "valid_from": "2026-01-01", "cents": 300},
        {"country": "DK", "valid_from": "2026-01-01", "cents": 500, "postcode_from": "3900", "postcode_to": "3999"},
        {"country": "DK", "valid_from": "2026-07-01", "cents": 350},
        {"country": "NO", "valid_from": "2026-01-01", "cents": 900},
    ]
}
POSTED = [
    ("DK", "8000", YEAR_2026, 300),
    ("DK", "3999", YEAR_2026, 500),
    ("DK", "4000", YEAR_2026, 300),
    ("DK", "8000", period("2026-07-01", "2026-12-31"), 350),
    ("NO", "0150", YEAR_2026, 900),
    ("SE", "10000", YEAR_2026, None),
]


@pytest.mark.parametrize(("country", "postcode", "when", "cents"), POSTED)
def test_seed_003_5_5_5_porto(country: str, postcode: str, when: Any, cents: int | None) -> None:
    outcome = charged(prices(rule(1000, step("postage", POSTAGE))).price(member(country=country, postcode=postcode), when))
    assert [line.amount_cents for line in outcome.lines[1:]] == ([] if cents is None else [cents])


def test_seed_003_5_2_the_gift_is_a_line_on_its_own_account() -> None:
    outcome = charged(prices(rule(1000, step("gift", {}, ledger_account_id=8300))).price(member(gift_cents=2500), YEAR_2026))
    assert [line[1:3] for line in outcome.lines] == [(1000, 800), (2500, 8300)]


def test_seed_003_5_2_number_charged() -> None:
    assert charged(prices(rule(1000, step("quantity"))).price(member(quantity=4), YEAR_2026)).amount_cents == 4000


def test_seed_003_5_2_a_service_that_must_be_held_first() -> None:
    found = prices(rule(1000), contribution=ContributionTerms(7, "Blad", must_hold_type_id=3))
    assert isinstance(found.price(member(), YEAR_2026), NotCharged)
    assert charged(found.price(member(held_type_ids=frozenset({3})), YEAR_2026)).amount_cents == 1000


def test_seed_003_9_3_who_was_charged_for_a_period_is_not_again_and_ending_gives_the_rest_back() -> None:
    terms = ContributionTerms(7, "Blad", credits_on_end=True)
    found = prices(rule(36500), contribution=terms)
    who = member(first_day="2020-01-01")
    key = charge_key(who.function_id, who.relation_id, 7, YEAR_2026)
    made = difference([Expected(key, charged(found.price(who, YEAR_2026)))], [])
    assert [(one.way, one.amount_cents) for one in made] == [("new", 36500)]
    there = [Existing(1, key, 36500)]
    assert difference([Expected(key, charged(found.price(who, YEAR_2026)))], there) == []
    ended = charged(found.price(who._replace(last_day=date(2026, 3, 31)), YEAR_2026))
    assert [(one.way, one.amount_cents) for one in difference([Expected(key, ended)], there, credits_on_end=True)] == [("credit", -27500)]


PAID = [  # plan, agreed, paid, starts
    ("paid later: starts then", PlanTerms(anchor="function", restarts_on_payment=True), "2026-05-01", "2026-06-10", "2026-06-10"),
    ("paid ahead: as agreed", PlanTerms(anchor="function", restarts_on_payment=True), "2026-05-01", "2026-04-10", "2026-05-01"),
    ("paid on the day", PlanTerms(anchor="function", restarts_on_payment=True), "2026-05-01", "2026-05-01", "2026-05-01"),
    ("not where the plan does not say so", OWN, "2026-05-01", "2026-06-10", "2026-05-01"),
    ("not where the calendar says when", PlanTerms(restarts_on_payment=True), "2026-05-01", "2026-06-10", "2026-05-01"),
]


@pytest.mark.parametrize(("plan", "agreed", "paid", "expected"), [row[1:] for row in PAID], ids=[row[0] for row in PAID])
def test_seed_003_5_5_genberegn_startdato(plan: PlanTerms, agreed: str, paid: str, expected: str) -> None:
    assert starts.after_payment(plan, day(agreed), day(paid)) == day(expected)
