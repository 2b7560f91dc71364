"""Tiers: replaces the amount by what the brackets give for the member's value units; see `app.contributions.tiers`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import marshmallow as ma

from app.contributions.adjustments.face import CannotCompute, Move, Recorded, shown_number
from app.contributions.adjustments.settings import Choice, Number, Rows, SettingsSchema, Whole, nested
from app.contributions.facts import ChargePeriod, MemberFacts, TierTerms
from app.contributions.looks import Look, exactly
from app.contributions.tiers import WAYS, OutsideBrackets, problems, tier_cents

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
    up_to = Number(load_default=None, allow_none=True)
    price = Number(required=True)


class Settings(SettingsSchema):
    """The brackets."""

    MAKES = TierTerms
    way = Choice(WAYS, required=True)
    rows = Rows(nested(RowFields), required=True)
    unit_value_cents = Whole(load_default=100)
    minimum_cents = Whole(load_default=0)

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        """Make the terms and refuse brackets that cannot be computed."""
        brackets = tuple((row.up_to, row.price) for row in data.pop("rows"))
        terms = TierTerms(brackets=brackets, **data)
        if found := problems(terms):
            raise ma.ValidationError({"rows": found})
        return terms


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
