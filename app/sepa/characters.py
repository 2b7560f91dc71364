"""The letters and signs that a SEPA message may carry, and how other writing is brought back to them."""

from __future__ import annotations

import re
import unicodedata

from app.kernel.errors import DomainError

_ALLOWED = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*")
_OUTSIDE = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_UNTIDY = re.compile(r"^ | $|  ")
_REPLACED = str.maketrans(
    {
        "ß": "ss",
        "ẞ": "SS",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "ł": "l",
        "Ł": "L",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "þ": "th",
        "Þ": "Th",
        "ð": "d",
        "Ð": "D",
        "ı": "i",
        "€": "EUR",
        "&": "+",
        "_": "-",
        "–": "-",
        "—": "-",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "‘": "'",
        "’": "'",
        "“": "'",
        "”": "'",
        "„": "'",
        "`": "'",
        "´": "'",
        '"': "'",
    }
)


def transliterate(text: str) -> str:
    """Return text in the EPC basic Latin set, spaces squeezed; a sign that has no likeness becomes a space.

    `J. Müller-Łukasz & Zn. _#@` becomes `J. Muller-Lukasz + Zn. -`.
    Source: EPC217-08, SEPA requirements for an extended character set.
    """
    if _ALLOWED.fullmatch(text):
        return " ".join(text.split()) if _UNTIDY.search(text) else text
    parted = unicodedata.normalize("NFKD", text.translate(_REPLACED))
    bare = "".join(c for c in parted if not unicodedata.combining(c))
    return " ".join(_OUTSIDE.sub(" ", bare.translate(_REPLACED)).split())


def sepa_text(text: str, longest: int) -> str:
    """Return text in the EPC set, cut to at most `longest` characters."""
    return transliterate(text)[:longest].rstrip()


def check_reference(text: str, name: str, longest: int = 35) -> str:
    """Return a reference that a SEPA message may carry as it stands; `name` is its Dutch name.

    A reference is never rewritten, because two could become the same.
    Raises DomainError `sepa_reference_invalid`. Source: EPC217-08: no slash at either end, no two slashes together.
    """
    if (
        not text
        or len(text) > longest
        or _UNTIDY.search(text)
        or not _ALLOWED.fullmatch(text)
        or text[0] == "/"
        or text[-1] == "/"
        or "//" in text
    ):
        raise DomainError(
            "sepa_reference_invalid",
            f"{name} “{text}” kan niet in een SEPA-bestand. Gebruik 1 tot {longest} letters zonder accent, cijfers en - ? : ( ) . , ' +, "
            "zonder / aan het begin of eind.",
            value=text,
        )
    return text
