"""A message as the bytes that go over the line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from app.kernel.errors import DomainError

_POLICY = SMTP.clone(cte_type="7bit")  # every server takes it, also without 8BITMIME


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything of one mail. `attachment` is (name, content type, content)."""

    message_id: str
    sender_name: str
    sender_email: str
    recipient: str
    subject: str
    body: str
    html: str | None = None
    attachment: tuple[str, str, bytes] | None = None


def ascii_address(address: str) -> str:
    """Return an address as servers without SMTPUTF8 take it. Raises DomainError `email_not_ascii` for letters that cannot be written so."""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise DomainError(
            "email_not_ascii",
            f"E-mailadres “{address}” heeft bijzondere letters voor de @ en kan niet gemaild worden. Vraag een ander adres.",
        ) from None


def rendered(letter: Letter, moment: datetime) -> bytes:
    """Return the mail with its headers, marked as sent by a machine. Raises DomainError `email_not_ascii`. Source: RFC 3834 5."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(letter.sender_name, addr_spec=ascii_address(letter.sender_email))
    mail["To"] = Address("", addr_spec=ascii_address(letter.recipient))
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(moment)
    mail["Message-ID"] = letter.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.body)
    if letter.html:
        mail.add_alternative(letter.html, subtype="html")
    if letter.attachment:
        name, content_type, content = letter.attachment
        main, _, sub = content_type.partition(";")[0].strip().partition("/")
        mail.add_attachment(content, maintype=main or "application", subtype=sub or "octet-stream", filename=name)
    return mail.as_bytes()
