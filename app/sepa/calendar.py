"""Days on which the European payment system is open (TARGET), and what they mean for a collection date."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from holidays import financial_holidays

from app.kernel.errors import DomainError
from app.kernel.periods import DAY, dutch_date

LEAD_DAYS = 2  # Source: Rabobank, incasso support: deliver two business days ahead to be safe
FURTHEST_DAYS = 30  # banks refuse further ahead with CH03


@lru_cache(maxsize=64)
def _closed_days(year: int) -> frozenset[date]:
    return frozenset(financial_holidays("XECB", years=year))


def is_target_day(day: date) -> bool:
    """Whether TARGET is open: no Saturday, Sunday, New Year, Good Friday, Easter Monday, 1 May, 25 or 26 December."""
    return day.weekday() < 5 and day not in _closed_days(day.year)


def next_target_day(day: date) -> date:
    """Return `day` itself when TARGET is open, else the first open day after it."""
    while not is_target_day(day):
        day += DAY
    return day


def add_target_days(day: date, count: int) -> date:
    """Return the day that lies `count` open days after `day`; with 0 the first open day from `day` on."""
    day = next_target_day(day) if count == 0 else day
    for _ in range(count):
        day = next_target_day(day + DAY)
    return day


def earliest_collection_date(today: date, lead_days: int = LEAD_DAYS) -> date:
    """Return the first day that can be collected on when the file is delivered today."""
    return add_target_days(today, lead_days)


def latest_collection_date(today: date, furthest_days: int = FURTHEST_DAYS) -> date:
    """Return the last day that the bank takes a collection for; `furthest_days` are calendar days."""
    day = today + timedelta(days=furthest_days)
    while not is_target_day(day):
        day -= DAY
    return day


def check_collection_date(day: date, today: date, *, lead_days: int = LEAD_DAYS, furthest_days: int = FURTHEST_DAYS) -> None:
    """Refuse a collection date that the bank would refuse, naming the nearest day that can.

    Raises DomainError `collection_date_past`, `collection_date_closed`, `collection_date_too_soon` or `collection_date_too_far`.
    Source: ISO 20022 reasons CH03 and CH04; EPC SDD Core rulebook 4.3.
    """
    earliest, latest = earliest_collection_date(today, lead_days), latest_collection_date(today, furthest_days)
    if day < today:
        raise _refusal("collection_date_past", day, "ligt in het verleden", "eerste", earliest)
    if not is_target_day(day):
        cause = "valt in het weekend" if day.weekday() > 4 else "is een dag waarop de banken dicht zijn"
        nearest = min(max(next_target_day(day), earliest), latest)
        raise _refusal("collection_date_closed", day, cause, "eerstvolgende", nearest)
    if day < earliest:
        raise _refusal("collection_date_too_soon", day, f"is te vroeg: de bank heeft {lead_days} werkdagen nodig", "eerste", earliest)
    if day > latest:
        raise _refusal("collection_date_too_far", day, f"ligt meer dan {furthest_days} dagen vooruit", "laatste", latest)


def _refusal(code: str, day: date, cause: str, which: str, nearest: date) -> DomainError:
    return DomainError(
        code,
        f"Incassodatum {dutch_date(day)} {cause}. De {which} dag die kan is {dutch_date(nearest)}.",
        value=day,
        nearest=nearest,
    )
