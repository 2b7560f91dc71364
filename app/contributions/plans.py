"""Plans: which periods a member is charged for, from which day on, and when the invoice may go out.

    timetable = Timetable(plan, window, seasons)     # once per run
    timetable.due(member)                            # tuple of ChargePeriod, or NotCharged / Unpriceable with the reason

A period belongs to the run when its first day lies in `window`. A `ChargePeriod` always covers the whole period of the plan
(that keeps the key of its charge the same when a start date is corrected); what a late start costs less is in its `parts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import takewhile
from typing import Final, TypeAlias

from app.contributions.blocks import Block, Blocks, blocks_of
from app.contributions.facts import CannotCompute, ChargePeriod, MemberFacts, NotCharged, PlanTerms, SeasonTerms, Unpriceable
from app.kernel.errors import DomainError
from app.kernel.periods import DAY, Period, add_months

INTERVALS = (1, 2, 3, 4, 6, 12)
FIRST_LENGTHS: Final = {
    "same": "Even lang als de volgende",
    "rest_of_year": "Tot het einde van het jaar",
    "months": "Een eigen aantal maanden",
    "year_minus_day": "Een jaar vanaf het begin",
}
Due: TypeAlias = tuple[ChargePeriod, ...] | NotCharged | Unpriceable


class Timetable:
    """The periods of one plan within one window, worked out once per start and end date."""

    def __init__(self, plan: PlanTerms, window: Period, seasons: Iterable[SeasonTerms] = ()) -> None:
        if window.first_day is None or window.last_day is None:
            raise ValueError("a run needs a window with a first and a last day")
        check(plan)
        self._plan, self._first, self._last = plan, window.first_day, window.last_day
        self._seasons = tuple(sorted(seasons, key=lambda season: season.first_day))
        self._by_fields = bool(plan.start_field or plan.end_field or plan.interval_field)
        self._settled = self._long_ago()
        self._known: dict[tuple[date | None, date | None, int | None, date | None], Due] = {}
        self._by_days: dict[tuple[date | None, date | None], Due] = {}  # where only start and end are looked at
        self._periods: dict[ChargePeriod, ChargePeriod] = {}  # each period once, so that pricing knows it again
        # whether the day on which a function was written down may move its first invoice forward: only when charging ahead
        self.sends_at_once = plan.sends_at_once and not plan.issue_from_end and plan.issue_days <= 0
        self._looks_further = self._by_fields or self.sends_at_once

    def due(self, member: MemberFacts) -> Due:
        """Return the periods that this member is charged for, or why there are none."""
        if self._looks_further:
            return self._due(member)
        days = member.first_day, member.last_day
        found = self._by_days.get(days)
        if found is None:
            found = self._by_days[days] = self._due(member)
        return found

    def _due(self, member: MemberFacts) -> Due:
        start, end, months = member.first_day, member.last_day, self._plan.months
        if self._by_fields:
            try:
                start, end, months = _from_fields(self._plan, member)
            except CannotCompute as lacking:
                return Unpriceable(lacking.reason, lacking.values)
        if start is not None and start < self._settled:
            start = self._settled
        key = (start, end, months, member.entered_on if self.sends_at_once else None)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._work_out(*key)
        return found

    @property
    def counts_from_start(self) -> bool:
        """Whether periods are counted from the first day of the function itself."""
        return self._plan.anchor == "function" and not self._plan.start_field

    def agreed(self, member: MemberFacts, agreed_first_day: date, period: ChargePeriod) -> Block:
        """Return the days by which the charge of a period is known: those it had from the first day that was agreed.

        So it keeps its key when the first payment moves the start (see `starts`).
        """
        if not self.counts_from_start or member.first_day is None:
            return period[0], period[1]
        months = _from_fields(self._plan, member)[2] if self._by_fields else self._plan.months
        found = moved_blocks(self._plan, months, member.first_day, agreed_first_day, period[0])
        return found.get((period[0], period[1]), (period[0], period[1]))

    def _long_ago(self) -> date:
        """Return a day: who started before it has the same periods as who started on it.

        Where periods do not hang on the start, the first one has passed by then, also after a turning point and for 15 months.
        """
        if self._plan.anchor not in ("calendar", "season") or self._plan.first_length != "same":
            return date.min
        return min([add_months(self._first, -36), *(season.first_day for season in self._seasons)]) - DAY

    def _work_out(self, start: date | None, end: date | None, months: int | None, entered_on: date | None) -> Due:
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
        if start is not None and not (plan.anchor != "function" and blocks.first_day and start < blocks.first_day):
            first, skipped = self._first_block(blocks, start, months)
            if first is None:
                return NotCharged("no_period", (self._first, self._last))
        if first is not None and plan.first_length != "same":
            blocks = Blocks.chained(first[1] + DAY, months or 12)
        last_start = min(day for day in (self._last, plan.until, end) if day is not None)
        found = []
        followed: set[int] = set()  # calendar years in which an earlier period starts
        for block in self._walk(blocks, first, last_start):
            is_first = block == first
            begins = max(block[0], start) if start is not None and is_first else block[0]
            found.append(self._period(block, is_first, skipped, start, months, entered_on, begins.year in followed))
            followed.add(begins.year)
        if found:
            return tuple(found)
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
            return _different_first(plan, start), False
        return block, False

    def _walk(self, blocks: Blocks, first: Block | None, last_start: date) -> Iterable[Block]:
        block = first
        if block is None or block[1] < self._first:
            block = blocks.at(self._first) or blocks.after(self._first)
        while block is not None and block[0] <= last_start:
            if block[0] >= self._first:
                yield block
            block = blocks.after(block[1])

    def _period(
        self, block: Block, is_first: bool, skipped: bool, start: date | None, months: int | None, entered_on: date | None, follows: bool
    ) -> ChargePeriod:
        plan = self._plan
        issue_on = issue_day(plan, *block)
        parts = (1, 1, "period")
        if is_first and start is not None:
            if plan.first_period == "pro_rata":
                parts = _first_share(plan, block, start, months)
            if self.sends_at_once:
                issue_on = min(issue_on, entered_on or start)
        made = ChargePeriod(block[0], block[1], is_first and (skipped or start is not None), *parts, issue_on, follows)
        return self._periods.setdefault(made, made)


def due(plan: PlanTerms, member: MemberFacts, window: Period, seasons: Iterable[SeasonTerms] = ()) -> Due:
    """Return the periods of one member; a run makes one `Timetable` instead."""
    return Timetable(plan, window, seasons).due(member)


def issue_day(plan: PlanTerms, first_day: date, last_day: date) -> date:
    """Return the day on which the invoice of a period may go out: so many days before or after its start, or its end."""
    return (last_day if plan.issue_from_end else first_day) + timedelta(days=plan.issue_days)


def blocks_from(plan: PlanTerms, months: int | None, start: date) -> Iterator[Block]:
    """Give the periods of who starts on a day, one after the other without end, in a plan that counts from the function's own start."""
    first = Blocks.chained(start, months or 12).at(start) if plan.first_length == "same" else _different_first(plan, start)
    following = Blocks.chained(start if plan.first_length == "same" or first is None else first[1] + DAY, months or 12)
    while first is not None:
        yield first
        first = following.after(first[1])


def moved_blocks(plan: PlanTerms, months: int | None, was: date, becomes: date, until: date) -> dict[Block, Block]:
    """Return which period becomes which when the start of a function moves: the first the first, up to the one that starts by `until`."""
    both = zip(blocks_from(plan, months, was), blocks_from(plan, months, becomes), strict=False)
    return dict(takewhile(lambda pair: pair[0][0] <= until, both))


def check(plan: PlanTerms) -> None:
    """Raise DomainError `plan_wrong`, with the field, when a plan cannot be computed."""
    for field, wrong in _problems(plan):
        raise DomainError("plan_wrong", f"De facturatie-instelling klopt niet. {wrong}", field=field)


def _problems(plan: PlanTerms) -> Iterable[tuple[str, str]]:
    """Give (field, Dutch sentence) for what cannot be computed."""
    if plan.months is not None and plan.months not in INTERVALS:
        yield "months", f"Een periode van {plan.months} maanden kan niet. Kies 1, 3, 6 of 12 maanden, of het seizoen."
    if plan.anchor == "fixed" and not plan.fixed_dates:
        yield "fixed_dates", "Vul ten minste één vaste datum in, of kies een ander begin van de periode."
    if plan.months is None and plan.anchor not in ("season", "fixed"):
        yield "months", "Kies het aantal maanden van een periode, of laat de periode met het seizoen beginnen."
    if not 1 <= plan.first_month <= 12:
        yield "first_month", f"De eerste maand {plan.first_month} bestaat niet. Kies 1 tot en met 12."
    if plan.first_length not in FIRST_LENGTHS:
        yield "first_length", "Kies hoe lang de eerste periode duurt uit de lijst."
    if plan.first_length != "same" and plan.anchor in ("season", "fixed"):
        yield "first_length", "Een andere eerste periode kan alleen bij kalender of begin van de functie."
    if plan.first_length == "months" and not 1 <= (plan.first_period_months or 0) <= 60:
        yield "first_period_months", "Vul in hoeveel maanden de eerste periode duurt: 1 tot en met 60."
    if plan.turning_point is not None:
        yield from _turning_problems(plan, plan.turning_point)
    if not -366 <= plan.issue_days <= 366:
        yield "issue_days", f"{plan.issue_days} dagen is te ver. Blijf binnen een jaar van de periode."
    if plan.restarts_on_payment and (plan.anchor != "function" or plan.start_field):
        yield (
            "restarts_on_payment",
            "Beginnen op de dag van de eerste betaling kan alleen als periodes tellen vanaf het begin van de functie, zonder kaartveld ervoor.",
        )
    if plan.first_month and any(month not in range(1, 13) for row in plan.start_rows for month in row[:3]):
        yield "start_rows", "In de tabel voor de begindatum staat een maand die niet bestaat. Kies 1 tot en met 12."


def _turning_problems(plan: PlanTerms, turning_point: int) -> Iterable[tuple[str, str]]:
    if not 1 <= turning_point <= (31 if plan.months == 1 else plan.months or 12):
        yield "turning_point", f"Het omslagpunt {turning_point} ligt buiten de periode."
    if plan.anchor == "function":
        yield "turning_point", "Bij begin van de functie start iedereen op de eerste dag: laat het omslagpunt leeg."
    if plan.interval_field:
        yield "turning_point", "Als iedere relatie een eigen aantal maanden heeft, past er geen omslagpunt. Laat een van de twee leeg."


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


def _different_first(plan: PlanTerms, start: date) -> Block:
    """Return the first period where it differs from the following ones; it runs from the start of the function."""
    if plan.first_length == "rest_of_year":
        return start, _year_end(plan, start)
    months = plan.first_period_months or 12 if plan.first_length == "months" else 12
    return start, add_months(start, months) - DAY


def _year_end(plan: PlanTerms, day: date) -> date:
    """Return the last day of the year that holds `day`; a year begins in the plan's first month."""
    begins = date(day.year, plan.first_month, 1)
    return (begins if begins > day else add_months(begins, 12)) - DAY


def _first_share(plan: PlanTerms, block: Block, start: date, months: int | None) -> tuple[int, int, str]:
    """Return (parts, whole, unit) of a first period that is charged pro rata: of months, else of days of an ordinary period."""
    if plan.first_length in ("months", "year_minus_day") and months:
        length = plan.first_period_months if plan.first_length == "months" else 12
        return (length, months, "month") if length and length != months else (1, 1, "period")
    days = (block[1] - max(start, block[0])).days + 1
    whole = (block[1] - block[0]).days + 1
    if plan.first_length == "rest_of_year":
        year_end = _year_end(plan, start)
        whole = (year_end - add_months(year_end + DAY, -12)).days + 1 if months in (12, None) else _days(block[0], months or 12)
    return (days, whole, "day") if days != whole else (1, 1, "period")


def _days(first_day: date, months: int) -> int:
    return (add_months(first_day, months) - first_day).days
