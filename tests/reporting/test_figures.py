"""Figures: whatever side they are added up along, the total is the same to the cent; ages fall in one class."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.kernel.periods import age_on
from app.reporting.figures import AGE_CLASSES, NO_AGE, Cell, Cube, Pair, age_class, age_words, band_ages, class_words, total_of
from app.reporting.what_if import SIDES, Findings

NUMBERS = st.integers(0, 3)
CELLS = st.builds(Cell, NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.integers(-1, len(AGE_CLASSES) - 1))
CHARGES = st.lists(st.tuples(st.booleans(), CELLS, st.integers(-100_000, 1_000_000)), max_size=60)
modest = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault


@modest
@given(CHARGES)
def test_every_side_adds_up_to_all_charges(charges: list[tuple[bool, Cell, int]]) -> None:
    found = Findings(provinces={0: 1, 2: 1}, departments={1: 2}, labels={"band": {1: "t/m 18 jaar", 2: "19 jaar en ouder"}})
    for is_now, cell, cents in charges:
        (found.cube.add_now if is_now else found.cube.add_before)(cell, cents)
    now = [cents for is_now, _, cents in charges if is_now]
    before = [cents for is_now, _, cents in charges if not is_now]
    whole = Pair(len(now), sum(now), len(before), sum(before))
    assert found.cube.total == whole
    for name in SIDES:
        assert total_of(row.pair for row in found.table(name)) == whole, name
    assert Cube.of(list(found.cube.rows())).total == whole


@pytest.mark.parametrize(
    ("before", "now", "points"), [(10_000, 10_300, 300), (10_000, 9_000, -1000), (3_00, 4_00, 3333), (0, 500, None), (-100, 100, None)]
)
def test_difference_in_percent(before: int, now: int, points: int | None) -> None:
    assert Pair(1, now, 1, before).difference_basis_points == points


@modest
@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)))
def test_an_age_falls_in_one_class(born: date) -> None:
    first, last = AGE_CLASSES[age_class(born, date(2026, 1, 1))]
    age = age_on(born, date(2026, 1, 1))
    assert first <= age
    assert last is None or age <= last


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2014, 1, 1), "12 t/m 17 jaar"), (date(2014, 1, 2), "t/m 11 jaar"), (date(1900, 1, 1), "66 jaar en ouder"),
        (None, "geboortedatum onbekend"), (date(2027, 1, 1), "geboortedatum onbekend"),
    ],
)  # fmt: skip
def test_classes_have_names(born: date | None, words: str) -> None:
    assert class_words(age_class(born, date(2026, 1, 1))) == words
    assert NO_AGE == -1


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2008, 1, 1), None, "t/m 18 jaar"), (None, date(2007, 12, 31), "19 jaar en ouder"),
        (date(1998, 1, 1), date(2007, 12, 31), "19 t/m 28 jaar"), (None, None, "alle leeftijden"),
    ],
)  # fmt: skip
def test_bands_are_told_in_ages_that_do_not_overlap(first: date | None, last: date | None, words: str) -> None:
    assert age_words(*band_ages(first, last, date(2026, 12, 31))) == words


@pytest.mark.parametrize(("before", "now", "is_over"), [(10_000, 11_000, False), (10_000, 11_001, True), (0, 100, False), (100, 90, False)])
def test_over_the_limit_is_more_than_it(before: int, now: int, is_over: bool) -> None:
    assert Findings(limit_basis_points=1000).is_over(before, now) is is_over
