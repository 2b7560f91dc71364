"""Condition: a discount or another amount for who is in a selection, or holds a function or one of a category, or fits a formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import marshmallow as ma

from app.contributions.adjustments import words
from app.contributions.adjustments.face import Discount, Move, Names, Recorded, off
from app.contributions.adjustments.settings import Cents, DiscountFields, FormulaText, OneOf, Reference, Text, says
from app.contributions.facts import ChargePeriod, MemberFacts
from app.contributions.formulas import Formula
from app.contributions.looks import Look, card_fields, is_in
from app.kernel.errors import DomainError
from app.kernel.money import euros

NAME = "Voorwaarde"
HELP = "Korting of een ander bedrag als de relatie in een selectie zit, een functie (of een uit een categorie) heeft, of aan een formule voldoet."
INPUTS = ("by", "id", "discount")
BESIDE = False
_REFERS = (
    ("selection_id", "selection", "wie in doelgroep zit:"),
    ("function_type_id", "function_type", "wie de functie heeft:"),
    ("function_category_id", "function_category", "wie een functie heeft uit"),
)
_BY = ("selection_id", "function_type_id", "function_category_id", "formula")


@dataclass(frozen=True, slots=True)
class Condition:
    """One of the four conditions; `discount` or `replacement_cents`. `name` is what the explanation calls it."""

    selection_id: int | None
    function_type_id: int | None
    function_category_id: int | None
    formula: Formula | None
    name: str
    replacement_cents: int | None
    discount: Discount | None


class Settings(DiscountFields):
    """Who, and what they pay."""

    MAKES = Condition
    ORDER = (
        *("function_type_id", "function_category_id", "selection_id", "formula"),
        *("discount_cents", "discount_basis_points", "replacement_cents", "may_go_below_zero", "name"),
    )
    NEEDED: ClassVar[bool] = False
    ONE_OF = {
        "who": OneOf(
            "Wie",
            {
                "function_type_id": "Wie een functie heeft",
                "function_category_id": "Wie een functie uit een categorie heeft",
                "selection_id": "Wie in een doelgroep zit",
                "formula": "Wie aan een formule voldoet",
            },
        ),
        "what": OneOf(
            "Wat", {"discount_cents": "Bedrag eraf", "discount_basis_points": "Percentage eraf", "replacement_cents": "Een ander bedrag"}
        ),
    }
    function_type_id = Reference("function_type", load_default=None, allow_none=True, metadata=says("Functie"))
    function_category_id = Reference("function_category", load_default=None, allow_none=True, metadata=says("Functiecategorie"))
    selection_id = Reference(
        "selection",
        load_default=None,
        allow_none=True,
        metadata=says("Doelgroep", "Een van de organisatie van deze contributie, of een die een organisatie erboven beschikbaar stelt."),
    )
    formula = FormulaText(load_default="", metadata=says("Formule", "Bijvoorbeeld {person.age} >= 65."))
    replacement_cents = Cents(load_default=None, allow_none=True, metadata=says("Ander bedrag", "In plaats van de prijs tot hier."))
    name = Text(load_default="", metadata=says("Naam op de uitleg", "Leeg: de naam van de functie, categorie of doelgroep."))

    @ma.validates_schema
    def exactly_one(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse none or more than one, of the conditions and of the outcomes."""
        if sum(data.get(name) not in (None, "") for name in _BY) != 1:
            raise ma.ValidationError("Kies precies één voorwaarde: een selectie, een functie, een functiecategorie of een formule.", "who")
        given = [name for name in ("discount_cents", "discount_basis_points", "replacement_cents") if data.get(name) is not None]
        if len(given) != 1:
            raise ma.ValidationError("Vul een korting in of een vervangend bedrag.", "what")

    @ma.post_load
    def make(self, data: dict[str, Any], **options: Any) -> Any:
        """Read the formula too."""
        try:
            data["formula"] = Formula.read(data["formula"]) if data["formula"] else None
        except DomainError as refusal:
            raise ma.ValidationError(refusal.message, "formula") from None
        return super().make(data, **options)


def _held_by(member: MemberFacts, settings: Condition) -> tuple[str, int] | None:
    """Return what makes the condition true, or None."""
    if settings.selection_id is not None:
        return ("selection", settings.selection_id) if settings.selection_id in member.selection_ids else None
    if settings.function_type_id is not None:
        return ("function", settings.function_type_id) if settings.function_type_id in member.held_type_ids else None
    if settings.function_category_id is not None:
        found = settings.function_category_id in member.held_category_ids
        return ("category", settings.function_category_id) if found else None
    return ("formula", 0) if settings.formula and settings.formula.value(member.fields) else None


def apply(cents: int, member: MemberFacts, _period: ChargePeriod, settings: Condition) -> Move | None:
    """Take the discount, or the other amount, when the condition holds."""
    held = _held_by(member, settings)
    if held is None:
        return None
    if settings.discount is None:
        amount = settings.replacement_cents or 0
        return (settings.name or held[0], held[1], ""), ("=", amount), amount, ""
    arithmetic, result = settings.discount.take(cents)
    return (settings.name or held[0], held[1], settings.discount.shown), arithmetic, result, ""


_WORDS = {
    "selection": "in selectie",
    "function": "heeft functie",
    "category": "heeft functie uit categorie",
    "formula": "voldoet aan de formule",
}


def looks_at(settings: Condition) -> tuple[Look, ...]:
    """Return whether the condition holds, or for a formula the values it looks at."""
    if settings.formula is not None:
        return (card_fields(settings.formula.names),)
    if settings.selection_id is not None:
        return (is_in("selection_ids", settings.selection_id),)
    if settings.function_type_id is not None:
        return (is_in("held_type_ids", settings.function_type_id),)
    return (is_in("held_category_ids", settings.function_category_id or 0),)


def sentence(recorded: Recorded) -> str:
    """Return the Dutch words."""
    by = recorded["by"]
    number = f" {recorded['id']}" if by in _WORDS and recorded["id"] else ""
    outcome = f" {words.discount(recorded['discount'])}" if recorded["discount"] else " ander bedrag"
    return f"{_WORDS.get(by, by)}{number}:{outcome}"


def told(settings: Condition, names: Names) -> str:
    """Return the settings in Dutch."""
    for name, of, whom in _REFERS:
        number = getattr(settings, name)
        if number is not None:
            who = f"{whom} {names(of, number)}"
            break
    else:
        who = f"waar {settings.formula.text if settings.formula else ''}"
    return f"{who}: {off(settings.discount) if settings.discount else euros(settings.replacement_cents or 0)}"
