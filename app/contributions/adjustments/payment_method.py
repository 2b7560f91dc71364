"""Payment method: a discount (or surcharge) for the way of paying, per member."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import marshmallow as ma

from app.contributions.adjustments import words
from app.contributions.adjustments.face import Discount, Move, Names, Recorded, off
from app.contributions.adjustments.settings import Choice, DiscountFields, Rows, SettingsSchema, nested, says
from app.contributions.facts import ChargePeriod, MemberFacts
from app.contributions.looks import Look

NAME = "Betaalwijze"
HELP = "Korting of toeslag per betaalwijze, bijvoorbeeld € 5,00 korting bij automatische incasso."
INPUTS = ("method", "discount")
BESIDE = False
METHOD_NAMES = {"direct_debit": "automatische incasso", "transfer": "overschrijving", "online": "online betalen", "cash": "contant"}


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """The discount per method."""

    discounts: Mapping[str, Discount]


@dataclass(frozen=True, slots=True)
class MethodRow:
    """A method and its discount."""

    method: str
    discount: Discount


class MethodFields(DiscountFields):
    """A row."""

    MAKES = MethodRow
    ORDER = ("method",)
    method = Choice(METHOD_NAMES, required=True, metadata=says("Betaalwijze"))


class Settings(SettingsSchema):
    """A table of methods."""

    MAKES = PaymentMethod
    rows = Rows(nested(MethodFields), required=True, metadata=says("Korting per betaalwijze"))

    @ma.validates_schema
    def once_each(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a method twice."""
        methods = [row.method for row in data.get("rows", ())]
        if len(set(methods)) != len(methods):
            raise ma.ValidationError("Elke betaalwijze mag er één keer in staan.", "rows")

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        """Make the table a look-up."""
        return PaymentMethod({row.method: row.discount for row in data["rows"]})


def apply(cents: int, member: MemberFacts, _period: ChargePeriod, settings: PaymentMethod) -> Move | None:
    """Take the discount of the member's method."""
    discount = settings.discounts.get(member.payment_method)
    if discount is None:
        return None
    arithmetic, result = discount.take(cents)
    return (member.payment_method, discount.shown), arithmetic, result, ""


def looks_at(_settings: PaymentMethod) -> tuple[Look, ...]:
    """Return the method."""
    return ("payment_method",)


def sentence(recorded: Recorded) -> str:
    """Return the Dutch words."""
    method, shown = recorded["method"], recorded["discount"]
    size, word = words.discount(shown).rsplit(" ", 1)
    said = f"incasso{word}" if method == "direct_debit" else f"{word} voor {METHOD_NAMES.get(method, method)}"
    return f"{said} {size}" if "%" in shown else said


def told(settings: PaymentMethod, _names: Names) -> str:
    """Return the settings in Dutch."""
    return "; ".join(f"{METHOD_NAMES.get(method, method)}: {off(discount)}" for method, discount in settings.discounts.items())
