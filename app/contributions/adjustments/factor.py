"""Factor: a number on the function by which the price is multiplied, divided or lowered.

Examples: a fine of EUR 1 x factor; a team's EUR 60 / the number of players; hours of training with the text "2 uur".
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from app.contributions.adjustments.face import Arithmetic, CannotCompute, Move, Names, Recorded, shown_number
from app.contributions.adjustments.settings import Choice, Number, Rows, SettingsSchema, Text, nested, says
from app.contributions.facts import ChargePeriod, MemberFacts
from app.contributions.looks import Look, exactly
from app.kernel.money import round_half_up

NAME = "Factor"
HELP = "Rekent met de factor op de functie: prijs × factor, prijs / factor, of de factor als kortingspercentage."
INPUTS = ("way", "factor")
BESIDE = False
WAYS = {"times": "Prijs × factor", "divided": "Prijs / factor", "percentage": "Factor is een kortingspercentage"}


@dataclass(frozen=True, slots=True)
class FactorText:
    """A text for the invoice when the factor lies from `at_least` up to and including `at_most`."""

    at_least: Fraction
    at_most: Fraction
    text: str


@dataclass(frozen=True, slots=True)
class Factor:
    """`texts`: the first that fits is taken."""

    way: str
    texts: tuple[FactorText, ...]


class TextRow(SettingsSchema):
    """A value or range with its text."""

    MAKES = FactorText
    at_least = Number(required=True, metadata=says("Factor van"))
    at_most = Number(required=True, metadata=says("tot en met"))
    text = Text(least=1, required=True, metadata=says("Tekst op de factuur"))


class Settings(SettingsSchema):
    """How the factor counts, and what it is called on the invoice."""

    MAKES = Factor
    way = Choice(WAYS, required=True, metadata=says("Hoe de factor rekent"))
    texts = Rows(
        nested(TextRow),
        least=0,
        load_default=(),
        metadata=says("Tekst per factor", "Bijvoorbeeld “2 uur” bij factor 2. De eerste die past geldt. Mag leeg."),
    )


def apply(cents: int, member: MemberFacts, _period: ChargePeriod, settings: Factor) -> Move | None:
    """Return the price with the factor; below zero only when the price itself is."""
    if member.factor is None:
        raise CannotCompute("no_factor")
    factor = Fraction(member.factor)
    if settings.way == "times":
        share = factor
    elif settings.way == "divided":
        if factor == 0:
            raise CannotCompute("factor_zero")
        share = 1 / factor
    else:
        share = 1 - factor / 100
    result = round_half_up(cents * share)
    arithmetic: Arithmetic = ("*", share.numerator, share.denominator)
    if result < 0 <= cents:
        arithmetic, result = ("+", -cents), 0
    text = next((row.text for row in settings.texts if row.at_least <= factor <= row.at_most), "")
    return (settings.way, member.factor), arithmetic, result, text


def looks_at(_settings: Factor) -> tuple[Look, ...]:
    """Return the factor."""
    return (exactly("factor"),)


def sentence(recorded: Recorded) -> str:
    """Return the Dutch words."""
    factor = shown_number(recorded["factor"])
    return {"times": f"× factor {factor}", "divided": f"gedeeld door factor {factor}"}.get(
        recorded["way"], f"{factor} % korting volgens de factor"
    )


def told(settings: Factor, _names: Names) -> str:
    """Return the settings in Dutch."""
    ways = {"times": "prijs × factor van de functie", "divided": "prijs / factor van de functie"}
    return ways.get(settings.way, "factor van de functie als kortingspercentage")
