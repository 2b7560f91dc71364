import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents.payment_qr import payment_qr
from app.documents.references import payment_reference, printed_reference
from app.kernel.errors import DomainError
from app.kernel.identifiers import is_kenmerk, is_rf_reference


def test_a_reference_holds_organisation_and_invoice():
    assert payment_reference(12, 345)[1:] == "100120000003450"
    assert payment_reference(12, 345, "rf")[4:] == "10012000000345"


@settings(max_examples=100)
@given(st.integers(1, 9999), st.integers(1, 999_999_999))
def test_every_reference_has_the_right_check_figures(organisation, sequence):
    assert is_kenmerk(payment_reference(organisation, sequence))
    assert is_rf_reference(payment_reference(organisation, sequence, "rf"))


@pytest.mark.parametrize(("organisation", "sequence"), [(0, 1), (10_000, 1), (1, 0), (1, 1_000_000_000)])
def test_what_does_not_fit_is_refused(organisation, sequence):
    with pytest.raises(DomainError, match="past geen betalingskenmerk"):
        payment_reference(organisation, sequence)


def test_printed_in_groups_of_four():
    assert printed_reference("5000056789012345") == "5000 0567 8901 2345"
    assert printed_reference("RF18 539007547034") == "RF18 5390 0754 7034"


@pytest.mark.parametrize(
    ("reference", "text", "lines"),
    [
        ("", "Contributie 2026 lid 123", ["", "", "Contributie 2026 lid 123"]),
        ("5000 0567 8901 2345", "", ["", "", "5000056789012345"]),
        ("RF18539007547034", "dit vervalt", ["", "RF18539007547034"]),
    ],
)
def test_the_qr_code_says_what_a_bank_reads(reference, text, lines):
    payload = "\n".join(["BCD", "002", "1", "SCT", "", "Vereniging Test", "NL91ABNA0417164300", "EUR25", *lines])
    expected = segno.make(payload.encode(), error="m", boost_error=False, micro=False, encoding="utf-8", mode="byte").png_data_uri(
        scale=4, border=2
    )
    found = payment_qr(name="Vereniging Test", iban="NL91 ABNA 0417 1643 00", amount_cents=2500, reference=reference, text=text)
    assert found == expected


@pytest.mark.parametrize("cents", [0, -1, 100_000_000_000])
def test_no_qr_code_for_an_amount_that_cannot_be_transferred(cents):
    with pytest.raises(DomainError) as refused:
        payment_qr(name="V", iban="NL91ABNA0417164300", amount_cents=cents, text="x")
    assert refused.value.code == "qr_impossible"
    with pytest.raises(DomainError, match="IBAN"):
        payment_qr(name="V", iban="NL91ABNA0417164301", amount_cents=1, text="x")
    with pytest.raises(DomainError, match="omschrijving"):
        payment_qr(name="V", iban="NL91ABNA0417164300", amount_cents=1)
