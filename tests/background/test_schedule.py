"""Schedules in Dutch time: fixed hours fall exactly once a day, also when the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.background.schedule import last_moment, next_moment, parse_schedule, spoken
from app.kernel.clock import AMSTERDAM
from app.kernel.errors import DomainError

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def shown(schedule: str, day: date) -> list[str]:
    return [moment.astimezone(AMSTERDAM).strftime("%H:%M%z") for moment in parse_schedule(schedule).moments(day)]


@pytest.mark.parametrize(
    ("schedule", "day", "moments"),
    [
        ("0 6 * * *", date(2026, 7, 1), ["06:00+0200"]),
        ("5 0 * * *", SPRING, ["00:05+0100"]),
        ("30 2 * * *", SPRING, ["03:30+0200"]),  # 02:30 does not exist that night
        ("30 2 * * *", AUTUMN, ["02:30+0200"]),  # 02:30 comes twice, the work once
        ("30 3 * * *", SPRING, ["03:30+0200"]),
        ("0 6 * * 1", date(2026, 11, 23), ["06:00+0100"]),
        ("0 6 * * 1", date(2026, 11, 24), []),
        ("0 6 * * 7", date(2026, 11, 22), ["06:00+0100"]),
        ("0 6 31 * *", date(2026, 4, 30), []),
        ("0 6 1 * 1", date(2026, 12, 1), ["06:00+0100"]),  # a day of the month or a weekday
        ("0 6 29 2 *", date(2028, 2, 29), ["06:00+0100"]),
        ("*/30 8-9 * * *", date(2026, 1, 5), ["08:00+0100", "08:30+0100", "09:00+0100", "09:30+0100"]),
    ],
)
def test_moments_of_a_day(schedule: str, day: date, moments: list[str]) -> None:
    assert shown(schedule, day) == moments


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 5, 1), 24)])
def test_work_of_every_minute_follows_the_real_hours(day: date, hours: int) -> None:
    moments = parse_schedule("* * * * *").moments(day)
    assert len(moments) == len(set(moments)) == hours * 60


def test_what_was_missed_is_caught_up_once() -> None:
    every_day = parse_schedule("0 6 * * *")
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    missed = last_moment(every_day, now - timedelta(days=3), now)
    assert missed == datetime(2026, 11, 22, 5, tzinfo=UTC)
    assert last_moment(every_day, missed, now) is None
    assert next_moment(every_day, now) == datetime(2026, 11, 23, 5, tzinfo=UTC)


def test_a_day_that_never_comes_has_no_moment() -> None:
    assert next_moment(parse_schedule("0 6 31 2 *"), datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "text", ["", "* * * *", "60 * * * *", "a * * * *", "1-0 * * * *", "*/0 * * * *", "-1 * * * *", "0 6 * * 8", "0 0 0 * *"]
)
def test_an_unreadable_schedule_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_schedule(text)
    assert refused.value.code == "schedule_unreadable"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("* * * * *", "elke minuut"),
        ("*/5 * * * *", "elke 5 minuten"),
        ("0 6 * * *", "elke dag om 6:00"),
        ("5 0 * * *", "elke dag om 0:05"),
        ("0 6 * * 1", "elke maandag om 6:00"),
        ("20 0 1 * *", "elke maand op dag 1 om 0:20"),
        ("0 6 1 1 *", "0 6 1 1 *"),
        ("0 6 1-7 * 1", "0 6 1-7 * 1"),
        ("0 */2 * * *", "0 */2 * * *"),
    ],
)
def test_a_plain_schedule_is_said_in_words(text: str, words: str) -> None:
    assert spoken(text) == words
