"""Family: a discount from the n-th family member on, the cheapest last. The rule may block it.

Who is the n-th is settled for a whole household at once by `app.contributions.family`, before the price is made.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.contributions.adjustments import words
from app.contributions.adjustments.face import Move, Names, Recorded, off
from app.contributions.adjustments.rows_from import FromRow, discount_at, from_rows
from app.contributions.adjustments.settings import SettingsSchema
from app.contributions.facts import OWN_FAMILY, ChargePeriod, MemberFacts
from app.contributions.looks import Look

NAME = "Gezinskorting"
HELP = "Korting vanaf het zoveelste gezinslid; het goedkoopste gezinslid telt als laatste."
INPUTS = ("number", "others", "discount")
BESIDE = False


@dataclass(frozen=True, slots=True)
class Family:
    """From which member on which discount; `first_number` is the first that has one."""

    rows: tuple[FromRow, ...]
    first_number: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "first_number", min(row.number for row in self.rows))


class Settings(SettingsSchema):
    """From which member on which discount."""

    MAKES = Family
    rows = from_rows()


def apply(cents: int, member: MemberFacts, _period: ChargePeriod, settings: Family) -> Move | None:
    """Take the discount of this member's place in the family."""
    discount = discount_at(settings.rows, member.family_number) if member.family_number > 1 else None
    if discount is None:
        return None
    arithmetic, result = discount.take(cents)
    return (member.family_number, OWN_FAMILY, discount.shown), arithmetic, result, ""


def looks_at(_settings: Family) -> tuple[Look, ...]:
    """Return nothing: the place in the family is settled after the price without it."""
    return ()


def sentence(recorded: Recorded) -> str:
    """Return the Dutch words."""
    names = ", ".join(name for name in recorded["others"] if name)
    return f"{recorded['number']}e gezinslid{f' na {names}' if names else ''}: {words.discount(recorded['discount'])}"


def told(settings: Family, _names: Names) -> str:
    """Return the settings in Dutch."""
    return "; ".join(f"vanaf {row.number}e gezinslid {off(row.discount)}" for row in sorted(settings.rows, key=lambda row: row.number))
