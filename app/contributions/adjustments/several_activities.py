"""Several activities: a discount from the n-th function of the same contribution group on; the first never has one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from app.contributions.adjustments import words
from app.contributions.adjustments.face import Discount, Move, Names, Recorded, off
from app.contributions.adjustments.rows_from import FromRow, discount_at, from_rows
from app.contributions.adjustments.settings import SettingsSchema, YesNo, says
from app.contributions.facts import ChargePeriod, MemberFacts
from app.contributions.looks import Function, Look

NAME = "Meerdere activiteiten"
HELP = "Korting vanaf de zoveelste functie van dezelfde contributiegroep, in de volgorde van de groep. De eerste krijgt nooit korting."
INPUTS = ("number", "discount")
BESIDE = False


@dataclass(frozen=True, slots=True)
class SeveralActivities:
    """`same_type_only` counts only functions of the type that is charged."""

    rows: tuple[FromRow, ...]
    same_type_only: bool


class Settings(SettingsSchema):
    """From which number on which discount."""

    MAKES = SeveralActivities
    rows = from_rows()
    same_type_only = YesNo(load_default=False, metadata=says("Alleen functies van dezelfde soort tellen mee"))


def number_of(member: MemberFacts, same_type_only: bool) -> int:
    """Return the place of this function among the relation's activities: by the group's order, then the oldest number."""
    activities = [one for one in member.activities if one[1] == member.function_type_id] if same_type_only else member.activities
    own = next(((order, function_id) for order, _, function_id in activities if function_id == member.function_id), None)
    if own is None:
        return 1
    number = 1
    for order, _, function_id in activities:
        if (order, function_id) < own:
            number += 1
    return number


def apply(cents: int, member: MemberFacts, _period: ChargePeriod, settings: SeveralActivities) -> Move | None:
    """Take the discount of this function's place."""
    if len(member.activities) < 2:
        return None
    number = number_of(member, settings.same_type_only)
    discount: Discount | None = discount_at(settings.rows, number)
    if discount is None:
        return None
    arithmetic, result = discount.take(cents)
    return (number, discount.shown), arithmetic, result, ""


@lru_cache(maxsize=2)
def _place(same_type_only: bool) -> Function:
    return lambda member: number_of(member, same_type_only) if len(member.activities) > 1 else 1


def looks_at(settings: SeveralActivities) -> tuple[Look, ...]:
    """Return the place of this function among the relation's activities."""
    return (_place(settings.same_type_only),)


def sentence(recorded: Recorded) -> str:
    """Return the Dutch words."""
    return f"{recorded['number']}e activiteit: {words.discount(recorded['discount'])}"


def told(settings: SeveralActivities, _names: Names) -> str:
    """Return the settings in Dutch."""
    kind = "functie van dezelfde soort" if settings.same_type_only else "activiteit"
    return "; ".join(f"vanaf {row.number}e {kind} {off(row.discount)}" for row in sorted(settings.rows, key=lambda row: row.number))
