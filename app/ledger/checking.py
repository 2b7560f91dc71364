"""What `ledger check` finds, and what a check is. Capabilities above the ledger give their own checks of the same type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken invariant: its name, the place (Dutch, as a user finds it) and what is wrong there."""

    invariant: str
    where: str
    detail: str


# A check reads the books of one administration whole and names every violation; a sound one gives nothing.
Check = Callable[[int], Iterable[Violation]]


def first_missing(numbers: Iterable[int]) -> int | None:
    """Return the first number that is missing or double in a series that should count from 1, or None."""
    expected = 1
    for number in numbers:
        if number != expected:
            return min(number, expected)
        expected += 1
    return None
