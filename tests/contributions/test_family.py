"""Places in a family: the dearest first, and who was charged keeps the place of then."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contributions.family import Entry, Place, Settled, places

HOME = 9


def entry(relation_id: int, cents: int, born: date | None = None) -> Entry:
    return Entry(HOME, relation_id, "ABCDEFGH"[relation_id], born, cents)


# (case, prices by relation, charged before as (relation, place, names before), numbers by relation)
TABLE = [
    ("one alone has no place", {1: 60}, [], {}),
    ("the dearest is first", {1: 30, 2: 60}, [], {1: 2}),
    ("three", {1: 30, 2: 60, 3: 45}, [], {3: 2, 1: 3}),
    ("a newcomer stands behind who was charged alone", {1: 30, 2: 60}, [(1, 0, ())], {2: 2}),
    ("also when who was charged is not in this run", {2: 60}, [(1, 0, ())], {2: 2}),
    ("who was charged second stays second; the newcomer takes the first place", {1: 30, 2: 60}, [(1, 2, ("C",))], {1: 2}),
    ("a newcomer between kept places is numbered after them", {1: 30, 2: 60, 3: 45}, [(2, 0, ()), (1, 2, ("C",))], {1: 2, 3: 3}),
    ("two without a discount were charged: they keep none", {1: 30, 2: 60, 3: 10}, [(1, 0, ()), (2, 0, ())], {3: 3}),
]


@pytest.mark.parametrize(("prices", "before", "numbers"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_places(prices: dict[int, int], before: list[tuple[int, int, tuple[str, ...]]], numbers: dict[int, int]) -> None:
    kept = [Settled(relation_id, "ABCDEFGH"[relation_id], number, names) for relation_id, number, names in before]
    found = places([entry(relation_id, cents) for relation_id, cents in prices.items()], {HOME: kept} if kept else {})
    assert {relation_id: place.number for relation_id, place in found.items()} == numbers


def test_the_names_are_those_before_and_what_was_told_stays_told() -> None:
    kept = [Settled(1, "B", 0), Settled(2, "C", 2, ("B", "weg"))]
    assert places([entry(1, 60), entry(2, 50), entry(3, 40)], {HOME: kept}) == {2: Place(2, ("B", "weg")), 3: Place(3, ("B", "C"))}


@given(st.lists(st.tuples(st.integers(0, 5), st.dates(date(1950, 1, 1), date(2020, 1, 1))), min_size=1, max_size=7), st.randoms())
@settings(deadline=None)
def test_the_order_of_the_facts_has_no_influence(family: list[tuple[int, date]], random: object) -> None:
    entries = [entry(number, cents, born) for number, (cents, born) in enumerate(family)]
    shuffled = list(entries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert places(shuffled) == places(entries)


@given(st.lists(st.integers(0, 5), min_size=2, max_size=7), st.data())
@settings(deadline=None)
def test_charging_a_family_in_parts_of_one_run_gives_the_same_places(cents: list[int], data: st.DataObject) -> None:
    entries = [entry(number, one) for number, one in enumerate(cents)]
    at_once = places(entries)
    written = data.draw(st.sets(st.sampled_from(range(len(cents)))))
    kept = [Settled(number, "ABCDEFGH"[number], *(at_once.get(number) or (0, ()))) for number in sorted(written)]
    again = places(entries, {HOME: kept} if kept else {})
    assert {number: place.number for number, place in again.items()} == {number: place.number for number, place in at_once.items()}
