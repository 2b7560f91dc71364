"""Who may do what where: a role of a user at an organisation, over a period; and who is signed in."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import UtcDateTime
from app.kernel.tables import Made, Owned, Table, Versioned
from app.organisations.models import Organisation


class Assignment(Owned, Made, Versioned, Table):
    """A user has a role at an organisation and all below it, from `first_day` up to and including `last_day`."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("last_day IS NULL OR last_day >= first_day", name="in_order"),
        Index("ix_assignment_user", "user_id", "organisation_id"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    role_id: Mapped[int] = mapped_column(ForeignKey("ab_role.id", ondelete="RESTRICT"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)

    organisation: Mapped[Organisation] = relationship()
    user: Mapped[User] = relationship(User)
    role: Mapped[Role] = relationship(Role)

    def __str__(self) -> str:
        return f"{self.role} bij {self.organisation}"


class UserSession(Table):
    """One sign-in of one user: its cookie works until `ended_at`. Without tenancy: it is the key to it, never shown as it is."""

    __tablename__ = "user_session"

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str] = mapped_column(String(64), default="")
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def __str__(self) -> str:
        return f"{self.user_id} {self.began_at}"
