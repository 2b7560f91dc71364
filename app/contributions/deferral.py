"""Deferral: income of a period, spread over its months to the cent."""

from __future__ import annotations

from datetime import date

from app.kernel.money import allocate
from app.kernel.periods import DAY, add_months, month_of


def by_month(cents: int, first_day: date, last_day: date) -> list[tuple[date, int]]:
    """Return (first day of the month, cents) for each month of a period; together they are the amount.

    Whole months have equal parts. A period that begins or ends inside a month is spread by its days.
    """
    months = []
    month = first_day.replace(day=1)
    while month <= last_day:
        months.append(month)
        month = add_months(month, 1)
    is_whole = first_day.day == 1 and (last_day + DAY).day == 1
    days = [(min(month_of(month).last_day or last_day, last_day) - max(month, first_day)).days + 1 for month in months]
    return list(zip(months, allocate(cents, [1] * len(months) if is_whole else days), strict=True))


def until_month(cents: int, first_day: date, last_day: date, month: date) -> int:
    """Return what belongs to the months up to and including the one that holds `month`."""
    return sum(part for first, part in by_month(cents, first_day, last_day) if first <= month)
