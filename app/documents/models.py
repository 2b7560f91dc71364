"""Print forms, and what was made with them, kept as it was sent."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from app.kernel.tables import Made, Owned, Shared, Table, Versioned, one_of
from app.organisations.models import Organisation

FORM_KINDS = {
    "invoice": "Factuur",
    "credit_note": "Creditnota",
    "reminder": "Aanmaning",
    "welcome": "Welkomstbericht",
    "enrollment_received": "Inschrijving ontvangen",
    "enrollment_route": "Nieuw lid voor de afdeling",
    "enrollment_declined": "Inschrijving afgewezen",
    "enrollment_question": "Vraag bij inschrijving",
    "letter": "Brief",
}


class PrintForm(Shared, Versioned, Table):
    """A template for a document and the mail that carries it. `html` is the document, `subject` and `mail_body` the mail."""

    __tablename__ = "print_form"
    __table_args__ = (one_of("kind", FORM_KINDS),)

    kind: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(5), default="nl")
    html: Mapped[str] = mapped_column(Text, default="")
    subject: Mapped[str] = mapped_column(String(200), default="")
    mail_body: Mapped[str] = mapped_column(Text, default="")
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name


class StoredDocument(Owned, Made, Table):
    """A file as it was made: never made again, so a reprint has the same bytes."""

    __tablename__ = "stored_document"
    __table_args__ = (Index("ix_stored_document_subject", "subject_table", "subject_id"),)

    name: Mapped[str] = mapped_column(String(120))
    content_type: Mapped[str] = mapped_column(String(60))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    sha256: Mapped[str] = mapped_column(String(64))
    subject_table: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(Integer)
    print_form_id: Mapped[int | None] = mapped_column(ForeignKey("print_form.id", ondelete="RESTRICT"))
    print_form_version: Mapped[int | None] = mapped_column(Integer)

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name
