"""Short period: which part of a price is owed by who comes later, or goes earlier, than the period. Ten variants.

A period is cut into parts, counted from its first day: days, weeks of seven days (the last takes what is left over),
half months (turning at the 16th), months, quarters or half years. The part in which one joins counts as a full part,
and so does the part in which one leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from app.kernel.periods import add_months

MONTHS_OF: Final[Mapping[str, int]] = {"half_month": 1, "month": 1, "quarter": 3, "half_year": 6}
UNIT_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "day": ("dag", "dagen"),
    "week": ("week", "weken"),
    "half_month": ("halve maand", "halve maanden"),
    "month": ("maand", "maanden"),
    "quarter": ("kwartaal", "kwartalen"),
    "half_year": ("halfjaar", "halve jaren"),
    "period": ("periode", "perioden"),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the ten: its number in the spec, the parts it counts and where the amount comes from.

    `way` is `computed` (parts owed / parts of the period), `percentages` or `amounts` (a discount per part in which one
    joins, from a table that the administrator fills).
    """

    number: int
    name: str
    unit: str
    way: str


VARIANTS: Final[Mapping[str, Variant]] = {
    "day": Variant(1, "Naar rato per dag", "day", "computed"),
    "week": Variant(2, "Naar rato per week", "week", "computed"),
    "half_month": Variant(3, "Naar rato per halve maand", "half_month", "computed"),
    "half_month_percentages": Variant(4, "Per halve maand met eigen percentages", "half_month", "percentages"),
    "half_month_amounts": Variant(5, "Per halve maand met eigen bedragen", "half_month", "amounts"),
    "month": Variant(6, "Naar rato per maand", "month", "computed"),
    "month_percentages": Variant(7, "Per maand met eigen percentages", "month", "percentages"),
    "month_amounts": Variant(8, "Per maand met eigen bedragen", "month", "amounts"),
    "quarter": Variant(9, "Naar rato per kwartaal", "quarter", "computed"),
    "half_year": Variant(10, "Naar rato per halfjaar", "half_year", "computed"),
}


def part_number(unit: str, first_day: date, last_day: date, day: date) -> int:
    """Return in which part of the period (0 is the first) a day inside it lies."""
    if unit == "day":
        return (day - first_day).days
    if unit == "week":
        weeks = max(((last_day - first_day).days + 1) // 7, 1)
        return min((day - first_day).days // 7, weeks - 1)
    months = (day.year - first_day.year) * 12 + day.month - first_day.month
    if day < add_months(first_day, months):
        months -= 1
    if unit == "half_month":
        return 2 * months + (day >= add_months(first_day, months) + timedelta(days=15))
    return months // MONTHS_OF[unit]


@lru_cache(maxsize=8192)
def parts(unit: str, first_day: date, last_day: date, joined: date, left: date | None = None) -> tuple[int, int]:
    """Return (parts owed, parts of the period) for who is in from `joined` up to and including `left`.

    A day outside the period counts as its first or last day.
    Example: parts("half_month", 1 January, 31 March, 15 March) is (2, 6); from 16 March (1, 6).
    """
    whole = part_number(unit, first_day, last_day, last_day) + 1
    first = part_number(unit, first_day, last_day, joined) if joined > first_day else 0
    last = part_number(unit, first_day, last_day, left) if left is not None and left < last_day else whole - 1
    return max(last - first + 1, 0), whole


def unit_name(unit: str, count: int) -> str:
    """Return the Dutch word for so many parts."""
    return UNIT_NAMES[unit][count != 1]
