"""Copying rules to the next season: what each row becomes."""

from __future__ import annotations

import re
from datetime import date

from app.contributions.facts import SeasonTerms
from app.kernel.money import part_of
from app.kernel.periods import add_months

_YEAR = re.compile(r"\b(19|20)\d\d\b")


def months_between(first: date, second: date) -> int:
    """Return how many whole months two days lie apart."""
    return (second.year - first.year) * 12 + second.month - first.month


def raised(cents: int | None, basis_points: int = 0, extra_cents: int = 0) -> int | None:
    """Return an amount raised by a percentage in basis points, rounded half up, and an amount; None stays None."""
    if cents is None:
        return None
    return part_of(cents, 10_000 + basis_points, 10_000) + extra_cents


def moved(born_from: date | None, old: SeasonTerms, new: SeasonTerms) -> date | None:
    """Return a born-from date moved along with the season; the date that holds everybody stays."""
    if born_from is None or born_from <= date(1900, 1, 1):
        return born_from
    return add_months(born_from, months_between(old.first_day, new.first_day))


def needs_attention(description: str) -> bool:
    """Whether a description holds a year, which copying leaves as it is."""
    return bool(_YEAR.search(description))
