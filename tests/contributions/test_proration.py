"""The ten short-period variants: every row of the spec's table, the seeds' examples, and the corners."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.contributions import explanation
from app.contributions.proration import VARIANTS, parts
from app.kernel.errors import DomainError
from tests.contributions.making import charged, day, member, period, prices, rule, step

TENNIS = [0, 0, 0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000]  # % off per month in which one joins

# (source and case, price, variant, table, period, starts, result)
TABLE = [
    ("spec 05: EUR 365 a year per day", 36500, "day", [], "2025-01-01/2025-12-31", "2025-01-16", 35000),
    ("seed 001 option 1: 15 of 365 days", 36500, "day", [], "2021-01-01/2021-12-31", "2021-01-16", 35000),
    ("spec 05: half month, 15 March", 6000, "half_month", [], "2026-01-01/2026-03-31", "2026-03-15", 2000),
    ("spec 05: half month, 16 March", 6000, "half_month", [], "2026-01-01/2026-03-31", "2026-03-16", 1000),
    ("spec 05: per month, 31 July", 12000, "month", [], "2026-01-01/2026-12-31", "2026-07-31", 6000),
    ("spec 05: own percentages, 30 April", 20000, "month_percentages", TENNIS, "2026-01-01/2026-12-31", "2026-04-30", 18000),
    ("spec 05: own percentages, 1 December", 20000, "month_percentages", TENNIS, "2026-01-01/2026-12-31", "2026-12-01", 2000),
    ("seed 001 option 7: tennis, first quarter pays all", 20000, "month_percentages", TENNIS, "2026-01-01/2026-12-31", "2026-03-31", 20000),
    ("spec 05: per quarter, 1 April", 10000, "quarter", [], "2026-01-01/2026-12-31", "2026-04-01", 7500),
    ("spec 05: per quarter, 30 June", 10000, "quarter", [], "2026-01-01/2026-12-31", "2026-06-30", 7500),
    ("spec 05: per half year, 1 July", 10000, "half_year", [], "2026-01-01/2026-12-31", "2026-07-01", 5000),
    ("spec 05: leap year 2024 per day, 1 March", 36600, "day", [], "2024-01-01/2024-12-31", "2024-03-01", 30600),
    ("per week: 52 in a year, joins in the third", 5200, "week", [], "2026-01-01/2026-12-31", "2026-01-15", 5000),
    ("per week: day 365 lies in week 52", 5200, "week", [], "2026-01-01/2026-12-31", "2026-12-31", 100),
    (
        "half month, own percentages: second half of January",
        10000,
        "half_month_percentages",
        [0, 500, 1000],
        "2026-01-01/2026-12-31",
        "2026-01-16",
        9500,
    ),
    ("half month, own amounts", 10000, "half_month_amounts", [0, 250, 600], "2026-01-01/2026-12-31", "2026-02-15", 9400),
    ("month, own amounts", 10000, "month_amounts", [0, 0, 1500], "2026-01-01/2026-12-31", "2026-03-01", 8500),
    (
        "month, own amounts: beyond the table nothing off",
        10000,
        "month_amounts",
        [0, 0, 1500],
        "2026-01-01/2026-12-31",
        "2026-04-01",
        10000,
    ),
    ("own amounts never below zero", 1000, "month_amounts", [0, 5000], "2026-01-01/2026-12-31", "2026-02-01", 0),
    (
        "own percentages may take off in the first part too",
        10000,
        "month_percentages",
        [1000, 0],
        "2026-01-01/2026-12-31",
        "2020-01-01",
        9000,
    ),
    ("starts on the first day", 12000, "month", [], "2026-01-01/2026-12-31", "2026-01-01", 12000),
    ("starts on the last day", 36500, "day", [], "2026-01-01/2026-12-31", "2026-12-31", 100),
    ("started years before", 36500, "day", [], "2026-01-01/2026-12-31", "1999-05-05", 36500),
    ("crosses a year: September to August, joins 29 February", 12000, "month", [], "2023-09-01/2024-08-31", "2024-02-29", 7000),
    ("crosses a year: quarters count from September", 10000, "quarter", [], "2025-09-01/2026-08-31", "2025-12-01", 7500),
    ("own start: months count from the 5th", 12000, "month", [], "2018-09-05/2019-09-04", "2018-10-04", 12000),
    ("own start: the second month begins on the 5th", 12000, "month", [], "2018-09-05/2019-09-04", "2018-10-05", 11000),
    ("February turns at the 16th too", 2400, "half_month", [], "2026-01-01/2026-12-31", "2026-02-16", 2100),
    ("half up, once: 100 cents over 3 months, 1 left of 3", 100, "month", [], "2026-01-01/2026-03-31", "2026-03-01", 33),
    ("half up, once: 1 cent over 2", 1, "half_month", [], "2026-01-01/2026-01-31", "2026-01-16", 1),
]


@pytest.mark.parametrize(
    ("price", "variant", "table", "span", "starts", "result"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_short_period(price: int, variant: str, table: list[int], span: str, starts: str, result: int) -> None:
    priced = prices(rule(price, step("short_period", {"variant": variant, "table": table})))
    outcome = charged(priced.price(member(first_day=starts), period(*span.split("/"))))
    assert outcome.amount_cents == result
    assert explanation.replay(explanation.to_json(outcome)) == [result]


ENDS = [
    ("an end inside the period does not count by itself", {"variant": "month"}, "2020-01-01", "2026-06-30", 12000),
    ("it does where the rule says so", {"variant": "month", "counts_end": True}, "2020-01-01", "2026-06-30", 6000),
    ("the month in which one leaves is a full one", {"variant": "month", "counts_end": True}, "2020-01-01", "2026-07-01", 7000),
    ("joins and leaves in one month", {"variant": "month", "counts_end": True}, "2026-03-05", "2026-03-06", 1000),
    ("leaves on the last day", {"variant": "month", "counts_end": True}, "2020-01-01", "2026-12-31", 12000),
    ("leaves after the period", {"variant": "month", "counts_end": True}, "2020-01-01", "2027-01-31", 12000),
]


@pytest.mark.parametrize(("settings", "starts", "ends", "result"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
def test_end_inside_the_period(settings: dict[str, object], starts: str, ends: str, result: int) -> None:
    priced = prices(rule(12000, step("short_period", settings)))
    assert charged(priced.price(member(first_day=starts, last_day=ends), period("2026-01-01", "2026-12-31"))).amount_cents == result


PARTS = [
    ("day", "2024-01-01/2024-12-31", "2024-02-29", (307, 366)),
    ("week", "2024-01-01/2024-12-31", "2024-12-30", (1, 52)),
    ("week", "2026-01-01/2026-01-05", "2026-01-03", (1, 1)),
    ("half_month", "2026-01-01/2026-12-31", "2026-01-15", (24, 24)),
    ("month", "2026-01-31/2027-01-30", "2026-02-28", (11, 12)),
    ("half_year", "2026-01-01/2026-12-31", "2026-06-30", (2, 2)),
]


@pytest.mark.parametrize(("unit", "span", "joined", "expected"), PARTS)
def test_parts(unit: str, span: str, joined: str, expected: tuple[int, int]) -> None:
    first, last = map(day, span.split("/"))
    assert parts(unit, first, last, day(joined)) == expected
    assert Fraction(*expected) <= 1


def test_the_ten_are_numbered_as_in_the_spec() -> None:
    assert sorted(variant.number for variant in VARIANTS.values()) == list(range(1, 11))
    assert {variant.number for variant in VARIANTS.values() if variant.way == "computed"} == {1, 2, 3, 6, 9, 10}


REFUSED = [
    ({"variant": "decade"}, "variant: Kies een van"),
    ({"variant": "month_percentages"}, "table: Vul voor elk deel"),
    ({"variant": "month_percentages", "table": [10001]}, "table: Een percentage ligt tussen 0 en 100."),
    ({"variant": "month_amounts", "table": [-1]}, "table: Een korting is niet negatief."),
    ({"variant": "month_amounts", "table": [1.5]}, "table.0: Dit is geen heel getal."),
    ({"variant": "month", "table": [1]}, "table: Deze variant rekent zelf"),
    ({"variant": "month_amounts", "table": [1], "counts_end": True}, "counts_end: Met een eigen tabel"),
]


@pytest.mark.parametrize(("settings", "reason"), REFUSED)
def test_settings_that_cannot_be_computed_are_refused(settings: dict[str, object], reason: str) -> None:
    with pytest.raises(DomainError) as refusal:
        prices(rule(100, step("short_period", settings)))
    assert refusal.value.code == "adjustment_settings_wrong"
    assert reason in " ".join(f"{path}: {why}" for path, why in refusal.value.parameters["fields"].items())
