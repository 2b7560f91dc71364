"""Tick box: a discount when a yes/no field of the card is set (honorary member: 100 %)."""

from __future__ import annotations

from dataclasses import dataclass

from app.contributions.adjustments import words
from app.contributions.adjustments.face import CannotCompute, Discount, Move, Recorded
from app.contributions.adjustments.settings import DiscountFields, Text
from app.contributions.facts import ChargePeriod, MemberFacts
from app.contributions.looks import Look, card_fields

NAME = "Vinkje op de kaart"
HELP = "Korting als een ja/nee-veld van de kaart aan staat, bijvoorbeeld 100 % voor een erelid."
INPUTS = ("field", "discount", "name")
BESIDE = False


@dataclass(frozen=True, slots=True)
class TickBox:
    """The field by its formula name."""

    field: str
    discount: Discount
    name: str = ""  # what the explanation calls it


class Settings(DiscountFields):
    """The field and the discount."""

    MAKES = TickBox
    field = Text(least=1, required=True)
    name = Text(load_default="")


def apply(cents: int, member: MemberFacts, _period: ChargePeriod, settings: TickBox) -> Move | None:
    """Take the discount when the field is set; a field that the card does not have is an error."""
    if settings.field not in member.fields:
        raise CannotCompute("unknown_field", settings.field)
    if not member.fields[settings.field]:
        return None
    arithmetic, result = settings.discount.take(cents)
    return (settings.field, settings.discount.shown, settings.name), arithmetic, result, ""


def looks_at(settings: TickBox) -> tuple[Look, ...]:
    """Return the field; a card without it is told apart from one where it is empty."""
    return (card_fields((settings.field,)),)


def sentence(recorded: Recorded) -> str:
    """Return the Dutch words."""
    name = recorded.get("name") or recorded["field"].rpartition(".")[2].replace("_", " ")
    return f"vinkje “{name}”: {words.discount(recorded['discount'])}"
