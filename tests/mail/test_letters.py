"""The bytes of a mail: its own headers and no others."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from app.kernel.errors import DomainError
from app.mail.letters import Letter, ascii_address, rendered

LETTER = Letter(
    "<1@bond.example>", "Provincie Zuid-Hollând", "geld@bond.example", "jo@post.example", "Factuur 2026 – Jö", "Beste Jö,\n.\nGroet"
)
MOMENT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_mail_has_fixed_headers_and_survives_the_line() -> None:
    raw = rendered(LETTER, MOMENT)
    mail = message_from_bytes(raw, policy=default)
    assert mail["Message-ID"] == "<1@bond.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["From"].addresses[0].display_name == "Provincie Zuid-Hollând"
    assert mail["Subject"] == "Factuur 2026 – Jö"
    assert mail.get_content().splitlines() == ["Beste Jö,", ".", "Groet"]
    assert raw.isascii()


def test_an_attachment_keeps_its_bytes_and_name() -> None:
    raw = rendered(
        Letter(**{**_values(LETTER), "html": "<p>Jö</p>", "attachment": ("factuur é.pdf", "application/pdf", b"%PDF\n.\n\x00\xff")}), MOMENT
    )
    part = next(message_from_bytes(raw, policy=default).iter_attachments())
    assert (part.get_filename(), part.get_content_type(), part.get_content()) == ("factuur é.pdf", "application/pdf", b"%PDF\n.\n\x00\xff")


def _values(letter: Letter) -> dict[str, object]:
    return {name: getattr(letter, name) for name in Letter.__slots__}


def test_addresses_go_as_ascii_or_not_at_all() -> None:
    assert ascii_address("jo@münchen.example") == "jo@xn--mnchen-3ya.example"
    with pytest.raises(DomainError, match="bijzondere letters"):
        ascii_address("jö@post.example")
