"""What is handed in to make a card: plain values, checked when the card is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class AddressDraft:
    """An address with the days on which it holds."""

    street: str
    house_number: str
    town: str
    postcode: str | None = None
    suffix: str | None = None
    country: str = "NL"
    kind: str = "home"
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """An e-mail address, phone number or website."""

    kind: str
    value: str
    is_primary: bool = True
    for_invoices: bool = False


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """A bank account; the BIC follows from a Dutch IBAN."""

    iban: str
    holder: str
    bic: str | None = None
    is_primary: bool = True


@dataclass(frozen=True, slots=True)
class RelationDraft:
    """A card to be made. `organisation_id` is where it is entered: None is the environment of who acts."""

    surname: str
    first_name: str | None = None
    prefix: str | None = None
    initials: str | None = None
    kind: str = "person"
    organisation_id: int | None = None
    gender: str | None = None
    birth_date: date | None = None
    language: str = "nl"
    correspondence: str = "mail"
    payment_method: str = "transfer"
    payment_term_id: int | None = None
    payer_id: int | None = None
    household_id: int | None = None
    household_role: str | None = None
    kvk: str | None = None
    vat_number: str | None = None
    einvoice_id: str | None = None
    remarks: str | None = None
    gift_cents: int | None = None
    custom_values: dict[str, Any] = field(default_factory=dict)
    addresses: tuple[AddressDraft, ...] = ()
    contact_points: tuple[ContactDraft, ...] = ()
    accounts: tuple[AccountDraft, ...] = ()
