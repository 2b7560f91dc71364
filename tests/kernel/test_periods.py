"""Days and periods."""

from __future__ import annotations

from datetime import date

import pytest

from app.kernel.errors import DomainError
from app.kernel.periods import Period, add_months, age_on, month_of, parse_date


@pytest.mark.parametrize("typed", ["31-12-2026", "31-12-26", "31/12/2026", "31.12.2026", "2026-12-31", " 31-12-2026 "])
def test_dates_are_read_day_first(typed: str) -> None:
    assert parse_date(typed) == date(2026, 12, 31)


@pytest.mark.parametrize("typed", ["", "31-02-2026", "29-02-2025", "2026-02-1", "01/02/03/04", "morgen", "20261231", "1-1-999"])
def test_dates_are_refused(typed: str) -> None:
    with pytest.raises(DomainError):
        parse_date(typed)


def test_a_period_holds_both_its_days() -> None:
    march = month_of(date(2024, 2, 29))
    assert (march.first_day, march.last_day, march.days) == (date(2024, 2, 1), date(2024, 2, 29), 29)
    assert march.holds(date(2024, 2, 29)) and not march.holds(date(2024, 3, 1))
    assert Period(None, date(2024, 1, 1)).overlaps(Period(date(2024, 1, 1), None))
    assert Period(date(2024, 1, 1), date(2024, 1, 5)).common(Period(date(2024, 1, 6), None)) is None
    with pytest.raises(DomainError):
        Period(date(2024, 1, 2), date(2024, 1, 1))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 12, 31), 2, date(2024, 2, 29)),
        (date(2024, 3, 31), -1, date(2024, 2, 29)),
        (date(2024, 1, 1), 12, date(2025, 1, 1)),
    ],
)
def test_months_on(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [(date(2008, 2, 29), date(2026, 2, 28), 17), (date(2008, 2, 29), date(2026, 3, 1), 18), (date(2000, 5, 5), date(2000, 5, 5), 0)],
)
def test_age(born: date, day: date, age: int) -> None:
    assert age_on(born, day) == age
