"""What custom fields stand on, and the kinds they come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

HOLDERS: Final[Mapping[str, str]] = {"relation": "Relatie", "function": "Functie", "organisation": "Organisatie"}
KINDS: Final[Mapping[str, str]] = {
    "text": "Tekst",
    "number": "Getal",
    "amount": "Bedrag",
    "date": "Datum",
    "yes_no": "Ja of nee",
    "choice": "Keuze",
    "choices": "Meer keuzes",
}
