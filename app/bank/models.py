"""Bank statements as the bank gave them, what each line is taken for, and the rules that recognise it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from app.invoicing.models import Invoice
from app.kernel.db import Cents
from app.kernel.states import Machine
from app.kernel.tables import Made, Owned, Table, Versioned, one_of, referable, same_organisation
from app.ledger.models import JournalEntry, LedgerAccount
from app.organisations.models import Organisation
from app.relations.models import Relation
from app.sepa.models import BankAccount, Collection, DebitBatch

STATEMENT = Machine(
    "het afschrift",
    {"imported": "Te verwerken", "booked": "Geboekt"},
    {"book": (("imported",), "booked"), "take_back": (("booked",), "imported"), "change": (("imported",), "imported")},
)
LINE_KINDS = {
    "invoice": "Factuur",
    "debtor": "Debiteur",
    "batch": "Incassobatch",
    "return": "Storno",
    "account": "Grootboekrekening",
    "unknown": "Onbekend",
}
CERTAINTIES = {"certain": "Herkend", "probable": "Kies zelf", "unknown": "Onbekend"}
TARGET_KINDS = {"invoice": "Factuur", "debtor": "Debiteur", "account": "Grootboekrekening", "batch": "Incassobatch", "return": "Storno"}


class BankFile(Owned, Made, Table):
    """A file as it was handed in."""

    __tablename__ = "bank_file"
    __table_args__ = (referable(), UniqueConstraint("organisation_id", "sha256"))

    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    imported_by: Mapped[str] = mapped_column(String(120))

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name


class BankStatement(Owned, Made, Versioned, Table):
    """One statement of one account: opening + lines = closing, and opening is the closing of the one before."""

    __tablename__ = "bank_statement"
    __table_args__ = (
        referable(),
        same_organisation("bank_account", "bank_account_id"),
        same_organisation("bank_file", "file_id"),
        UniqueConstraint("bank_account_id", "statement_id"),
        one_of("state", STATEMENT.states),
        Index("ix_bank_statement_days", "bank_account_id", "first_day"),
    )

    bank_account_id: Mapped[int] = mapped_column(Integer)
    file_id: Mapped[int] = mapped_column(Integer)
    statement_id: Mapped[str] = mapped_column(String(60))
    sequence_number: Mapped[int | None] = mapped_column(Integer)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    opening_cents: Mapped[int] = mapped_column(Cents)
    closing_cents: Mapped[int] = mapped_column(Cents)
    line_count: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10), default="imported")
    gap_accepted: Mapped[bool] = mapped_column(Boolean, default=False)

    organisation: Mapped[Organisation] = relationship()
    bank_account: Mapped[BankAccount] = relationship(
        primaryjoin="BankStatement.bank_account_id == BankAccount.id", foreign_keys=[bank_account_id], viewonly=True
    )
    file: Mapped[BankFile] = relationship(primaryjoin="BankStatement.file_id == BankFile.id", foreign_keys=[file_id], viewonly=True)
    lines: Mapped[list[StatementLine]] = relationship(
        primaryjoin="BankStatement.id == StatementLine.statement_id",
        foreign_keys="StatementLine.statement_id",
        order_by="StatementLine.position",
        viewonly=True,
    )

    def __str__(self) -> str:
        return f"{self.statement_id} ({self.first_day:%d-%m-%Y})"


class StatementLine(Owned, Versioned, Table):
    """One entry of the bank, whole, with the proposal of where it belongs."""

    __tablename__ = "statement_line"
    __table_args__ = (
        referable(),
        same_organisation("bank_statement", "statement_id"),
        same_organisation("bank_account", "bank_account_id"),
        same_organisation("journal_entry", "journal_entry_id"),
        UniqueConstraint("bank_account_id", "entry_key"),
        UniqueConstraint("statement_id", "position"),
        one_of("kind", LINE_KINDS),
        one_of("certainty", CERTAINTIES),
        CheckConstraint("amount_cents <> 0", name="not_zero"),
    )

    statement_id: Mapped[int] = mapped_column(Integer)
    bank_account_id: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    entry_key: Mapped[str] = mapped_column(String(80))
    booked_on: Mapped[date] = mapped_column(Date)
    value_on: Mapped[date | None] = mapped_column(Date)
    amount_cents: Mapped[int] = mapped_column(Cents)
    counter_iban: Mapped[str | None] = mapped_column(String(34), index=True)
    counter_name: Mapped[str | None] = mapped_column(String(140))
    description: Mapped[str] = mapped_column(Text, default="")
    structured_reference: Mapped[str | None] = mapped_column(String(40))
    end_to_end_id: Mapped[str | None] = mapped_column(String(40))
    mandate_reference: Mapped[str | None] = mapped_column(String(40))
    bank_reference: Mapped[str | None] = mapped_column(String(60))
    batch_reference: Mapped[str | None] = mapped_column(String(60))
    return_code: Mapped[str | None] = mapped_column(String(10))
    transaction_code: Mapped[str | None] = mapped_column(String(40))
    raw: Mapped[str] = deferred(mapped_column(Text))
    kind: Mapped[str] = mapped_column(String(10), default="unknown")
    certainty: Mapped[str] = mapped_column(String(10), default="unknown")
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    candidates: Mapped[list[Any]] = mapped_column(JSON, default=list)
    is_confirmed: Mapped[bool] = mapped_column(Boolean, default=False)
    journal_entry_id: Mapped[int | None] = mapped_column(Integer)

    organisation: Mapped[Organisation] = relationship()
    statement: Mapped[BankStatement] = relationship(
        primaryjoin="StatementLine.statement_id == BankStatement.id", foreign_keys=[statement_id], viewonly=True
    )
    journal_entry: Mapped[JournalEntry | None] = relationship(
        primaryjoin="StatementLine.journal_entry_id == JournalEntry.id", foreign_keys=[journal_entry_id], viewonly=True
    )
    targets: Mapped[list[StatementTarget]] = relationship(
        primaryjoin="StatementLine.id == StatementTarget.line_id",
        foreign_keys="StatementTarget.line_id",
        order_by="StatementTarget.position",
        viewonly=True,
    )

    def __str__(self) -> str:
        return f"{self.booked_on:%d-%m-%Y} {self.counter_name or ''}".strip()


class StatementTarget(Owned, Table):
    """Where a part of a line is booked: the parts of a line add up to it."""

    __tablename__ = "statement_target"
    __table_args__ = (
        same_organisation("statement_line", "line_id"),
        same_organisation("invoice", "invoice_id"),
        same_organisation("ledger_account", "ledger_account_id"),
        same_organisation("debit_batch", "batch_id"),
        same_organisation("collection", "collection_id"),
        UniqueConstraint("line_id", "position"),
        one_of("kind", TARGET_KINDS),
        CheckConstraint("amount_cents <> 0", name="not_zero"),
        Index("ix_statement_target_invoice", "invoice_id"),
    )

    line_id: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(10))
    amount_cents: Mapped[int] = mapped_column(Cents)
    invoice_id: Mapped[int | None] = mapped_column(Integer)
    relation_id: Mapped[int | None] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    ledger_account_id: Mapped[int | None] = mapped_column(Integer)
    batch_id: Mapped[int | None] = mapped_column(Integer)
    collection_id: Mapped[int | None] = mapped_column(Integer)

    organisation: Mapped[Organisation] = relationship()
    line: Mapped[StatementLine] = relationship(
        primaryjoin="StatementTarget.line_id == StatementLine.id", foreign_keys=[line_id], viewonly=True
    )
    invoice: Mapped[Invoice | None] = relationship(
        primaryjoin="StatementTarget.invoice_id == Invoice.id", foreign_keys=[invoice_id], viewonly=True
    )
    relation: Mapped[Relation | None] = relationship()
    ledger_account: Mapped[LedgerAccount | None] = relationship(
        primaryjoin="StatementTarget.ledger_account_id == LedgerAccount.id", foreign_keys=[ledger_account_id], viewonly=True
    )
    batch: Mapped[DebitBatch | None] = relationship(
        primaryjoin="StatementTarget.batch_id == DebitBatch.id", foreign_keys=[batch_id], viewonly=True
    )
    collection: Mapped[Collection | None] = relationship(
        primaryjoin="StatementTarget.collection_id == Collection.id", foreign_keys=[collection_id], viewonly=True
    )

    def __str__(self) -> str:
        return TARGET_KINDS[self.kind]


class MatchRule(Owned, Made, Versioned, Table):
    """How a line finds its booking: this account and this text belong on that ledger account, or to that relation."""

    __tablename__ = "match_rule"
    __table_args__ = (
        same_organisation("ledger_account", "ledger_account_id"),
        CheckConstraint("iban IS NOT NULL OR text_contains IS NOT NULL", name="has_a_condition"),
        CheckConstraint("ledger_account_id IS NOT NULL OR relation_id IS NOT NULL", name="has_a_target"),
    )

    name: Mapped[str] = mapped_column(String(120))
    iban: Mapped[str | None] = mapped_column(String(34))
    text_contains: Mapped[str | None] = mapped_column(String(120))
    is_incoming: Mapped[bool | None] = mapped_column(Boolean)
    ledger_account_id: Mapped[int | None] = mapped_column(Integer)
    relation_id: Mapped[int | None] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    is_learned: Mapped[bool] = mapped_column(Boolean, default=False)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    use_count: Mapped[int] = mapped_column(Integer, default=0)

    organisation: Mapped[Organisation] = relationship()
    ledger_account: Mapped[LedgerAccount | None] = relationship(
        primaryjoin="MatchRule.ledger_account_id == LedgerAccount.id", foreign_keys=[ledger_account_id]
    )
    relation: Mapped[Relation | None] = relationship()

    def __str__(self) -> str:
        return self.name
