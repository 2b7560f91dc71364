"""Condition: a discount or another amount for who is in a selection, or holds a function or one of a category, or fits a formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import marshmallow as ma

from app.contributions.adjustments import words
from app.contributions.adjustments.face import Discount, Move, Recorded
from app.contributions.adjustments.settings import DiscountFields, Text, Whole
from app.contributions.facts import ChargePeriod, MemberFacts
from app.contributions.formulas import Formula
from app.contributions.looks import Look, card_fields, is_in

NAME = "Voorwaarde"
HELP = "Korting of een ander bedrag als de relatie in een selectie zit, een functie (of een uit een categorie) heeft, of aan een formule voldoet."
INPUTS = ("by", "id", "discount")
BESIDE = False
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
    NEEDED: ClassVar[bool] = False
    selection_id = Whole(load_default=None, allow_none=True)
    function_type_id = Whole(load_default=None, allow_none=True)
    function_category_id = Whole(load_default=None, allow_none=True)
    formula = Text(load_default="")
    name = Text(load_default="")
    replacement_cents = Whole(load_default=None, allow_none=True)

    @ma.validates_schema
    def exactly_one(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse none or more than one, of the conditions and of the outcomes."""
        if sum(data.get(name) not in (None, "") for name in _BY) != 1:
            raise ma.ValidationError(
                "Kies precies één voorwaarde: een selectie, een functie, een functiecategorie of een formule.", "selection_id"
            )
        given = [name for name in ("discount_cents", "discount_basis_points", "replacement_cents") if data.get(name) is not None]
        if len(given) != 1:
            raise ma.ValidationError("Vul een korting in of een vervangend bedrag.", "replacement_cents")

    @ma.post_load
    def make(self, data: dict[str, Any], **options: Any) -> Any:
        """Read the formula too."""
        data["formula"] = Formula.read(data["formula"]) if data["formula"] else None
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
