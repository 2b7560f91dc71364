from datetime import date

import pytest

from app.kernel.errors import DomainError
from app.sepa.calendar import (
    add_target_days,
    check_collection_date,
    earliest_collection_date,
    is_target_day,
    latest_collection_date,
    next_target_day,
)


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2026, 1, 1), False),
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 4, 6), False),  # Easter Monday
        (date(2026, 4, 27), True),  # King's Day: the banks are open
        (date(2026, 5, 1), False),
        (date(2026, 5, 14), True),  # Ascension
        (date(2026, 12, 25), False),
        (date(2026, 12, 26), False),
        (date(2026, 12, 31), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(2026, 11, 23), True),
        (date(2038, 4, 23), False),  # Good Friday of another decade
    ],
)
def test_target_days(day, is_open):
    assert is_target_day(day) is is_open


def test_the_next_open_day_after_easter():
    assert next_target_day(date(2026, 4, 3)) == date(2026, 4, 7)
    assert next_target_day(date(2026, 4, 7)) == date(2026, 4, 7)


@pytest.mark.parametrize(
    ("today", "lead", "earliest"),
    [
        (date(2026, 11, 23), 2, date(2026, 11, 25)),
        (date(2026, 11, 20), 2, date(2026, 11, 24)),
        (date(2026, 11, 21), 2, date(2026, 11, 24)),
        (date(2026, 4, 1), 2, date(2026, 4, 7)),
        (date(2026, 12, 23), 2, date(2026, 12, 28)),
        (date(2026, 11, 21), 0, date(2026, 11, 23)),
    ],
)
def test_the_earliest_day(today, lead, earliest):
    assert earliest_collection_date(today, lead) == earliest
    assert add_target_days(today, lead) == earliest


def test_the_latest_day_is_open():
    assert latest_collection_date(date(2026, 11, 25), 30) == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("day", "code", "nearest"),
    [
        (date(2026, 11, 20), "collection_date_past", date(2026, 11, 25)),
        (date(2026, 11, 24), "collection_date_too_soon", date(2026, 11, 25)),
        (date(2026, 11, 28), "collection_date_closed", date(2026, 11, 30)),
        (date(2026, 11, 23), "collection_date_too_soon", date(2026, 11, 25)),
        (date(2026, 12, 25), "collection_date_closed", date(2026, 12, 23)),
        (date(2027, 1, 4), "collection_date_too_far", date(2026, 12, 23)),
    ],
)
def test_a_day_the_bank_refuses_is_refused_with_the_nearest_that_can(day, code, nearest):
    with pytest.raises(DomainError) as refused:
        check_collection_date(day, date(2026, 11, 23), furthest_days=30)
    assert refused.value.code == code
    assert refused.value.parameters["nearest"] == nearest


def test_a_good_day_passes():
    check_collection_date(date(2026, 11, 25), date(2026, 11, 23))
    check_collection_date(date(2026, 12, 23), date(2026, 11, 23))
