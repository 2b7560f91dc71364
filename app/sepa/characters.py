"""The letters and signs that a SEPA message may carry, and how other writing is brought back to them."""

from __future__ import annotations

import re
import unicodedata

from app.kernel.errors import DomainError

_ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-?:().,'+ ")
_TIDY = re.compile(r"(?:[A-Za-z0-9/\-?:().,'+]+(?: [A-Za-z0-9/\-?:().,'+]+)*)?")
_REFERENCE = re.compile(r"(?!/)(?!.*//)(?!.*/$)[A-Za-z0-9/\-?:().,'+]+(?: [A-Za-z0-9/\-?:().,'+]+)*")
_MOST_LETTERS = 10_000
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


class _Letters(dict[int, str]):
    """What each letter becomes, worked out once per letter."""

    def __missing__(self, code: int) -> str:
        parted = unicodedata.normalize("NFKD", chr(code).translate(_REPLACED))
        bare = "".join(c for c in parted if not unicodedata.combining(c)).translate(_REPLACED)
        found = "".join(c if c in _ALLOWED else " " for c in bare)
        if len(self) < _MOST_LETTERS:
            self[code] = found
        return found


_LETTERS = _Letters()


def transliterate(text: str) -> str:
    """Return text in the EPC basic Latin set, spaces squeezed; a sign that has no likeness becomes a space.

    `J. Müller-Łukasz & Zn. _#@` becomes `J. Muller-Lukasz + Zn. -`.
    Source: EPC217-08, SEPA requirements for an extended character set.
    """
    return text if _TIDY.fullmatch(text) else " ".join(text.translate(_LETTERS).split())


def sepa_text(text: str, longest: int) -> str:
    """Return text in the EPC set, cut to at most `longest` characters."""
    return transliterate(text)[:longest].rstrip()


def check_reference(text: str, name: str, longest: int = 35) -> str:
    """Return a reference that a SEPA message may carry as it stands; `name` is its Dutch name.

    A reference is never rewritten, because two could become the same.
    Raises DomainError `sepa_reference_invalid`. Source: EPC217-08: no slash at either end, no two slashes together.
    """
    if len(text) > longest or not _REFERENCE.fullmatch(text):
        raise DomainError(
            "sepa_reference_invalid",
            f"{name} “{text}” kan niet in een SEPA-bestand. Gebruik 1 tot {longest} letters zonder accent, cijfers en - ? : ( ) . , ' +, "
            "zonder / aan het begin of eind.",
            value=text,
        )
    return text
