"""What is asked, whether it holds, and what is proposed beside a card that exists."""

from __future__ import annotations

from datetime import date

import pytest

from app.enrollment import comparison, fields
from app.enrollment.acceptance import check_from_day
from app.kernel.errors import DomainError
from app.relations.checks import CardRefused

TODAY = date(2026, 11, 22)
ASKED = fields.asked_by(
    {"first_name": "required", "birth_date": "required", "address": "required", "phone": "asked"}, asks_mandate=True, needs_consent=True
)
GOOD = {
    "first_name": "Roos",
    "surname": "van Velthuis",
    "birth_date": date(1991, 5, 9),
    "street": "Vliegerpad",
    "house_number": "31",
    "postcode": "7201kl",
    "town": "Zutphen",
    "email": "roos@Voorbeeld.nl",
    "consents": True,
}


def test_answers_are_cleaned():
    found = fields.checked({**GOOD, "wants_direct_debit": True, "iban": "nl91abna0417164300", "phone": "06 12345678"}, ASKED, TODAY)
    assert (found["prefix"], found["surname"], found["initials"]) == ("van", "Velthuis", "R.")
    assert (found["postcode"], found["email"], found["phone"]) == ("7201 KL", "roos@voorbeeld.nl", "+31612345678")
    assert (found["iban"], found["account_holder"]) == ("NL91ABNA0417164300", "R. van Velthuis")


WRONG = [
    ({"first_name": ""}, "first_name", "Vul je voornaam in."),
    ({"surname": "  "}, "surname", "Vul je achternaam in."),
    ({"birth_date": None}, "birth_date", "Vul je geboortedatum in"),
    ({"birth_date": date(2026, 11, 23)}, "birth_date", "ligt in de toekomst"),
    ({"street": ""}, "street", "Vul je straat in."),
    ({"postcode": "7201"}, "postcode", "Postcode “7201” klopt niet"),
    ({"email": ""}, "email", "Vul je e-mailadres in."),
    ({"email": "roos@voorbeeld"}, "email", "Mist er een @ of een punt?"),
    ({"phone": "abc"}, "phone", "Telefoonnummer “abc” klopt niet"),
    ({"wants_direct_debit": True}, "iban", "Vul je IBAN in, of kies zelf overmaken."),
    ({"wants_direct_debit": True, "iban": "NL91ABNA0417164301"}, "iban", "klopt niet"),
    ({"consents": False}, "consents", "Zet een vinkje"),
    ({"wanted_from": date(2026, 11, 21)}, "wanted_from", "ligt in het verleden"),
    ({"remarks": "x" * 1001}, "remarks", "te lang"),
    ({"first_name": "x" * 61}, "first_name", "te lang"),
    ({"surname": "Vel\x07thuis"}, "surname", "onzichtbaar teken"),
]


@pytest.mark.parametrize(("change", "field", "sentence"), WRONG)
def test_what_does_not_hold_is_said_at_its_field(change, field, sentence):
    with pytest.raises(CardRefused) as refused:
        fields.checked({**GOOD, **change}, ASKED, TODAY)
    assert list(refused.value.refusals) == [field]
    assert sentence in refused.value.refusals[field].message


def test_an_administrator_needs_a_name_only():
    assert fields.checked({"surname": "Jansen"}, fields.Asked(), TODAY)["surname"] == "Jansen"


def test_a_form_without_mandate_takes_none():
    asked = fields.asked_by({}, asks_mandate=False, needs_consent=False)
    assert fields.checked({**GOOD, "wants_direct_debit": True, "iban": "NL91ABNA0417164300"}, asked, TODAY)["wants_direct_debit"] is False


def test_a_form_always_shows_name_and_mail():
    assert fields.shown_fields({"phone": "asked", "onzin": "asked"}) == [
        ("surname", "Achternaam", True),
        ("email", "E-mailadres", True),
        ("phone", "Telefoonnummer", False),
    ]


SIDE = [
    ("surname", "Velthuis", "Velthuis", "same"),
    ("surname", "Velthuis", "Velthuis-Bos", "keep"),
    ("first_name", "Roos", "", "new"),
    ("first_name", "Roos", "R.", "new"),
    ("first_name", "R.", "Roos", "keep"),
    ("gender", "Vrouw", "", "new"),
    ("birth_date", "09-05-1991", "09-05-1990", "keep"),
    ("email", "roos@nieuw.nl", "roos@oud.nl", "new"),
    ("iban", "NL91 ABNA 0417 1643 00", "NL91 ABNA 0417 1643 00", "same"),
    ("iban", "NL91 ABNA 0417 1643 00", "NL69 INGB 0123 4567 89", "choose"),
    ("iban", "NL91 ABNA 0417 1643 00", "", "choose"),
]


@pytest.mark.parametrize(("name", "new", "old", "verdict"), SIDE)
def test_what_is_proposed_beside_a_card(name, new, old, verdict):
    assert [(b.name, b.verdict) for b in comparison.beside({name: new}, {name: old})] == [(name, verdict)]


def test_an_iban_has_to_be_chosen():
    rows = comparison.beside({"iban": "NL91", "email": "a@b.nl", "surname": "Bos"}, {"iban": "NL02", "surname": "Vos"})
    with pytest.raises(DomainError, match="Kies nog welk IBAN blijft"):
        comparison.taken_over(rows, {})
    assert comparison.taken_over(rows, {"iban": "keep"}) == {"email"}
    assert comparison.taken_over(rows, {"iban": "new", "surname": "new", "email": "keep"}) == {"iban", "surname"}


@pytest.mark.parametrize(
    ("day", "holds"), [(date(2025, 11, 22), True), (date(2025, 11, 21), False), (date(2027, 11, 22), True), (date(2206, 12, 1), False)]
)
def test_a_start_far_away_is_a_slip_of_the_pen(day, holds):
    if holds:
        check_from_day(day, TODAY)
        return
    with pytest.raises(DomainError, match="Kijk het jaartal na"):
        check_from_day(day, TODAY)
