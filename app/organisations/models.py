"""The tree of the federation and the books that organisations keep."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Cents, NamedValues
from app.kernel.tables import Owned, Table, Versioned, one_of

KINDS = {
    "national": "Landelijk",
    "province": "Provincie",
    "department": "Afdeling",
    "committee": "Commissie",
    "team": "Team",
    "region": "Regio",
}


class Organisation(Versioned, Table):
    """A node of the federation. `path` lists the ids from the root to itself as `/1/4/19/`."""

    __tablename__ = "organisation"
    __table_args__ = (
        one_of("kind", KINDS),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
        Index("ix_organisation_path", "path"),
    )

    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), index=True)
    path: Mapped[str] = mapped_column(String(200), default="")
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))
    street: Mapped[str | None] = mapped_column(String(100))
    house_number: Mapped[str | None] = mapped_column(String(10))
    postcode: Mapped[str | None] = mapped_column(String(10))
    town: Mapped[str | None] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    website: Mapped[str | None] = mapped_column(String(200))
    notification_email: Mapped[str | None] = mapped_column(String(254))
    area_km2: Mapped[int | None] = mapped_column(Integer)
    inhabitants: Mapped[int | None] = mapped_column(Integer)
    team_amount_cents: Mapped[int | None] = mapped_column(Cents)
    custom_values: Mapped[dict[str, Any]] = mapped_column(NamedValues, default=dict, server_default=text("'{}'"))
    is_active: Mapped[bool] = mapped_column(default=True)

    parent: Mapped[Organisation | None] = relationship(remote_side="Organisation.id", passive_deletes="all")

    def __str__(self) -> str:
        return self.name


class PostcodeRange(Owned, Table):
    """Postcodes (the four figures) that an organisation covers."""

    __tablename__ = "postcode_range"
    __table_args__ = (CheckConstraint("first_postcode <= last_postcode", name="in_order"),)

    first_postcode: Mapped[int] = mapped_column(Integer)
    last_postcode: Mapped[int] = mapped_column(Integer)

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return f"{self.first_postcode}-{self.last_postcode}"


class Administration(Owned, Versioned, Table):
    """The books of one organisation: an organisation keeps one administration, or none."""

    __tablename__ = "administration"
    __table_args__ = (one_of("reference_kind", ("rf", "kenmerk")), Index("uq_administration_one", "organisation_id", unique=True))

    name: Mapped[str] = mapped_column(String(120))
    starts_on: Mapped[date] = mapped_column(Date)
    kvk: Mapped[str | None] = mapped_column(String(8))
    vat_number: Mapped[str | None] = mapped_column(String(20))
    creditor_id: Mapped[str | None] = mapped_column(String(35))
    reference_kind: Mapped[str] = mapped_column(String(10), default="rf")
    invoice_prefix: Mapped[str] = mapped_column(String(10), default="")
    sender_name: Mapped[str] = mapped_column(String(70))
    sender_email: Mapped[str] = mapped_column(String(254))
    invoice_footer: Mapped[str | None] = mapped_column(Text)

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name
