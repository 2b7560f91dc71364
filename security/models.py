"""Who may do what where: a role of a user at an organisation, over a period."""

from __future__ import annotations

from datetime import date

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

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
