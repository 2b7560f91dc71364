"""Whether two cards are the same person: a score with its reasons, from plain values.

Brothers, sisters and parents share surname, address, phone and often the account; a first name or date of birth that
differs tells them apart and outweighs all of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from app.kernel.identifiers import folded
from app.relations.naming import sound_of

SAME, POSSIBLE = 70, 45  # from this score on: surely enough to ask; worth showing
_FAMILY = 25  # where a family member's score stops

_ALIKE = 84  # rapidfuzz ratio of 0-100 from which two names are taken for one with a slip of the pen


@dataclass(frozen=True, slots=True)
class Person:
    """What is compared. Texts as on the card; contacts and accounts normalised."""

    surname: str
    first_name: str = ""
    initials: str = ""
    birth_date: date | None = None
    postcode: str = ""
    house_number: str = ""
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    ibans: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much two persons are alike: 0-100, what speaks for it, what against it, and whether it looks like family."""

    score: int
    reasons: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    is_family: bool = False

    @property
    def is_same(self) -> bool:
        """Whether it is most likely one person."""
        return self.score >= SAME

    @property
    def is_possible(self) -> bool:
        """Whether it is worth showing."""
        return self.score >= POSSIBLE


def likeness(one: Person, other: Person) -> Likeness:
    """Return how much two persons are alike, with the reasons as short Dutch phrases."""
    parts = [_surname(one, other), _first_name(one, other), _birth(one, other), *_shared(one, other)]
    reasons = tuple(text for points, text in parts if points > 0)
    doubts = tuple(text for points, text in parts if points < 0)
    score = max(0, min(100, sum(points for points, _ in parts)))
    is_family = _is_family(one, other, parts)
    return Likeness(min(score, _FAMILY) if is_family else score, reasons, doubts, is_family)


def _surname(one: Person, other: Person) -> tuple[int, str]:
    a, b = folded(one.surname), folded(other.surname)
    if a == b:
        return 30, "Zelfde achternaam"
    if _common_part(a, b):
        return 22, "Deel van de achternaam is gelijk"
    if fuzz.ratio(a, b) >= _ALIKE:
        return 22, "Achternaam lijkt erop"
    if sound_of(a) == sound_of(b):
        return 20, "Achternaam klinkt hetzelfde"
    return -20, "Andere achternaam"


def _common_part(a: str, b: str) -> bool:
    """Whether a double surname holds the other: Jansen-de Vries and Jansen, or de Vries."""
    if "-" not in a + b:
        return False
    parts_a, parts_b = ({part.split()[-1] for part in name.split("-") if part.strip()} for name in (a, b))
    return bool(parts_a & parts_b)


def _first_name(one: Person, other: Person) -> tuple[int, str]:
    a, b = (folded(person.first_name).replace(".", " ").strip() for person in (one, other))
    if len(a) > 1 and len(b) > 1:
        if a == b:
            return 22, "Zelfde voornaam"
        if a.split()[0] == b.split()[0] or fuzz.ratio(a, b) >= _ALIKE or (sound_of(a) == sound_of(b) and a[0] == b[0]):
            return 15, "Voornaam lijkt erop"
        if a[0] == b[0] and fuzz.partial_ratio(a, b) == 100:
            return 12, "Voornaam past"
        return (-15, "Andere voornaam") if a[0] == b[0] else (-30, "Andere voornaam")
    letters = [folded(person.first_name or person.initials)[:1] for person in (one, other)]
    if not all(letters):
        return 0, ""
    return (8, "Zelfde voorletter") if letters[0] == letters[1] else (-30, "Andere voorletter")


def _birth(one: Person, other: Person) -> tuple[int, str]:
    a, b = one.birth_date, other.birth_date
    if not a or not b:
        return 0, ""
    if a == b:
        return 35, "Zelfde geboortedatum"
    if a.year == b.year and (a.day, a.month) == (b.month, b.day):
        return 18, "Dag en maand van de geboortedatum verwisseld"
    if sum(x != y for x, y in zip(a.isoformat(), b.isoformat(), strict=True)) == 1:
        return 12, "Geboortedatum verschilt één cijfer"
    return -35, "Andere geboortedatum"


def _shared(one: Person, other: Person) -> list[tuple[int, str]]:
    found = []
    if one.postcode and one.postcode == other.postcode and folded(one.house_number) == folded(other.house_number):
        found.append((12, "Zelfde adres"))
    if one.emails & other.emails:
        found.append((20, "Zelfde e-mailadres"))
    if one.ibans & other.ibans:
        found.append((15, "Zelfde IBAN"))
    if one.phones & other.phones:
        found.append((12, "Zelfde telefoonnummer"))
    return found


def _is_family(one: Person, other: Person, parts: list[tuple[int, str]]) -> bool:
    """Whether these are two people of one household: something shared, another first name, and no slip of the pen."""
    first_name, birth, shared = parts[1], parts[2], parts[3:]
    if not shared or not parts[0][0] > 0:
        return False
    other_born = birth[0] < 0
    return first_name[0] < 0 or (other_born and abs((one.birth_date or date.min).year - (other.birth_date or date.min).year) > 1)
