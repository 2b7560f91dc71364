"""Amounts as people type and read them, one rounding, and shares that add up."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import DomainError
from app.kernel.money import allocate, dutch, euros, parse_cents, part_of, percentage_of, plain, round_half_up


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("12", 1200), ("12,5", 1250), ("12,50", 1250), ("1.234,56", 123456), ("1.234", 123400), ("€ 12,50", 1250), ("-12,50", -1250), ("−0,01", -1),
        ("12.50", 1250), ("0", 0), ("-0,00", 0), (" 7,05 ", 705), ("999.999.999,99", 99_999_999_999),
    ],
)  # fmt: skip
def test_read(typed: str, cents: int) -> None:
    assert parse_cents(typed) == cents


@pytest.mark.parametrize(
    "typed",
    ["", "twaalf", "1,234.56", "12,345", "1e3", "NaN", "Infinity", "٣", "1.23,4", "12.3456", "1000.000.000,00", "--1", "12,", "1 euro"],
)
def test_refuse(typed: str) -> None:
    with pytest.raises(DomainError):
        parse_cents(typed)


def test_write() -> None:
    assert (dutch(-123456), euros(123456), euros(-5), plain(-123456), plain(7)) == (
        "-1.234,56",
        "€\u00a01.234,56",
        "−€\u00a00,05",
        "-1234.56",
        "0.07",
    )


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [(Fraction(1, 2), 1), (Fraction(-1, 2), -1), (Fraction(3, 2), 2), (Fraction(49, 100), 0), (Fraction(-149, 100), -1), (7, 7)],
)
def test_half_goes_up(amount: Fraction | int, rounded: int) -> None:
    assert round_half_up(amount) == rounded


def test_parts_and_percentages() -> None:
    assert part_of(36500, 350, 365) == 35000
    assert percentage_of(10_01, 500) == 50
    assert percentage_of(-10_01, 500) == -50


@given(st.integers(-(10**12), 10**12))
def test_what_is_written_is_read_back(cents: int) -> None:
    if abs(cents) <= 99_999_999_999:
        assert parse_cents(dutch(cents)) == parse_cents(euros(cents)) == cents


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 1000), min_size=1, max_size=40).filter(any))
def test_shares_add_up_and_stay_within_a_cent(cents: int, weights: list[int]) -> None:
    shares = allocate(cents, weights)
    assert sum(shares) == cents
    assert all(abs(share - Fraction(cents * weight, sum(weights))) < 1 for share, weight in zip(shares, weights, strict=True))


def test_sharing_needs_something_to_share_over() -> None:
    for weights in ([], [0, 0], [1, -1]):
        with pytest.raises(ValueError, match="weights"):
            allocate(100, weights)
