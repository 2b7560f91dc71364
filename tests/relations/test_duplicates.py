"""The same person or not, as a table."""

from __future__ import annotations

from datetime import date

import pytest

from app.relations.duplicates import Person, likeness

BORN = date(1991, 5, 9)
ROOS = Person(
    "Velthuis",
    "Roos",
    "R.",
    BORN,
    "7201 KL",
    "31",
    frozenset({"roos@voorbeeld.nl"}),
    frozenset({"+31612345678"}),
    frozenset({"NL91ABNA0417164300"}),
)


def roos(**values) -> Person:
    given = {name: getattr(ROOS, name) for name in Person.__dataclass_fields__} | values
    return Person(**given)


BARE = {"postcode": "", "house_number": "", "emails": frozenset(), "phones": frozenset(), "ibans": frozenset()}

TABLE = [
    # what, the other, verdict
    ("exactly", roos(), "same"),
    ("moved and changed her mail", roos(**BARE), "same"),
    ("initials only, same birth date and mail", roos(first_name="", phones=frozenset(), ibans=frozenset(), postcode=""), "same"),
    ("an initial where the first name belongs", roos(first_name="R.", **BARE), "same"),
    ("a slip in the name", roos(surname="Velthuijs", **BARE), "same"),
    ("sounds alike", roos(surname="Felthuus", **BARE), "same"),
    ("married", roos(surname="Bakker-Velthuis", **BARE), "same"),
    ("day and month swapped", roos(birth_date=date(1991, 9, 5), **BARE | {"emails": ROOS.emails}), "same"),
    ("no birth date, same mail", roos(birth_date=None, **BARE | {"emails": ROOS.emails}), "same"),
    ("no birth date, nothing shared", roos(birth_date=None, **BARE), "possible"),
    ("a namesake of another age", roos(birth_date=date(1960, 2, 2), **BARE), "other"),
    ("brother at the address, own birth date", roos(first_name="Daan", initials="D.", birth_date=date(1994, 1, 1)), "family"),
    ("twin at the address", roos(first_name="Fleur", initials="F."), "family"),
    ("twin with the same letter", roos(first_name="Renske"), "family"),
    ("mother with the same first name", roos(birth_date=date(1961, 3, 3)), "family"),
    ("somebody else", Person("Bakker", "Kees", "K.", date(1950, 1, 1)), "other"),
    ("shares a mailbox only", Person("Bakker", "Kees", "K.", date(1950, 1, 1), emails=ROOS.emails), "other"),
]


@pytest.mark.parametrize(("what", "other", "verdict"), TABLE, ids=[row[0] for row in TABLE])
def test_two_cards_are_told_apart(what, other, verdict):
    found = likeness(ROOS, other)
    said = "family" if found.is_family else "same" if found.is_same else "possible" if found.is_possible else "other"
    assert said == verdict, found
    assert likeness(other, ROOS) == found


def test_the_reasons_are_said_in_words():
    found = likeness(ROOS, roos(first_name="", **BARE))
    assert found.reasons == ("Zelfde achternaam", "Zelfde voorletter", "Zelfde geboortedatum")
