"""Raises amounts by a percentage or an amount, and rounds what was raised where that is asked."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from app.kernel.money import percentage_of, round_half_up


@dataclass(frozen=True, slots=True)
class Raise:
    """`basis_points` (250 is 2,5 %) or `cents` up, below zero down; the result is a multiple of `round_to_cents`, half up, when that is set."""

    basis_points: int = 0
    cents: int = 0
    round_to_cents: int = 0

    def of(self, amount_cents: int) -> int:
        """Return the raised amount; what is not raised is not rounded."""
        if not self.basis_points and not self.cents:
            return amount_cents
        raised = amount_cents + percentage_of(amount_cents, self.basis_points) + self.cents
        if self.round_to_cents > 1:
            raised = round_half_up(Fraction(raised, self.round_to_cents)) * self.round_to_cents
        return raised
