"""An enrollment beside a card that exists: field by field what is there, and what is proposed to stay."""

from __future__ import annotations

from dataclasses import dataclass

from app.kernel.errors import DomainError
from app.kernel.identifiers import folded

LABELS = {
    "first_name": "Voornaam",
    "initials": "Voorletters",
    "prefix": "Tussenvoegsel",
    "surname": "Achternaam",
    "gender": "Geslacht",
    "birth_date": "Geboortedatum",
    "email": "E-mailadres",
    "phone": "Telefoon",
    "address": "Adres",
    "iban": "IBAN",
}
# Of these the newest is most likely right; of the others what the card says stays, unless it says nothing.
_NEWEST_WINS = {"email", "phone", "address", "first_name", "initials"}


@dataclass(frozen=True, slots=True)
class Beside:
    """One field: `verdict` is same, new (the enrollment is proposed), keep (the card is proposed) or choose (nothing is)."""

    name: str
    label: str
    submitted: str
    existing: str
    verdict: str


def beside(submitted: dict[str, str], existing: dict[str, str]) -> list[Beside]:
    """Return the fields that the enrollment fills, beside what the card has. An IBAN that differs is never proposed."""
    found = []
    for name, label in LABELS.items():
        new, old = submitted.get(name) or "", existing.get(name) or ""
        if new:
            found.append(Beside(name, label, new, old, _verdict(name, new, old)))
    return found


def _verdict(name: str, new: str, old: str) -> str:
    if new == old or (name != "iban" and folded(new) == folded(old)):
        return "same"
    if name == "iban":
        return "choose"
    if not old:
        return "new"
    says_less = name == "first_name" and len(new.rstrip(".")) < 2 < len(old)  # an initial beside a whole name
    return "new" if name in _NEWEST_WINS and not says_less else "keep"


def taken_over(fields: list[Beside], choices: dict[str, str]) -> frozenset[str]:
    """Return the fields to take over from the enrollment; `choices` says "new" or "keep" by field, unsaid is as proposed.

    Raises DomainError `choice_missing` for a field that has to be chosen and was not.
    """
    taken = set()
    for field in fields:
        choice = choices.get(field.name) or field.verdict
        if choice == "choose":
            raise DomainError(
                "choice_missing",
                f"Kies nog welk {field.label} blijft: dat van de inschrijving of dat van de kaart.",
                field=f"take_{field.name}",
            )
        if choice == "new":
            taken.add(field.name)
    return frozenset(taken)
