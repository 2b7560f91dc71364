"""What a bank statement says, as plain facts: statements, their entries, and the payments inside an entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment inside an entry; most entries hold exactly one.

    `cents` has the sign of the booking: money in is above zero. `reference` is the structured one (betalingskenmerk or RF);
    `text` holds every free text the bank gave, in a fixed order. `instructed_cents` is the amount that was originally ordered, unsigned:
    at a return the difference is what the bank charges.
    """

    cents: int
    counter_iban: str = ""
    counter_name: str = ""
    counter_bic: str = ""
    text: str = ""
    end_to_end_id: str = ""
    mandate_reference: str = ""
    reference: str = ""
    reference_issuer: str = ""
    message_id: str = ""
    payment_group_id: str = ""
    transaction_id: str = ""
    return_code: str = ""
    return_text: str = ""
    bank_code: str = ""
    is_return: bool = False
    instructed_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One booked line of a statement.

    `ordinal` counts from 1 in the statement, `line` is the line in the file. `is_split` is true when the entry holds several
    payments that add up to it; otherwise `payments` holds one, for the whole amount. `raw_xml` is the entry as the bank wrote it.
    """

    ordinal: int
    line: int
    cents: int
    booked_on: date
    valued_on: date | None
    bank_reference: str
    entry_reference: str
    bank_code: str
    proprietary_code: str
    is_reversal: bool
    is_split: bool
    batch_id: str
    batch_count: int
    text: str
    payments: tuple[Payment, ...]
    raw_xml: str


@dataclass(frozen=True, slots=True)
class StatementHead:
    """One statement without its entries. `number` is the electronic sequence number, `legal_number` the legal one; both are hints."""

    ordinal: int
    line: int
    statement_id: str
    iban: str
    currency: str
    number: int | None
    legal_number: int | None
    created_at: datetime | None
    first_day: date | None
    last_day: date | None
    opening_cents: int
    opening_on: date | None
    closing_cents: int
    closing_on: date | None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one account. `ignored_count` is the number of entries that book nothing: not booked yet (PDNG, INFO, FUTR) or of 0,00."""

    head: StatementHead
    entries: tuple[Entry, ...]
    ignored_count: int = 0

    @property
    def moved_cents(self) -> int:
        """Return the sum of the entries."""
        return sum(e.cents for e in self.entries)

    @property
    def first_day(self) -> date | None:
        """Return the first day that it covers: as stated, else from the balances and entries."""
        days = [d for d in (self.head.first_day, self.head.closing_on, *(e.booked_on for e in self.entries)) if d]
        return self.head.first_day or min(days, default=None)

    @property
    def last_day(self) -> date | None:
        """Return the last day that it covers."""
        days = [d for d in (self.head.closing_on, *(e.booked_on for e in self.entries)) if d]
        return self.head.last_day or max(days, default=None)
