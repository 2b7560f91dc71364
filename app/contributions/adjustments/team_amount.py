"""Team amount: replaces the amount by the one on the relation's team or department."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.contributions.adjustments.face import Move, Names, Recorded
from app.contributions.adjustments.settings import SettingsSchema
from app.contributions.facts import ChargePeriod, MemberFacts
from app.contributions.looks import Look

NAME = "Teambedrag"
HELP = "Vervangt het bedrag door het bedrag dat bij het team of de afdeling van de relatie staat."
INPUTS = ("team_amount_cents",)
BESIDE = False


@dataclass(frozen=True, slots=True)
class TeamAmount:
    """Has nothing to set."""


class Settings(SettingsSchema):
    """Has nothing to set."""

    MAKES = TeamAmount


def apply(_cents: int, member: MemberFacts, _period: ChargePeriod, _settings: Any) -> Move | None:
    """Replace the amount when the team has one."""
    amount = member.team_amount_cents
    return None if amount is None else ((amount,), ("=", amount), amount, "")


def looks_at(_settings: Any) -> tuple[Look, ...]:
    """Return the team's amount."""
    return ("team_amount_cents",)


def sentence(_recorded: Recorded) -> str:
    """Return the Dutch words."""
    return "teambedrag"


def told(_settings: Any, _names: Names) -> str:
    """Return the settings in Dutch."""
    return "het bedrag van het team of de afdeling, als dat er een heeft"
