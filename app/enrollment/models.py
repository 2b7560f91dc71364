"""Requests to become a member, and the forms they come in by."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.contributions.models import Contribution
from app.functions.models import FunctionType, PriceCategory
from app.kernel.db import UtcDateTime
from app.kernel.states import Machine
from app.kernel.tables import Made, Owned, Table, Versioned, one_of
from app.organisations.models import Organisation
from app.relations.models import Relation

SOURCES = {"web": "Website", "administrator": "Ledenadministratie"}
ENROLLMENT = Machine(
    "de inschrijving",
    {
        "unconfirmed": "Wacht op bevestiging",
        "new": "Nieuw",
        "asked": "Vraag gesteld",
        "accepted": "Geaccepteerd",
        "taken_over": "Overgenomen",
        "declined": "Afgewezen",
    },
    {
        "confirm": (("unconfirmed",), "new"),
        "change": (("new", "asked"), "new"),
        "ask": (("new", "asked"), "asked"),
        "accept": (("new", "asked"), "accepted"),
        "take_over": (("new", "asked"), "taken_over"),
        "decline": (("new", "asked"), "declined"),
    },
)


class EnrollmentForm(Owned, Versioned, Table):
    """A public form of an organisation; `slug` is its address. `fields` lists what is asked: {name: "asked" | "required"},
    `consent_purposes` the numbers of the purposes of `app.consents` that it asks about."""

    __tablename__ = "enrollment_form"
    __table_args__ = (UniqueConstraint("slug"),)

    slug: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(120))
    introduction: Mapped[str | None] = mapped_column(Text)
    is_open: Mapped[bool] = mapped_column(Boolean, default=False)
    function_type_id: Mapped[int] = mapped_column(ForeignKey("function_type.id", ondelete="RESTRICT"))
    price_category_id: Mapped[int | None] = mapped_column(ForeignKey("price_category.id", ondelete="RESTRICT"))
    contribution_id: Mapped[int | None] = mapped_column(ForeignKey("contribution.id", ondelete="RESTRICT"))
    chooses_department: Mapped[bool] = mapped_column(Boolean, default=True)
    asks_mandate: Mapped[bool] = mapped_column(Boolean, default=True)
    consent_text: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    consent_purposes: Mapped[list[int]] = mapped_column(JSON, default=list, server_default=text("'[]'"))

    organisation: Mapped[Organisation] = relationship()
    function_type: Mapped[FunctionType] = relationship()
    price_category: Mapped[PriceCategory | None] = relationship()
    contribution: Mapped[Contribution | None] = relationship()

    def __str__(self) -> str:
        return self.title


class Enrollment(Owned, Made, Versioned, Table):
    """One request. `submitted` keeps it as it was handed in; the columns are what the administrator works with.

    `organisation_id` is the organisation that decides; `department_id` where one wants to become a member.
    """

    __tablename__ = "enrollment"
    __table_args__ = (
        one_of("source", SOURCES),
        one_of("state", ENROLLMENT.states),
        Index("ix_enrollment_state", "organisation_id", "state"),
        Index("uq_enrollment_token", "token_hash", unique=True),
    )

    form_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment_form.id", ondelete="RESTRICT"))
    source: Mapped[str] = mapped_column(String(14))
    state: Mapped[str] = mapped_column(String(12), default="new")
    department_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    function_type_id: Mapped[int] = mapped_column(ForeignKey("function_type.id", ondelete="RESTRICT"))
    price_category_id: Mapped[int | None] = mapped_column(ForeignKey("price_category.id", ondelete="RESTRICT"))
    wanted_from: Mapped[date | None] = mapped_column(Date)
    initials: Mapped[str | None] = mapped_column(String(20))
    first_name: Mapped[str | None] = mapped_column(String(60))
    prefix: Mapped[str | None] = mapped_column(String(20))
    surname: Mapped[str] = mapped_column(String(120))
    gender: Mapped[str | None] = mapped_column(String(1))
    birth_date: Mapped[date | None] = mapped_column(Date)
    street: Mapped[str | None] = mapped_column(String(100))
    house_number: Mapped[str | None] = mapped_column(String(10))
    suffix: Mapped[str | None] = mapped_column(String(10))
    postcode: Mapped[str | None] = mapped_column(String(12))
    town: Mapped[str | None] = mapped_column(String(80))
    country: Mapped[str] = mapped_column(String(2), default="NL")
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    wants_direct_debit: Mapped[bool] = mapped_column(Boolean, default=False)
    iban: Mapped[str | None] = mapped_column(String(34))
    account_holder: Mapped[str | None] = mapped_column(String(70))
    remarks: Mapped[str | None] = mapped_column(Text)
    consents: Mapped[bool] = mapped_column(Boolean, default=False)
    purposes: Mapped[list[int]] = mapped_column(JSON, default=list, server_default=text("'[]'"))
    submitted: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    token_hash: Mapped[str | None] = mapped_column(String(64))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    relation_id: Mapped[int | None] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(120))
    reason: Mapped[str | None] = mapped_column(String(300))

    organisation: Mapped[Organisation] = relationship(foreign_keys="Enrollment.organisation_id")
    department: Mapped[Organisation | None] = relationship(foreign_keys=[department_id])
    form: Mapped[EnrollmentForm | None] = relationship()
    function_type: Mapped[FunctionType] = relationship()
    price_category: Mapped[PriceCategory | None] = relationship()
    relation: Mapped[Relation | None] = relationship()

    def __str__(self) -> str:
        return f"{self.surname}, {self.first_name or self.initials or ''} {self.prefix or ''}".strip()
