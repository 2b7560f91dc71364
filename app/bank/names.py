"""How alike two names are, the way banks write them: initials, prefixes, joint accounts."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import fuzz

from app.kernel.identifiers import folded

_JOINT = re.compile(r"\be/?o\b|\ben/of\b|\ben\b|[&+]|\bcj\b|\bc\.j\.")
_NO_NAME = frozenset("dhr mw mevr mevrouw de heer fam familie hr ing drs ir dr mr prof".split())  # noqa: SIM905 - a sentence of words reads better than a list
PREFIXES = frozenset("van von der den ter ten te het in op aan la le du di da st".split())  # noqa: SIM905
_OTHER_INITIAL = 75  # the most that one surname with two different first letters gives
_SPLIT = re.compile(r"[^a-z0-9]+")
_REMEMBERED = 4_096  # names; those of one payment are asked for again and again, those of the next are others


def split(name: str) -> tuple[str, ...]:
    """Return the words of a name without titles, in small letters without accents."""
    plain = name.lower() if name.isascii() else folded(name)
    if plain.isascii() and plain.replace(" ", "").isalpha():  # most are only words: these take a third of the time
        found = plain.split()
        return tuple(found) if _NO_NAME.isdisjoint(found) else tuple(w for w in found if w not in _NO_NAME)
    return tuple(w for w in _SPLIT.split(plain) if w and w not in _NO_NAME)


words = lru_cache(maxsize=_REMEMBERED)(split)


@lru_cache(maxsize=_REMEMBERED)
def surnames_of(found: tuple[str, ...]) -> frozenset[str]:
    """Return the words that can be a surname: three letters or more and no prefix."""
    return frozenset(w for w in found if len(w) > 2 and w not in PREFIXES)


def surnames(name: str) -> frozenset[str]:
    """Return the words of a name that can be a surname."""
    return surnames_of(words(name))


@lru_cache(maxsize=_REMEMBERED)
def _initials(found: tuple[str, ...]) -> frozenset[str]:
    return frozenset(w[0] for w in found)


@lru_cache(maxsize=_REMEMBERED)
def _first(found: tuple[str, ...], common: frozenset[str]) -> str:
    return next((w for w in found if w not in common and w not in PREFIXES), "")


@lru_cache(maxsize=_REMEMBERED)
def holders(bank_name: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of each holder of a joint account."""
    return tuple(found for part in _JOINT.split(folded(bank_name)) if (found := words(part)))


@lru_cache(maxsize=_REMEMBERED)
def _sorted(found: tuple[str, ...]) -> str:
    return " ".join(sorted(found))


def likeness(bank_name: str, debtor_name: str, at_least: int = 0) -> int:
    """Return 0 to 100: above 90 the same person as far as names go, above 80 the same surname.

    A joint account is compared per holder. `J.P. Jansen e/o A. de Vries` and `Jan Peter Jansen` give 93. Who asks `at_least` (80 or
    less) may get less than it for whatever stays below it, which takes less time to tell.
    """
    right = words(debtor_name)
    both = holders(bank_name)
    if len(both) == 1:
        return _likeness(both[0], right, at_least)
    return max((_likeness(left, right, at_least) for left in both), default=0)


def _likeness(left: tuple[str, ...], right: tuple[str, ...], at_least: int) -> int:
    if not left or not right:
        return 0
    common = surnames_of(left) & surnames_of(right)
    if not common and left[-1][0] not in _initials(right):
        return 0
    sorted_left, sorted_right = _sorted(left), _sorted(right)
    if sorted_left == sorted_right:
        return 100
    first_left, first_right = (_first(left, common), _first(right, common)) if common else ("", "")
    if first_left and first_right and first_left[0] != first_right[0] and at_least > _OTHER_INITIAL:
        return 0
    plain = int(fuzz.ratio(sorted_left, sorted_right, score_cutoff=at_least))
    if not common:
        return min(plain, 85)
    if not first_left or not first_right:
        return max(plain, 80) if plain < 90 else plain
    if first_left == first_right:
        return max(plain, 95)
    if first_left[0] != first_right[0]:
        return min(plain, _OTHER_INITIAL)
    return max(plain, 93) if 1 in (len(first_left), len(first_right)) else min(plain, 88)
