"""Numbers with a check, against published vectors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from app.kernel import identifiers as i
from app.kernel.errors import DomainError


@pytest.mark.parametrize(
    ("kvk", "creditor_id"),
    [
        ("12345678", "NL69ZZZ123456780000"), ("40476632", "NL77ZZZ404766320000"), ("41009723", "NL39ZZZ410097230000"),
        ("27124700", "NL18ZZZ271247000000"), ("00000001", "NL70ZZZ000000010000"),
    ],
)  # fmt: skip
def test_creditor_id_of_a_kvk_number(kvk: str, creditor_id: str) -> None:
    assert i.creditor_id_for(kvk) == i.parse_creditor_id(creditor_id) == creditor_id


@pytest.mark.parametrize(
    "text",
    [
        "5000056789012345",
        "12234534622567",
        "9000000000000001",
        "6202600000000123",
        "0123456789012345",
        "0000000000000000",
        "271234567",
        "8112345678901",
    ],
)
def test_betalingskenmerk_is_known(text: str) -> None:
    assert i.is_kenmerk(text)


@pytest.mark.parametrize("text", ["5000056789012346", "1906350066203673", "1234567", "500005678901234", "", "50000567890123AB"])
def test_betalingskenmerk_is_refused(text: str) -> None:
    assert not i.is_kenmerk(text)


def test_betalingskenmerk_is_made() -> None:
    assert i.kenmerk(56789012345) == "5000056789012345"
    assert i.kenmerk(202600000000123) == "6202600000000123"


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        ("539007547034", "RF18539007547034"),
        ("2026000123", "RF462026000123"),
        ("F2026000123", "RF86F2026000123"),
        ("A" * 21, "RF47" + "A" * 21),
    ],
)
def test_rf_reference(body: str, reference: str) -> None:
    assert i.rf_reference(body) == reference
    assert i.is_rf_reference(reference)
    assert not i.is_rf_reference("RF19539007547034")


@pytest.mark.parametrize(
    ("parse", "typed", "kept"),
    [
        (i.parse_iban, "nl91 abna 0417 1643 00", "NL91ABNA0417164300"), (i.parse_iban, "DE89370400440532013000", "DE89370400440532013000"),
        (i.parse_postcode, "7201ab", "7201 AB"), (i.parse_phone, "06-12345678", "+31612345678"), (i.parse_phone, "0031 575 512345", "+31575512345"),
        (i.parse_email, " Jo@Post.Example ", "Jo@post.example"), (i.parse_kvk, "1234 5678", "12345678"), (i.parse_bic, "abnanl2a", "ABNANL2A"),
    ],
)  # fmt: skip
def test_kept_in_one_form(parse: Callable[[str], str], typed: str, kept: str) -> None:
    assert parse(typed) == kept


@pytest.mark.parametrize(
    ("parse", "typed"),
    [
        (i.parse_iban, "NL92ABNA0417164300"), (i.parse_iban, "NL91"), (i.parse_iban, ""), (i.parse_postcode, "0123 AB"), (i.parse_postcode, "1234 SS"),
        (i.parse_phone, "telefoon"), (i.parse_email, "jo.post.example"), (i.parse_email, "a@b@c.nl"), (i.parse_kvk, "1234567"), (i.parse_bic, "X"),
        (i.parse_creditor_id, "NL65ZZZ123456780000"), (i.parse_vat_number, "NL1"),
    ],
)  # fmt: skip
def test_refused_with_the_value_and_the_remedy(parse: Callable[[str], str], typed: str) -> None:
    with pytest.raises(DomainError) as refusal:
        parse(typed)
    assert typed in refusal.value.message


def test_date_of_birth() -> None:
    today = date(2026, 11, 22)
    assert i.parse_birth_date(date(2026, 11, 22), today)
    for day in (date(2026, 11, 23), date(1899, 12, 31)):
        with pytest.raises(DomainError):
            i.parse_birth_date(day, today)


def test_folding_for_search() -> None:
    assert i.folded("  Łukasz  Müller-ÖZDEMİR ") == "lukasz muller-ozdemir"
    assert i.folded("IJssel") == i.folded("ĳssel")


def test_control_characters_are_refused() -> None:
    assert i.clean_text(" e\u0301 ") == "é"
    with pytest.raises(DomainError):
        i.clean_text("Jan\x00sen")
