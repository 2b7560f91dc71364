"""The QR code that a banking app reads to fill in a transfer."""

from __future__ import annotations

from decimal import Decimal

from segno import helpers

from app.kernel.errors import DomainError
from app.kernel.identifiers import is_rf_reference, parse_iban
from app.kernel.money import MAXIMUM_CENTS, euros, plain

_NAME_LENGTH = 70
_TEXT_LENGTH = 140
_SCALE = 4  # pixels per module: sharp at 3 cm on paper


def payment_qr(*, name: str, iban: str, amount_cents: int, reference: str = "", text: str = "") -> str:
    """Return the EPC QR code of one transfer as a PNG data URI.

    An RF reference goes into the field for references; a Dutch betalingskenmerk has no field and goes into the text.
    Raises DomainError `qr_impossible` when the amount cannot be transferred, or `iban_invalid`. Source: EPC069-12.
    """
    if not 0 < amount_cents <= MAXIMUM_CENTS:
        raise DomainError(
            "qr_impossible",
            f"Voor {euros(amount_cents)} kan geen betaal-QR gemaakt worden. Het bedrag moet boven nul zijn.",
            value=amount_cents,
        )
    bare = reference.replace(" ", "")
    if not bare and not text.strip():
        raise DomainError("qr_impossible", "Voor een betaal-QR is een betalingskenmerk of een omschrijving nodig. Vul er een in.")
    is_rf = is_rf_reference(bare)
    code = helpers.make_epc_qr(
        name=name[:_NAME_LENGTH],
        iban=parse_iban(iban),
        amount=Decimal(plain(amount_cents)),
        reference=bare if is_rf else None,
        text=None if is_rf else " ".join(p for p in (bare, text) if p)[:_TEXT_LENGTH] or None,
        encoding="utf-8",
    )
    return str(code.png_data_uri(scale=_SCALE, border=2))
