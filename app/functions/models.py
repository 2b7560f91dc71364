"""What relations can be or have, and over which days they do."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import NamedValues
from app.kernel.tables import Made, Owned, Shared, Table, Versioned, one_of
from app.organisations.models import Organisation
from app.relations.models import Relation

CATEGORIES = {
    "membership": "Lidmaatschap",
    "donor": "Donateur",
    "sponsor": "Sponsor",
    "board": "Bestuur",
    "authorisation": "Bevoegdheid",
    "interest": "Belangstelling",
}
EVENT_KINDS = {
    "start": "Begonnen",
    "end": "Beëindigd",
    "restart": "Hervat",
    "transfer": "Overgegaan",
    "price_change": "Prijscategorie gewijzigd",
    "payer_change": "Betaler gewijzigd",
    "correction": "Gecorrigeerd",
}
ORIGINS = {"administrator": "Ledenadministratie", "web": "Website", "phone": "Telefoon", "campaign": "Campagne", "import": "Import"}


class PriceCategory(Shared, Versioned, Table):
    """A kind of price that members can have: regular, student, pensioner."""

    __tablename__ = "price_category"
    __table_args__ = (UniqueConstraint("organisation_id", "code"),)

    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name


class EndReason(Shared, Versioned, Table):
    """Why a function ends, and what follows from it."""

    __tablename__ = "end_reason"
    __table_args__ = (UniqueConstraint("organisation_id", "code"),)

    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    credits_rest: Mapped[bool] = mapped_column(default=False)
    ends_related: Mapped[bool] = mapped_column(default=False)

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name


class FunctionType(Shared, Versioned, Table):
    """What one can be or have: member, donor, board member. `levels` lists the kinds of organisation it may be held at."""

    __tablename__ = "function_type"
    __table_args__ = (UniqueConstraint("organisation_id", "code"), one_of("category", CATEGORIES))

    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    category: Mapped[str] = mapped_column(String(20))
    is_membership: Mapped[bool] = mapped_column(default=False)
    levels: Mapped[list[str]] = mapped_column(JSON, default=list)
    grants_role: Mapped[str | None] = mapped_column(String(64))
    required_fields: Mapped[list[str]] = mapped_column(JSON, default=list)
    minimum_age: Mapped[int | None] = mapped_column(Integer)
    maximum_age: Mapped[int | None] = mapped_column(Integer)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("function_type.id", ondelete="RESTRICT"))
    must_hold_first_id: Mapped[int | None] = mapped_column(ForeignKey("function_type.id", ondelete="RESTRICT"))
    stops_with_id: Mapped[int | None] = mapped_column(ForeignKey("function_type.id", ondelete="RESTRICT"))
    price_category_id: Mapped[int | None] = mapped_column(ForeignKey("price_category.id", ondelete="RESTRICT"))
    importance: Mapped[int] = mapped_column(Integer, default=100)
    is_default_for_new: Mapped[bool] = mapped_column(default=False)
    is_on_card_head: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)

    organisation: Mapped[Organisation] = relationship()
    price_category: Mapped[PriceCategory | None] = relationship()
    parent: Mapped[FunctionType | None] = relationship(remote_side="FunctionType.id", foreign_keys=[parent_id])
    must_hold_first: Mapped[FunctionType | None] = relationship(remote_side="FunctionType.id", foreign_keys=[must_hold_first_id])
    stops_with: Mapped[FunctionType | None] = relationship(remote_side="FunctionType.id", foreign_keys=[stops_with_id])

    def __str__(self) -> str:
        return self.name


class FunctionTerm(Owned, Made, Versioned, Table):
    """One relation holding one function type at one organisation over a period. Never deleted once charged."""

    __tablename__ = "function_term"
    __table_args__ = (
        CheckConstraint("last_day IS NULL OR last_day >= first_day", name="in_order"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        one_of("origin", ORIGINS),
        Index("ix_function_term_relation", "relation_id", "organisation_id"),
        Index("ix_function_term_type", "function_type_id", "organisation_id", "first_day"),
    )

    relation_id: Mapped[int] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    function_type_id: Mapped[int] = mapped_column(ForeignKey("function_type.id", ondelete="RESTRICT"))
    first_day: Mapped[date] = mapped_column(Date)
    agreed_first_day: Mapped[date | None] = mapped_column(Date)  # what `first_day` was before the first payment moved it
    last_day: Mapped[date | None] = mapped_column(Date, index=True)
    end_reason_id: Mapped[int | None] = mapped_column(ForeignKey("end_reason.id", ondelete="RESTRICT"))
    price_category_id: Mapped[int | None] = mapped_column(ForeignKey("price_category.id", ondelete="RESTRICT"))
    payer_id: Mapped[int | None] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    quantity: Mapped[int] = mapped_column(Integer, default=1)
    factor: Mapped[int | None] = mapped_column(Integer)  # thousandths: 2,5 hours is 2500
    value_units: Mapped[int | None] = mapped_column(Integer)  # thousandths too; for prices by bracket
    origin: Mapped[str] = mapped_column(String(20), default="administrator")
    payer_reference: Mapped[str | None] = mapped_column(String(60))
    recruited_by_id: Mapped[int | None] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("function_term.id", ondelete="RESTRICT"))
    remarks: Mapped[str | None] = mapped_column(Text)
    custom_values: Mapped[dict[str, Any]] = mapped_column(NamedValues, default=dict, server_default=text("'{}'"))

    organisation: Mapped[Organisation] = relationship()
    relation: Mapped[Relation] = relationship(foreign_keys=[relation_id])
    function_type: Mapped[FunctionType] = relationship()
    end_reason: Mapped[EndReason | None] = relationship()
    price_category: Mapped[PriceCategory | None] = relationship()
    payer: Mapped[Relation | None] = relationship(foreign_keys=[payer_id])
    recruited_by: Mapped[Relation | None] = relationship(foreign_keys=[recruited_by_id])
    events: Mapped[list[FunctionEvent]] = relationship(back_populates="function_term", passive_deletes="all", order_by="FunctionEvent.id")

    def __str__(self) -> str:
        return f"{self.function_type} · {self.organisation}"


class FunctionEvent(Owned, Made, Table):
    """What happened to a function: the history on the card. Facts are added, never changed."""

    __tablename__ = "function_event"
    __table_args__ = (one_of("kind", EVENT_KINDS),)

    function_term_id: Mapped[int] = mapped_column(ForeignKey("function_term.id", ondelete="RESTRICT"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    on_date: Mapped[date] = mapped_column(Date)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    actor: Mapped[str] = mapped_column(String(120))

    organisation: Mapped[Organisation] = relationship()
    function_term: Mapped[FunctionTerm] = relationship(back_populates="events")

    def __str__(self) -> str:
        return f"{EVENT_KINDS[self.kind]} {self.on_date:%d-%m-%Y}"
