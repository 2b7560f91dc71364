"""What a message must be before it may wait in the outbox."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from app.kernel.errors import DomainError
from app.kernel.identifiers import parse_email

KEY_LENGTH, KIND_LENGTH, SUBJECT_LENGTH = 120, 30, 200


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """One mail to one address; `key` says which business event it belongs to, so that the event mails once.

    Raises DomainError `email_invalid`, `message_empty`, `message_control` (a line break or other invisible sign in the subject
    would start a header of its own) or `subject_too_long`; ValueError when the program gives a key or kind that does not fit.
    """

    key: str
    kind: str
    recipient: str
    subject: str
    body: str
    html: str | None = None
    relation_id: int | None = None
    document_id: int | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.key) <= KEY_LENGTH or not 0 < len(self.kind) <= KIND_LENGTH:
            raise ValueError(f"the key or kind of a message does not fit: {self.key!r} {self.kind!r}")
        object.__setattr__(self, "recipient", parse_email(self.recipient))
        object.__setattr__(self, "subject", header_text("Het onderwerp", self.subject.strip()))
        if not self.subject or not self.body.strip():
            raise DomainError("message_empty", "Het bericht heeft geen onderwerp of geen tekst. Vul beide in.")
        if len(self.subject) > SUBJECT_LENGTH:
            raise DomainError(
                "subject_too_long", f"Het onderwerp heeft {len(self.subject)} tekens; er passen er {SUBJECT_LENGTH}. Maak het korter."
            )


def header_text(what: str, text: str) -> str:
    """Return text that fits on one header line. Raises DomainError `message_control` on line breaks and control characters."""
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            raise DomainError("message_control", f"{what} bevat een regeleinde of onzichtbaar teken. Typ de tekst opnieuw op één regel.")
    return text
