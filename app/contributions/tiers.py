"""Tiers: the price by brackets of value units (turnover, wages, hectares).

Three ways. `bracket`: units x unit value falls into a bracket, whose price is the amount. `rate`: the same, but the
bracket's price counts for each euro of that value. `progressive`: in each bracket the units that lie in it, times its price;
the sum is never below the minimum.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Final

from app.contributions.facts import Number, TierTerms
from app.kernel.money import round_half_up

WAYS: Final[Mapping[str, str]] = {
    "bracket": "Bedrag van de trede",
    "rate": "Tarief van de trede over alles",
    "progressive": "Per trede de eenheden maal hun prijs",
}


class OutsideBrackets(Exception):
    """No bracket holds the value."""


def problems(tiers: TierTerms) -> list[str]:
    """Return in Dutch what is wrong with the brackets; empty when they can be computed."""
    found = []
    if tiers.way not in WAYS:
        found.append(f"De manier “{tiers.way}” bestaat niet.")
    if not tiers.brackets:
        found.append("Vul ten minste één trede in.")
    bounds = [bound for bound, _ in tiers.brackets]
    if any(bound is None for bound in bounds[:-1]):
        found.append("Alleen de laatste trede mag zonder bovengrens zijn.")
    closed = [bound for bound in bounds if bound is not None]
    if any(later <= earlier for earlier, later in pairwise(closed)):
        found.append("Zet de treden op volgorde; elke bovengrens is hoger dan de vorige.")
    return found


def tier_cents(tiers: TierTerms, units: Number) -> int:
    """Return the amount for so many value units, rounded half up once.

    Raises OutsideBrackets when the last bracket has a bound and the value lies beyond it, or the value is below zero.
    """
    if units < 0:
        raise OutsideBrackets
    if tiers.way == "progressive":
        return max(round_half_up(_progressive(tiers, Fraction(units))), tiers.minimum_cents)
    value = Fraction(units) * tiers.unit_value_cents / 100
    for bound, price in tiers.brackets:
        if bound is None or value <= bound:
            amount = Fraction(price) * value if tiers.way == "rate" else Fraction(price)
            return max(round_half_up(amount), tiers.minimum_cents)
    raise OutsideBrackets


def _progressive(tiers: TierTerms, units: Fraction) -> Fraction:
    total, lower = Fraction(0), Fraction(0)
    for bound, price in tiers.brackets:
        upper = units if bound is None else min(units, Fraction(bound))
        if upper > lower:
            total += (upper - lower) * price
            lower = upper
    if lower < units:
        raise OutsideBrackets
    return total
