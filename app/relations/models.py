"""Relation cards and what hangs on them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Cents, NamedValues
from app.kernel.tables import Made, OfRelation, Owned, Table, Versioned, one_of
from app.organisations.models import Organisation

KINDS = {"person": "Persoon", "company": "Bedrijf", "public_body": "Overheid"}
GENDERS = {"f": "Vrouw", "m": "Man", "x": "Anders"}
CORRESPONDENCE = {"mail": "E-mail", "paper": "Papier", "none": "Geen"}
PAYMENT_METHODS = {"transfer": "Overboeking", "direct_debit": "Automatische incasso", "cash": "Contant"}
ADDRESS_KINDS = {"home": "Woonadres", "post": "Postadres", "holiday": "Vakantieadres"}
CONTACT_KINDS = {"email": "E-mail", "phone": "Telefoon", "mobile": "Mobiel", "website": "Website"}
HOUSEHOLD_ROLES = {"primary": "Hoofd", "other": "Lid"}


class Household(Owned, Table):
    """Relations that share an address and a family discount."""

    __tablename__ = "household"

    name: Mapped[str] = mapped_column(String(120))

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name


class Relation(Made, Versioned, Table):
    """A person, company or public body that the federation knows.

    Seen where it has or had a function, and where it was entered (`organisation_id`). `number` is unique in the whole federation.
    `display_name` is "Boksmeer, Bas van"; `sort_key` and `search_name` are it without capitals and accents, `sound_key` is
    how the surname sounds with the first letter of the first name: all four are made by `naming.names_of`.
    """

    __tablename__ = "relation"
    __table_args__ = (
        one_of("kind", KINDS),
        one_of("correspondence", CORRESPONDENCE),
        one_of("payment_method", PAYMENT_METHODS),
        CheckConstraint("payer_id <> id", name="not_its_own_payer"),
        CheckConstraint("end_date IS NULL OR member_since IS NULL OR end_date >= member_since", name="ends_after_start"),
        Index("ix_relation_sort", "sort_key", "id"),
        Index("ix_relation_org_sort", "organisation_id", "sort_key", "id"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(Integer, unique=True)
    kind: Mapped[str] = mapped_column(String(12), default="person")
    initials: Mapped[str | None] = mapped_column(String(20))
    first_name: Mapped[str | None] = mapped_column(String(60))
    prefix: Mapped[str | None] = mapped_column(String(20))
    surname: Mapped[str] = mapped_column(String(120))
    display_name: Mapped[str] = mapped_column(String(200))
    sort_key: Mapped[str] = mapped_column(String(200))
    search_name: Mapped[str] = mapped_column(String(240))
    sound_key: Mapped[str] = mapped_column(String(24), default="", server_default="", index=True)
    gender: Mapped[str | None] = mapped_column(String(1))
    birth_date: Mapped[date | None] = mapped_column(Date, index=True)
    deceased_on: Mapped[date | None] = mapped_column(Date)
    language: Mapped[str] = mapped_column(String(5), default="nl")
    correspondence: Mapped[str] = mapped_column(String(10), default="mail")
    member_since: Mapped[date | None] = mapped_column(Date)
    end_date: Mapped[date | None] = mapped_column(Date)
    end_reason: Mapped[str | None] = mapped_column(String(60))
    payment_method: Mapped[str] = mapped_column(String(14), default="transfer")
    payment_term_id: Mapped[int | None] = mapped_column(ForeignKey("payment_term.id", ondelete="RESTRICT"))
    payer_id: Mapped[int | None] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"), index=True)
    gift_cents: Mapped[int | None] = mapped_column(Cents)
    household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id", ondelete="RESTRICT"), index=True)
    household_role: Mapped[str | None] = mapped_column(String(10))
    follows_household_address: Mapped[bool] = mapped_column(Boolean, default=True)
    kvk: Mapped[str | None] = mapped_column(String(8))
    vat_number: Mapped[str | None] = mapped_column(String(20))
    einvoice_id: Mapped[str | None] = mapped_column(String(40))
    remarks: Mapped[str | None] = mapped_column(Text)
    custom_values: Mapped[dict[str, Any]] = mapped_column(NamedValues, default=dict, server_default=text("'{}'"))

    organisation: Mapped[Organisation] = relationship()
    household: Mapped[Household | None] = relationship()
    payer: Mapped[Relation | None] = relationship(remote_side="Relation.id", foreign_keys=[payer_id])
    addresses: Mapped[list[Address]] = relationship(back_populates="relation", passive_deletes="all", order_by="Address.id")
    contact_points: Mapped[list[ContactPoint]] = relationship(back_populates="relation", passive_deletes="all", order_by="ContactPoint.id")
    accounts: Mapped[list[RelationAccount]] = relationship(back_populates="relation", passive_deletes="all", order_by="RelationAccount.id")

    def __str__(self) -> str:
        return f"{self.display_name} ({self.number})"


class Address(OfRelation, Versioned, Table):
    """One address with the days on which it holds."""

    __tablename__ = "address"
    __table_args__ = (
        one_of("kind", ADDRESS_KINDS),
        CheckConstraint("last_day IS NULL OR first_day IS NULL OR last_day >= first_day", name="in_order"),
        Index("ix_address_place", "postcode", "house_number"),
    )

    kind: Mapped[str] = mapped_column(String(10), default="home")
    street: Mapped[str] = mapped_column(String(100))
    house_number: Mapped[str] = mapped_column(String(10))
    suffix: Mapped[str | None] = mapped_column(String(10))
    postcode: Mapped[str | None] = mapped_column(String(12))
    town: Mapped[str] = mapped_column(String(80), index=True)
    country: Mapped[str] = mapped_column(String(2), default="NL")
    first_day: Mapped[date | None] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)

    relation: Mapped[Relation] = relationship(back_populates="addresses")

    def __str__(self) -> str:
        return f"{self.street} {self.house_number}{self.suffix or ''}, {self.postcode or ''} {self.town}"


class ContactPoint(OfRelation, Versioned, Table):
    """An e-mail address, phone number or website; phones are kept as E.164."""

    __tablename__ = "contact_point"
    __table_args__ = (one_of("kind", CONTACT_KINDS), Index("ix_contact_point_value", "value"))

    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(254))
    is_primary: Mapped[bool] = mapped_column(Boolean, default=True)
    for_invoices: Mapped[bool] = mapped_column(Boolean, default=False)
    is_refused: Mapped[bool] = mapped_column(Boolean, default=False)

    relation: Mapped[Relation] = relationship(back_populates="contact_points")

    def __str__(self) -> str:
        return self.value


class RelationAccount(OfRelation, Versioned, Table):
    """A bank account of a relation."""

    __tablename__ = "relation_account"
    __table_args__ = (Index("ix_relation_account_iban", "iban"),)

    iban: Mapped[str] = mapped_column(String(34))
    bic: Mapped[str | None] = mapped_column(String(11))
    holder: Mapped[str] = mapped_column(String(70))
    is_primary: Mapped[bool] = mapped_column(Boolean, default=True)

    relation: Mapped[Relation] = relationship(back_populates="accounts")

    def __str__(self) -> str:
        return self.iban
