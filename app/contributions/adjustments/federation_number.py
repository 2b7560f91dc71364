"""Federation number: adds the member's number to the text of the line; the amount stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.contributions.adjustments.face import Move, Names, Recorded
from app.contributions.adjustments.settings import SettingsSchema
from app.contributions.facts import ChargePeriod, MemberFacts
from app.contributions.looks import Look

NAME = "Bondsnummer"
HELP = "Zet het bondsnummer van het lid achter de omschrijving."
INPUTS = ("federation_number",)
BESIDE = False


@dataclass(frozen=True, slots=True)
class FederationNumber:
    """Has nothing to set."""


class Settings(SettingsSchema):
    """Has nothing to set."""

    MAKES = FederationNumber


def apply(cents: int, member: MemberFacts, _period: ChargePeriod, _settings: Any) -> Move | None:
    """Add the number when there is one."""
    number = member.federation_number
    return ((number,), None, cents, f"bondsnummer {number}") if number else None


def looks_at(_settings: Any) -> tuple[Look, ...]:
    """Return the number."""
    return ("federation_number",)


def sentence(recorded: Recorded) -> str:
    """Return the Dutch words."""
    return f"bondsnummer {recorded['federation_number']}"


def told(_settings: Any, _names: Names) -> str:
    """Return the settings in Dutch."""
    return "bondsnummer achter de omschrijving"
