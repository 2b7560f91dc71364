"""Whose data were erased, and how long each kind of data is kept."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import UtcDateTime
from app.kernel.tables import Made, OfRelation, Shared, Table, Versioned, one_of
from app.organisations.models import Organisation
from app.privacy.retention import KINDS
from app.relations.models import Relation

REASONS = {"request": "De persoon vraagt erom", "ended": "De bewaartermijn is voorbij", "mistake": "De gegevens hadden er niet mogen staan"}


class Erasure(OfRelation, Made, Table):
    """A card whose personal data were erased. What tax law keeps goes after `kept_until`; `completed_at` says when that was done."""

    __tablename__ = "erasure"
    __table_args__ = (UniqueConstraint("relation_id"), one_of("reason", REASONS))

    reason: Mapped[str] = mapped_column(String(10))
    erased_by: Mapped[str] = mapped_column(String(120))
    kept_until: Mapped[date | None] = mapped_column(Date)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    relation: Mapped[Relation] = relationship()

    def __str__(self) -> str:
        return f"{self.relation}"


class RetentionRule(Shared, Versioned, Table):
    """How many months one kind of data is kept. `kind` is one of `app.privacy.retention`; kept at the top of the federation only."""

    __tablename__ = "retention_rule"
    __table_args__ = (UniqueConstraint("organisation_id", "kind"), CheckConstraint("months BETWEEN 0 AND 1200", name="months_known"))

    kind: Mapped[str] = mapped_column(String(24))
    months: Mapped[int] = mapped_column(Integer)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return KINDS[self.kind].title if self.kind in KINDS else self.kind
