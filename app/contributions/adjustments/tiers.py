"""Tiers: replaces the amount by what the brackets give for the member's value units; see `app.contributions.tiers`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import marshmallow as ma
from marshmallow import validate

from app.contributions.adjustments.face import CannotCompute, Move, Names, Recorded, shown_number
from app.contributions.adjustments.settings import Cents, Choice, EuroNumber, Number, Rows, SettingsSchema, nested, says
from app.contributions.facts import ChargePeriod, MemberFacts, TierTerms
from app.contributions.looks import Look, exactly
from app.contributions.tiers import WAYS, OutsideBrackets, problems, tier_cents
from app.kernel.money import euros

NAME = "Staffel"
HELP = "Zoekt de prijs op in een staffel: per trede een bedrag, een tarief, of per trede de eenheden maal hun prijs."
INPUTS = ("value_units", "way")
BESIDE = False


@dataclass(frozen=True, slots=True)
class TierRow:
    """A bracket up to and including a bound (none: no end) and its price in cents."""

    up_to: Fraction | None
    price: Fraction


class RowFields(SettingsSchema):
    """A bracket."""

    MAKES = TierRow
    up_to = Number(load_default=None, allow_none=True, metadata=says("Tot en met", "Leeg: geen grens."))
    price = EuroNumber(required=True, metadata=says("Prijs in euro"))


class Settings(SettingsSchema):
    """The brackets."""

    MAKES = TierTerms
    way = Choice(WAYS, required=True, metadata=says("Hoe de staffel rekent"))
    rows = Rows(nested(RowFields), required=True, metadata=says("Treden", "Van laag naar hoog; alleen de laatste mag zonder grens."))
    unit_value_cents = Cents(
        load_default=100,
        metadata=says("Waarde per eenheid", "Het aantal waarde-eenheden maal dit bedrag is de waarde.", when=("way", ("bracket", "rate"))),
        validate=validate.Range(1, error="De waarde per eenheid is meer dan 0."),
    )
    minimum_cents = Cents(
        load_default=0,
        metadata=says("Ten minste", "De staffel geeft nooit minder dan dit."),
        validate=validate.Range(0, error="Het minimum is niet negatief."),
    )

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        """Make the terms and refuse brackets that cannot be computed."""
        brackets = tuple((row.up_to, row.price) for row in data.pop("rows"))
        terms = TierTerms(brackets=brackets, **data)
        if found := problems(terms):
            raise ma.ValidationError({"rows": found})
        return terms


def as_rows(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return kept tiers as `Settings` takes them; those in brackets become rows."""
    if "brackets" not in kept:
        return dict(kept)
    rows = [{"up_to": bound, "price": price} for bound, price in kept["brackets"]]
    return {**{name: value for name, value in kept.items() if name != "brackets"}, "way": kept.get("way", "bracket"), "rows": rows}


def apply(_cents: int, member: MemberFacts, _period: ChargePeriod, settings: TierTerms) -> Move | None:
    """Replace the amount by the one of the brackets."""
    if member.value_units is None:
        raise CannotCompute("no_value_units")
    try:
        amount = tier_cents(settings, member.value_units)
    except OutsideBrackets:
        raise CannotCompute("outside_brackets", member.value_units) from None
    return (member.value_units, settings.way), ("=", amount), amount, ""


def looks_at(_settings: TierTerms) -> tuple[Look, ...]:
    """Return the units."""
    return (exactly("value_units"),)


def sentence(recorded: Recorded) -> str:
    """Return the Dutch words."""
    return f"staffel bij {shown_number(recorded['value_units'])} eenheden"


def told(settings: TierTerms, _names: Names) -> str:
    """Return the settings in Dutch."""
    steps = []
    for bound, price in settings.brackets:
        exact = Fraction(price)
        shown = (
            f"{shown_number(exact)} %"
            if settings.way == "rate"
            else euros(int(exact))
            if exact.denominator == 1
            else f"{shown_number(exact)} cent"
        )
        steps.append(f"{'daarboven' if bound is None else f't/m {shown_number(bound)}'}: {shown}")
    least = f"; ten minste {euros(settings.minimum_cents)}" if settings.minimum_cents else ""
    return f"{WAYS[settings.way][0].lower()}{WAYS[settings.way][1:]}: {', '.join(steps)}{least}"
