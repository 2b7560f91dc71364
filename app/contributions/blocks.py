"""Blocks: how a plan cuts time into periods; which one holds a day, and which comes next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TypeAlias

from app.contributions.facts import PlanTerms, SeasonTerms
from app.kernel.periods import DAY, add_months

Block: TypeAlias = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Blocks:
    """A row of given blocks, or equal ones of `months` counted from `origin` (both ways unless `origin_is_first`), or both: first the row."""

    months: int = 0
    origin: date | None = None
    origin_is_first: bool = False
    given: tuple[Block, ...] = ()

    @classmethod
    def chained(cls, origin: date, months: int, given: tuple[Block, ...] = ()) -> Blocks:
        """Return blocks one after the other, from `origin` on and not before; `given` ones may come before it."""
        return cls(months, origin, origin_is_first=True, given=given)

    @property
    def first_day(self) -> date | None:
        """Return the day before which there is no block, or None."""
        if self.given:
            return self.given[0][0]
        return self.origin if self.origin_is_first else None

    def at(self, day: date) -> Block | None:
        """Return the block that holds `day`, or None."""
        if self.origin is None or (self.origin_is_first and day < self.origin):
            index = bisect_right(self.given, (day, date.max)) - 1
            return self.given[index] if index >= 0 and day <= self.given[index][1] else None
        passed = (day.year - self.origin.year) * 12 + day.month - self.origin.month
        number = passed // self.months
        if day < add_months(self.origin, number * self.months):
            number -= 1
        return add_months(self.origin, number * self.months), add_months(self.origin, (number + 1) * self.months) - DAY

    def after(self, day: date) -> Block | None:
        """Return the first block that starts after `day`, or None when there is none any more."""
        if self.origin is None or (self.origin_is_first and day < self.origin):
            index = bisect_right(self.given, (day, date.max))
            if index < len(self.given):
                return self.given[index]
            return self.at(self.origin) if self.origin is not None else None
        holding = self.at(day)
        return self.at(holding[1] + DAY) if holding else None


def blocks_of(plan: PlanTerms, months: int | None, start: date | None, seasons: Sequence[SeasonTerms]) -> Blocks:
    """Return the blocks of a plan for who starts on `start`."""
    if plan.anchor == "season":
        return Blocks(given=tuple(sorted((season.first_day, season.last_day) for season in seasons)))
    if plan.anchor == "fixed":
        return _fixed(plan.fixed_dates, months)
    if plan.anchor == "function" and start is not None:
        return Blocks.chained(start, months or 12)
    return Blocks(months or 12, date(2000, plan.first_month, 1))


def _fixed(dates: Sequence[date], months: int | None) -> Blocks:
    """Return a block from each date to the day before the next, and from the last one on one of `months` after the other."""
    ordered = sorted(set(dates))
    between = tuple((one, following - DAY) for one, following in pairwise(ordered))
    if months is None:
        return Blocks(given=(*between, (ordered[-1], add_months(ordered[-1], 12) - DAY))) if ordered else Blocks()
    return Blocks.chained(ordered[-1], months, between) if ordered else Blocks()
