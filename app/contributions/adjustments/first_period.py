"""First period: a discount on the first period that is charged."""

from __future__ import annotations

from dataclasses import dataclass

from app.contributions.adjustments import words
from app.contributions.adjustments.face import Discount, Move, Names, Recorded, off
from app.contributions.adjustments.settings import DiscountFields
from app.contributions.facts import ChargePeriod, MemberFacts
from app.contributions.looks import Look

NAME = "Eerste periode"
HELP = "Korting op de eerste periode van een functie."
INPUTS = ("discount",)
BESIDE = False


@dataclass(frozen=True, slots=True)
class FirstPeriod:
    """The discount."""

    discount: Discount


class Settings(DiscountFields):
    """The discount."""

    MAKES = FirstPeriod


def apply(cents: int, _member: MemberFacts, period: ChargePeriod, settings: FirstPeriod) -> Move | None:
    """Take the discount in the first period."""
    if not period.is_first:
        return None
    arithmetic, result = settings.discount.take(cents)
    return (settings.discount.shown,), arithmetic, result, ""


def looks_at(_settings: FirstPeriod) -> tuple[Look, ...]:
    """Return nothing: whether it is the first is of the period."""
    return ()


def sentence(recorded: Recorded) -> str:
    """Return the Dutch words."""
    return f"eerste periode: {words.discount(recorded['discount'])}"


def told(settings: FirstPeriod, _names: Names) -> str:
    """Return the settings in Dutch."""
    return f"eerste periode {off(settings.discount)}"
