"""How a relation is called: in a list, in a sentence, on an envelope, when sorted, searched and heard."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.kernel.identifiers import folded

_SEARCH_LENGTH, _SHOWN_LENGTH, _SOUND_LENGTH = 240, 200, 24

# What sounds alike is written alike, in this order. Made for Dutch surnames: Meijer, Meyer and Meier; De Wit and De Witt.
_SOUNDS = (
    (r"sch", "s"),
    (r"sj", "s"),
    (r"ch(?=[rl])", "k"),
    (r"ch", "g"),
    (r"ph", "f"),
    (r"th", "t"),
    (r"gh", "g"),
    (r"kh", "k"),
    (r"ck|cq", "k"),
    (r"qu", "kw"),
    (r"c(?=[eiy])", "s"),
    (r"[cq]", "k"),
    (r"x", "ks"),
    (r"z", "s"),
    (r"v", "f"),
    (r"dt|d\b", "t"),
    (r"b\b", "p"),
    (r"ij|y", "i"),
)


@dataclass(frozen=True, slots=True)
class Names:
    """The names that are kept with a card."""

    display_name: str
    sort_key: str
    search_name: str
    sound_key: str


def names_of(
    surname: str, prefix: str | None = None, first_name: str | None = None, initials: str | None = None, kind: str = "person"
) -> Names:
    """Return all names that follow from what was typed: "Boksmeer, Bas van" and how that is sorted, searched and heard."""
    shown = display_name(surname, prefix, first_name, initials)[:_SHOWN_LENGTH]
    words = (first_name, initials, prefix, surname)
    return Names(
        display_name=shown,
        sort_key=re.sub(r"[^\w ]", "", folded(shown))[:_SHOWN_LENGTH],
        search_name=folded(" ".join(word for word in words if word))[:_SEARCH_LENGTH],
        sound_key=sound_key(surname, (first_name or initials) if kind == "person" else None),
    )


def display_name(surname: str, prefix: str | None = None, first_name: str | None = None, initials: str | None = None) -> str:
    """Return the name as lists show it: "Boksmeer, Bas van", or the surname alone."""
    behind = " ".join(part for part in (first_name or initials, prefix) if part)
    return f"{surname}, {behind}" if behind else surname


def running_name(surname: str, prefix: str | None = None, first_name: str | None = None, initials: str | None = None) -> str:
    """Return the name as a sentence says it: "Bas van Boksmeer"."""
    return " ".join(part for part in (first_name or initials, prefix, surname) if part)


def envelope_name(surname: str, prefix: str | None = None, first_name: str | None = None, initials: str | None = None) -> str:
    """Return the name as an envelope has it: "B. van Boksmeer"."""
    return running_name(surname, prefix, initials_of(first_name or "", initials))


def initials_of(first_name: str, initials: str | None = None) -> str:
    """Return initials as "J.P.": those given, else the first letters of the first names."""
    if initials:
        letters = re.findall(r"[^\W\d_]+", initials)
        if len(letters) == 1 and letters[0].isupper():
            letters = list(letters[0])  # "JP" means J.P.
        return "".join(f"{part[:1].upper() + part[1:]}." for part in letters)
    return "".join(f"{part[0].upper()}." for part in re.findall(r"[^\W\d_]+", first_name))


def split_prefix(surname: str) -> tuple[str | None, str]:
    """Take the prefix off a surname typed in one field: "van der Velde" gives ("van der", "Velde")."""
    found = re.match(
        r"^((?:(?:van|de|den|der|het|ter|ten|te|in|op|aan|bij|over|uit|voor|la|le|von|zu|'t|’t|d')\s+)+)(\S.*)$", surname, re.IGNORECASE
    )
    return (found[1].strip(), found[2]) if found else (None, surname)


def sound_key(surname: str, first_name: str | None = None) -> str:
    """Return how a surname sounds, and the first letter of the first name: "BKSMR B". Cards with the same key are compared."""
    letter = folded(first_name or "")[:1].upper()
    return f"{sound_of(surname)[: _SOUND_LENGTH - 2]} {letter}".strip()


def sound_of(name: str) -> str:
    """Return the consonants that one hears in a name, with its first letter."""
    text = re.sub(r"[^a-z ]", "", folded(re.sub(r"-.*", "", name)))  # of a double surname the first
    for written, heard in _SOUNDS:
        text = re.sub(written, heard, text)
    bare = text.replace(" ", "")
    heard = bare[:1] + re.sub(r"[aeiouhj]", "", bare[1:])
    return re.sub(r"(.)\1+", r"\1", heard).upper()
