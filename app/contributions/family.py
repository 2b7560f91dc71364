"""Family: the place of each member in its household, for the family discount: the dearest first, the cheapest last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import count
from typing import Any, NamedTuple, TypeAlias

Price: TypeAlias = tuple[int, date, int, int, Any, Any]
"""One price of one relation: (cents below zero, date of birth or `date.max`, relation, a place of its own, what goes with it, its facts)."""


class Settled(NamedTuple):
    """A family member that was charged before, with the place it then had; `number` 0: without a discount, so not recorded."""

    relation_id: int
    name: str
    number: int = 0
    before: tuple[str, ...] = ()


NONE_SETTLED: Mapping[int, Sequence[Settled]] = {}


def places(prices: list[Price], kept: Sequence[Settled] = (), since: int = 1) -> Iterable[tuple[Price, int, tuple[str, ...]]]:
    """Return each price of one household whose number in the family is `since` or higher, with that number and the names of those before it.

    A relation with several prices counts once, for their sum. Equal sums: the oldest first, then the lowest number, so that the
    order of the prices has no influence. Who was charged before (`kept`) keeps the place of then: the others take the places that are
    free, in that order, after those who were charged without a place. So a new sibling changes nothing for those who have their invoice,
    and a run that is taken up again gives what it would have given at once.
    """
    if kept:
        return [one for one in _beside(prices, {one.relation_id: one for one in kept}) if one[1] >= since]
    names: list[str] = []
    relation_id, found = None, []
    for price in in_order(prices):
        if price[2] != relation_id:
            relation_id = price[2]
            names.append(price[5].name)
        if len(names) >= since:
            found.append((price, len(names), tuple(names[:-1])))
    return found


def in_order(prices: list[Price]) -> list[Price]:
    """Return the prices of one household, those of the dearest member first; the prices of one member follow each other."""
    if len({price[2] for price in prices}) == len(prices):
        return sorted(prices)
    members: dict[int, list[Price]] = {}
    for price in prices:
        members.setdefault(price[2], []).append(price)
    ordered = sorted(members.values(), key=lambda mine: (sum([price[0] for price in mine]), mine[0][1:3]))
    return [price for mine in ordered for price in mine]


def _beside(prices: list[Price], kept: Mapping[int, Settled]) -> Iterator[tuple[Price, int, tuple[str, ...]]]:
    """Give the places in a household of which some were charged before."""
    new = in_order([price for price in prices if price[2] not in kept])
    names = {one.relation_id: one.name for one in kept.values()} | {price[2]: price[5].name for price in new}
    numbers = {one.relation_id: one.number for one in kept.values() if one.number}  # two who came to live together may have the same
    taken = set(numbers.values())
    waiting = [one.relation_id for one in kept.values() if not one.number] + list(dict.fromkeys(price[2] for price in new))
    numbers |= dict(zip(waiting, (number for number in count(1) if number not in taken), strict=False))
    ordered = sorted(numbers, key=lambda relation_id: numbers[relation_id])
    for price in prices:
        number, one = numbers[price[2]], kept.get(price[2])
        if one is None:
            yield price, number, tuple(names[other] for other in ordered[: ordered.index(price[2])])
        elif one.number:
            yield price, one.number, one.before
