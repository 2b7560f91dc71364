"""Places in a family: the dearest first, and who was charged keeps the place of then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contributions.facts import MemberFacts
from app.contributions.family import Price, Settled, places

NAMES = "ABCDEFGH"


def price(relation_id: int, cents: int, born: date | None = None) -> Price:
    member = MemberFacts(relation_id=relation_id, organisation_id=1, born=born, name=NAMES[relation_id])
    return -cents, born or date.max, relation_id, 0, None, member


def placed(prices: list[Price], kept: Sequence[Settled] = ()) -> dict[int, tuple[int, tuple[str, ...]]]:
    """Return the place of everybody from the second on (the first never has a discount), with the names of those before."""
    return {one[2]: (number, tuple(names[: number - 1])) for one, number, names in places(prices, kept) if number > 1}


# (case, prices by relation, charged before as (relation, place, names before), numbers by relation)
TABLE = [
    ("one alone has no place", {1: 60}, [], {}),
    ("the dearest is first", {1: 30, 2: 60}, [], {1: 2}),
    ("three", {1: 30, 2: 60, 3: 45}, [], {3: 2, 1: 3}),
    ("a newcomer stands behind who was charged alone", {1: 30, 2: 60}, [(1, 0, ())], {2: 2}),
    ("also when who was charged is not in this run", {2: 60}, [(1, 0, ())], {2: 2}),
    ("who was charged second stays second; the newcomer takes the first place", {1: 30, 2: 60}, [(1, 2, ("C",))], {1: 2}),
    ("a newcomer between kept places is numbered after them", {1: 30, 2: 60, 3: 45}, [(2, 0, ()), (1, 2, ("C",))], {1: 2, 3: 3}),
    ("newcomers take the lowest free places", {1: 30, 2: 60, 3: 45, 4: 20}, [(1, 2, ("H",))], {1: 2, 3: 3, 4: 4}),
    ("two without a discount were charged: they keep none", {1: 30, 2: 60, 3: 10}, [(1, 0, ()), (2, 0, ())], {3: 3}),
    ("who came to live together keep the same place", {1: 30, 2: 30, 3: 10}, [(1, 2, ("H",)), (2, 2, ("G",))], {1: 2, 2: 2}),
]


@pytest.mark.parametrize(("prices", "before", "numbers"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_places(prices: dict[int, int], before: list[tuple[int, int, tuple[str, ...]]], numbers: dict[int, int]) -> None:
    kept = [Settled(relation_id, NAMES[relation_id], number, names) for relation_id, number, names in before]
    found = placed([price(relation_id, cents) for relation_id, cents in prices.items()], kept)
    assert {relation_id: number for relation_id, (number, _) in found.items()} == numbers


def test_the_names_are_those_before_and_what_was_told_stays_told() -> None:
    kept = [Settled(1, "B", 0), Settled(2, "C", 3, ("B", "weg"))]
    assert placed([price(1, 60), price(2, 50), price(3, 40)], kept) == {2: (3, ("B", "weg")), 3: (2, ("B",))}


@given(st.lists(st.tuples(st.integers(0, 5), st.dates(date(1950, 1, 1), date(2020, 1, 1))), min_size=1, max_size=7), st.randoms())
@settings(deadline=None)
def test_the_order_of_the_facts_has_no_influence(family: list[tuple[int, date]], random: object) -> None:
    prices = [price(number, cents, born) for number, (cents, born) in enumerate(family)]
    shuffled = list(prices)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert placed(shuffled) == placed(prices)


@given(st.lists(st.integers(0, 5), min_size=2, max_size=7), st.data())
@settings(deadline=None)
def test_charging_a_family_in_parts_of_one_run_gives_the_same_places(cents: list[int], data: st.DataObject) -> None:
    prices = [price(number, one) for number, one in enumerate(cents)]
    at_once = placed(prices)
    written = data.draw(st.sets(st.sampled_from(range(len(cents)))))
    kept = [Settled(number, NAMES[number], *at_once.get(number, (0, ()))) for number in sorted(written)]
    again = placed(prices, kept)
    assert {number: place for number, (place, _) in again.items()} == {number: place for number, (place, _) in at_once.items()}
