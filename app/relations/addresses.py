"""Which address holds on a day: pure, over anything with a kind and days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar

from app.kernel.periods import Period

# What is sent on a day goes to the first of these that holds then.
_POST_ORDER = {"holiday": 0, "post": 1, "home": 2}


class Dated(Protocol):
    """An address with its days."""

    kind: str
    first_day: date | None
    last_day: date | None


Found = TypeVar("Found", bound=Dated)


def valid_on(addresses: Iterable[Found], day: date) -> Found | None:
    """Return where post goes on a day: a holiday address before a post address before home, or None when none holds."""
    holding = [a for a in addresses if Period(a.first_day, a.last_day).holds(day)]
    return min(holding, key=lambda a: (_POST_ORDER[a.kind], -(a.first_day or date.min).toordinal()), default=None)


def home_on(addresses: Iterable[Found], day: date) -> Found | None:
    """Return where one lives on a day, or None."""
    return valid_on((a for a in addresses if a.kind == "home"), day)
