"""What people agreed to: purposes, and what somebody said of each, added line by line."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.tables import Made, OfRelation, Shared, Table, Versioned, one_of
from app.organisations.models import Organisation
from app.relations.models import Relation

SOURCES = {"form": "Formulier", "phone": "Telefoon", "mail": "E-mail", "paper": "Papier", "in_person": "Persoonlijk"}


class ConsentPurpose(Shared, Versioned, Table):
    """What somebody may agree to. `question` is asked on forms, as it stands; `code` is how the program asks for it."""

    __tablename__ = "consent_purpose"
    __table_args__ = (UniqueConstraint("organisation_id", "code"),)

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    question: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name


class Consent(OfRelation, Made, Table):
    """What a relation said of one purpose on a day: yes or no. Never changed; the newest line holds."""

    __tablename__ = "consent"
    __table_args__ = (one_of("source", SOURCES), Index("ix_consent_purpose", "purpose_id", "relation_id"))

    purpose_id: Mapped[int] = mapped_column(ForeignKey("consent_purpose.id", ondelete="RESTRICT"))
    is_given: Mapped[bool] = mapped_column(Boolean)
    on_date: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(10))
    remarks: Mapped[str | None] = mapped_column(String(200))
    noted_by: Mapped[str] = mapped_column(String(120))

    relation: Mapped[Relation] = relationship()
    purpose: Mapped[ConsentPurpose] = relationship()

    def __str__(self) -> str:
        return f"{self.purpose} {self.on_date:%d-%m-%Y}"
