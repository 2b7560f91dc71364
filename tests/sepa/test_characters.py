import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.errors import DomainError
from app.sepa.characters import check_reference, sepa_text, transliterate

ALLOWED = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("J. Müller-Łukasz & Zn. _#@", "J. Muller-Lukasz + Zn. -"),
        ("Straße Øst Æble Œuvre", "Strasse Ost AEble OEuvre"),
        ("ĳsbrand Đorđe", "ijsbrand Dorde"),
        ("€ 25", "EUR 25"),
        ("“Zeg” ‘het’", "'Zeg' 'het'"),
        ("a  b\tc\nd", "a b c d"),
        ("👍 goed", "goed"),
        ("Жук", ""),
        ("de l'Église (oud), nr. 1+2 a/b?", "de l'Eglise (oud), nr. 1+2 a/b?"),
        ("", ""),
    ],
)
def test_other_writing_comes_back_to_the_epc_set(text, expected):
    assert transliterate(text) == expected


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_what_comes_out_is_always_in_the_set_and_does_not_change_again(text):
    out = transliterate(text)
    assert set(out) <= ALLOWED
    assert out == " ".join(out.split())
    assert transliterate(out) == out


def test_a_long_name_is_cut():
    assert sepa_text("a" * 69 + " bc", 70) == "a" * 69


@pytest.mark.parametrize("text", ["M-1", "a/b", "X" * 35, "Kenmerk (2)"])
def test_a_reference_in_the_set_is_kept(text):
    assert check_reference(text, "Kenmerk") == text


@pytest.mark.parametrize("text", ["", "/a", "a/", "a//b", "é", "X" * 36, "a&b", " a", "a  b", "a_b", "a\n"])
def test_a_reference_that_cannot_be_sent_is_refused_and_named(text):
    with pytest.raises(DomainError) as refused:
        check_reference(text, "Machtigingskenmerk")
    assert refused.value.code == "sepa_reference_invalid"
    assert "Machtigingskenmerk" in refused.value.message


@pytest.mark.parametrize("text", ["a" * 100_000 + "\n", "a " * 50_000 + "é", "/" * 100_000, "a/" * 50_000, " " * 100_000])
def test_a_long_text_takes_no_long_time(text):
    begin = time.perf_counter()
    transliterate(text)
    with contextlib.suppress(DomainError):
        check_reference(text, "Kenmerk", 1_000_000)
    assert time.perf_counter() - begin < 1
