"""What somebody looks for, told from the shape of what was typed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.kernel.identifiers import folded
from app.relations.naming import sound_of

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LONGEST = 100
_MAX_WORDS = 6
_MAX_NUMBER = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the text may be. Empty parts are not looked for; a card is found when any part finds it."""

    words: tuple[str, ...] = ()  # each in the name or at the front of the town
    number: int | None = None
    phone: str = ""  # figures anywhere in a phone number
    email: str = ""
    iban: str = ""
    postcode: str = ""
    sound_keys: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return self == Wanted()


def wanted(text: str) -> Wanted:
    """Return what is looked for: a name, number, e-mail address, town, phone number, IBAN or postcode, or a part of it."""
    bare = folded(text[:_LONGEST].replace("\x00", ""))
    compact = re.sub(r"[\s.\-()]", "", bare)
    if not compact:
        return Wanted()
    if "@" in compact:
        return Wanted(email=compact)
    if re.fullmatch(r"\+?[0-9]+", compact):
        figures = re.sub(r"^(\+31|0031|\+|00|0)", "", compact)
        number = int(compact) if compact.isdigit() and int(compact) <= _MAX_NUMBER else None
        return Wanted(
            number=number, phone=figures if len(figures) >= 4 else "", iban=compact if len(compact) >= 4 and compact.isdigit() else ""
        )
    if re.fullmatch(r"[1-9][0-9]{3}[a-z]{2}", compact):
        return Wanted(postcode=f"{compact[:4]} {compact[4:].upper()}")
    if re.fullmatch(r"[a-z]{2}[0-9]{2}[a-z0-9]*", compact):
        return Wanted(iban=compact.upper())
    words = tuple(word for word in re.split(r"[\s,]+", bare) if word)[:_MAX_WORDS]
    return Wanted(words=words, email=compact if len(words) == 1 and len(compact) >= 3 else "", sound_keys=_sounds(words))


def _sounds(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sound keys that a surname, alone or behind a first name, may have."""
    surname = words[-1]
    sound = sound_of(surname)[:22]
    if len(surname) < 4 or len(sound) < 2:
        return ()
    if len(words) > 1:
        return (f"{sound} {words[0][:1].upper()}",)
    return (sound, *(f"{sound} {letter}" for letter in LETTERS))
