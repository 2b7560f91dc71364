"""Which rule holds: season, date, category, born-from, organisation, selection."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.contributions import explanation
from app.contributions.facts import ContributionTerms, MemberFacts, NotCharged, RuleTerms, Unpriceable
from app.contributions.pricing import PriceList
from tests.contributions.making import YEAR_2026, charged, day, member, period, prices, rule, year

PARENTS = {102: 10, 103: 10, 10: 1, 1: None}


def amount(found: PriceList, who: MemberFacts, when: Any = YEAR_2026) -> int | str:
    outcome = found.price(who, when)
    return outcome.reason if isinstance(outcome, NotCharged | Unpriceable) else outcome.amount_cents


BANDS = prices(
    rule(10000, rule_id=1, description="Senior", born_from=day("1900-01-01")),
    rule(5000, rule_id=2, description="Junior", born_from=day("1998-01-01")),
)


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ("1900-01-01", 10000),
        ("1997-12-31", 10000),
        ("1998-01-01", 5000),
        ("2024-02-29", 5000),
        (None, "no_birth_date"),
    ],
)
def test_seed_001_geboortedatum_vanaf(born: str | None, expected: int | str) -> None:
    assert amount(BANDS, member(born=born)) == expected


def test_born_before_every_band_is_not_charged_and_says_so() -> None:
    only_youth = prices(rule(5000, born_from=day("2008-01-01")))
    outcome = only_youth.price(member(born="2007-12-31"), YEAR_2026)
    assert isinstance(outcome, NotCharged)
    assert "geboren op 31-12-2007" in explanation.sentence(outcome)
    assert amount(only_youth, member(born="2008-01-01")) == 5000


def test_one_rule_for_all_ages_needs_no_date_of_birth() -> None:
    assert amount(prices(rule(100, born_from=day("1900-01-01"))), member()) == 100
    assert amount(prices(rule(100)), member()) == 100


DATED = prices(
    rule(6000, rule_id=1, valid_from=day("2025-01-01")),
    rule(6500, rule_id=2, valid_from=day("2026-07-01")),
)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("2024-12-31/2025-12-30", "no_rule"),
        ("2025-01-01/2025-12-31", 6000),
        ("2026-06-30/2027-06-29", 6000),
        ("2026-07-01/2027-06-30", 6500),
    ],
)
def test_seed_003_a_price_entered_ahead_holds_from_the_first_day_of_the_period(span: str, expected: int | str) -> None:
    assert amount(DATED, member(), period(*span.split("/"))) == expected


def test_the_latest_date_holds_per_band() -> None:
    found = prices(
        rule(100, rule_id=1, valid_from=day("2025-01-01"), born_from=day("1900-01-01")),
        rule(50, rule_id=2, valid_from=day("2025-01-01"), born_from=day("2008-01-01")),
        rule(110, rule_id=3, valid_from=day("2026-01-01"), born_from=day("1900-01-01")),
    )
    assert amount(found, member(born="1980-01-01")) == 110
    assert amount(found, member(born="2010-01-01")) == 50


def test_rules_of_another_season_do_not_hold_and_those_of_this_one_go_before_dated_ones() -> None:
    rules = [
        rule(6000, rule_id=1, season_id=2025),
        rule(6500, rule_id=2, season_id=2026),
        rule(100, rule_id=3, valid_from=day("2020-01-01")),
    ]
    assert amount(prices(*rules, season=year(2026)), member()) == 6500
    assert amount(prices(*rules, season=year(2027)), member()) == 100
    assert amount(prices(*rules[:2], season=year(2027)), member()) == "no_rule"


CATEGORIES = [
    rule(6000, rule_id=1, price_category_id=1),
    rule(3000, rule_id=2, price_category_id=2),
    rule(4500, rule_id=3),
]


@pytest.mark.parametrize(
    ("category", "expected"),
    [(1, 6000), (2, 3000), (3, 4500), (None, 6000)],
    ids=["regular", "student", "without rule of its own: the rule for all", "none on the function: the default"],
)
def test_price_category(category: int | None, expected: int) -> None:
    found = prices(*CATEGORIES, contribution=ContributionTerms(7, "Contributie", default_price_category_id=1))
    assert amount(found, member(price_category_id=category)) == expected


ORGANISATIONS = [
    rule(6000, rule_id=1, born_from=day("1900-01-01")),
    rule(3000, rule_id=2, born_from=day("2008-01-01")),
    rule(7000, rule_id=3, organisation_id=10),
    rule(2500, rule_id=4, organisation_id=102, born_from=day("2008-01-01")),
]


@pytest.mark.parametrize(
    ("organisation", "born", "expected"),
    [
        (102, "2010-01-01", 2500),
        (102, "1980-01-01", 7000),
        (103, "2010-01-01", 7000),
        (1, "2010-01-01", 3000),
        (99, "1980-01-01", 6000),
    ],
    ids=["its own", "its own has no band: its parent's", "its parent's", "for all", "unknown organisation: for all"],
)
def test_nearest_organisation(organisation: int, born: str, expected: int) -> None:
    assert amount(prices(*ORGANISATIONS, parents=PARENTS), member(organisation_id=organisation, born=born)) == expected


def test_a_selection_goes_before_the_rule_for_all() -> None:
    found = prices(rule(6000, rule_id=1), rule(1000, rule_id=2, selection_id=77))
    assert amount(found, member()) == 6000
    assert amount(found, member(selection_ids=frozenset({77}))) == 1000


def test_two_rules_that_fit_equally_are_an_error_on_whom_they_hold_for_only() -> None:
    found = prices(
        rule(6000, rule_id=1, price_category_id=1),
        rule(6100, rule_id=2, price_category_id=1, description="Dubbel"),
        rule(3000, rule_id=3, price_category_id=2),
    )
    outcome = found.price(member(price_category_id=1), YEAR_2026)
    assert isinstance(outcome, Unpriceable)
    assert "“Contributie” (nummer 1) en “Dubbel” (nummer 2)" in explanation.sentence(outcome)
    assert amount(found, member(price_category_id=2)) == 3000


def test_free_ended_later_and_must_hold_first() -> None:
    assert amount(prices(rule(is_free=True)), member()) == "free"
    found = prices(rule(100), contribution=ContributionTerms(7, "Contributie", must_hold_type_id=4))
    assert amount(found, member()) == "must_hold_first"
    assert amount(found, member(held_type_ids=frozenset({4}))) == 100
    assert amount(found, member(last_day="2025-12-31")) == "ended_before"
    assert amount(found, member(first_day="2027-01-01")) == "starts_later"


def test_the_order_of_the_rules_has_no_influence() -> None:
    for rules in (ORGANISATIONS, ORGANISATIONS[::-1]):
        found = prices(*rules, parents=PARENTS)
        assert [amount(found, member(organisation_id=o, born=b)) for o in (1, 102, 103) for b in ("1980-01-01", "2010-01-01")] == [
            6000, 3000, 7000, 2500, 7000, 7000,
        ]  # fmt: skip


def test_the_band_is_in_the_explanation() -> None:
    found = prices(
        RuleTerms(1, "Contributie NAJK-lid", 6000, season_id=2026, born_from=date(1996, 1, 1), season_label="name_after"),
        RuleTerms(2, "Jeugd", 3000, season_id=2026, born_from=date(2010, 1, 1), season_label="period_before"),
        season=year(2026),
    )
    outcome = charged(found.price(member(born="2000-02-29"), YEAR_2026))
    assert explanation.sentence(outcome) == ("Contributie NAJK-lid 2026 €\u00a060,00 · leeftijd 16-29")
    young = charged(found.price(member(born="2010-01-01"), YEAR_2026))
    assert young.lines[0].description == "01-01-2026 t/m 31-12-2026 Jeugd"
