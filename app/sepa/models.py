"""Mandates, direct-debit batches and their collections, and the bank accounts they run over."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from app.invoicing.models import Invoice
from app.kernel.db import Cents, UtcDateTime
from app.kernel.states import Machine
from app.kernel.tables import Made, Owned, Table, Versioned, one_of, referable, same_organisation
from app.ledger.models import JournalEntry, LedgerAccount
from app.organisations.models import Organisation
from app.relations.models import Relation

MANDATE_SORTS = {"RCUR": "Doorlopend", "OOFF": "Eenmalig"}
MANDATE = Machine(
    "de machtiging",
    {"active": "Actief", "suspended": "Opgeschort", "revoked": "Ingetrokken", "expired": "Vervallen", "used": "Gebruikt"},
    {
        "suspend": (("active",), "suspended"),
        "resume": (("suspended",), "active"),
        "revoke": (("active", "suspended"), "revoked"),
        "expire": (("active", "suspended"), "expired"),
        "use_up": (("active",), "used"),
    },
)
PAIN_VERSIONS = {"08": "pain.008.001.08", "02": "pain.008.001.02"}
BATCH = Machine(
    "de incassobatch",
    {"made": "Gemaakt", "submitted": "Ingediend", "withdrawn": "Ingetrokken"},
    {"submit": (("made",), "submitted"), "withdraw": (("made",), "withdrawn")},
)
COLLECTION = Machine(
    "de incasso",
    {"open": "Onderweg", "collected": "Geïncasseerd", "returned": "Gestorneerd", "withdrawn": "Ingetrokken"},
    {"collect": (("open",), "collected"), "return": (("open", "collected"), "returned"), "withdraw": (("open",), "withdrawn")},
)


class BankAccount(Owned, Versioned, Table):
    """A bank account of an administration, with the limits of its direct-debit contract."""

    __tablename__ = "bank_account"
    __table_args__ = (
        referable(),
        UniqueConstraint("organisation_id", "iban"),
        same_organisation("ledger_account", "ledger_account_id"),
        one_of("pain_version", PAIN_VERSIONS),
        CheckConstraint("max_batch_count BETWEEN 1 AND 100000", name="max_batch_count_known"),
    )

    name: Mapped[str] = mapped_column(String(70))
    iban: Mapped[str] = mapped_column(String(34))
    bic: Mapped[str | None] = mapped_column(String(11))
    holder: Mapped[str] = mapped_column(String(70))
    ledger_account_id: Mapped[int] = mapped_column(Integer)
    pain_version: Mapped[str] = mapped_column(String(2), default="08")
    lead_days: Mapped[int] = mapped_column(Integer, default=2)
    announcement_days: Mapped[int] = mapped_column(Integer, default=14)
    max_item_cents: Mapped[int | None] = mapped_column(Cents)
    max_batch_cents: Mapped[int | None] = mapped_column(Cents)
    max_batch_count: Mapped[int] = mapped_column(Integer, default=10_000)
    accepts_foreign: Mapped[bool] = mapped_column(Boolean, default=False)
    opening_date: Mapped[date | None] = mapped_column(Date)
    opening_cents: Mapped[int | None] = mapped_column(Cents)

    organisation: Mapped[Organisation] = relationship()
    ledger_account: Mapped[LedgerAccount] = relationship(
        primaryjoin="BankAccount.ledger_account_id == LedgerAccount.id", foreign_keys=[ledger_account_id]
    )

    def __str__(self) -> str:
        return f"{self.name} {self.iban}"


class Mandate(Owned, Made, Versioned, Table):
    """A SEPA mandate given to the creditor that `organisation_id` is. Amended, never rewritten: the old account and reference stay."""

    __tablename__ = "mandate"
    __table_args__ = (
        referable(),
        UniqueConstraint("organisation_id", "reference"),
        one_of("sort", MANDATE_SORTS),
        one_of("state", MANDATE.states),
        Index("ix_mandate_relation", "relation_id", "state"),
        Index("ix_mandate_iban", "iban"),
    )

    relation_id: Mapped[int] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    reference: Mapped[str] = mapped_column(String(35))
    sort: Mapped[str] = mapped_column(String(4), default="RCUR")
    state: Mapped[str] = mapped_column(String(10), default="active")
    signed_on: Mapped[date] = mapped_column(Date)
    iban: Mapped[str] = mapped_column(String(34))
    bic: Mapped[str | None] = mapped_column(String(11))
    holder: Mapped[str] = mapped_column(String(70))
    last_used_on: Mapped[date | None] = mapped_column(Date)
    original_iban: Mapped[str | None] = mapped_column(String(34))
    original_reference: Mapped[str | None] = mapped_column(String(35))
    amended_on: Mapped[date | None] = mapped_column(Date)
    amendment_sent_on: Mapped[date | None] = mapped_column(Date)
    evidence: Mapped[str | None] = mapped_column(String(200))

    organisation: Mapped[Organisation] = relationship()
    relation: Mapped[Relation] = relationship()

    def __str__(self) -> str:
        return self.reference


class DebitBatch(Owned, Made, Versioned, Table):
    """Collections for one date, written once as one pain.008 file: the bytes are kept."""

    __tablename__ = "debit_batch"
    __table_args__ = (
        referable(),
        same_organisation("bank_account", "bank_account_id"),
        same_organisation("journal_entry", "journal_entry_id"),
        one_of("state", BATCH.states),
        UniqueConstraint("organisation_id", "message_id"),
    )

    bank_account_id: Mapped[int] = mapped_column(Integer)
    collect_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default="made")
    message_id: Mapped[str] = mapped_column(String(35))
    pain_version: Mapped[str] = mapped_column(String(2))
    count: Mapped[int] = mapped_column(Integer)
    total_cents: Mapped[int] = mapped_column(Cents)
    document: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    sha256: Mapped[str | None] = mapped_column(String(64))
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(120))
    journal_entry_id: Mapped[int | None] = mapped_column(Integer)

    organisation: Mapped[Organisation] = relationship()
    bank_account: Mapped[BankAccount] = relationship(
        primaryjoin="DebitBatch.bank_account_id == BankAccount.id", foreign_keys=[bank_account_id], viewonly=True
    )
    journal_entry: Mapped[JournalEntry | None] = relationship(
        primaryjoin="DebitBatch.journal_entry_id == JournalEntry.id", foreign_keys=[journal_entry_id], viewonly=True
    )

    def __str__(self) -> str:
        return self.message_id


class Collection(Owned, Table):
    """One attempt to collect one invoice. What goes into the file is frozen here. An invoice is under way at most once."""

    __tablename__ = "collection"
    __table_args__ = (
        referable(),
        same_organisation("debit_batch", "batch_id", proves_organisation=True),
        same_organisation("invoice", "invoice_id"),
        same_organisation("mandate", "mandate_id"),
        same_organisation("journal_line", "journal_line_id"),
        one_of("state", COLLECTION.states),
        UniqueConstraint("end_to_end_id"),
        CheckConstraint("amount_cents > 0", name="positive"),
        Index("ix_collection_batch", "batch_id"),
        Index("ix_collection_invoice", "invoice_id"),
        Index(
            "uq_collection_under_way",
            "invoice_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    batch_id: Mapped[int] = mapped_column(Integer)
    invoice_id: Mapped[int] = mapped_column(Integer)
    mandate_id: Mapped[int] = mapped_column(Integer)
    relation_id: Mapped[int] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"), index=True)
    amount_cents: Mapped[int] = mapped_column(Cents)
    end_to_end_id: Mapped[str] = mapped_column(String(35))
    sequence: Mapped[str] = mapped_column(String(4))
    mandate_reference: Mapped[str] = mapped_column(String(35))
    signed_on: Mapped[date] = mapped_column(Date)
    iban: Mapped[str] = mapped_column(String(34))
    bic: Mapped[str | None] = mapped_column(String(11))
    holder: Mapped[str] = mapped_column(String(70))
    original_iban: Mapped[str | None] = mapped_column(String(34))
    original_reference: Mapped[str | None] = mapped_column(String(35))
    remittance: Mapped[str] = mapped_column(String(140))
    state: Mapped[str] = mapped_column(String(10), default="open")
    journal_line_id: Mapped[int | None] = mapped_column(Integer)
    return_code: Mapped[str | None] = mapped_column(String(10))
    returned_on: Mapped[date | None] = mapped_column(Date)

    organisation: Mapped[Organisation] = relationship(
        primaryjoin="Collection.organisation_id == Organisation.id", foreign_keys="Collection.organisation_id"
    )
    batch: Mapped[DebitBatch] = relationship(primaryjoin="Collection.batch_id == DebitBatch.id", foreign_keys=[batch_id], viewonly=True)
    invoice: Mapped[Invoice] = relationship(primaryjoin="Collection.invoice_id == Invoice.id", foreign_keys=[invoice_id], viewonly=True)
    mandate: Mapped[Mandate] = relationship(primaryjoin="Collection.mandate_id == Mandate.id", foreign_keys=[mandate_id], viewonly=True)
    relation: Mapped[Relation] = relationship()

    def __str__(self) -> str:
        return self.end_to_end_id
