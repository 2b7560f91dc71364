"""Season keys and the ten discounts, as source 001 sets them. Named by option."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.contributions import explanation
from app.contributions.facts import ChargePeriod, PlanTerms
from app.contributions.pricing import price, price_run
from app.kernel.periods import Period, add_months
from tests.contributions.making import CONTRIBUTION, YEAR_2026, charged, day, member, period, prices, rule, step, year

QUARTER = period("2026-01-01", "2026-03-31")
TENNIS = {"variant": "month_percentages", "table": [0, 0, 0, *range(1000, 9001, 1000)]}


def test_seed_001_born_from_1900_and_1998() -> None:
    found = prices(rule(10000, rule_id=1, born_from=day("1900-01-01")), rule(5000, rule_id=2, born_from=day("1998-01-01")))
    amounts = [charged(found.price(member(born=born), YEAR_2026)).amount_cents for born in ("1900-01-01", "1997-12-31", "1998-01-01")]
    assert amounts == [10000, 10000, 5000]


def test_seed_001_copying_moves_born_from_along_a_year() -> None:
    assert add_months(date(1995, 1, 1), 12) == date(1996, 1, 1)
    this, following = (
        prices(rule(1, rule_id=1, born_from=day("1900-01-01")), rule(2, rule_id=2, born_from=born))
        for born in (date(1995, 1, 1), date(1996, 1, 1))
    )
    assert charged(this.price(member(born="1995-06-01"), YEAR_2026)).amount_cents == 2
    assert charged(following.price(member(born="1995-06-01"), period("2027-01-01", "2027-12-31"))).amount_cents == 1


LABELS = [
    ("none", "Contributie tennis"),
    ("name_before", "2026 Contributie tennis"),
    ("name_after", "Contributie tennis 2026"),
    ("period_before", "01-01-2026 t/m 31-12-2026 Contributie tennis"),
    ("period_after", "Contributie tennis 01-01-2026 t/m 31-12-2026"),
]


@pytest.mark.parametrize(("label", "text"), LABELS)
def test_seed_001_seizoensomschrijving_toevoegen(label: str, text: str) -> None:
    found = prices(rule(100, description="Contributie tennis", season_label=label), season=year(2026))
    assert charged(found.price(member(), YEAR_2026)).lines[0].description == text


def test_seed_001_the_text_of_a_discount_stands_between_brackets() -> None:
    late = step("short_period", TENNIS, text="naar rato")
    found = prices(rule(20000, late, description="Contributie tennis"))
    assert charged(found.price(member(first_day="2026-04-01"), YEAR_2026)).lines[0].description == "Contributie tennis (naar rato)"


def test_seed_001_blokkeer_familiekorting() -> None:
    family = step("family", {"rows": [{"number": 2, "discount_basis_points": 1000}]})
    blocked = prices(rule(6000, family, blocks_family_discount=True))
    two = [member(relation_id=n, function_id=n, household_id=1) for n in (1, 2)]
    assert [charged(one).amount_cents for one in price_run([(blocked, who, YEAR_2026) for who in two])] == [6000, 6000]


def quarters(starts: str, *kinds: Any, born: str | None = None, **facts: Any) -> list[list[int]]:
    """Return the amounts per line of each quarter of 2026."""
    outcomes = price(
        member(first_day=starts, born=born, **facts),
        CONTRIBUTION,
        [rule(3000, *kinds)],
        PlanTerms(months=3),
        Period(date(2026, 1, 1), date(2026, 12, 31)),
    )
    return [[line.amount_cents for line in charged(one).lines] for one in outcomes]


FEE = step("union_fee", {"fee_cents": 2000})
UNION = [  # starts, amounts per quarter
    ("a member of years: with the first quarter", "2020-01-01", [[3000, 2000], [3000], [3000], [3000]]),
    ("new in the second quarter: with that one", "2026-05-01", [[3000, 2000], [3000], [3000]]),
    ("new on 30 September: whole", "2026-09-30", [[3000, 2000], [3000]]),
    ("new from 1 October: 25 %", "2026-10-01", [[3000, 500]]),
]


@pytest.mark.parametrize(("starts", "expected"), [row[1:] for row in UNION], ids=[row[0] for row in UNION])
def test_seed_001_option_2_once_a_year_with_the_first_invoice(starts: str, expected: list[list[int]]) -> None:
    assert quarters(starts, FEE) == expected


def test_seed_001_option_2_not_when_an_earlier_run_had_it() -> None:
    assert quarters("2020-01-01", FEE, charged_this_year=True) == [[3000]] * 4


def test_seed_001_option_2_once_in_each_calendar_year_of_a_season_that_crosses_one() -> None:
    window = Period(date(2025, 7, 1), date(2026, 6, 30))
    outcomes = price(member(first_day="2020-01-01"), CONTRIBUTION, [rule(3000, FEE)], PlanTerms(months=3), window)
    assert [len(charged(one).lines) for one in outcomes] == [2, 1, 2, 1]


def test_seed_001_option_2_no_discount_works_on_it_unless_ticked() -> None:
    honorary = step("tick_box", {"field": "person.honorary", "discount_basis_points": 10000}, 2)
    facts = {"fields": {"person.honorary": True}}
    assert quarters("2020-01-01", FEE, honorary, **facts)[0] == [0, 2000]
    assert quarters("2020-01-01", replace(FEE, settings={**FEE.settings, "also": ["tick_box"]}), honorary, **facts)[0] == [0, 0]


FACTORS = [  # way, price, factor, result
    ("a fine", "times", 100, 25, 2500),
    ("a team of eight", "divided", 6000, 8, 750),
    ("a percentage", "percentage", 6000, 15, 5100),
    ("below zero of a positive price stops at zero", "times", 6000, -1, 0),
    ("a negative price may be negative", "times", -1000, 3, -3000),
]


@pytest.mark.parametrize(("way", "cents", "factor", "result"), [row[1:] for row in FACTORS], ids=[row[0] for row in FACTORS])
def test_seed_001_option_3_factor(way: str, cents: int, factor: int, result: int) -> None:
    assert charged(prices(rule(cents, step("factor", {"way": way}))).price(member(factor=factor), YEAR_2026)).amount_cents == result


def test_seed_001_option_3_factor_vertalen() -> None:
    texts = [{"at_least": n, "at_most": n, "text": f"{n} uur"} for n in (1, 2)]
    found = prices(rule(1000, step("factor", {"way": "times", "texts": texts})))
    assert [charged(found.price(member(factor=n), YEAR_2026)).lines[0].description for n in (1, 2, 3)] == [
        "Contributie (1 uur)", "Contributie (2 uur)", "Contributie",
    ]  # fmt: skip


SHORT = [  # option, price, settings, period, starts, result
    ("1 per day: 365 - 15 days", 36500, {"variant": "day"}, period("2021-01-01", "2021-12-31"), "2021-01-16", 35000),
    ("2 per week: 52 in a year", 5200, {"variant": "week"}, YEAR_2026, "2026-01-08", 5100),
    ("3 per half month: 15 March", 6000, {"variant": "half_month"}, QUARTER, "2026-03-15", 2000),
    ("3 per half month: 16 March", 6000, {"variant": "half_month"}, QUARTER, "2026-03-16", 1000),
    ("4 half month, percentages", 6000, {"variant": "half_month_percentages", "table": [0, 1000, 2000]}, QUARTER, "2026-02-01", 4800),
    ("5 half month, amounts", 6000, {"variant": "half_month_amounts", "table": [0, 250, 600]}, QUARTER, "2026-01-16", 5750),
    ("6 per month", 12000, {"variant": "month"}, YEAR_2026, "2026-12-31", 1000),
    ("7 tennis: first quarter pays all", 20000, TENNIS, YEAR_2026, "2026-03-31", 20000),
    ("7 tennis: April 10 % off", 20000, TENNIS, YEAR_2026, "2026-04-01", 18000),
    ("7 tennis: December pays 10 %", 20000, TENNIS, YEAR_2026, "2026-12-31", 2000),
    ("7 of a quarter only three are filled", 6000, {"variant": "month_percentages", "table": [0, 3000, 6000]}, QUARTER, "2026-03-31", 2400),
    ("8 month, amounts", 6000, {"variant": "month_amounts", "table": [0, 1500, 3500]}, QUARTER, "2026-02-01", 4500),
    ("9 per quarter", 10000, {"variant": "quarter"}, YEAR_2026, "2026-12-31", 2500),
    ("10 per half year", 10000, {"variant": "half_year"}, YEAR_2026, "2026-06-30", 10000),
]  # fmt: skip


@pytest.mark.parametrize(("cents", "settings", "when", "starts", "result"), [row[1:] for row in SHORT], ids=[row[0] for row in SHORT])
def test_seed_001_option_10_kortere_periode(cents: int, settings: dict[str, Any], when: ChargePeriod, starts: str, result: int) -> None:
    assert charged(prices(rule(cents, step("short_period", settings))).price(member(first_day=starts), when)).amount_cents == result


SAID = [  # option, kind, settings, facts, what the step says
    ("1", "team_amount", {}, {"team_amount_cents": 25000}, "teambedrag € 250,00 in plaats van € 60,00"),
    ("2", "union_fee", {"fee_cents": 2000}, {}, "bondsbijdrage € 20,00"),
    ("2", "union_fee", {"fee_cents": 2000, "licence_cents": 1500}, {}, "bondsbijdrage en licentie (€ 20,00 + € 15,00) € 35,00"),
    ("2", "union_fee", {"fee_cents": 2000}, {"first_day": "2026-10-01"}, "bondsbijdrage nieuw lid (25 % van € 20,00) € 5,00"),
    ("2", "union_fee", {"fee_cents": 2000, "licence_cents": 1500, "licence_is_reduced": True}, {"first_day": "2026-10-01"},
     "bondsbijdrage nieuw lid en licentie (25 % van (€ 20,00 + € 15,00)) € 8,75"),
    ("3", "factor", {"way": "times"}, {"factor": 2}, "× factor 2 +€ 60,00"),
    ("3", "factor", {"way": "divided"}, {"factor": 8}, "gedeeld door factor 8 −€ 52,50"),
    ("3", "factor", {"way": "percentage"}, {"factor": 15}, "15 % korting volgens de factor −€ 9,00"),
    ("4", "federation_number", {}, {"federation_number": "B-7"}, "bondsnummer B-7"),
    ("5", "condition", {"function_type_id": 4, "name": "trainer", "discount_basis_points": 5000}, {"held_type_ids": frozenset({4})}, "trainer: 50 % korting −€ 30,00"),
    ("5", "condition", {"function_type_id": 4, "name": "sponsor", "replacement_cents": 1000}, {"held_type_ids": frozenset({4})},
     "sponsor: ander bedrag € 10,00 in plaats van € 60,00"),
    ("6", "tick_box", {"field": "person.erelid", "discount_basis_points": 10000}, {"fields": {"person.erelid": True}}, "vinkje “erelid”: 100 % korting −€ 60,00"),
    ("7", "several_activities", {"rows": [{"number": 2, "discount_basis_points": 1000}]}, {"function_id": 6, "activities": ((1, 8, 5), (2, 9, 6))},
     "2e activiteit: 10 % korting −€ 6,00"),
    ("8", "family", {"rows": [{"number": 3, "discount_cents": 500}]}, {"family_number": 3, "family_before": ("Piet", "Mieke")},
     "3e gezinslid na Piet, Mieke: € 5,00 korting −€ 5,00"),
    ("9", "payment_method", {"rows": [{"method": "direct_debit", "discount_cents": 500}]}, {"payment_method": "direct_debit"}, "incassokorting −€ 5,00"),
    ("9", "payment_method", {"rows": [{"method": "transfer", "discount_cents": -250}]}, {"payment_method": "transfer"}, "toeslag voor overschrijving +€ 2,50"),
    ("9", "payment_method", {"rows": [{"method": "direct_debit", "discount_basis_points": 500}]}, {"payment_method": "direct_debit"}, "incassokorting 5 % −€ 3,00"),
    ("10", "short_period", {"variant": "month"}, {"first_day": "2026-07-31"}, "naar rato 6/12 maanden −€ 30,00"),
    ("10", "short_period", TENNIS, {"first_day": "2026-04-01"}, "begint in maand 4 van de periode −€ 6,00"),
    ("amount", "quantity", {}, {"quantity": 3}, "aantal 3 +€ 120,00"),
    ("gift", "gift", {}, {"gift_cents": 1250}, "gift € 12,50"),
    ("surcharge", "first_period", {"discount_basis_points": -1000}, {}, "eerste periode: 10 % toeslag +€ 6,00"),
    ("postage", "postage", {"rows": [{"country": "NL", "valid_from": "2026-01-01", "cents": 150}]}, {"postcode": "1011 AB"}, "porto NL 1011 AB € 1,50"),
    ("tiers", "tiers", {"way": "progressive", "rows": [{"price": 100}]}, {"value_units": 25}, "staffel bij 25 eenheden € 25,00 in plaats van € 60,00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "settings", "facts", "said"), [row[1:] for row in SAID], ids=[f"option {row[0]}: {row[4]}" for row in SAID]
)
def test_seed_001_every_step_reads_as_a_volunteer_says_it(kind: str, settings: dict[str, Any], facts: dict[str, Any], said: str) -> None:
    first = period("2026-01-01", "2026-12-31", is_first=True)
    outcome = charged(prices(rule(6000, step(kind, settings))).price(member(**facts), first))
    told = explanation.sentence(outcome).replace("\u00a0", " ")
    assert told == f"Contributie € 60,00{'; ' if len(outcome.lines) > 1 else ' · '}{said}"
