"""Family: the place of each member in its household, for the family discount: the dearest first, the cheapest last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Entry(NamedTuple):
    """One price of one relation; a relation with several counts once, for their sum."""

    household_id: int
    relation_id: int
    name: str
    born: date | None
    cents: int


class Place(NamedTuple):
    """The number in the family and the names of those before."""

    number: int
    before: tuple[str, ...]


def places(entries: Iterable[Entry]) -> dict[int, Place]:
    """Return the place per relation, from the second in each household on (the first never has a discount).

    Equal prices: the oldest first, then the lowest number, so that the order of the entries has no influence.
    """
    households: dict[int, dict[int, Entry]] = {}
    for entry in entries:
        members = households.setdefault(entry.household_id, {})
        earlier = members.get(entry.relation_id)
        members[entry.relation_id] = entry._replace(cents=entry.cents + earlier.cents) if earlier else entry
    found: dict[int, Place] = {}
    for members in households.values():
        if len(members) < 2:
            continue
        ordered = sorted(members.values(), key=lambda entry: (-entry.cents, entry.born or date.max, entry.relation_id))
        names = tuple([entry.name for entry in ordered])
        for number in range(2, len(ordered) + 1):
            found[ordered[number - 1].relation_id] = Place(number, names[: number - 1])
    return found
