"""Plans: which periods a member is charged for, from which day on, and when the invoice may go out.

    timetable = Timetable(plan, window, seasons)     # once per run
    timetable.due(member)                            # tuple of ChargePeriod, or NotCharged / Unpriceable with the reason

A period belongs to the run when its first day lies in `window`. A `ChargePeriod` always covers the whole period of the plan
(that keeps the key of its charge the same when a start date is corrected); what a late start costs less is in its `parts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TypeAlias

from app.contributions.blocks import Block, Blocks, blocks_of
from app.contributions.facts import CannotCompute, ChargePeriod, MemberFacts, NotCharged, PlanTerms, SeasonTerms, Unpriceable
from app.kernel.errors import DomainError
from app.kernel.periods import DAY, Period, add_months

INTERVALS = (1, 2, 3, 4, 6, 12)
Due: TypeAlias = tuple[ChargePeriod, ...] | NotCharged | Unpriceable


class Timetable:
    """The periods of one plan within one window, worked out once per start and end date."""

    def __init__(self, plan: PlanTerms, window: Period, seasons: Iterable[SeasonTerms] = ()) -> None:
        if window.first_day is None or window.last_day is None:
            raise ValueError("a run needs a window with a first and a last day")
        check(plan)
        self._plan, self._first, self._last = plan, window.first_day, window.last_day
        self._seasons = tuple(sorted(seasons, key=lambda season: season.first_day))
        self._known: dict[tuple[date | None, date | None, int | None], Due] = {}
        self._periods: dict[ChargePeriod, ChargePeriod] = {}  # each period once, so that pricing knows it again

    def due(self, member: MemberFacts) -> Due:
        """Return the periods that this member is charged for, or why there are none."""
        plan = self._plan
        start, end, months = member.first_day, member.last_day, plan.months
        if plan.start_field or plan.end_field or plan.interval_field:
            try:
                start, end, months = _from_fields(plan, member)
            except CannotCompute as lacking:
                return Unpriceable(lacking.reason, lacking.values)
        key = (start, end, months)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._work_out(start, end, months)
        return found

    def _work_out(self, start: date | None, end: date | None, months: int | None) -> Due:
        plan = self._plan
        if end is not None and end < self._first:
            return NotCharged("ended_before", (end, self._first))
        if plan.until is not None and plan.until < self._first:
            return NotCharged("collection_over", (plan.until,))
        if plan.anchor == "function" and start is None:
            return Unpriceable("no_start_date")
        if start is not None and start > self._last:
            return NotCharged("starts_later", (start, self._last))
        blocks = blocks_of(plan, months, start, self._seasons)
        first, skipped = (None, False)
        if start is not None and not (blocks.given and start < blocks.given[0][0]):
            first, skipped = self._first_block(blocks, start, months)
            if first is None:
                return NotCharged("no_period", (self._first, self._last))
        if first is not None and plan.first_length != "same":
            blocks = Blocks.chained(first[1] + DAY, months or 12)
        found = tuple(self._walk(blocks, first, skipped, start, end, months))
        if found:
            return found
        if first is not None and first[0] > self._last:
            return NotCharged("turning_point" if skipped else "joined_late", (start, first[0]))
        return NotCharged("no_period", (self._first, self._last))

    def _first_block(self, blocks: Blocks, start: date, months: int | None) -> tuple[Block | None, bool]:
        """Return the first period that is owed, and whether it lies later than the start of the function."""
        plan = self._plan
        block = blocks.at(start)
        if block is None:
            return blocks.after(start), False
        if plan.turning_point is not None and _turns(block, start, plan.turning_point, months):
            return blocks.after(block[1]), True
        if plan.anchor == "fixed" and not plan.charges_late_joiners and start > block[0]:
            return blocks.after(block[1]), False
        if plan.first_length != "same":
            return _different_first(plan, block, start), False
        return block, False

    def _walk(
        self, blocks: Blocks, first: Block | None, skipped: bool, start: date | None, end: date | None, months: int | None
    ) -> Iterable[ChargePeriod]:
        block = first
        if block is None or block[1] < self._first:
            block = blocks.at(self._first) or blocks.after(self._first)
        until = min(day for day in (self._last, self._plan.until, end) if day is not None)
        while block is not None and block[0] <= until:
            if block[0] >= self._first:
                yield self._period(block, block == first, skipped, start, months)
            block = blocks.after(block[1])

    def _period(self, block: Block, is_first: bool, skipped: bool, start: date | None, months: int | None) -> ChargePeriod:
        plan = self._plan
        issue_on = issue_day(plan, *block)
        parts = (1, 1, "period")
        if is_first and start is not None:
            if plan.first_period == "pro_rata":
                parts = _first_share(plan, block, start, months)
            if plan.sends_at_once and not plan.issue_from_end and start < issue_on:
                issue_on = start
        made = ChargePeriod(block[0], block[1], is_first and (skipped or start is not None), *parts, issue_on)
        return self._periods.setdefault(made, made)


def due(plan: PlanTerms, member: MemberFacts, window: Period, seasons: Iterable[SeasonTerms] = ()) -> Due:
    """Return the periods of one member; a run makes one `Timetable` instead."""
    return Timetable(plan, window, seasons).due(member)


def issue_day(plan: PlanTerms, first_day: date, last_day: date) -> date:
    """Return the day on which the invoice of a period may go out: counted from its start, or back from its end."""
    if plan.issue_from_end:
        return last_day - timedelta(days=abs(plan.issue_days))
    return first_day + timedelta(days=plan.issue_days)


def first_start(way: str, registered_on: date, plan: PlanTerms | None = None, table: Sequence[tuple[int, int, int]] = ()) -> date | None:
    """Return the first day that is proposed for a new function.

    `way`: `today`, `next_period` (of the plan), `january` (1 January of this year), `none`, or `table`: rows of (registered from
    month, to month, start month). Registered October to December with start month 1 starts on 1 January of the next year.
    A month that no row holds starts today.
    """
    if way == "none":
        return None
    if way == "january":
        return date(registered_on.year, 1, 1)
    if way == "next_period" and plan is not None:
        block = blocks_of(plan, plan.months, registered_on, ()).at(registered_on)
        return block[1] + DAY if block else registered_on
    month = registered_on.month
    for from_month, to_month, start_month in table if way == "table" else ():
        holds = from_month <= month <= to_month if from_month <= to_month else month >= from_month or month <= to_month
        if holds:
            next_year = start_month < from_month and month >= from_month
            return date(registered_on.year + next_year, start_month, 1)
    return registered_on


def check(plan: PlanTerms) -> None:
    """Raise DomainError `plan_wrong` when a plan cannot be computed."""
    wrong = None
    if plan.months is not None and plan.months not in INTERVALS:
        wrong = "months", f"Een periode van {plan.months} maanden kan niet. Kies 1, 3, 6 of 12 maanden, of het seizoen."
    elif plan.anchor == "fixed" and not plan.fixed_dates:
        wrong = "fixed_dates", "Vul ten minste één vaste datum in, of kies een ander begin van de periode."
    elif plan.months is None and plan.anchor not in ("season", "fixed"):
        wrong = "months", "Kies het aantal maanden van een periode, of laat de periode met het seizoen beginnen."
    elif plan.first_length == "months" and not plan.first_period_months:
        wrong = "first_period_months", "Vul in hoeveel maanden de eerste periode duurt."
    elif plan.turning_point is not None and not 1 <= plan.turning_point <= (31 if plan.months == 1 else plan.months or 12):
        wrong = "turning_point", f"Het omslagpunt {plan.turning_point} ligt buiten de periode."
    elif plan.anchor == "fixed" and len(set(plan.fixed_dates)) != len(plan.fixed_dates):
        wrong = "fixed_dates", "Elke vaste datum mag er één keer in staan."
    elif plan.first_length == "months" and not 1 <= (plan.first_period_months or 0) <= 60:
        wrong = "first_period_months", "De eerste periode duurt 1 tot en met 60 maanden."
    elif not -366 <= plan.issue_days <= 366:
        wrong = "issue_days", "Een factuur gaat hoogstens 366 dagen voor of na de periode uit."
    elif not 1 <= plan.first_month <= 12:
        wrong = "first_month", f"De eerste maand {plan.first_month} bestaat niet. Kies 1 tot en met 12."
    if wrong:
        raise DomainError("plan_wrong", f"De facturatie-instelling klopt niet. {wrong[1]}", field=wrong[0])


def _from_fields(plan: PlanTerms, member: MemberFacts) -> tuple[date | None, date | None, int | None]:
    """Return start, end and months, taken from card fields where the plan says so."""
    fields = member.fields
    start, end, months = member.first_day, member.last_day, plan.months
    if plan.start_field:
        day = fields.get(plan.start_field)
        if not isinstance(day, date):
            raise CannotCompute("empty_field", plan.start_field)
        start = day
    if plan.end_field:
        day = fields.get(plan.end_field)
        end = day if isinstance(day, date) else None
    if plan.interval_field:
        interval = fields.get(plan.interval_field)
        if isinstance(interval, bool) or not isinstance(interval, int) or interval not in INTERVALS:
            raise CannotCompute("interval_wrong", plan.interval_field, interval)
        months = interval
    return start, end, months


def _turns(block: Block, start: date, turning_point: int, months: int | None) -> bool:
    """Whether a start lies on or after the turning point: a day in a period of one month, else a month of the period."""
    if months == 1:
        return (start - block[0]).days + 1 >= turning_point
    return start >= add_months(block[0], turning_point - 1)


def _different_first(plan: PlanTerms, block: Block, start: date) -> Block:
    """Return the first period where it differs from the following ones; it runs from the start of the function or its block."""
    first_day = start if plan.anchor == "function" or plan.first_length != "months" else block[0]
    if plan.first_length == "rest_of_year":
        return first_day, date(first_day.year, 12, 31)
    months = plan.first_period_months or 12 if plan.first_length == "months" else 12
    return first_day, add_months(first_day, months) - DAY


def _first_share(plan: PlanTerms, block: Block, start: date, months: int | None) -> tuple[int, int, str]:
    """Return (parts, whole, unit) of a first period that is charged pro rata."""
    if plan.first_length == "months" and months:
        return plan.first_period_months or months, months, "month"
    days = (block[1] - max(start, block[0])).days + 1
    whole = (block[1] - block[0]).days + 1
    if plan.first_length == "rest_of_year":
        whole = (date(start.year, 12, 31) - date(start.year, 1, 1)).days + 1 if months in (12, None) else _days(block[0], months or 12)
    return (days, whole, "day") if days != whole else (1, 1, "period")


def _days(first_day: date, months: int) -> int:
    return (add_months(first_day, months) - first_day).days
