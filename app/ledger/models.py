"""The books: accounts, years and periods, entries, and what settles what. Entries and settlements are added, never changed."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Cents
from app.kernel.states import Machine
from app.kernel.tables import Made, Owned, Shared, Table, Versioned, one_of, referable, same_organisation
from app.organisations.models import Organisation
from app.relations.models import Relation

ACCOUNT_TYPES = {"asset": "Bezit", "liability": "Schuld", "equity": "Eigen vermogen", "income": "Opbrengst", "expense": "Kosten"}
# What an account is for in the program: at most one account of each per administration, except bank.
PURPOSES = {
    "debtors": "Debiteuren",
    "creditors": "Crediteuren",
    "bank": "Bank",
    "direct_debit": "Incasso onderweg",
    "suspense": "Vraagposten",
    "equity": "Kapitaal",
    "result": "Resultaat",
    "deferred": "Vooruitontvangen",
    "vat_due": "Af te dragen btw",
    "write_off": "Afboekingen",
    "bank_costs": "Bankkosten",
}
JOURNALS = {
    "opening": "Beginbalans",
    "sales": "Verkoop",
    "bank": "Bank",
    "direct_debit": "Incasso",
    "memorial": "Memoriaal",
}
BOOK_STATES = Machine(
    "de periode",
    {"open": "Open", "blocked": "Geblokkeerd", "closed": "Afgesloten"},
    {
        "block": (("open",), "blocked"),
        "unblock": (("blocked",), "open"),
        "close": (("open", "blocked"), "closed"),
        "reopen": (("closed",), "open"),
    },
)


class VatCode(Shared, Versioned, Table):
    """A VAT rate in basis points with its UBL category. Source: NLCIUS / EN 16931 code list 5305."""

    __tablename__ = "vat_code"
    __table_args__ = (UniqueConstraint("organisation_id", "code"), CheckConstraint("rate_basis_points BETWEEN 0 AND 10000", name="rate"))

    code: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(80))
    rate_basis_points: Mapped[int] = mapped_column(Integer, default=0)
    ubl_category: Mapped[str] = mapped_column(String(2), default="O")
    exemption_reason: Mapped[str | None] = mapped_column(String(200))

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name


class CostCentre(Shared, Versioned, Table):
    """A dimension of costs and income."""

    __tablename__ = "cost_centre"
    __table_args__ = (UniqueConstraint("organisation_id", "code"),)

    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class LedgerAccount(Owned, Versioned, Table):
    """An account of an administration."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        referable(),
        one_of("type", ACCOUNT_TYPES),
        one_of("purpose", PURPOSES),
    )

    number: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(80))
    type: Mapped[str] = mapped_column(String(10))
    purpose: Mapped[str | None] = mapped_column(String(20))
    vat_code_id: Mapped[int | None] = mapped_column(ForeignKey("vat_code.id", ondelete="RESTRICT"))
    rgs_code: Mapped[str | None] = mapped_column(String(20))
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)

    organisation: Mapped[Organisation] = relationship()
    vat_code: Mapped[VatCode | None] = relationship()

    @property
    def is_open_item(self) -> bool:
        """Whether its lines are open items of a relation."""
        return self.purpose in ("debtors", "creditors")

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class BookYear(Owned, Versioned, Table):
    """A book year of an administration."""

    __tablename__ = "book_year"
    __table_args__ = (
        UniqueConstraint("organisation_id", "name"),
        UniqueConstraint("organisation_id", "first_day"),
        referable(),
        one_of("state", BOOK_STATES.states),
        CheckConstraint("last_day > first_day", name="in_order"),
    )

    name: Mapped[str] = mapped_column(String(20))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default="open")

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name


class BookPeriod(Owned, Versioned, Table):
    """A month of a book year."""

    __tablename__ = "book_period"
    __table_args__ = (
        UniqueConstraint("organisation_id", "first_day"),
        same_organisation("book_year", "book_year_id"),
        one_of("state", BOOK_STATES.states),
    )

    book_year_id: Mapped[int] = mapped_column(Integer, index=True)
    name: Mapped[str] = mapped_column(String(30))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default="open")

    organisation: Mapped[Organisation] = relationship()
    book_year: Mapped[BookYear] = relationship(primaryjoin="BookPeriod.book_year_id == BookYear.id", viewonly=True)

    def __str__(self) -> str:
        return self.name


class JournalEntry(Owned, Made, Table):
    """One balanced entry. `is_sealed` goes on once its lines are in: the database then checks that they balance, and nothing
    changes any more. `hash` covers the content and `previous_hash`, per administration in order of `chain`.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        UniqueConstraint("organisation_id", "journal", "book_year_id", "number"),
        UniqueConstraint("organisation_id", "chain"),
        referable(),
        same_organisation("book_year", "book_year_id", proves_organisation=True),
        same_organisation("journal_entry", "reverses_id"),
        one_of("journal", JOURNALS),
        Index("ix_journal_entry_date", "organisation_id", "entry_date"),
        Index("ix_journal_entry_source", "source_table", "source_id"),
    )

    journal: Mapped[str] = mapped_column(String(14))
    book_year_id: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    chain: Mapped[int] = mapped_column(Integer)
    entry_date: Mapped[date] = mapped_column(Date)
    description: Mapped[str] = mapped_column(String(200))
    source_table: Mapped[str | None] = mapped_column(String(40))
    source_id: Mapped[int | None] = mapped_column(Integer)
    reverses_id: Mapped[int | None] = mapped_column(Integer)
    posted_by: Mapped[str] = mapped_column(String(120))
    is_sealed: Mapped[bool] = mapped_column(Boolean, default=False)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    organisation: Mapped[Organisation] = relationship(
        primaryjoin="JournalEntry.organisation_id == Organisation.id", foreign_keys="JournalEntry.organisation_id"
    )
    book_year: Mapped[BookYear] = relationship(primaryjoin="JournalEntry.book_year_id == BookYear.id", viewonly=True)
    reverses: Mapped[JournalEntry | None] = relationship(
        primaryjoin="JournalEntry.reverses_id == remote(JournalEntry.id)", foreign_keys=[reverses_id], viewonly=True
    )
    lines: Mapped[list[JournalLine]] = relationship(
        primaryjoin="JournalEntry.id == JournalLine.entry_id", order_by="JournalLine.position", viewonly=True
    )

    def __str__(self) -> str:
        return f"{JOURNALS[self.journal]} {self.number}"


class JournalLine(Owned, Table):
    """One line: debit positive, credit negative. On a debtors or creditors account it is an open item of `relation_id`;
    `item_number` is then the invoice or document it is about, and `due_date` when it should be settled.
    """

    __tablename__ = "journal_line"
    __table_args__ = (
        referable(),
        UniqueConstraint("entry_id", "position"),
        same_organisation("journal_entry", "entry_id", proves_organisation=True),
        same_organisation("ledger_account", "account_id"),
        CheckConstraint("amount_cents <> 0", name="not_zero"),
        Index("ix_journal_line_account", "organisation_id", "account_id"),
        Index("ix_journal_line_relation", "relation_id", "account_id"),
    )

    entry_id: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    account_id: Mapped[int] = mapped_column(Integer)
    amount_cents: Mapped[int] = mapped_column(Cents)
    description: Mapped[str] = mapped_column(String(200), default="")
    relation_id: Mapped[int | None] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    item_number: Mapped[str | None] = mapped_column(String(40))
    due_date: Mapped[date | None] = mapped_column(Date)
    cost_centre_id: Mapped[int | None] = mapped_column(ForeignKey("cost_centre.id", ondelete="RESTRICT"))

    organisation: Mapped[Organisation] = relationship(
        primaryjoin="JournalLine.organisation_id == Organisation.id", foreign_keys="JournalLine.organisation_id"
    )
    entry: Mapped[JournalEntry] = relationship(
        primaryjoin="JournalLine.entry_id == JournalEntry.id", foreign_keys=[entry_id], viewonly=True
    )
    account: Mapped[LedgerAccount] = relationship(
        primaryjoin="JournalLine.account_id == LedgerAccount.id", foreign_keys=[account_id], viewonly=True
    )
    relation: Mapped[Relation | None] = relationship()
    cost_centre: Mapped[CostCentre | None] = relationship()

    def __str__(self) -> str:
        return self.description


class Settlement(Owned, Made, Table):
    """Open items that cancel each other. Its parts add up to zero; undone by a settlement that points at it."""

    __tablename__ = "settlement"
    __table_args__ = (
        referable(),
        same_organisation("settlement", "reverses_id"),
        Index("ix_settlement_source", "source_table", "source_id"),
    )

    settled_on: Mapped[date] = mapped_column(Date)
    made_by: Mapped[str] = mapped_column(String(120))
    reverses_id: Mapped[int | None] = mapped_column(Integer, unique=True)
    source_table: Mapped[str | None] = mapped_column(String(40))
    source_id: Mapped[int | None] = mapped_column(Integer)

    organisation: Mapped[Organisation] = relationship()
    parts: Mapped[list[SettlementPart]] = relationship(primaryjoin="Settlement.id == SettlementPart.settlement_id", viewonly=True)

    def __str__(self) -> str:
        return f"{self.settled_on:%d-%m-%Y}"


class SettlementPart(Owned, Table):
    """How much of one open item a settlement takes: open = line amount minus the sum of its parts."""

    __tablename__ = "settlement_part"
    __table_args__ = (
        same_organisation("settlement", "settlement_id", proves_organisation=True),
        same_organisation("journal_line", "line_id"),
        CheckConstraint("amount_cents <> 0", name="not_zero"),
        Index("ix_settlement_part_line", "organisation_id", "line_id"),
        Index("ix_settlement_part_settlement", "organisation_id", "settlement_id"),
    )

    # Without an index of its own: both indexes above begin with it.
    organisation_id: Mapped[int] = mapped_column(Integer, nullable=False)
    settlement_id: Mapped[int] = mapped_column(Integer)
    line_id: Mapped[int] = mapped_column(Integer)
    amount_cents: Mapped[int] = mapped_column(Cents)

    organisation: Mapped[Organisation] = relationship(
        primaryjoin="SettlementPart.organisation_id == Organisation.id", foreign_keys="SettlementPart.organisation_id"
    )
    line: Mapped[JournalLine] = relationship(primaryjoin="SettlementPart.line_id == JournalLine.id", foreign_keys=[line_id], viewonly=True)

    def __str__(self) -> str:
        return str(self.amount_cents)
