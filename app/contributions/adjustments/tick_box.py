"""Tick box: a discount when a yes/no field of the card is set (honorary member: 100 %)."""

from __future__ import annotations

from dataclasses import dataclass

from app.contributions.adjustments import words
from app.contributions.adjustments.face import CannotCompute, Discount, Move, Names, Recorded, off
from app.contributions.adjustments.settings import DiscountFields, FieldName, Text, says
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
    ORDER = ("field", "discount_cents", "discount_basis_points", "may_go_below_zero", "name")
    field = FieldName(least=1, required=True, metadata=says("Veld", "Het ja/nee-veld van de kaart.", kinds=("yes_no",)))
    name = Text(load_default="", metadata=says("Naam op de uitleg", "Leeg: de naam van het veld."))


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


def told(settings: TickBox, _names: Names) -> str:
    """Return the settings in Dutch."""
    return f"wie “{settings.field}” aan heeft staan: {off(settings.discount)}"
