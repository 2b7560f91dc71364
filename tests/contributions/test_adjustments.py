"""Each kind of adjustment as a table: settings, facts, price, result and how it is said."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from app.contributions import explanation
from app.contributions.adjustments import KINDS, load
from app.contributions.facts import Unpriceable
from app.kernel.errors import DomainError
from tests.contributions.making import YEAR_2026, charged, member, period, prices, rule, step

FIRST = period("2026-01-01", "2026-12-31", is_first=True)
HOURS = {"way": "times", "texts": [{"at_least": 1, "at_most": 1, "text": "1 uur"}, {"at_least": "1,5", "at_most": 3, "text": "2 uur"}]}
METHODS = {"rows": [{"method": "direct_debit", "discount_cents": 500}, {"method": "transfer", "discount_cents": -250}]}
THREE = ((1, 8, 5), (2, 9, 6), (3, 8, 7))  # order, function type, function

# (source and case, kind, settings, facts, period, price, result)
TABLE: list[tuple[str, str, dict[str, Any], dict[str, Any], Any, int, int]] = [
    ("seed 001 1: the team has an amount", "team_amount", {}, {"team_amount_cents": 25000}, YEAR_2026, 6000, 25000),
    ("seed 001 1: it has none", "team_amount", {}, {}, YEAR_2026, 6000, 6000),
    ("a team amount of zero is an amount", "team_amount", {}, {"team_amount_cents": 0}, YEAR_2026, 6000, 0),
    ("seed 001 3.1: a fine of 1 euro x factor", "factor", {"way": "times"}, {"factor": 25}, YEAR_2026, 100, 2500),
    ("seed 001 3.2: a team's 60 euros / players", "factor", {"way": "divided"}, {"factor": 8}, YEAR_2026, 6000, 750),
    ("seed 001 3.2: half up", "factor", {"way": "divided"}, {"factor": 7}, YEAR_2026, 6000, 857),
    ("seed 001 3.4: the factor is a discount percentage", "factor", {"way": "percentage"}, {"factor": 15}, YEAR_2026, 6000, 5100),
    ("a factor with decimals", "factor", {"way": "times"}, {"factor": Fraction(3, 2)}, YEAR_2026, 333, 500),
    ("seed 001 3 let op: never below zero of a positive price", "factor", {"way": "times"}, {"factor": -2}, YEAR_2026, 6000, 0),
    ("seed 001 3 let op: a negative price may be", "factor", {"way": "times"}, {"factor": 2}, YEAR_2026, -6000, -12000),
    ("over 100 percent off stops at zero", "factor", {"way": "percentage"}, {"factor": 150}, YEAR_2026, 6000, 0),
    ("seed 001 5: trainers pay half", "condition", {"function_type_id": 4, "discount_basis_points": 5000}, {"held_type_ids": frozenset({4})}, YEAR_2026, 6000, 3000),
    ("seed 001 5: others do not", "condition", {"function_type_id": 4, "discount_basis_points": 5000}, {"held_type_ids": frozenset({3})}, YEAR_2026, 6000, 6000),
    ("seed 001 5: sponsors", "condition", {"function_category_id": 2, "discount_cents": 1000}, {"held_category_ids": frozenset({2})}, YEAR_2026, 6000, 5000),
    ("in a selection: another amount", "condition", {"selection_id": 9, "replacement_cents": 100}, {"selection_ids": frozenset({9})}, YEAR_2026, 6000, 100),
    ("another amount of zero", "condition", {"selection_id": 9, "replacement_cents": 0}, {"selection_ids": frozenset({9})}, YEAR_2026, 6000, 0),
    ("a formula that holds", "condition", {"formula": "{person.age} >= 65", "discount_cents": 1000}, {"fields": {"person.age": 65}}, YEAR_2026, 6000, 5000),
    ("a formula that does not", "condition", {"formula": "{person.age} >= 65", "discount_cents": 1000}, {"fields": {"person.age": 64}}, YEAR_2026, 6000, 6000),
    ("seed 001 6: an honorary member pays nothing", "tick_box", {"field": "person.honorary", "discount_basis_points": 10000}, {"fields": {"person.honorary": True}}, YEAR_2026, 6000, 0),
    ("seed 001 6: not ticked", "tick_box", {"field": "person.honorary", "discount_basis_points": 10000}, {"fields": {"person.honorary": False}}, YEAR_2026, 6000, 6000),
    ("seed 001 6: empty is not ticked", "tick_box", {"field": "person.honorary", "discount_basis_points": 10000}, {"fields": {"person.honorary": None}}, YEAR_2026, 6000, 6000),
    ("seed 001 7: the first activity never", "several_activities", {"rows": [{"number": 2, "discount_basis_points": 1000}]}, {"function_id": 5, "activities": THREE}, YEAR_2026, 6000, 6000),
    ("seed 001 7: 10 % on the second", "several_activities", {"rows": [{"number": 2, "discount_basis_points": 1000}]}, {"function_id": 6, "activities": THREE}, YEAR_2026, 6000, 5400),
    ("the third has the second's until a row of its own", "several_activities", {"rows": [{"number": 2, "discount_basis_points": 1000}]}, {"function_id": 7, "activities": THREE}, YEAR_2026, 6000, 5400),
    ("the third's own row", "several_activities", {"rows": [{"number": 3, "discount_cents": 100}, {"number": 2, "discount_cents": 50}]}, {"function_id": 7, "activities": THREE}, YEAR_2026, 6000, 5900),
    ("seed 001 7: only the same activity counts", "several_activities", {"rows": [{"number": 2, "discount_cents": 100}], "same_type_only": True}, {"function_id": 6, "function_type_id": 9, "activities": THREE}, YEAR_2026, 6000, 6000),
    ("seed 001 7: training twice", "several_activities", {"rows": [{"number": 2, "discount_cents": 100}], "same_type_only": True}, {"function_id": 7, "function_type_id": 8, "activities": THREE}, YEAR_2026, 6000, 5900),
    ("seed 001 8: from the third family member", "family", {"rows": [{"number": 3, "discount_basis_points": 2500}]}, {"family_number": 3}, YEAR_2026, 6000, 4500),
    ("seed 001 8: the second not", "family", {"rows": [{"number": 3, "discount_basis_points": 2500}]}, {"family_number": 2}, YEAR_2026, 6000, 6000),
    ("seed 001 9: direct debit, 5 euros off", "payment_method", METHODS, {"payment_method": "direct_debit"}, YEAR_2026, 6000, 5500),
    ("a surcharge is a discount below zero", "payment_method", METHODS, {"payment_method": "transfer"}, YEAR_2026, 6000, 6250),
    ("another way of paying", "payment_method", METHODS, {"payment_method": "cash"}, YEAR_2026, 6000, 6000),
    ("a discount stops at zero", "payment_method", METHODS, {"payment_method": "direct_debit"}, YEAR_2026, 300, 0),
    ("seed 003 5.5: first period", "first_period", {"discount_basis_points": 2500}, {}, FIRST, 6000, 4500),
    ("seed 003 5.5: not the following", "first_period", {"discount_basis_points": 2500}, {}, YEAR_2026, 6000, 6000),
    ("a discount that may go below zero", "first_period", {"discount_cents": 7000, "may_go_below_zero": True}, {}, FIRST, 6000, -1000),
    ("a half cent goes up", "first_period", {"discount_basis_points": 1000}, {}, FIRST, 5, 5),
    ("seed 003 5.1: number charged", "quantity", {}, {"quantity": 3}, YEAR_2026, 6000, 18000),
    ("none charged", "quantity", {}, {"quantity": 0}, YEAR_2026, 6000, 0),
    ("seed 001 4: the number changes no amount", "federation_number", {}, {"federation_number": "NL123"}, YEAR_2026, 6000, 6000),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "settings", "facts", "when", "price", "result"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_adjustment(kind: str, settings: dict[str, Any], facts: dict[str, Any], when: Any, price: int, result: int) -> None:
    outcome = charged(prices(rule(price, step(kind, settings))).price(member(**facts), when))
    assert outcome.amount_cents == result
    assert len(outcome.lines) == 1
    assert explanation.replay(explanation.to_json(outcome)) == [result]


FEE = {"fee_cents": 2000, "licence_cents": 1500}

# (source and case, kind, settings, facts, period, its line)
BESIDE: list[tuple[str, str, dict[str, Any], dict[str, Any], Any, int | None]] = [
    ("spec 05 union fee: a member of years", "union_fee", FEE, {"first_day": "2020-01-01"}, YEAR_2026, 3500),
    ("seed 001 2: from 1 October 25 %", "union_fee", FEE, {"first_day": "2026-10-01"}, YEAR_2026, 2000),
    ("seed 001 2: on 30 September all", "union_fee", FEE, {"first_day": "2026-09-30"}, YEAR_2026, 3500),
    ("the licence in part too", "union_fee", {**FEE, "licence_is_reduced": True}, {"first_day": "2026-10-01"}, YEAR_2026, 875),
    ("seed 001 2: not again in the second quarter", "union_fee", FEE, {"charged_this_year": True}, period("2026-04-01", "2026-06-30"), None),
    ("seed 001 2: but for who joined in it", "union_fee", FEE, {"first_day": "2026-05-01"}, period("2026-04-01", "2026-06-30"), 3500),
    ("joined last October: a whole fee this year", "union_fee", FEE, {"first_day": "2025-10-01"}, YEAR_2026, 3500),
    ("spec 05 gift", "gift", {}, {"gift_cents": 1250}, YEAR_2026, 1250),
    ("no gift, no line", "gift", {}, {}, YEAR_2026, None),
]  # fmt: skip
RATES = {
    "rows": [
        {"country": "NL", "valid_from": "2026-01-01", "cents": 150},
        {"country": "NL", "valid_from": "2026-07-01", "cents": 175},
        {"country": "NL", "valid_from": "2026-01-01", "cents": 300, "postcode_from": "8881", "postcode_to": "8899"},
        {"country": "DK", "valid_from": "2026-01-01", "cents": 900},
    ]
}
BESIDE += [
    ("spec 05 postage: per country", "postage", RATES, {"postcode": "1011 AB"}, YEAR_2026, 150),
    ("spec 05 postage: then per postcode range", "postage", RATES, {"postcode": "8899 zz"}, YEAR_2026, 300),
    ("seed 003 5.5.5: valid from a date", "postage", RATES, {"postcode": "1011 AB"}, period("2026-07-01", "2026-09-30"), 175),
    ("seed 003 5.5.5: another country", "postage", RATES, {"country": "DK", "postcode": "8881"}, YEAR_2026, 900),
    ("a country without a rate", "postage", RATES, {"country": "BE"}, YEAR_2026, None),
    ("before every date", "postage", RATES, {}, period("2025-01-01", "2025-12-31"), None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "settings", "facts", "when", "cents"), [row[1:] for row in BESIDE], ids=[row[0] for row in BESIDE])
def test_beside_the_price(kind: str, settings: dict[str, Any], facts: dict[str, Any], when: Any, cents: int | None) -> None:
    outcome = charged(prices(rule(6000, step(kind, settings, ledger_account_id=840))).price(member(**facts), when))
    expected = [] if cents is None else [(cents, 840)]
    assert [(line.amount_cents, line.ledger_account_id) for line in outcome.lines] == [(6000, 800), *expected]
    assert outcome.amount_cents == 6000 + (cents or 0)
    assert explanation.replay(explanation.to_json(outcome)) == [line.amount_cents for line in outcome.lines]


def test_a_union_fee_takes_the_adjustments_it_names_and_no_others() -> None:
    fee = step("union_fee", {**FEE, "licence_cents": 0, "also": ["tick_box"]}, 1)
    free = step("tick_box", {"field": "person.honorary", "discount_basis_points": 10000}, 2)
    found = prices(rule(6000, fee, free, step("payment_method", METHODS, 3)))
    outcome = charged(found.price(member(fields={"person.honorary": True}, payment_method="transfer"), YEAR_2026))
    assert [line.amount_cents for line in outcome.lines] == [250, 0]
    outcome = charged(found.price(member(fields={"person.honorary": False}, payment_method="direct_debit"), YEAR_2026))
    assert [line.amount_cents for line in outcome.lines] == [5500, 2000]


LACKING = [
    ("factor", {"way": "times"}, {}, "no_factor"),
    ("factor", {"way": "divided"}, {"factor": 0}, "factor_zero"),
    ("tick_box", {"field": "person.gone", "discount_cents": 1}, {}, "unknown_field"),
    ("condition", {"formula": "{person.age} > 1", "discount_cents": 1}, {"fields": {"person.age": None}}, "empty_field"),
    ("quantity", {}, {"quantity": -1}, "quantity_negative"),
    ("gift", {}, {"gift_cents": -1}, "gift_negative"),
    ("tiers", {"way": "bracket", "rows": [{"price": 5}]}, {}, "no_value_units"),
    ("tiers", {"way": "bracket", "rows": [{"price": 5, "up_to": 1}]}, {"value_units": 2}, "outside_brackets"),
]


@pytest.mark.parametrize(("kind", "settings", "facts", "reason"), LACKING)
def test_what_the_card_lacks_is_an_error_never_an_amount(kind: str, settings: dict[str, Any], facts: dict[str, Any], reason: str) -> None:
    outcome = prices(rule(6000, step(kind, settings))).price(member(**facts), YEAR_2026)
    assert isinstance(outcome, Unpriceable)
    assert (outcome.reason, outcome.rule_id) == (reason, 1)
    assert explanation.sentence(outcome)


REFUSED = [
    ("nothing", {}, "bestaat niet"),
    ("team_amount", {"amount": 1}, "kent deze soort niet"),
    ("factor", {}, "way: Dit moet je invullen."),
    ("factor", {"way": "power"}, "way: Kies een van"),
    ("factor", {"way": "times", "texts": [{"at_least": 1.5, "at_most": 2, "text": "x"}]}, "texts.0.at_least: Dit is geen getal."),
    ("condition", {"discount_cents": 1}, "precies één voorwaarde"),
    ("condition", {"selection_id": 1, "function_type_id": 2, "discount_cents": 1}, "precies één voorwaarde"),
    ("condition", {"selection_id": 1}, "een korting in of een vervangend bedrag"),
    ("condition", {"formula": "1 +", "discount_cents": 1}, "bij teken 4"),
    ("tick_box", {"field": "x"}, "Vul een bedrag of een percentage in."),
    ("tick_box", {"field": "x", "discount_cents": 1, "discount_basis_points": 1}, "niet allebei"),
    ("tick_box", {"field": "x", "discount_basis_points": 10001}, "hoogstens 100 %"),
    ("tick_box", {"field": "x", "discount_cents": 12.5}, "geen heel getal"),
    ("tick_box", {"field": "x", "discount_cents": True}, "geen heel getal"),
    ("tick_box", {"field": "x", "discount_cents": 10**12}, "te groot"),
    ("several_activities", {"rows": [{"number": 1, "discount_cents": 1}]}, "De eerste krijgt nooit korting"),
    ("family", {"rows": []}, "ten minste 1"),
    ("payment_method", {"rows": METHODS["rows"] * 2}, "één keer"),
    ("postage", {"rows": [{"country": "nl", "valid_from": "2026-01-01", "cents": 1}]}, "landcode"),
    ("postage", {"rows": [{"country": "NL", "valid_from": "gisteren", "cents": 1}]}, "geen datum"),
    ("postage", {"rows": [{"country": "NL", "valid_from": "2026-01-01", "cents": 1, "postcode_from": "2"}]}, "geen van beide"),
    ("union_fee", {**FEE, "reduced_from_month": 6, "reduced_from_day": 31}, "bestaat niet in die maand"),
    ("union_fee", {**FEE, "also": ["gift"]}, "gift is geen korting"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "settings", "why"), REFUSED)
def test_settings_are_refused_in_dutch_with_their_place(kind: str, settings: dict[str, Any], why: str) -> None:
    with pytest.raises(DomainError) as refusal:
        load(kind, settings)
    assert why in " ".join(
        f"{path}: {reason}" for path, reason in refusal.value.parameters.get("fields", {"kind": refusal.value.message}).items()
    )


def test_dates_may_come_as_dates() -> None:
    assert load("postage", {"rows": [{"country": "NL", "valid_from": date(2026, 1, 1), "cents": 1}]}).rows[0].valid_from == date(2026, 1, 1)


@pytest.mark.parametrize("code", KINDS)
def test_every_kind_has_its_face(code: str) -> None:
    kind = KINDS[code]
    assert kind.NAME
    assert kind.HELP.endswith(".")
    assert isinstance(kind.INPUTS, tuple)
    assert hasattr(kind.Settings, "MAKES")
