"""The face that every kind of adjustment shows to the engine, and the small things that kinds share.

A kind is one module with: `NAME` (Dutch), `HELP` (Dutch, one sentence), `INPUTS` (the names of what a step records),
`Settings` (a schema that makes the frozen settings and says what its fields are called on screen), `apply`, `sentence` and `told`. `BESIDE` is True for a kind that adds a line
next to the price instead of changing it.

`looks_at(settings)` names what of the facts a step looks at (see `looks`): members with the same rule who are alike in all that its
steps look at have the same price, which is then worked out once in a run. What `apply` reads and this leaves out gives a
wrong amount; `tests/contributions/test_whole.py` finds it.

`apply(cents, member, period, settings)` returns None when it does not concern this member, otherwise a `Move`:
(input, arithmetic, result in cents, text for the line). Arithmetic is one of

    ("=", cents)                 the amount becomes this
    ("+", cents)                 this is added (a discount is below zero)
    ("*", numerator, denominator)  the amount times this, rounded half up once
    None                         the amount stays

so that anyone can do the sum again. It raises `CannotCompute` when the card lacks what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol, TypeAlias

import marshmallow as ma

from app.contributions.facts import CannotCompute, ChargePeriod, MemberFacts
from app.contributions.looks import Look
from app.kernel.money import dutch, part_of

__all__ = ["Arithmetic", "CannotCompute", "Discount", "Kind", "Move", "Names", "Recorded", "off", "shown_number", "shown_percentage"]

Arithmetic: TypeAlias = tuple[Any, ...] | None
Move: TypeAlias = tuple[tuple[Any, ...], Arithmetic, int, str]
Recorded: TypeAlias = Mapping[str, Any]
Names: TypeAlias = Callable[[str, int], str]
"""What a row is called, by kind of row (`function_type`, `function_category`, `selection`) and number."""


class Kind(Protocol):
    """A kind of adjustment, as the registry holds it."""

    @property
    def NAME(self) -> str:  # noqa: N802
        """Dutch name."""

    @property
    def HELP(self) -> str:  # noqa: N802
        """Dutch sentence on what it does."""

    @property
    def INPUTS(self) -> tuple[str, ...]:  # noqa: N802
        """Names of what a step records."""

    @property
    def BESIDE(self) -> bool:  # noqa: N802
        """Whether it adds a line beside the price."""

    @property
    def Settings(self) -> type[ma.Schema]:  # noqa: N802
        """Schema of the settings."""

    def apply(self, cents: int, member: MemberFacts, period: ChargePeriod, settings: Any, /) -> Move | None:
        """Return what this step does to the amount, or None."""

    def looks_at(self, settings: Any, /) -> tuple[Look, ...]:
        """Return what of the facts this step looks at."""

    def sentence(self, recorded: Recorded, /) -> str:
        """Return the Dutch words of a step, without the amount."""

    def told(self, settings: Any, names: Names, /) -> str:
        """Return the settings in Dutch, for lists and cards; `names` has what rows are called."""


@dataclass(frozen=True, slots=True)
class Discount:
    """An amount or a percentage off (below zero: a surcharge). It stops at zero unless it may go below."""

    cents: int | None = None
    basis_points: int | None = None
    may_go_below_zero: bool = False
    shown: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        points = self.basis_points
        object.__setattr__(self, "shown", shown_percentage(points) if points is not None else f"€ {dutch(self.cents or 0)}")

    def take(self, amount: int) -> tuple[Arithmetic, int]:
        """Return the arithmetic and what is left of `amount`."""
        if self.basis_points is not None:
            arithmetic: Arithmetic = ("*", 10_000 - self.basis_points, 10_000)
            left = part_of(amount, 10_000 - self.basis_points, 10_000)
        else:
            arithmetic = ("+", -(self.cents or 0))
            left = amount - (self.cents or 0)
        if left < 0 <= amount and not self.may_go_below_zero:
            return ("+", -amount), 0
        return arithmetic, left


def shown_percentage(basis_points: int) -> str:
    """Write basis points as 12,5 %."""
    return f"{dutch(basis_points).removesuffix('0').removesuffix(',0')} %"


def shown_number(number: int | Fraction | str) -> str:
    """Write a number the Dutch way, in at most four decimals; other fractions as 1/3."""
    exact = Fraction(number)
    if exact.denominator == 1:
        return str(exact.numerator)
    scaled = exact * 10_000
    if scaled.denominator != 1:
        return str(exact)
    whole, part = divmod(abs(scaled.numerator), 10_000)
    return f"{'-' if exact < 0 else ''}{whole},{part:04d}".rstrip("0")


def off(discount: Discount) -> str:
    """Write a discount as "€ 5,00 korting", "25 % toeslag" or "gratis"."""
    if discount.basis_points == 10_000:
        return "gratis"
    size = discount.cents if discount.basis_points is None else discount.basis_points
    word = "toeslag" if (size or 0) < 0 else "korting"
    shown = f"€ {dutch(abs(discount.cents or 0))}" if discount.basis_points is None else shown_percentage(abs(discount.basis_points))
    return f"{shown} {word}"
