"""Gift: adds the relation's own gift amount as a line beside the price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.contributions.adjustments.face import CannotCompute, Move, Names, Recorded
from app.contributions.adjustments.settings import SettingsSchema
from app.contributions.facts import ChargePeriod, MemberFacts
from app.contributions.looks import Look

NAME = "Gift"
HELP = "Voegt het giftbedrag van de relatie toe als eigen regel, op de giftenrekening."
INPUTS = ()
BESIDE = True


@dataclass(frozen=True, slots=True)
class Gift:
    """Has nothing to set: the account is the adjustment's own."""


class Settings(SettingsSchema):
    """Has nothing to set: the account is the adjustment's own."""

    MAKES = Gift


def apply(_cents: int, member: MemberFacts, _period: ChargePeriod, _settings: Any) -> Move | None:
    """Add the gift, when there is one."""
    gift = member.gift_cents
    if gift < 0:
        raise CannotCompute("gift_negative", gift)
    return ((), ("=", gift), gift, "") if gift else None


def looks_at(_settings: Any) -> tuple[Look, ...]:
    """Return the amount."""
    return ("gift_cents",)


def sentence(_recorded: Recorded) -> str:
    """Return the Dutch words."""
    return "gift"


def told(_settings: Any, _names: Names) -> str:
    """Return the settings in Dutch."""
    return "het giftbedrag van de kaart als eigen regel"
