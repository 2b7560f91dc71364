"""What is missing or wrong on cards: found each morning, gone when solved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import UtcDateTime
from app.kernel.states import Machine
from app.kernel.tables import Owned, Table, Versioned, one_of
from app.organisations.models import Organisation
from app.relations.models import Relation

DATA_ISSUE = Machine(
    "de foutmelding",
    {"open": "Open", "accepted": "Geaccepteerd", "solved": "Opgelost"},
    {"accept": (("open",), "accepted"), "reopen": (("accepted", "solved"), "open"), "solve": (("open", "accepted"), "solved")},
)


class DataIssue(Owned, Versioned, Table):
    """One rule that one card breaks, for the organisation that can mend it. `rule` is a code of `app.data_quality.rules`."""

    __tablename__ = "data_issue"
    __table_args__ = (
        UniqueConstraint("organisation_id", "relation_id", "rule"),
        one_of("state", DATA_ISSUE.states),
        Index("ix_data_issue_state", "organisation_id", "state"),
    )

    relation_id: Mapped[int] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"), index=True)
    rule: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(10), default="open")
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_reason: Mapped[str | None] = mapped_column(String(200))
    accepted_by: Mapped[str | None] = mapped_column(String(120))

    organisation: Mapped[Organisation] = relationship()
    relation: Mapped[Relation] = relationship()

    def __str__(self) -> str:
        return self.text
