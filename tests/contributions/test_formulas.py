"""Formulas: the examples of the spec and seed 002, exactness, refusals with their place, bounds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.contributions import explanation
from app.contributions.facts import CannotCompute, NotCharged, Unpriceable
from app.contributions.formulas import Formula
from app.kernel.errors import DomainError
from tests.contributions.making import YEAR_2026, charged, member, prices, rule

FIELDS: dict[str, Any] = {
    "person.membership_per_month": Fraction(1250, 100),
    "person.amount": 60,
    "person.pays_by_invoice": True,
    "member_of.juniors": True,
    "member_of.seniors": False,
    "person.age": 17,
    "person.empty": None,
    "person.name": "Jansen",
    "persoon.lidmaatschap_maand": 7,
}

TABLE = [
    ("spec 05: per month times twelve", "{person.membership_per_month} * 12", 15000),
    ("spec 05: an invoice costs 5", "{person.amount} + ({person.pays_by_invoice} * 5)", 6500),
    ("spec 05: group membership", "{member_of.juniors} * 10", 1000),
    ("seed 002: not in the group", "{member_of.seniors} * 20", 0),
    ("seed 002: its own way of writing", "12 * {persoon:lidmaatschap_maand}", 8400),
    ("seed 002: a discount is below zero", "-5", -500),
    ("precedence", "2 + 3 * 4 - 10 / 5", 1200),
    ("left to right", "10 - 3 - 2", 500),
    ("brackets", "(2 + 3) * 4", 2000),
    ("signs", "--2 + -(-3)", 500),
    ("comma or point", "12,50 + 0.25", 1275),
    ("if", "if({person.age} < 18; 10; 12,50)", 1000),
    ("als, spaces and capitals", "ALS( {Person.Age} >= 18 ; 10 ; 12,50 )", 1250),
    ("if takes only its branch", "if(1 = 1; 5; 1 / 0)", 500),
    ("comparisons", "(1 <> 2) + (2 <= 2) + (3 > 4)", 200),
    ("min and max", "min(5; 3; 4) + max(1; 2)", 500),
    ("round to euros, half up", "round(2,5)", 300),
    ("round to decimals", "rond(2,345; 2)", 235),
    ("round to decimals, below zero", "round(0 - 2,345; 2)", -235),
    ("exact thirds", "10 / 3 * 3", 1000),
    ("one rounding at the end", "10 / 3", 333),
    ("half up", "0,005", 1),
]


@pytest.mark.parametrize(("text", "cents"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_formula(text: str, cents: int) -> None:
    assert Formula.read(text).cents(FIELDS) == cents


ERRORS = [
    ("{person.unknown} * 2", "unknown_field"),
    ("{person.empty} + 1", "empty_field"),
    ("{person.name} + 1", "field_no_number"),
    ("1 / ({person.age} - 17)", "division_by_zero"),
    ("999999999 * 999999999", "formula_too_large"),
    ("round(1; 7)", "round_decimals"),
    ("round(1; 0,5)", "round_decimals"),
]


@pytest.mark.parametrize(("text", "reason"), ERRORS)
def test_what_the_card_lacks_is_an_error_on_that_relation(text: str, reason: str) -> None:
    with pytest.raises(CannotCompute) as lacking:
        Formula.read(text).cents(FIELDS)
    assert lacking.value.reason == reason
    outcome = prices(rule(formula=text)).price(member(fields=FIELDS), YEAR_2026)
    assert isinstance(outcome, Unpriceable)
    assert explanation.sentence(outcome).endswith((".", "na.", "in."))


REFUSED = [
    ("", 1, "leeg"),
    ("1 +", 4, "niet af"),
    ("(1 + 2", 7, "niet af"),
    ("1 ** 2", 4, "kan hier niet staan"),
    ("1 < 2 < 3", 7, "kan hier niet staan"),
    ("max(10,20,30)", 10, "puntkomma"),
    ("max(10,20)", 1, "2 tot 20 waarden"),
    ("if(1; 2)", 1, "3 waarden"),
    ("1 + sin(2)", 5, "onbekend"),
    ("__import__('os')", 1, "kan hier niet staan"),
    ("{person.amount", 1, "kan hier niet staan"),
    ("1 + {nobody}", 5, "bestaat niet"),
    ("1e9", 2, "kan hier niet staan"),
    ("(" * 21 + "1" + ")" * 21, 21, "meer dan 20"),
    ("-" * 21 + "1", 21, "meer dan 20"),
    ("1+" * 250 + "1", 501, "500 tekens"),
]


@pytest.mark.parametrize(("text", "place", "why"), REFUSED)
def test_a_formula_is_refused_with_its_place(text: str, place: int, why: str) -> None:
    with pytest.raises(DomainError) as refusal:
        Formula.read(text, known=FIELDS)
    assert refusal.value.code == "formula_wrong"
    assert refusal.value.parameters["place"] == place
    assert why in refusal.value.message


def test_a_price_list_refuses_a_wrong_formula() -> None:
    with pytest.raises(DomainError, match="teken 4"):
        prices(rule(formula="1 +"))


def test_a_line_of_zero_is_left_out_and_says_why() -> None:
    outcome = prices(rule(formula="{member_of.seniors} * 20", description="Senioren")).price(member(fields=FIELDS), YEAR_2026)
    assert isinstance(outcome, NotCharged)
    assert explanation.sentence(outcome).startswith("De berekening van “Senioren” komt op € 0,00 uit")


def test_the_values_are_explained() -> None:
    outcome = prices(rule(formula="{person.amount} + {person.pays_by_invoice} * 5")).price(member(fields=FIELDS), YEAR_2026)
    assert charged(outcome).amount_cents == 6500
    assert explanation.sentence(outcome) == (
        "Contributie volgens formule {person.amount} + {person.pays_by_invoice} * 5 "
        "met person.amount = 60, person.pays_by_invoice = ja €\u00a065,00"
    )


def test_the_longest_formula_that_is_allowed_computes() -> None:
    assert Formula.read("+".join("1" * 250)).cents({}) == 25000
    assert Formula.read("(" * 20 + "1" + ")" * 20).cents({}) == 100
