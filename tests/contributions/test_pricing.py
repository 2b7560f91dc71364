"""The price as a whole: order of steps, lines, texts, explanation, family, and twice is once."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from app.contributions import explanation
from app.contributions.facts import ContributionTerms, PlanTerms, SeasonTerms
from app.contributions.family import Settled
from app.contributions.pricing import price, price_run
from app.kernel.errors import DomainError
from tests.contributions.making import CONTRIBUTION, YEAR_2026, charged, day, member, period, prices, rule, step, year

SHORT = step("short_period", {"variant": "half_month"}, 1, text="naar rato")
DEBIT = step("payment_method", {"rows": [{"method": "direct_debit", "discount_cents": 500}]}, 2, text="incassokorting")
FAMILY = step("family", {"rows": [{"number": 2, "discount_basis_points": 1000}, {"number": 3, "discount_basis_points": 5000}]}, 5)


def test_the_example_of_the_spec_with_its_sentence() -> None:
    season = SeasonTerms(26, "2026", day("2026-01-01"), day("2026-03-31"))
    banded = rule(6000, SHORT, DEBIT, description="Contributie NAJK-lid", season_id=26, season_label="name_after")
    outcomes = price(
        member(first_day="2026-02-01", payment_method="direct_debit"),
        CONTRIBUTION,
        [banded],
        PlanTerms(months=None, anchor="season"),
        season,
    )
    outcome = charged(outcomes[0])
    assert outcome.amount_cents == 3500
    assert outcome.lines[0].description == "Contributie NAJK-lid 2026 (naar rato, incassokorting)"
    assert explanation.sentence(outcome) == (
        "Contributie NAJK-lid 2026 €\u00a060,00 · naar rato 4/6 halve maanden −€\u00a020,00 · incassokorting −€\u00a05,00"
    )


def test_the_position_decides_the_order() -> None:
    half = step("first_period", {"discount_basis_points": 5000}, 3)
    first = period("2026-01-01", "2026-12-31", is_first=True)
    who = member(payment_method="direct_debit")
    assert charged(prices(rule(6000, DEBIT, half)).price(who, first)).amount_cents == 2750
    assert charged(prices(rule(6000, half, replace(DEBIT, position=9))).price(who, first)).amount_cents == 2500


def test_a_step_rounds_once_and_not_in_between() -> None:
    third = step("factor", {"way": "divided"}, 1)
    assert charged(prices(rule(100, third)).price(member(factor=3), YEAR_2026)).amount_cents == 33
    assert charged(prices(rule(200, third)).price(member(factor=3), YEAR_2026)).amount_cents == 67


def test_a_ledger_account_of_its_own_makes_a_line_of_its_own() -> None:
    own = replace(DEBIT, ledger_account_id=810)
    half = step("first_period", {"discount_basis_points": 5000}, 3)
    outcome = charged(
        prices(rule(6000, own, half)).price(member(payment_method="direct_debit"), period("2026-01-01", "2026-12-31", is_first=True))
    )
    assert [(line.description, line.amount_cents, line.ledger_account_id) for line in outcome.lines] == [
        ("Contributie", 3250, 800),
        ("incassokorting", -500, 810),
    ]
    assert outcome.amount_cents == 2750
    assert explanation.replay(explanation.to_json(outcome)) == [3250, -500]


def test_a_rule_may_have_its_own_account_and_the_factor_its_text() -> None:
    settings = {"way": "times", "texts": [{"at_least": "1,5", "at_most": 3, "text": "2 uur"}]}
    found = prices(rule(1000, step("factor", settings), step("federation_number", {}, 2), ledger_account_id=805))
    outcome = charged(found.price(member(factor=Fraction(2), federation_number="B-77"), YEAR_2026))
    assert outcome.lines[0][:3] == ("Contributie (2 uur, bondsnummer B-77)", 2000, 805)


LABELS = [
    ("none", "Contributie"),
    ("name_before", "2026 Contributie"),
    ("name_after", "Contributie 2026"),
    ("period_before", "01-01-2026 t/m 31-12-2026 Contributie"),
    ("period_after", "Contributie 01-01-2026 t/m 31-12-2026"),
]


@pytest.mark.parametrize(("label", "description"), LABELS)
def test_seed_001_seizoensomschrijving(label: str, description: str) -> None:
    found = prices(rule(100, season_label=label), season=year(2026))
    assert charged(found.price(member(), YEAR_2026)).lines[0].description == description


def test_without_a_season_the_label_shows_the_dates_of_the_charge() -> None:
    found = prices(rule(100, season_label="name_after"))
    assert (
        charged(found.price(member(), period("2026-04-01", "2026-06-30"))).lines[0].description == "Contributie 01-04-2026 t/m 30-06-2026"
    )


def test_seed_001_korting_referentie_contributie() -> None:
    first = rule(6000, DEBIT, rule_id=1, price_category_id=1)
    second = rule(3000, rule_id=2, price_category_id=2, adjustments_of_id=1)
    found = prices(first, second)
    assert charged(found.price(member(price_category_id=2, payment_method="direct_debit"), YEAR_2026)).amount_cents == 2500
    with pytest.raises(DomainError, match="zichzelf"):
        prices(rule(1, rule_id=1, adjustments_of_id=2), rule(1, rule_id=2, adjustments_of_id=1))


@pytest.mark.parametrize("terms", [{}, {"amount_cents": 1, "formula": "1"}])
def test_a_rule_needs_exactly_one_amount(terms: dict[str, object]) -> None:
    with pytest.raises(DomainError) as refusal:
        prices(rule(**terms))  # type: ignore[arg-type]
    assert refusal.value.code == "rule_wrong"


def test_crediting_on_end_makes_an_end_inside_the_period_count() -> None:
    gives_back = ContributionTerms(7, "Contributie", credits_on_end=True)
    who = member(first_day="2020-01-01", last_day="2026-03-31")
    assert charged(prices(rule(36500)).price(who, YEAR_2026)).amount_cents == 36500
    assert charged(prices(rule(36500), contribution=gives_back).price(who, YEAR_2026)).amount_cents == 9000
    assert charged(prices(rule(24000, SHORT), contribution=gives_back).price(who, YEAR_2026)).amount_cents == 6000
    late = member(first_day="2026-12-31")
    assert charged(prices(rule(36500), contribution=gives_back).price(late, YEAR_2026)).amount_cents == 36500


def test_the_json_of_the_writer_is_that_of_to_json() -> None:
    found = prices(
        rule(6000, SHORT, DEBIT, step("gift", {}, 8), born_from=day("1900-01-01")),
        rule(3000, rule_id=2, born_from=day("2000-01-01")),
        season=SeasonTerms(1, "2026", day("2026-01-01"), day("2026-12-31")),
    )
    writer = explanation.Writer()
    for born in ("1980-05-05", "2005-05-05", "1980-05-05"):
        outcome = charged(found.price(member(born=born, first_day="2026-03-03", payment_method="direct_debit", gift_cents=100), YEAR_2026))
        assert json.loads(writer.text(outcome)) == explanation.to_json(outcome)


def test_a_false_explanation_is_found_out() -> None:
    lines = explanation.to_json(charged(prices(rule(6000, DEBIT)).price(member(payment_method="direct_debit"), YEAR_2026)))
    lines[0]["steps"][1]["after"] += 1
    with pytest.raises(ValueError, match="payment_method says 5501 where its sum gives 5500"):
        explanation.replay(lines)


HOUSEHOLD = [
    member(relation_id=1, function_id=1, household_id=9, name="Piet", born="1980-01-01"),
    member(relation_id=2, function_id=2, household_id=9, name="Mieke", born="1982-01-01"),
    member(relation_id=3, function_id=3, household_id=9, name="Jan", born="2012-01-01"),
    member(relation_id=4, function_id=4, household_id=8, name="Alleen", born="1970-01-01"),
    member(relation_id=5, function_id=5, name="Zonder", born="1970-01-01"),
]
AGES = (
    rule(10000, FAMILY, rule_id=1, born_from=day("1900-01-01")),
    rule(5000, FAMILY, rule_id=2, born_from=day("2008-01-01")),
)


@pytest.mark.parametrize("turn", range(5))
def test_family_the_cheapest_is_last_whatever_the_order(turn: int) -> None:
    found = prices(*AGES)
    household = HOUSEHOLD[turn:] + HOUSEHOLD[:turn]
    outcomes = price_run([(found, who, YEAR_2026) for who in household])
    amounts = {who.name: charged(outcome).amount_cents for who, outcome in zip(household, outcomes, strict=True)}
    assert amounts == {"Piet": 10000, "Mieke": 9000, "Jan": 2500, "Alleen": 10000, "Zonder": 10000}


def test_family_the_explanation_names_the_others() -> None:
    found = prices(*AGES)
    outcomes = list(price_run([(found, who, YEAR_2026) for who in HOUSEHOLD]))
    assert explanation.sentence(charged(outcomes[2]).of(HOUSEHOLD[2])).endswith("3e gezinslid na Piet, Mieke: 50 % korting −€\u00a025,00")


def test_members_who_are_alike_share_a_price_and_whose_it_is_must_be_said() -> None:
    found = prices(rule(6000, SHORT, born_from=day("1950-01-01")))
    alike = [member(relation_id=number, first_day=f"2026-07-0{number}", born=f"1980-05-0{number}") for number in (2, 3)]
    one, other = (charged(outcome) for outcome in price_run([(found, who, YEAR_2026) for who in alike]))
    assert one is other
    with pytest.raises(ValueError, match="`of`"):
        explanation.to_json(one)
    for who in alike:
        assert one.of(who) == found.price(who, YEAR_2026)
        told = [step["input"] for step in explanation.to_json(one.of(who))[0]["steps"]]
        assert (told[1]["born"], told[2]["joined"]) == (str(who.born), str(who.first_day))


def test_family_a_rule_may_block_it_and_then_does_not_count() -> None:
    found = prices(AGES[0], replace(AGES[1], blocks_family_discount=True))
    outcomes = price_run([(found, who, YEAR_2026) for who in HOUSEHOLD])
    assert [charged(one).amount_cents for one in outcomes] == [10000, 9000, 5000, 10000, 10000]


def test_family_over_several_contributions() -> None:
    adults, youth = prices(AGES[0]), prices(rule(5000, FAMILY, rule_id=2))
    items = [(youth if who.name == "Jan" else adults, who, YEAR_2026) for who in HOUSEHOLD]
    assert [charged(one).amount_cents for one in price_run(items)] == [10000, 9000, 2500, 10000, 10000]


def test_one_without_date_of_birth_does_not_stop_the_others() -> None:
    found = prices(*AGES)
    items = [(found, member(relation_id=7, household_id=9), YEAR_2026), *((found, who, YEAR_2026) for who in HOUSEHOLD)]
    outcomes = list(price_run(items))
    assert explanation.is_error(outcomes[0])
    assert [charged(one).amount_cents for one in outcomes[1:]] == [10000, 9000, 2500, 10000, 10000]


def test_a_price_that_is_known_is_not_taken_for_a_card_that_lacks_a_field() -> None:
    found = prices(rule(6000, step("tick_box", {"field": "person.honorary", "discount_basis_points": 10000})))
    for value in ("", None, False):
        assert charged(found.price(member(fields={"person.honorary": value}), YEAR_2026)).amount_cents == 6000
    assert explanation.is_error(found.price(member(fields={}), YEAR_2026))
    assert charged(found.price(member(fields={"person.honorary": True}), YEAR_2026)).amount_cents == 0


KEPT = [
    # (case, who was charged before: (relation, number, before), what each pays)
    ("nobody", [], {"Piet": 10000, "Mieke": 9000, "Jan": 2500}),
    ("the cheapest came first and pays all", [(3, 0, ())], {"Piet": 9000, "Mieke": 5000, "Jan": 5000}),
    ("the second keeps its place", [(1, 0, ()), (3, 2, ("Piet",))], {"Piet": 10000, "Mieke": 5000, "Jan": 4500}),
    ("a place that is taken is left free by others", [(1, 2, ("Mieke",))], {"Piet": 9000, "Mieke": 10000, "Jan": 2500}),
]


@pytest.mark.parametrize(("kept", "expected"), [row[1:] for row in KEPT], ids=[row[0] for row in KEPT])
def test_family_who_was_charged_before_keeps_its_place(kept: list[tuple[int, int, tuple[str, ...]]], expected: dict[str, int]) -> None:
    found = prices(*AGES)
    names = {who.relation_id: who.name for who in HOUSEHOLD}
    settled = {9: [Settled(relation_id, names[relation_id], number, before) for relation_id, number, before in kept]}
    outcomes = price_run([(found, who, YEAR_2026) for who in HOUSEHOLD[:3]], settled)
    assert {who.name: charged(one).amount_cents for who, one in zip(HOUSEHOLD, outcomes, strict=False)} == expected
