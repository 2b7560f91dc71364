"""Raising amounts and telling plans, as tables; the properties of copying a season."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contributions.facts import PlanTerms
from app.contributions.plan_words import plan_sentence
from app.contributions.raising import Raise

RAISED = [
    ("nothing", Raise(), 6033, 6033),
    ("rounding alone raises nothing", Raise(round_to_cents=100), 6033, 6033),
    ("2,5 %", Raise(250), 6000, 6150),
    ("half a cent goes up", Raise(250), 6020, 6171),
    ("an amount", Raise(cents=150), 6000, 6150),
    ("down", Raise(cents=-150), 6000, 5850),
    ("to half euros", Raise(250, round_to_cents=50), 3000, 3100),
    ("to euros, half up", Raise(cents=50, round_to_cents=100), 6000, 6100),
    ("to five euros", Raise(250, round_to_cents=500), 6000, 6000),
    ("free stays free", Raise(250, round_to_cents=50), 0, 0),
]


@pytest.mark.parametrize(("by", "cents", "expected"), [row[1:] for row in RAISED], ids=[row[0] for row in RAISED])
def test_amounts_are_raised(by: Raise, cents: int, expected: int) -> None:
    assert by.of(cents) == expected


@given(st.integers(1, 5_000), st.sampled_from([0, 5, 10, 50, 100]), st.integers(0, 100_000), st.integers(0, 100_000))
def test_a_higher_amount_is_never_raised_to_less(points: int, step: int, one: int, other: int) -> None:
    by = Raise(points, round_to_cents=step)
    low, high = sorted((one, other))
    assert by.of(low) <= by.of(high)


TOLD: list[tuple[dict[str, Any], str]] = [
    ({"months": None, "anchor": "season"}, "Eén keer per seizoen, factuur op de eerste dag"),
    ({}, "Elk jaar, factuur op de eerste dag"),
    ({"first_month": 9}, "Elk jaar vanaf september, factuur op de eerste dag"),
    (
        {"months": 3, "first_month": 2, "first_period": "pro_rata", "issue_days": -5, "issue_from_end": True},
        "Elk kwartaal vanaf februari, eerste periode naar rato, factuur 5 dagen voor het einde",
    ),
    ({"issue_days": 5, "issue_from_end": True}, "Elk jaar, factuur 5 dagen na het einde"),
    ({"issue_from_end": True}, "Elk jaar, factuur op de laatste dag"),
    ({"months": 1, "turning_point": 16}, "Elke maand, wie begint vanaf dag 16 betaalt vanaf de volgende periode, factuur op de eerste dag"),
    ({"anchor": "function", "issue_days": -1}, "Elk jaar vanaf het begin van de functie, factuur 1 dag voor het begin"),
    ({"first_length": "months", "first_period_months": 15}, "Elk jaar, eerste periode 15 maanden, factuur op de eerste dag"),
    (
        {"anchor": "function", "first_length": "year_minus_day"},
        "Elk jaar vanaf het begin van de functie, eerste periode een jaar vanaf het begin, factuur op de eerste dag",
    ),
    ({"first_length": "rest_of_year"}, "Elk jaar, eerste periode tot het einde van het jaar, factuur op de eerste dag"),
    (
        {"anchor": "fixed", "fixed_dates": (date(2026, 7, 1), date(2026, 1, 1)), "charges_late_joiners": False, "until": date(2026, 12, 1)},
        "Op 01-01-2026 en 01-07-2026, factuur op de eerste dag, wie na een datum begint betaalt vanaf de volgende, tot en met 01-12-2026",
    ),
    (
        {"months": 6, "interval_field": "person.maanden", "start_field": "person.start"},
        "Zo vaak als kaartveld person.maanden zegt vanaf de datum in kaartveld person.start, factuur op de eerste dag",
    ),
]


@pytest.mark.parametrize(("plan", "sentence"), TOLD)
def test_a_plan_is_told_in_a_sentence(plan: dict[str, Any], sentence: str) -> None:
    assert plan_sentence(PlanTerms(**plan)) == sentence
