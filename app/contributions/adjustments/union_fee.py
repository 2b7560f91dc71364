"""Union fee: a national fee and licence beside the price, once a year; who is new late in the year pays a part.

Source: spec, "union fee"; the athletics union asks 25 % for who joins from 1 October.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import marshmallow as ma
from marshmallow import validate

from app.contributions.adjustments.face import Move, Names, Recorded, shown_percentage
from app.contributions.adjustments.settings import Cents, Rows, SettingsSchema, Share, Text, Whole, YesNo, says
from app.contributions.facts import ChargePeriod, MemberFacts
from app.contributions.looks import Function, Look
from app.kernel.money import euros, percentage_of

NAME = "Bondsbijdrage"
HELP = "Voegt één keer per jaar een landelijke bijdrage en licentie toe; nieuwe leden betalen vanaf een datum een deel."
INPUTS = ("fee_cents", "licence_cents", "basis_points", "licence_is_reduced")
BESIDE = True


@dataclass(frozen=True, slots=True)
class UnionFee:
    """`also` holds the kinds of the other adjustments of the rule that apply to the fee too."""

    fee_cents: int
    licence_cents: int
    reduced_from_month: int
    reduced_from_day: int
    reduced_basis_points: int
    licence_is_reduced: bool
    also: tuple[str, ...]


class Settings(SettingsSchema):
    """The fee, the licence, and from when on new members pay which part."""

    MAKES = UnionFee
    fee_cents = Cents(required=True, metadata=says("Bijdrage"))
    licence_cents = Cents(load_default=0, metadata=says("Licentie", "Leeg: geen."))
    reduced_from_day = Whole(
        load_default=1,
        metadata=says("Nieuwe leden vanaf dag", "Wie in dat jaar op of na deze dag begint, betaalt een deel."),
        validate=validate.Range(1, 31, error="Een dag ligt tussen 1 en 31."),
    )
    reduced_from_month = Whole(
        load_default=10,
        metadata=says("van maand", "10 is oktober."),
        validate=validate.Range(1, 12, error="Een maand ligt tussen 1 en 12."),
    )
    reduced_basis_points = Share(load_default=2500, metadata=says("Nieuwe leden betalen", "Deel van de bijdrage; 100 is alles."))
    licence_is_reduced = YesNo(load_default=False, metadata=says("Ook van de licentie dat deel"))
    also = Rows(
        Text(least=1),
        least=0,
        load_default=(),
        metadata=says("Deze kortingen gelden ook voor de bijdrage", words="kinds"),
    )

    @ma.validates_schema
    def existing_day(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse 31 June."""
        try:
            date(2024, data["reduced_from_month"], data["reduced_from_day"])
        except ValueError:
            raise ma.ValidationError("Deze dag bestaat niet in die maand.", "reduced_from_day") from None


def apply(_cents: int, member: MemberFacts, period: ChargePeriod, settings: UnionFee) -> Move | None:
    """Return the fee for the year in which this charge starts for the member; None when an earlier charge of that year has it."""
    if member.charged_this_year or period.follows_in_year:
        return None
    joined = member.first_day
    starts = period.first_day if joined is None or joined < period.first_day else joined
    is_reduced = (
        joined is not None
        and joined.year == starts.year
        and (joined.month, joined.day) >= (settings.reduced_from_month, settings.reduced_from_day)
    )
    points = settings.reduced_basis_points if is_reduced else 10_000
    licence = settings.licence_cents
    if settings.licence_is_reduced:
        fee = percentage_of(settings.fee_cents + licence, points)
    else:
        fee = percentage_of(settings.fee_cents, points) + licence
    return (settings.fee_cents, licence, points, settings.licence_is_reduced), ("=", fee), fee, ""


@lru_cache(maxsize=64)
def _joined(month: int, day: int) -> Function:
    """Return the year of the start, and whether it lay late in it."""

    def joined(member: MemberFacts) -> Hashable:
        start = member.first_day
        return None if start is None else (start.year, (start.month, start.day) >= (month, day))

    return joined


def looks_at(settings: UnionFee) -> tuple[Look, ...]:
    """Return when the member started, and whether this year has had its fee."""
    return (_joined(settings.reduced_from_month, settings.reduced_from_day), "charged_this_year")


def sentence(recorded: Recorded) -> str:
    """Return the Dutch words."""
    licence, points = recorded["licence_cents"], recorded["basis_points"]
    name = f"bondsbijdrage{' nieuw lid' if points != 10_000 else ''}{' en licentie' if licence else ''}"
    share = f"{shown_percentage(points)} van " if points != 10_000 else ""
    if not share and not licence:
        return name
    parts = euros(recorded["fee_cents"]) + (f" + {euros(licence)}" if licence else "")
    return f"{name} ({share}({parts}))" if share and licence and recorded.get("licence_is_reduced") else f"{name} ({share}{parts})"


def told(settings: UnionFee, _names: Names) -> str:
    """Return the settings in Dutch."""
    licence = f" en {euros(settings.licence_cents)} licentie" if settings.licence_cents else ""
    since = f"{settings.reduced_from_day}-{settings.reduced_from_month}"
    share = "" if settings.reduced_basis_points == 10_000 else f"; nieuw vanaf {since}: {shown_percentage(settings.reduced_basis_points)}"
    return f"{euros(settings.fee_cents)} bijdrage{licence}, één keer per jaar{share}"
