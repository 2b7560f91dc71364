"""Family: the place of each member in its household, for the family discount: the dearest first, the cheapest last."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeAlias

Price: TypeAlias = tuple[int, date, int, int, Any, Any]
"""One price of one relation: (cents below zero, date of birth or `date.max`, relation, a place of its own, and what goes with it)."""


def in_order(prices: list[Price]) -> list[Price]:
    """Return the prices of one household, those of the dearest member first; the prices of one member follow each other.

    A relation with several prices counts once, for their sum. Equal sums: the oldest first, then the lowest number, so that the
    order of the prices has no influence.
    """
    if len({price[2] for price in prices}) == len(prices):
        return sorted(prices)
    members: dict[int, list[Price]] = {}
    for price in prices:
        members.setdefault(price[2], []).append(price)
    ordered = sorted(members.values(), key=lambda mine: (sum([price[0] for price in mine]), mine[0][1:3]))
    return [price for mine in ordered for price in mine]
