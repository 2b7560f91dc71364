"""What the matching rules know and what they answer: open items in, a proposal per payment out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

Kind = Literal["invoice", "debtor", "batch", "return", "account", "unknown"]
Certainty = Literal["certain", "probable", "unknown"]


class OpenInvoice(NamedTuple):
    """One posted invoice with something open; `open_cents` is above zero when the debtor owes. `reference` is what is printed to pay with."""

    id: int
    debtor_id: int
    number: str
    reference: str
    open_cents: int
    due_on: date


class Debtor(NamedTuple):
    """Who owes; `ibans` are those on the card or seen in earlier booked payments. `household_id` ties members who share a purse."""

    id: int
    number: str
    name: str
    ibans: tuple[str, ...] = ()
    household_id: int | None = None


class CollectionUnderWay(NamedTuple):
    """One collection that was submitted, also settled ones of the last 13 months: they can still come back."""

    id: int
    end_to_end_id: str
    invoice_id: int
    debtor_id: int
    batch_id: int
    amount_cents: int


class SubmittedBatch(NamedTuple):
    """One direct-debit batch, or one PmtInf group of it, that waits for its money."""

    id: int
    message_id: str
    group_ids: tuple[str, ...]
    total_cents: int
    collection_day: date


class RefundUnderWay(NamedTuple):
    """One refund to a debtor that was ordered; `amount_cents` is above zero."""

    id: int
    end_to_end_id: str
    debtor_id: int
    amount_cents: int


class Rule(NamedTuple):
    """One MatchRule: all that is filled must agree. `account_id` or `debtor_id` says where it goes. `is_set` is true when a person set it."""

    id: int
    name: str
    is_set: bool
    account_id: int | None = None
    debtor_id: int | None = None
    iban: str = ""
    text: str = ""
    direction: Literal["in", "out", ""] = ""
    amount_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a part of a payment goes; `id` is that of the invoice, debtor, batch, collection or ledger account."""

    kind: Kind
    id: int
    cents: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another place where it could go, with a score of 0 to 100 and the reason in Dutch."""

    kind: Kind
    id: int
    score: int
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be booked for one payment.

    The targets add up to the payment, unless the kind is unknown (then there are none and it goes to 2020 vraagposten).
    `certain` may be booked unseen, `probable` must be looked at. At a return the target is the collection;
    `costs_cents` is what the bank charged (above zero) and `return_code` the reason.
    """

    kind: Kind
    certainty: Certainty
    targets: tuple[Target, ...] = ()
    reasons: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    rule_id: int | None = None
    costs_cents: int = 0
    return_code: str = ""
