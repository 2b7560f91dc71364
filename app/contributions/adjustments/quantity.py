"""Quantity: the amount times the number charged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.contributions.adjustments.face import CannotCompute, Move, Names, Recorded
from app.contributions.adjustments.settings import SettingsSchema
from app.contributions.facts import ChargePeriod, MemberFacts
from app.contributions.looks import Look

NAME = "Aantal"
HELP = "Vermenigvuldigt het bedrag met het aantal dat in rekening wordt gebracht."
INPUTS = ("quantity",)
BESIDE = False


@dataclass(frozen=True, slots=True)
class Quantity:
    """Has nothing to set."""


class Settings(SettingsSchema):
    """Has nothing to set."""

    MAKES = Quantity


def apply(cents: int, member: MemberFacts, _period: ChargePeriod, _settings: Any) -> Move | None:
    """Multiply, when it is not one."""
    quantity = member.quantity
    if quantity < 0:
        raise CannotCompute("quantity_negative", quantity)
    return None if quantity == 1 else ((quantity,), ("*", quantity, 1), cents * quantity, f"{quantity} ×")


def looks_at(_settings: Any) -> tuple[Look, ...]:
    """Return the number charged."""
    return ("quantity",)


def sentence(recorded: Recorded) -> str:
    """Return the Dutch words."""
    return f"aantal {recorded['quantity']}"


def told(_settings: Any, _names: Names) -> str:
    """Return the settings in Dutch."""
    return "bedrag maal het aantal op de functie"
