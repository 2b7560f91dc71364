"""What a preset is given and what it makes: plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from app.contributions.facts import PlanTerms, StartRow, TierTerms
from app.kernel.errors import DomainError
from app.kernel.money import parse_cents


@dataclass(frozen=True, slots=True)
class Band:
    """Who was born from a day on, and what they pay."""

    born_from: date
    cents: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class PriceCode:
    """A price category with its price, fixed or by tiers; free when neither."""

    price_category_id: int | None
    cents: int | None = None
    tiers: TierTerms | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody fills in; each preset looks at its own part of it."""

    name: str
    amount_cents: int | None = None
    season_id: int | None = None
    start: date | None = None  # from which day prices hold, or of the first collection
    bands: tuple[Band, ...] = ()
    discounts: tuple[str, ...] = ()
    discount_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    months: int = 12
    anchor: str = "calendar"
    first_month: int = 1
    pro_rata: bool = False
    first_length: str = "same"
    first_period_months: int | None = None
    turning_point: int | None = None
    issue_days: int = 0
    issue_from_end: bool = False
    sends_at_once: bool = False
    until: date | None = None
    charges_late_joiners: bool = True
    interval_field: str = ""
    start_field: str = ""
    end_field: str = ""
    lines: tuple[tuple[str, str], ...] = ()  # of a collection: description and formula
    price_codes: tuple[PriceCode, ...] = ()
    first_discount_basis_points: int | None = None
    postage: tuple[Mapping[str, Any], ...] = ()
    charges_gift: bool = False
    counts_quantity: bool = False
    start_way: str = "today"
    start_rows: tuple[StartRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleDesign:
    """One rule: its columns and its adjustments as (kind, settings, text); `like_first` takes over those of the first rule."""

    columns: Mapping[str, Any]
    steps: tuple[tuple[str, Mapping[str, Any], str], ...] = ()
    like_first: bool = False
    tiers: TierTerms | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """One contribution with its rules; `plan` None is once a season. Several of one preset share the plan."""

    name: str
    rules: tuple[RuleDesign, ...]
    plan: PlanTerms | None = None
    posting_type: str = "contribution"


@dataclass(frozen=True, slots=True)
class Preset:
    """A way of charging: what it is called, when it fits, and how answers become designs."""

    name: str
    help: str
    design: Callable[[Answers], tuple[Design, ...]]


def rows_of(text: str, field_name: str) -> list[tuple[str, str]]:
    """Read lines of “links: rechts” as pairs. Raises DomainError `row_unreadable` with the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        left, colon, right = line.rpartition(":") if field_name != "lines" else line.partition(":")
        if not colon or not left.strip() or not right.strip():
            raise DomainError(
                "row_unreadable",
                f"Regel {number}, “{line.strip()[:60]}”, is niet te lezen: zet een dubbele punt tussen de twee.",
                field=field_name,
            )
        found.append((left.strip(), right.strip()))
    return found


def tiers_of(text: str, minimum_cents: int, field_name: str) -> TierTerms | None:
    """Read brackets: “up to and including: price per unit”, the last one with “meer”. Raises DomainError when a number cannot be read."""
    brackets: list[tuple[Fraction | None, int]] = []
    for bound, price in rows_of(text, field_name):
        try:
            upper = None if bound.lower() == "meer" else Fraction(bound.replace(".", "").replace(",", "."))
        except (ValueError, ZeroDivisionError):
            raise DomainError("row_unreadable", f"“{bound}” is geen getal. Schrijf bijvoorbeeld 1000, of meer.", field=field_name) from None
        try:
            brackets.append((upper, parse_cents(price)))
        except DomainError as refusal:
            refusal.parameters["field"] = field_name
            raise
    return TierTerms("progressive", tuple(brackets), minimum_cents=minimum_cents) if brackets else None
