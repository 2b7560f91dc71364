"""What is missing or odd about an enrollment, for whoever judges it: short Dutch sentences, never a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from app.kernel.identifiers import folded
from app.kernel.periods import age_on, dutch_date

_ADULT = 18


@dataclass(frozen=True, slots=True)
class Applicant:
    """What is looked at."""

    surname: str
    birth_date: date | None = None
    postcode: str | None = None
    street: str | None = None
    email: str | None = None
    phone: str | None = None
    iban: str | None = None
    account_holder: str | None = None
    wants_direct_debit: bool = False
    wanted_from: date | None = None
    chosen_department: str | None = None
    department_by_postcode: str | None = None
    required_fields: tuple[str, ...] = ()


def oddities(applicant: Applicant, today: date) -> list[str]:
    """Return what to look at before accepting."""
    one = applicant
    found = []
    if not one.birth_date:
        found.append("Er is geen geboortedatum; de contributie kan daarvan afhangen.")
    elif age_on(one.birth_date, today) < _ADULT and one.wants_direct_debit:
        found.append(f"Nog geen {_ADULT} jaar: een ouder moet de machtiging geven.")
    if not one.street:
        found.append("Er is geen adres.")
    if not one.email:
        found.append("Er is geen e-mailadres: welkomstmail en facturen gaan per post.")
    if one.iban and not one.iban.startswith("NL"):
        found.append(f"De rekening is van een buitenlandse bank ({one.iban[:2]}). Kijk of je bank daarvan incasseert.")
    if one.wants_direct_debit and not one.iban:
        found.append("Wil automatische incasso, maar er is geen IBAN.")
    if one.account_holder and fuzz.partial_ratio(folded(one.surname), folded(one.account_holder)) < 80:
        found.append(f"De rekening staat op naam van {one.account_holder}.")
    if one.wanted_from and one.wanted_from < today:
        found.append(f"De gewenste begindatum {dutch_date(one.wanted_from)} is voorbij.")
    if one.chosen_department and one.department_by_postcode and one.chosen_department != one.department_by_postcode:
        found.append(f"Koos {one.chosen_department}, maar postcode {one.postcode} hoort bij {one.department_by_postcode}.")
    return found
