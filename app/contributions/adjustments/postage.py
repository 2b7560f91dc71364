"""Postage: a line beside the price, per country and then per postcode range, from the date on which it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import marshmallow as ma
from marshmallow import validate

from app.contributions.adjustments.face import Move, Names, Recorded
from app.contributions.adjustments.settings import Cents, Day, Rows, SettingsSchema, Text, nested, says
from app.contributions.facts import ChargePeriod, MemberFacts
from app.contributions.looks import Look
from app.kernel.money import euros
from app.kernel.periods import dutch_date

NAME = "Porto"
HELP = "Voegt verzendkosten toe per land, en daarbinnen per reeks postcodes, geldig vanaf een datum."
INPUTS = ("country", "postcode")
BESIDE = True


@dataclass(frozen=True, slots=True)
class PostageRow:
    """`postcode_from` and `postcode_to` empty: the whole country. The last postcode holds with all that begins with it."""

    country: str
    valid_from: date
    cents: int
    postcode_from: str
    postcode_to: str


@dataclass(frozen=True, slots=True)
class Postage:
    """The rates."""

    rows: tuple[PostageRow, ...]


class RowFields(SettingsSchema):
    """A rate."""

    MAKES = PostageRow
    country = ma.fields.String(
        required=True,
        metadata=says("Land", "Twee letters, zoals NL."),
        validate=validate.Regexp("^[A-Z]{2}$", error="Schrijf een landcode van twee letters, zoals NL."),
    )
    postcode_from = Text(load_default="", metadata=says("Postcode van"))
    postcode_to = Text(load_default="", metadata=says("tot en met"))
    cents = Cents(required=True, metadata=says("Porto"))
    valid_from = Day(required=True, metadata=says("Geldt vanaf"))

    @ma.validates_schema
    def whole_range(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse half a range, or one that runs back."""
        if bool(data.get("postcode_from")) != bool(data.get("postcode_to")) or data.get("postcode_from", "") > data.get("postcode_to", ""):
            raise ma.ValidationError("Vul een eerste en een laatste postcode in, in volgorde, of geen van beide.", "postcode_from")


class Settings(SettingsSchema):
    """The rates."""

    MAKES = Postage
    rows = Rows(nested(RowFields), required=True, metadata=says("Tarieven", "Zonder postcodes geldt het tarief voor het hele land."))


def rate(settings: Postage, country: str, postcode: str, day: date) -> PostageRow | None:
    """Return the rate that holds: a range goes before the whole country, then the latest date."""
    bare = postcode.replace(" ", "").upper()
    fitting = [
        row
        for row in settings.rows
        if row.country == country
        and row.valid_from <= day
        and (not row.postcode_from or (row.postcode_from <= bare and bare[: len(row.postcode_to)] <= row.postcode_to))
    ]
    return max(fitting, key=lambda row: (bool(row.postcode_from), row.valid_from), default=None)


def apply(_cents: int, member: MemberFacts, period: ChargePeriod, settings: Postage) -> Move | None:
    """Return the postage on the period's first day, if any."""
    found = rate(settings, member.country, member.postcode, period.first_day)
    if found is None or not found.cents:
        return None
    return (member.country, member.postcode), ("=", found.cents), found.cents, ""


def looks_at(_settings: Postage) -> tuple[Look, ...]:
    """Return the address."""
    return ("country", "postcode")


def sentence(recorded: Recorded) -> str:
    """Return the Dutch words."""
    return f"porto {recorded['country']} {recorded['postcode']}".rstrip()


def told(settings: Postage, _names: Names) -> str:
    """Return the settings in Dutch."""
    shown = []
    for row in settings.rows:
        where = f"{row.country} {row.postcode_from}-{row.postcode_to}" if row.postcode_from else row.country
        shown.append(f"{where} {euros(row.cents)} vanaf {dutch_date(row.valid_from)}")
    return "; ".join(shown)
