"""The reference that a payer writes: made from the issuing organisation and the number of the invoice."""

from __future__ import annotations

from typing import Literal

from app.kernel.errors import DomainError
from app.kernel.identifiers import kenmerk, rf_reference

Form = Literal["kenmerk", "rf"]
FORMS: dict[Form, str] = {"kenmerk": "Nederlands betalingskenmerk", "rf": "Internationaal kenmerk (RF)"}
_LAYOUT = 1  # first figure of the body: another layout gets another figure, so that references never meet
_MOST_ORGANISATIONS = 9_999
_MOST_INVOICES = 999_999_999


def payment_reference(organisation_number: int, sequence: int, form: Form = "kenmerk") -> str:
    """Return the payment reference of an invoice, without spaces.

    `organisation_number` is the number of the administration (1-9999), `sequence` counts its invoices from 1. The body is one figure for
    the layout, four for the organisation, nine for the invoice and one spare. Raises DomainError `reference_full`.
    Source: Betaalvereniging, specificaties betalingskenmerk; ISO 11649.
    """
    if not 1 <= organisation_number <= _MOST_ORGANISATIONS or not 1 <= sequence <= _MOST_INVOICES:
        raise DomainError(
            "reference_full",
            f"Bij organisatie {organisation_number} en factuurvolgnummer {sequence} past geen betalingskenmerk. Vraag je beheerder om een nieuwe nummerreeks.",
            organisation_number=organisation_number,
            sequence=sequence,
        )
    body = f"{_LAYOUT}{organisation_number:04d}{sequence:09d}0"
    return kenmerk(int(body)) if form == "kenmerk" else rf_reference(body[:-1])


def printed_reference(reference: str) -> str:
    """Write a reference in groups of four, the way it is printed."""
    bare = reference.replace(" ", "")
    return " ".join(bare[i : i + 4] for i in range(0, len(bare), 4))
