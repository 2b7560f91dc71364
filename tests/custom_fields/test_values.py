"""How values of custom fields are kept, refused, computed with and shown."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from app.custom_fields.values import Field, check_choices, check_code, computed, merged, parse_number, shown, stored, typed
from app.kernel.errors import DomainError


def field(kind: str, **values: Any) -> Field:
    return Field(5, "relation", "veld", "Veld", kind, choices=("S", "XL") if kind.startswith("choice") else (), **values)


# kind, typed, kept, in a formula, shown
VALUES = [
    ("text", "Jansen", "Jansen", "Jansen", "Jansen"),
    ("number", 2500, 2500, Fraction(5, 2), "2,5"),
    ("number", -1, -1, Fraction(-1, 1000), "-0,001"),
    ("number", 12_000, 12_000, 12, "12"),
    ("number", 0, 0, 0, "0"),
    ("amount", 1250, 1250, Fraction(25, 2), "€\u00a012,50"),
    ("amount", 0, 0, 0, "€\u00a00,00"),
    ("date", date(2026, 12, 31), "2026-12-31", date(2026, 12, 31), "31-12-2026"),
    ("yes_no", True, True, True, "ja"),
    ("choice", "XL", "XL", "XL", "XL"),
    ("choices", ["XL", "S"], ["S", "XL"], "S, XL", "S, XL"),
]


@pytest.mark.parametrize(("kind", "value", "kept", "counted", "text"), VALUES)
def test_a_value_is_kept_computed_and_shown_by_its_kind(kind: str, value: Any, kept: Any, counted: Any, text: str) -> None:
    assert stored(field(kind), value) == kept
    assert merged([field(kind)], {"5": value}, {"7": "blijft"}) == {"7": "blijft", "5": kept}
    assert (computed(kind, kept), type(computed(kind, kept))) == (counted, type(counted))
    assert shown(kind, kept) == text
    assert typed(field(kind), {"5": kept}) == (value if kind != "choices" else kept)


@pytest.mark.parametrize("kind", ["text", "number", "amount", "date", "choice", "choices"])
def test_nothing_is_not_kept_and_takes_away_what_was_there(kind: str) -> None:
    assert merged([field(kind)], {"5": None}, {"5": "x", "6": 1}) == {"6": 1}
    assert computed(kind, None) is None
    assert shown(kind, None) == ""


def test_no_is_nothing_filled_in() -> None:
    assert merged([field("yes_no", is_required=True)], {"5": False}, {"5": True}) == {}
    assert computed("yes_no", None) is False


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("number", "twee", "Vul in: een getal."),
        ("number", True, "Vul in: een getal."),
        ("number", 10**13, "Vul in: een getal."),
        ("amount", 1.5, "Vul in: een bedrag."),
        ("date", "31-12-2026", "een datum, bijvoorbeeld 31-12-2026"),
        ("yes_no", "ja", "ja of nee"),
        ("choice", "M", "een van de keuzes: S, XL"),
        ("choices", ["S", "M"], "“M” past niet bij “Veld”"),
        ("text", "x" * 501, "er passen er 500"),
        ("text", 5, "een tekst"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(kind: str, value: Any, said: str) -> None:
    with pytest.raises(DomainError) as refusal:
        merged([field(kind)], {"5": value}, None)
    assert (refusal.value.code, refusal.value.parameters["field"]) == ("custom_value_wrong", "custom_5")
    assert said in refusal.value.message


def test_a_required_field_asks_for_a_value() -> None:
    with pytest.raises(DomainError, match="Vul “Veld” in") as refusal:
        merged([field("text", is_required=True)], {"5": ""}, {"5": "oud"})
    assert refusal.value.parameters["field"] == "custom_5"


@pytest.mark.parametrize("code", ["", "1a", "a-b", "é", "a" * 41, "a b", "_a", "a.b"])
def test_a_code_is_a_plain_name(code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        check_code(code)
    assert (refusal.value.code, refusal.value.parameters["field"]) == ("code_wrong", "code")
    assert check_code(" Per_Maand2 ") == "per_maand2"


@pytest.mark.parametrize(
    ("kind", "choices"), [("choice", []), ("choices", ["  "]), ("choice", ["a", "a "]), ("text", ["a"]), ("choice", ["x" * 81])]
)
def test_choices_are_asked_where_they_belong(kind: str, choices: list[str]) -> None:
    with pytest.raises(DomainError) as refusal:
        check_choices(kind, choices)
    assert refusal.value.parameters["field"] == "choices"


@pytest.mark.parametrize(("text", "kept"), [("2,5", 2500), ("2.5", 2500), ("-3", -3000), (" 0,001 ", 1)])
def test_a_number_is_read_the_dutch_way(text: str, kept: int) -> None:
    assert parse_number(text) == kept


@pytest.mark.parametrize("text", ["twee", "1,2345", "1e3", "", "1 2", "٣"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(DomainError):
        parse_number(text)
