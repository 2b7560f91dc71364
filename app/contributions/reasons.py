"""Reasons: why a member is not charged, and why a price cannot be told, each as a Dutch sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from app.contributions.adjustments.face import shown_number
from app.kernel.periods import dutch_date


def _no_rule(category: int | None, born: date | None) -> str:
    who = f"geboren op {dutch_date(born)}" if born else "zonder geboortedatum"
    return f"Geen contributieregel past: {'met' if category else 'zonder'} prijscategorie, {who}. Kijk de regels van deze contributie na."


REASONS: Final[Mapping[str, Callable[..., str]]] = {
    "ended_before": lambda end, first: f"De functie is geëindigd op {dutch_date(end)}, voor de periode die op {dutch_date(first)} begint.",
    "starts_later": lambda start, last: f"De functie begint op {dutch_date(start)}, na de periode die op {dutch_date(last)} eindigt.",
    "collection_over": lambda until: f"Deze contributie wordt na {dutch_date(until)} niet meer in rekening gebracht.",
    "turning_point": lambda start, first: (
        f"De functie begon op {dutch_date(start)}, op of na het omslagpunt: betaling begint met de periode vanaf {dutch_date(first)}."
    ),
    "joined_late": lambda start, first: (
        f"De functie begon op {dutch_date(start)}, na de vaste datum: betaling begint met de periode vanaf {dutch_date(first)}."
    ),
    "no_period": lambda first, last: f"Tussen {dutch_date(first)} en {dutch_date(last)} begint geen periode voor deze functie.",
    "must_hold_first": lambda _type_id: "De relatie heeft de functie niet die voor deze contributie nodig is.",
    "no_rule": _no_rule,
    "free": lambda description: f"De regel “{description}” is gratis.",
    "formula_zero": lambda description: f"De berekening van “{description}” komt op € 0,00 uit; zo'n regel vervalt.",
    "charged_already": lambda: "Voor deze periode is al een regel gemaakt.",
}

ERRORS: Final[Mapping[str, Callable[..., str]]] = {
    "no_birth_date": lambda: (
        "De geboortedatum ontbreekt, en de contributieregels verschillen per leeftijd. Vul de geboortedatum op de kaart in."
    ),
    "no_start_date": lambda: "De begindatum van de functie ontbreekt, en de periode wordt vanaf die datum geteld. Vul hem in.",
    "rules_fit_equally": lambda one, one_id, two, two_id: (
        f"De regels “{one}” (nummer {one_id}) en “{two}” (nummer {two_id}) passen allebei even goed. Verander of verwijder er een."
    ),
    "no_factor": lambda: "De factor op de functie is leeg. Vul hem in.",
    "factor_zero": lambda: "De factor op de functie is 0, en delen door 0 kan niet. Vul een andere factor in.",
    "quantity_negative": lambda quantity: f"Het aantal op de functie is {quantity}; het moet 0 of meer zijn.",
    "gift_negative": lambda _cents: "Het giftbedrag van de relatie is negatief. Verbeter het op de kaart.",
    "no_value_units": lambda: "Het aantal waarde-eenheden is leeg, en de staffel rekent ermee. Vul het in.",
    "outside_brackets": lambda units: f"De waarde {shown_number(units)} valt buiten de treden van de staffel. Vul de staffel aan.",
    "unknown_field": lambda name: f"Het veld “{name}” bestaat niet op deze kaart. Verbeter de formule of het vinkje van de regel.",
    "empty_field": lambda name: f"Het veld “{name}” is leeg, en het bedrag hangt ervan af. Vul het op de kaart in.",
    "field_no_number": lambda name: f"Het veld “{name}” is geen getal of ja/nee, en de formule rekent ermee.",
    "interval_wrong": lambda name, value: (
        f"In het veld “{name}” staat {'niets' if value in (None, '') else f'“{value}”'}. Vul op de kaart in: 1, 2, 3, 4, 6 of 12 maanden."
    ),
    "division_by_zero": lambda: "De formule deelt door 0. Kijk de velden op de kaart na.",
    "formula_too_large": lambda: "De formule geeft een bedrag dat te groot is. Kijk de velden op de kaart na.",
    "round_decimals": lambda: "De formule rondt af op een aantal decimalen dat niet bestaat; kies 0 tot en met 6.",
}


def reason_sentence(reason: str, *values: Any) -> str:
    """Return the sentence of a reason of either kind."""
    return (REASONS.get(reason) or ERRORS[reason])(*values)
