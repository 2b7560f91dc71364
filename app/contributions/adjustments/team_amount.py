"""Team amount: replaces the amount by the one on the relation's team or department."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from app.contributions.adjustments.face import Move, Names, Recorded
from app.contributions.adjustments.settings import SettingsSchema
from app.contributions.facts import ChargePeriod, MemberFacts

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


def key(member: MemberFacts, _period: ChargePeriod, _settings: Any) -> Hashable:
    """Return the team's amount."""
    return member.team_amount_cents


def sentence(_recorded: Recorded) -> str:
    """Return the Dutch words."""
    return "teambedrag in plaats daarvan"


def told(_settings: Any, _names: Names) -> str:
    """Return the settings in Dutch."""
    return "het bedrag van het team of de afdeling, als dat er een heeft"
