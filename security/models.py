"""Who may do what where: a role of a user at an organisation, over a period; and who is signed in, and how."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import UtcDateTime
from app.kernel.tables import Made, Owned, Table, Versioned, one_of
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


# What a session still waits for before it gives any access.
STEPS = {"": "Niets", "code": "Code van de tweede stap", "password": "Eigen wachtwoord kiezen", "factor": "Tweede stap instellen"}


class UserSession(Table):
    """One sign-in of one user: its cookie works until `ended_at`. Without tenancy: it is the key to it, never shown as it is.

    `waits_for` is the step that still has to be done; until it is empty the session opens nothing but that step.
    """

    __tablename__ = "user_session"
    __table_args__ = (one_of("waits_for", STEPS),)

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str] = mapped_column(String(64), default="")
    device: Mapped[str] = mapped_column(String(80), default="", server_default="")
    waits_for: Mapped[str] = mapped_column(String(10), default="", server_default="")
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def __str__(self) -> str:
        return f"{self.user_id} {self.began_at}"


class SignInSetting(Table):
    """How one user signs in: whether the password is a first one, and the second step. Without tenancy: only security/ reads it.

    `totp_secret` is encrypted with a key made from SECRET_KEY; `totp_last_step` is the last time step whose code was used, so that
    a code works once.
    """

    __tablename__ = "sign_in_setting"

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), unique=True)
    must_replace_password: Mapped[bool] = mapped_column(Boolean, default=False)
    totp_secret: Mapped[str | None] = mapped_column(String(200))
    totp_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_last_step: Mapped[int] = mapped_column(BigInteger, default=0)

    def __str__(self) -> str:
        return f"{self.user_id}"


class RecoveryCode(Table):
    """A code that replaces the second step once, for who lost the telephone. Only its digest is kept. Without tenancy."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def __str__(self) -> str:
        return f"{self.user_id}"


class PasswordReset(Table):
    """Somebody asked for a link to choose a new password. `user_id` empty: nobody has that name. Without tenancy.

    The link is made when its mail goes out: `token_hash` is filled then, and the link itself is kept nowhere.
    """

    __tablename__ = "password_reset"
    __table_args__ = (Index("ix_password_reset_user", "user_id", "asked_at"),)

    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def __str__(self) -> str:
        return f"{self.user_id} {self.asked_at}"


class RoleRequirement(Table):
    """A role whose holders need a second step to sign in. Without tenancy, as roles are."""

    __tablename__ = "role_requirement"

    role_id: Mapped[int] = mapped_column(ForeignKey("ab_role.id", ondelete="CASCADE"), unique=True)

    def __str__(self) -> str:
        return f"{self.role_id}"


class ApiToken(Table):
    """With this a program reads over the REST API, as its owner may at one environment. Without tenancy: it is the key to it.

    Only the digest is kept, and the beginning to know it by. `areas` are the parts of the menu that it opens.
    """

    __tablename__ = "api_token"

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    environment_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    begins_with: Mapped[str] = mapped_column(String(12))
    areas: Mapped[list[str]] = mapped_column(JSON)
    last_day: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    used_on: Mapped[date | None] = mapped_column(Date)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def __str__(self) -> str:
        return self.name
