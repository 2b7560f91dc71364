"""Family: the place of each member in its household, for the family discount: the dearest first, the cheapest last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import count
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


class Settled(NamedTuple):
    """A family member that was charged before, with the place it then had; `number` 0: without a discount, so not recorded."""

    relation_id: int
    name: str
    number: int = 0
    before: tuple[str, ...] = ()


NONE_SETTLED: Mapping[int, Sequence[Settled]] = {}


def places(entries: Iterable[Entry], settled: Mapping[int, Sequence[Settled]] = NONE_SETTLED) -> dict[int, Place]:
    """Return the place per relation, from the second in each household on (the first never has a discount).

    Equal prices: the oldest first, then the lowest number, so that the order of the entries has no influence.
    Who was charged before (`settled`, by household) keeps the place of then: the others take the places that are free, in that order. So a
    new sibling changes nothing for those who have their invoice, and a run that is taken up again gives what it would have given at once.
    """
    households: dict[int, dict[int, Entry]] = {}
    for entry in entries:
        members = households.setdefault(entry.household_id, {})
        earlier = members.get(entry.relation_id)
        members[entry.relation_id] = entry._replace(cents=entry.cents + earlier.cents) if earlier else entry
    found: dict[int, Place] = {}
    for household_id, members in households.items():
        kept = settled.get(household_id, ())
        if len(members) < 2 and not kept:
            continue
        found |= _in_household(members, {one.relation_id: one for one in kept})
    return found


def _in_household(members: Mapping[int, Entry], kept: Mapping[int, Settled]) -> dict[int, Place]:
    """Return the places in one household."""
    taken = {one.number: one.relation_id for one in kept.values() if one.number}
    newcomers = [entry for entry in members.values() if entry.relation_id not in kept]
    newcomers.sort(key=lambda entry: (-entry.cents, entry.born or date.max, entry.relation_id))
    names = {one.relation_id: one.name for one in kept.values()} | {entry.relation_id: entry.name for entry in newcomers}
    free = (number for number in count(1) if number not in taken)
    order = [one.relation_id for one in kept.values() if not one.number] + [entry.relation_id for entry in newcomers]
    numbered = sorted([*taken.items(), *zip(free, order, strict=False)])
    found: dict[int, Place] = {}
    before: tuple[str, ...] = ()
    for number, relation_id in numbered:
        one = kept.get(relation_id)
        if one is not None and one.number:
            found[relation_id] = Place(one.number, one.before)
        elif one is None and number > 1:
            found[relation_id] = Place(number, before)
        before = (*before, names[relation_id])
    return found
