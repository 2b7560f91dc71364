"""On which days may be posted: book years, periods and their states, with the refusal for every other day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from app.kernel.errors import DomainError
from app.kernel.periods import Period, add_months, dutch_date

MONTHS = ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december")


class Month(NamedTuple):
    """A month of a book year, with its Dutch name."""

    name: str
    first_day: date
    last_day: date


def months_of(year: int, first_month: int = 1) -> list[Month]:
    """Return the twelve months of the book year that begins in `first_month` of a calendar year."""
    start = date(year, first_month, 1)
    firsts = [add_months(start, i) for i in range(13)]
    return [Month(f"{MONTHS[first.month - 1]} {first.year}", first, following - timedelta(days=1)) for first, following in pairwise(firsts)]


def year_name(year: int, first_month: int = 1) -> str:
    """Return the name of a book year: 2026, or 2026/2027 when it is broken."""
    return str(year) if first_month == 1 else f"{year}/{year + 1}"


class PeriodFact(NamedTuple):
    """One book period with its year. `state` and `year_state` are open, blocked or closed."""

    book_year_id: int
    year_name: str
    year_first_day: date
    year_state: str
    name: str
    first_day: date
    last_day: date
    state: str


class BookingDays:
    """The periods of one administration. `place` answers where a day belongs, and refuses the days that are not open."""

    def __init__(self, starts_on: date, periods: Iterable[PeriodFact]) -> None:
        self._starts_on = starts_on
        self._periods = sorted(periods, key=lambda period: period.first_day)
        self._firsts = [period.first_day for period in self._periods]
        self._open: dict[date, PeriodFact] = {}

    def place(self, day: date) -> PeriodFact:
        """Return the open period of a day.

        Raises DomainError `before_start`, `no_book_year`, `period_closed` or `period_blocked`.
        """
        found = self._open.get(day)
        if found is None:
            found = self._open[day] = self._place(day)
        return found

    def _place(self, day: date) -> PeriodFact:
        if day < self._starts_on:
            raise DomainError(
                "before_start",
                f"Boeken op {dutch_date(day)} kan niet: de administratie begint op {dutch_date(self._starts_on)}. Kies een latere datum.",
                day=day,
            )
        index = bisect_right(self._firsts, day) - 1
        period = self._periods[index] if index >= 0 else None
        if period is None or day > period.last_day:
            raise self._no_year(day)
        if "closed" in (period.year_state, period.state):
            closed = f"het boekjaar {period.year_name} is" if period.year_state == "closed" else f"de periode {period.name} is"
            raise DomainError(
                "period_closed", f"Boeken op {dutch_date(day)} kan niet: {closed} afgesloten. Kies een datum in een open periode.", day=day
            )
        if "blocked" in (period.year_state, period.state):
            blocked = f"het boekjaar {period.year_name}" if period.year_state == "blocked" else f"de periode {period.name}"
            raise DomainError(
                "period_blocked",
                f"Boeken op {dutch_date(day)} kan niet: {blocked} is geblokkeerd. Deblokkeer de periode of kies een andere datum.",
                day=day,
            )
        return period

    def _no_year(self, day: date) -> DomainError:
        if self._periods:
            known = f"Er zijn boekjaren voor {Period(self._periods[0].first_day, self._periods[-1].last_day)}."
        else:
            known = "Er is nog geen boekjaar."
        return DomainError(
            "no_book_year",
            f"Boeken op {dutch_date(day)} kan niet: die dag valt in geen enkel boekjaar. {known} Open eerst het boekjaar of kies een andere datum.",
            day=day,
        )
