"""What a card must be, as one table: each rule with its Dutch title and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.kernel.periods import add_months


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong on a card. `remedy` tells in plain words what to do."""

    code: str
    title: str
    remedy: str


RULES = {
    rule.code: rule
    for rule in (
        Rule("no_email", "Geen e-mailadres, maar wel post per e-mail", "Vraag het e-mailadres, of zet Correspondentie op Papier."),
        Rule("email_refused", "E-mailadres geweigerd", "De mailserver van de ontvanger kent dit adres niet. Vraag een ander adres."),
        Rule("no_birth_date", "Geen geboortedatum", "Vraag de geboortedatum: de contributie hangt van de leeftijd af."),
        Rule("no_address", "Geen adres dat nu geldt", "Vul het adres in, met de dag vanaf wanneer het geldt."),
        Rule("invalid_iban", "IBAN klopt niet", "Vraag het rekeningnummer na; er zijn vaak twee cijfers verwisseld."),
        Rule("direct_debit_without_mandate", "Incasso zonder machtiging", "Leg de machtiging vast, of zet Betaalwijze op Overboeking."),
        Rule("overlapping_functions", "Functie staat er dubbel", "Beëindig of verwijder een van de twee functies."),
        Rule("age_outside_range", "Leeftijd past niet bij de functie", "Controleer de geboortedatum, of kies een andere functie."),
        Rule("required_field", "Verplicht gegeven ontbreekt", "Vul het gegeven in; de functie vraagt erom."),
        Rule("deceased_with_function", "Overleden, maar met een lopende functie", "Beëindig de functies van deze relatie."),
        Rule(
            "bsn_in_text",
            "Burgerservicenummer in een tekst",
            "Een vereniging mag een BSN niet bewaren: haal het weg. Is het een ander nummer, accepteer dan met de reden.",
        ),
        Rule(
            "shared_sign_in",
            "Inloggen kan niet: e-mailadres staat op meer kaarten",
            "Op nog een kaart met dit e-mailadres geeft een functie toegang, dus niemand kan ermee inloggen. Geef elk een eigen e-mailadres.",
        ),
        Rule("outside_area", "Woont buiten het gebied van de afdeling", "Controleer de postcode, of laat de relatie overgaan."),
    )
}

# Fields that a function type may require, by their name there, with what they are called.
REQUIRED_FIELDS = {
    "birth_date": "geboortedatum",
    "gender": "geslacht",
    "initials": "voorletters",
    "first_name": "voornaam",
    "kvk": "KvK-nummer",
    "email": "e-mailadres",
    "phone": "telefoonnummer",
    "mobile": "mobiel nummer",
    "address": "adres",
    "iban": "rekeningnummer",
}
# Letters as the figures of ISO 13616: A is 10, Z is 35.
_FIGURES = {ord(letter): str(figure) for figure, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", start=10)}


def born_limits(minimum_age: int | None, maximum_age: int | None, today: date) -> tuple[date | None, date | None]:
    """Return the latest and the earliest date of birth that fit an age range today, either None without that limit.

    Who is exactly `minimum_age` today fits, and who is `maximum_age` fits until the day before the next birthday.
    """
    latest = add_months(today, -12 * minimum_age) if minimum_age is not None else None
    earliest = add_months(today, -12 * (maximum_age + 1)) if maximum_age is not None else None
    return latest, earliest


def is_plausible_iban(iban: str) -> bool:
    """Whether an account number passes the check of ISO 13616 (mod 97-10), and has 18 signs when it is Dutch."""
    if not (15 <= len(iban) <= 34 and iban.isascii() and iban.isalnum() and iban.isupper() and iban[:2].isalpha() and iban[2:4].isdigit()):
        return False
    if iban.startswith("NL") and len(iban) != 18:
        return False
    return int((iban[4:] + iban[:4]).translate(_FIGURES)) % 97 == 1
