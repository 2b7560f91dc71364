"""Names as lists, sentences, envelopes, sorting, searching and hearing have them."""

from __future__ import annotations

import pytest

from app.relations import naming

NAMES = [
    # surname, prefix, first name, initials, in a list, in a sentence, on an envelope
    ("Boksmeer", "van", "Bas", None, "Boksmeer, Bas van", "Bas van Boksmeer", "B. van Boksmeer"),
    ("Jansen", None, "Jan Peter", "J.P.", "Jansen, Jan Peter", "Jan Peter Jansen", "J.P. Jansen"),
    ("Velde", "van der", None, "K.", "Velde, K. van der", "K. van der Velde", "K. van der Velde"),
    ("Ng", None, None, None, "Ng", "Ng", "Ng"),
    ("Bakkerij de Halm", None, None, None, "Bakkerij de Halm", "Bakkerij de Halm", "Bakkerij de Halm"),
]


@pytest.mark.parametrize(("surname", "prefix", "first", "initials", "listed", "said", "written"), NAMES)
def test_a_name_is_shown_said_and_written(surname, prefix, first, initials, listed, said, written):
    assert naming.display_name(surname, prefix, first, initials) == listed
    assert naming.running_name(surname, prefix, first, initials) == said
    assert naming.envelope_name(surname, prefix, first, initials) == written


@pytest.mark.parametrize(
    ("first_name", "initials", "result"),
    [
        ("Bas", None, "B."),
        ("Jan Peter", None, "J.P."),
        ("Anne-Fleur", None, "A.F."),
        ("Theo", "Th. A.", "Th.A."),
        ("", "JP", "J.P."),
        ("", None, ""),
    ],
)
def test_initials_follow_from_the_first_names_unless_given(first_name, initials, result):
    assert naming.initials_of(first_name, initials) == result


def test_sorting_and_searching_forget_capitals_and_accents():
    names = naming.names_of("Öztürk", None, "Ayşe", "A.")
    assert (names.sort_key, names.search_name) == ("ozturk ayse", "ayse a. ozturk")


ALIKE = [
    ("Meijer", "Meyer", "Meier"),
    ("Christiaans", "Kristians"),
    ("Jansen", "Janssen"),
    ("Vries", "Fries"),
    ("Smit", "Smith", "Smidt"),
    ("Wit", "Witt"),
]


@pytest.mark.parametrize("names", ALIKE)
def test_spellings_that_sound_alike_have_one_key(names):
    assert len({naming.sound_key(name, "Bas") for name in names}) == 1


@pytest.mark.parametrize(("one", "other"), [("Jansen", "Hansen"), ("Bakker", "Dekker"), ("Mulder", "Molenaar"), ("Bos", "Vos")])
def test_other_names_have_other_keys(one, other):
    assert naming.sound_key(one, "Bas") != naming.sound_key(other, "Bas")


@pytest.mark.parametrize(
    ("typed", "prefix", "surname"),
    [
        ("van der Velde", "van der", "Velde"),
        ("Jansen", None, "Jansen"),
        ("de Vries", "de", "Vries"),
        ("Vandersteen", None, "Vandersteen"),
        ("van", None, "van"),
    ],
)
def test_a_prefix_is_taken_off_a_surname(typed, prefix, surname):
    assert naming.split_prefix(typed) == (prefix, surname)
