"""When scheduled work falls, in Dutch time, also across the change of clocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.kernel.errors import DomainError

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_FIELDS = (("minuut", 0, 59), ("uur", 0, 23), ("dag", 1, 31), ("maand", 1, 12), ("weekdag", 0, 7))
_MINUTE = timedelta(minutes=1)
# Five years back or ahead finds every schedule that falls at all, 29 February included.
_HORIZON_DAYS = 5 * 366


@dataclass(frozen=True, slots=True)
class Schedule:
    """The moments on which work falls. `hours` is None for every hour; `month_days` and `week_days` (0 is Sunday) are None for every day."""

    minutes: frozenset[int]
    hours: frozenset[int] | None
    month_days: frozenset[int] | None
    months: frozenset[int]
    week_days: frozenset[int] | None

    def holds(self, day: date) -> bool:
        """Whether the work falls on this day. With both a day of the month and a weekday, either will do. Source: crontab(5)."""
        if day.month not in self.months:
            return False
        by_month = self.month_days is None or day.day in self.month_days
        by_week = self.week_days is None or day.isoweekday() % 7 in self.week_days
        return (by_month or by_week) if self.month_days is not None and self.week_days is not None else (by_month and by_week)

    def moments(self, day: date) -> list[datetime]:
        """Return the moments of one Dutch day in UTC, in order.

        Work at fixed hours falls once: what would fall in the hour that spring skips falls an hour later on the clock, and in
        autumn only the first of the two counts. Work of every hour follows the real hours, 23 or 25 of them.
        """
        if not self.holds(day):
            return []
        if self.hours is not None:
            return sorted({_utc(day, hour, minute) for hour in self.hours for minute in self.minutes})
        first, end = _utc(day, 0, 0), _utc(day + timedelta(days=1), 0, 0)
        every = (first + _MINUTE * i for i in range((end - first) // _MINUTE))
        return [moment for moment in every if moment.minute in self.minutes]


def _utc(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), AMSTERDAM).astimezone(UTC)


def parse_schedule(text: str) -> Schedule:
    """Read five fields as in cron: minute, hour, day of month, month, weekday. Raises DomainError `schedule_unreadable`."""
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise _unreadable(text, f"er staan {len(fields)} velden in plaats van vijf")
    minutes, hours, month_days, months, week_days = (
        _values(field, *limits, whole=text) for field, limits in zip(fields, _FIELDS, strict=True)
    )
    return Schedule(
        minutes if minutes is not None else frozenset(range(60)),
        hours,
        month_days,
        months if months is not None else frozenset(range(1, 13)),
        frozenset(day % 7 for day in week_days) if week_days is not None else None,
    )


def _values(field: str, name: str, lowest: int, highest: int, *, whole: str) -> frozenset[int] | None:
    if field == "*":
        return None
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            first, last = str(lowest), str(highest)
        elif not dash:
            last = str(highest) if step else first
        if not all(number.isdecimal() and len(number) < 3 for number in (first, last, step or "1")):
            raise _unreadable(whole, f"“{part}” is geen {name}")
        if not lowest <= int(first) <= int(last) <= highest or int(step or "1") == 0:
            raise _unreadable(whole, f"“{part}” valt buiten {lowest} tot en met {highest} voor {name}")
        found.update(range(int(first), int(last) + 1, int(step or "1")))
    return frozenset(found)


def _unreadable(text: str, why: str) -> DomainError:
    return DomainError(
        "schedule_unreadable",
        f"Het schema “{text}” klopt niet: {why}. Schrijf minuut, uur, dag, maand en weekdag, bijvoorbeeld 0 6 * * * voor elke dag om 6 uur.",
        value=text,
    )


def last_moment(schedule: Schedule, after: datetime, until: datetime) -> datetime | None:
    """Return the latest moment later than `after` and not later than `until`: what was missed in between is not made up for."""
    for moment in _walk(schedule, until, -1):
        if moment <= until:
            return moment if moment > after else None
    return None


def next_moment(schedule: Schedule, after: datetime) -> datetime | None:
    """Return the first moment later than `after`; None for a day that never comes, like 31 February."""
    return next((moment for moment in _walk(schedule, after, 1) if moment > after), None)


def _walk(schedule: Schedule, start: datetime, step: int) -> Iterator[datetime]:
    day = start.astimezone(AMSTERDAM).date()
    for _ in range(_HORIZON_DAYS):
        yield from schedule.moments(day)[::step]
        day += timedelta(days=step)


_WEEKDAYS = ("zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag")


def spoken(text: str) -> str:
    """Say a schedule in Dutch where that is plain: by the minute, the day, the week or the month; any other comes back as it is written."""
    minute, hour, day, month, weekday = text.split()
    if (hour, day, month, weekday) == ("*", "*", "*", "*"):
        if minute == "*":
            return "elke minuut"
        return f"elke {minute[2:]} minuten" if minute.startswith("*/") and minute[2:].isdigit() else text
    if month != "*" or not (minute.isdigit() and hour.isdigit()):
        return text
    at = f"om {int(hour)}:{int(minute):02d}"
    if (day, weekday) == ("*", "*"):
        return f"elke dag {at}"
    if day == "*" and weekday.isdigit():
        return f"elke {_WEEKDAYS[int(weekday) % 7]} {at}"
    return f"elke maand op dag {int(day)} {at}" if weekday == "*" and day.isdigit() else text
