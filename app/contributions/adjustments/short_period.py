"""Short period: who joins later pays for the rest of the period only; ten variants, see `proration`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import marshmallow as ma

from app.contributions.adjustments.face import Discount, Move, Names, Recorded, shown_percentage
from app.contributions.adjustments.settings import Choice, Hundredths, Rows, SettingsSchema, YesNo, says
from app.contributions.facts import OWN_END, OWN_START, ChargePeriod, MemberFacts, Own
from app.contributions.looks import Look, Part
from app.contributions.proration import VARIANTS, Variant, part_number, parts, unit_name
from app.kernel.money import euros, part_of

NAME = "Kortere periode"
HELP = "Wie later begint, betaalt alleen de rest van de periode (naar rato), of krijgt een korting uit een eigen tabel."
INPUTS = ("unit", "parts", "whole", "joined", "left")
BESIDE = False
_COMPUTED = tuple(code for code, variant in VARIANTS.items() if variant.way == "computed")
_OWN_TABLE = tuple(code for code, variant in VARIANTS.items() if variant.way != "computed")


@dataclass(frozen=True, slots=True)
class ShortPeriod:
    """`table` is the discount per part in which one joins: basis points or cents. `counts_end`: leaving early counts too.

    `counts_start` is off only where a contribution gives back what an early end leaves and its rule prorates no start.
    """

    variant: Variant
    table: tuple[int, ...]
    counts_end: bool
    counts_start: bool = True


class Settings(SettingsSchema):
    """The variant, its table, and whether leaving early counts too."""

    MAKES = ShortPeriod
    variant = Choice(VARIANTS, required=True, metadata=says("Hoe", "Het deel waarin iemand begint, telt als heel deel."))
    table = Rows(
        Hundredths(metadata=says("Korting (% of €)")),
        least=0,
        load_default=(),
        metadata=says(
            "Korting per deel",
            "Per deel van de periode waarin iemand begint, het eerste deel bovenaan: het percentage of het bedrag dat eraf gaat. Leeg is 0.",
            when=("variant", _OWN_TABLE),
            most=24,
            ordinal="deel",
        ),
    )
    counts_end = YesNo(
        load_default=False, metadata=says("Eerder stoppen telt mee", "Wie eerder stopt, betaalt minder.", when=("variant", _COMPUTED))
    )

    @ma.validates_schema
    def table_fits(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a missing table, a needless one, and values that cannot be."""
        variant = VARIANTS.get(data.get("variant", ""))
        table = data.get("table", ())
        if variant is None:
            return
        if variant.way == "computed":
            if table:
                raise ma.ValidationError("Deze variant rekent zelf: laat de tabel leeg.", "table")
            return
        if not table:
            raise ma.ValidationError("Vul voor elk deel van de periode een korting in.", "table")
        if data.get("counts_end"):
            raise ma.ValidationError("Met een eigen tabel kan eerder stoppen niet meetellen.", "counts_end")
        if variant.way == "percentages" and any(not 0 <= points <= 10_000 for points in table):
            raise ma.ValidationError("Een percentage ligt tussen 0 en 100.", "table")
        if any(value < 0 for value in table):
            raise ma.ValidationError("Een korting is niet negatief.", "table")

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        """Look the variant up."""
        return ShortPeriod(VARIANTS[data["variant"]], data["table"], data["counts_end"])


def apply(cents: int, member: MemberFacts, period: ChargePeriod, settings: ShortPeriod) -> Move | None:
    """Take off what lies before joining (and after leaving, where that counts)."""
    first, last = period.first_day, period.last_day
    joined: date = first if member.first_day is None or member.first_day < first or not settings.counts_start else member.first_day
    left = member.last_day if settings.counts_end and member.last_day is not None and member.last_day < last else None
    if joined == first and left is None:
        return None if settings.variant.way == "computed" else _from_table(cents, 0, first, settings)
    unit = settings.variant.unit
    if settings.variant.way != "computed":
        return _from_table(cents, part_number(unit, first, last, joined), _own_start(joined, first), settings)
    owed, whole = parts(unit, first, last, joined, left)
    if owed == whole:
        return None
    return (unit, owed, whole, _own_start(joined, first), left and OWN_END), ("*", owed, whole), part_of(cents, owed, whole), ""


def _from_table(cents: int, number: int, shown: date | Own, settings: ShortPeriod) -> Move | None:
    """Take the discount of the part in which one joins; beyond the table there is none."""
    value = settings.table[number] if number < len(settings.table) else 0
    if not value:
        return None
    discount = Discount(basis_points=value) if settings.variant.way == "percentages" else Discount(cents=value)
    arithmetic, result = discount.take(cents)
    return (settings.variant.unit, number + 1, 0, shown, None), arithmetic, result, ""


def _own_start(joined: date, first: date) -> date | Own:
    """Return how a step records the start: the period's own first day, or what is the member's."""
    return OWN_START if joined > first else first


def looks_at(settings: ShortPeriod) -> tuple[Look, ...]:
    """Return in which part of the period the start lies, and the end where that counts."""
    start = Part("first_day", settings.variant.unit)
    return (start, Part("last_day", settings.variant.unit)) if settings.counts_end else (start,)


def sentence(recorded: Recorded) -> str:
    """Return the Dutch words."""
    unit, owed, whole = recorded["unit"], recorded["parts"], recorded["whole"]
    if not whole:
        return f"begint in {unit_name(unit, 1)} {owed} van de periode"
    return f"naar rato {owed}/{whole} {unit_name(unit, whole)}"


def told(settings: ShortPeriod, _names: Names) -> str:
    """Return the settings in Dutch."""
    variant = settings.variant
    text = variant.name[0].lower() + variant.name[1:]
    if variant.way == "computed":
        return f"{text}, ook bij eerder stoppen" if settings.counts_end else text
    shown = [shown_percentage(value) if variant.way == "percentages" else euros(value) for value in settings.table]
    return f"{text}: {', '.join(shown)} eraf"
