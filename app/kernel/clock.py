"""The only place that reads the clock."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_fixed: ContextVar[datetime | None] = ContextVar("fixed_now", default=None)


def now() -> datetime:
    """Return the present moment as an aware UTC datetime."""
    return _fixed.get() or datetime.now(UTC)


def today() -> date:
    """Return today's date in the Netherlands."""
    return now().astimezone(AMSTERDAM).date()


def local(moment: datetime) -> datetime:
    """Return an aware moment in Dutch time."""
    return moment.astimezone(AMSTERDAM)


@contextmanager
def standing_still(moment: datetime | date) -> Iterator[None]:
    """Hold the clock at `moment` (a date means noon in the Netherlands): for tests and the demo."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, 12, tzinfo=AMSTERDAM)
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)


def days(count: int) -> timedelta:
    """Return a span of whole days."""
    return timedelta(days=count)
