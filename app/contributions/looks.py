"""Looks: what of a member's facts a price depends on, so that members alike in all of it are priced once.

A kind of adjustment, and a rule's amount, names what it looks at: a fact by its name, or a function of the facts. Facts that tell nearly
every member apart are narrowed to what matters of them (the place among the activities instead of the activities). A function
is made once per setting, so that rules which look at the same are seen to.

`first_day` and `last_day` count only where they lie inside the period, as the day itself or as the part of the period.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from app.contributions.facts import MemberFacts
from app.contributions.proration import part_number

Function: TypeAlias = Callable[[MemberFacts], Hashable]


class Part(NamedTuple):
    """A look at in which part of the period (`proration.part_number`) the `first_day` or `last_day` lies."""

    name: str
    unit: str


Look: TypeAlias = str | Function | Part

ALWAYS: Final = ("first_day", "last_day", "born", "price_category_id", "payment_method", "household_id")
"""What a run reads of every member, in this order; they lie side by side in the facts (a test says so)."""
ALWAYS_PLACE: Final = slice(MemberFacts._fields.index(ALWAYS[0]), MemberFacts._fields.index(ALWAYS[0]) + len(ALWAYS))


def together(looks: Collection[Look]) -> Function | None:
    """Return one function for all that is looked at, but for what a run reads of every member (`ALWAYS`); None when that is nothing."""
    names = sorted({look for look in looks if isinstance(look, str)} - set(ALWAYS))
    functions: list[Function] = [look for look in looks if not isinstance(look, str | Part)]
    if names:
        functions.append(itemgetter(*(MemberFacts._fields.index(name) for name in names)))
    if len(functions) < 2:
        return functions[0] if functions else None
    return lambda member: tuple([function(member) for function in functions])


class Days(dict[date | None, Hashable]):
    """What matters of a start or an end: the day itself, or the parts of the period in which it lies. Filled as days come by.

    None where it makes no difference: there is no day, or it is the period's own or lies before a start or after an end that matters.
    """

    def __init__(self, name: str, looks: Collection[Look], first_day: date, last_day: date) -> None:
        super().__init__()
        self._first, self._last = first_day, last_day
        self._units = sorted({look.unit for look in looks if isinstance(look, Part) and look.name == name})
        self._is_exact = name in looks
        self._is_start = name == "first_day"
        matter = self._is_exact or bool(self._units)
        # a start after `since` and an end before `until` make a difference, others do not
        self._since, self._until = (first_day, last_day) if matter else (last_day, first_day)

    def __missing__(self, day: date | None) -> Hashable:
        found: Hashable = day
        if day is None or (day <= self._since if self._is_start else day >= self._until):
            found = None
        elif not self._is_exact and self._first <= day <= self._last:
            found = tuple([part_number(unit, self._first, self._last, day) for unit in self._units])
        self[day] = found
        return found


@lru_cache(maxsize=256)
def exactly(name: str) -> Function:
    """Return a look at a fact that is written as it is: 2 and 2/1 are equal, but not written alike."""
    place = MemberFacts._fields.index(name)
    return lambda member: (type(member[place]), member[place])


@lru_cache(maxsize=256)
def is_in(name: str, number: int) -> Function:
    """Return whether a fact that is a set holds this number."""
    place = MemberFacts._fields.index(name)
    return lambda member: number in member[place]  # type: ignore[operator]


@lru_cache(maxsize=256)
def those_in(name: str, numbers: frozenset[int]) -> Function:
    """Return which of these numbers a fact that is a set holds."""
    place = MemberFacts._fields.index(name)
    return lambda member: numbers & member[place]  # type: ignore[operator]


@lru_cache(maxsize=1024)
def card_fields(names: tuple[str, ...]) -> Function:
    """Return the values of fields of the card; one that is lacking is told apart from one that is empty, and 1 from yes."""

    def values(member: MemberFacts) -> Hashable:
        fields = member.fields
        return tuple([(type(value), value) for value in [fields.get(name, ...) for name in names]])

    return values
