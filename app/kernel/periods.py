"""Periods: a first and a last day, both included, `None` for open."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from app.kernel.errors import DomainError

DAY = timedelta(days=1)
_DUTCH = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})$")
_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first_day` up to and including `last_day`; `None` is open at that side."""

    first_day: date | None = None
    last_day: date | None = None

    def __post_init__(self) -> None:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise DomainError(
                "period_reversed",
                f"De einddatum {dutch_date(self.last_day)} ligt voor de begindatum {dutch_date(self.first_day)}.",
                first_day=self.first_day,
                last_day=self.last_day,
            )

    def holds(self, day: date) -> bool:
        """Whether `day` lies inside."""
        return (self.first_day is None or self.first_day <= day) and (self.last_day is None or day <= self.last_day)

    def overlaps(self, other: Period) -> bool:
        """Whether the two share a day."""
        return self.common(other) is not None

    def common(self, other: Period) -> Period | None:
        """Return the days that both hold, or None."""
        firsts = [day for day in (self.first_day, other.first_day) if day]
        lasts = [day for day in (self.last_day, other.last_day) if day]
        first, last = max(firsts, default=None), min(lasts, default=None)
        if first and last and last < first:
            return None
        return Period(first, last)

    @property
    def days(self) -> int:
        """Return the number of days; raises ValueError when open."""
        if not self.first_day or not self.last_day:
            raise ValueError("an open period has no number of days")
        return (self.last_day - self.first_day).days + 1

    def __str__(self) -> str:
        if self.first_day and self.last_day:
            return f"{dutch_date(self.first_day)} t/m {dutch_date(self.last_day)}"
        if self.first_day:
            return f"vanaf {dutch_date(self.first_day)}"
        return f"t/m {dutch_date(self.last_day)}" if self.last_day else "altijd"


def dutch_date(day: date) -> str:
    """Write a date as 31-12-2026."""
    return f"{day.day:02d}-{day.month:02d}-{day.year:04d}"


def parse_date(text: str) -> date:
    """Read 31-12-2026, 31-12-26, 31/12/2026, 31.12.2026 or 2026-12-31.

    Two figures for the year mean 1930 to 2029. Raises DomainError `date_unreadable`.
    """
    bare = text.strip()
    try:
        if found := _ISO.match(bare):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _DUTCH.match(bare):
            year = int(found[3])
            if len(found[3]) == 2:
                year += 2000 if year < 30 else 1900
            return date(year, int(found[2]), int(found[1]))
    except ValueError:
        pass
    raise DomainError("date_unreadable", f"“{text}” is geen datum. Schrijf bijvoorbeeld 31-12-2026.", value=text)


def add_months(day: date, months: int) -> date:
    """Return the same day so many months on, or the last day of that month where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_of(day: date) -> Period:
    """Return the calendar month that holds `day`."""
    return Period(day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1]))


def year_of(day: date) -> Period:
    """Return the calendar year that holds `day`."""
    return Period(date(day.year, 1, 1), date(day.year, 12, 31))


def age_on(born: date, day: date) -> int:
    """Return the age in whole years; who is born on 29 February has his birthday on 1 March in other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
