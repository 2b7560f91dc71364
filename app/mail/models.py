"""The outbox: every message is a row, written with what caused it and sent later by a job."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.documents.models import StoredDocument
from app.kernel.db import UtcDateTime
from app.kernel.states import Machine
from app.kernel.tables import Made, Owned, Table, one_of
from app.organisations.models import Organisation
from app.relations.models import Relation

MESSAGE = Machine(
    "het bericht",
    {
        "queued": "Wacht op verzending",
        "sending": "Wordt verstuurd",
        "sent": "Verstuurd",
        "failed": "Geweigerd",
        "unknown": "Onzeker",
        "cancelled": "Ingetrokken",
    },
    {
        "claim": (("queued",), "sending"),
        "sent": (("sending",), "sent"),
        "retry": (("sending", "failed", "unknown"), "queued"),
        "fail": (("sending",), "failed"),
        "doubt": (("sending",), "unknown"),
        "cancel": (("queued", "failed", "unknown"), "cancelled"),
        "accept": (("unknown",), "sent"),
    },
)


class Message(Owned, Made, Table):
    """One mail to one address. `key` makes the same message of an organisation exist once; it is claimed before it is sent."""

    __tablename__ = "message"
    __table_args__ = (
        one_of("state", MESSAGE.states),
        UniqueConstraint("organisation_id", "key"),
        Index("ix_message_due", "state", "not_before"),
    )

    key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(30))
    relation_id: Mapped[int | None] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"), index=True)
    sender_name: Mapped[str] = mapped_column(String(70))
    sender_email: Mapped[str] = mapped_column(String(254))
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("stored_document.id", ondelete="RESTRICT"))
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    response: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship()
    relation: Mapped[Relation | None] = relationship()
    document: Mapped[StoredDocument | None] = relationship()

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"
