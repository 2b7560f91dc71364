"""Runs of mass invoicing, and the invoices they and hands make."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.contributions.models import Charge, Contribution, PassingOn, Season
from app.documents.models import PrintForm, StoredDocument
from app.invoicing.run import GROUPINGS
from app.kernel.db import Cents, UtcDateTime
from app.kernel.states import Machine
from app.kernel.tables import Made, Owned, Shared, Table, Versioned, one_of, referable, same_organisation
from app.ledger.models import JournalEntry, LedgerAccount, VatCode
from app.organisations.models import Organisation
from app.relations.models import PAYMENT_METHODS, Relation

INVOICE_KINDS = {"invoice": "Factuur", "credit_note": "Creditnota"}
INVOICE = Machine(
    "de factuur",
    {"draft": "Concept", "posted": "Geboekt"},
    {"post": (("draft",), "posted"), "change": (("draft",), "draft"), "delete": (("draft",), "draft")},
)
SEND_STATES = {
    "unsent": "Niet verstuurd",
    "queued": "In\u00a0uitgaande post",
    "to_print": "Te printen",
    "sent": "Verstuurd",
    "not_needed": "Niet nodig",
}
RUN = Machine(
    "de facturatie",
    {
        "set_up": "Voorbereid",
        "making": "Facturen worden gemaakt",
        "made": "Concepten gemaakt",
        "posted": "Geboekt",
        "sent": "Verstuurd",
        "withdrawn": "Ingetrokken",
    },
    {
        "make": (("set_up", "making", "made"), "making"),
        "made": (("making",), "made"),
        "post": (("made",), "posted"),
        "send": (("posted", "sent"), "sent"),
        "withdraw": (("set_up", "making", "made"), "withdrawn"),
    },
)
START_FILTERS = {"all": "Alle", "on_or_after": "Op of na", "on_or_before": "Op of voor"}
RUN_ISSUE_KINDS = {"left_out": "Overgeslagen", "error": "Kan niet"}


class PaymentTerm(Shared, Versioned, Table):
    """Days to pay and the way to pay, and an optional line of its own on the invoice."""

    __tablename__ = "payment_term"
    __table_args__ = (one_of("payment_method", PAYMENT_METHODS), CheckConstraint("days >= 0", name="days_not_negative"))

    name: Mapped[str] = mapped_column(String(80))
    days: Mapped[int] = mapped_column(Integer, default=30)
    payment_method: Mapped[str | None] = mapped_column(String(14))
    line_text: Mapped[str | None] = mapped_column(String(120))
    line_cents: Mapped[int | None] = mapped_column(Cents)
    line_account_number: Mapped[str | None] = mapped_column(String(10))

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name


class InvoiceSource(Shared, Versioned, Table):
    """Settings for a kind of invoices."""

    __tablename__ = "invoice_source"
    __table_args__ = (CheckConstraint("family_maximum_cents > 0", name="family_maximum_positive"),)

    name: Mapped[str] = mapped_column(String(80))
    payment_term_id: Mapped[int | None] = mapped_column(ForeignKey("payment_term.id", ondelete="RESTRICT"))
    print_form_id: Mapped[int | None] = mapped_column(ForeignKey("print_form.id", ondelete="RESTRICT"))
    family_maximum_cents: Mapped[int | None] = mapped_column(Cents)
    heading: Mapped[str | None] = mapped_column(String(200))

    organisation: Mapped[Organisation] = relationship()
    payment_term: Mapped[PaymentTerm | None] = relationship()
    print_form: Mapped[PrintForm | None] = relationship()

    def __str__(self) -> str:
        return self.name


class InvoiceRun(Owned, Made, Versioned, Table):
    """One run of mass invoicing, from parameters to sent invoices; can be left and taken up at any step."""

    __tablename__ = "invoice_run"
    __table_args__ = (
        referable(),
        one_of("state", RUN.states),
        one_of("grouping_kind", GROUPINGS),
        one_of("start_filter", START_FILTERS),
    )

    name: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10), default="set_up")
    season_id: Mapped[int] = mapped_column(ForeignKey("season.id", ondelete="RESTRICT"))
    source_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_source.id", ondelete="RESTRICT"))
    payment_term_id: Mapped[int | None] = mapped_column(ForeignKey("payment_term.id", ondelete="RESTRICT"))
    invoice_date: Mapped[date] = mapped_column(Date)
    start_filter: Mapped[str] = mapped_column(String(14), default="all")
    start_date: Mapped[date | None] = mapped_column(Date)
    heading: Mapped[str | None] = mapped_column(String(200))
    grouping_kind: Mapped[str] = mapped_column(String(10), default="payer")
    makes_charges: Mapped[bool] = mapped_column(Boolean, default=True)
    new_members_only: Mapped[bool] = mapped_column(Boolean, default=False)
    stops_at_first_error: Mapped[bool] = mapped_column(Boolean, default=False)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(120))
    made_count: Mapped[int] = mapped_column(Integer, default=0)
    total_cents: Mapped[int] = mapped_column(Cents, default=0)

    organisation: Mapped[Organisation] = relationship()
    season: Mapped[Season] = relationship()
    source: Mapped[InvoiceSource | None] = relationship()
    payment_term: Mapped[PaymentTerm | None] = relationship()
    contributions: Mapped[list[InvoiceRunContribution]] = relationship(
        primaryjoin="InvoiceRun.id == InvoiceRunContribution.run_id", foreign_keys="InvoiceRunContribution.run_id", passive_deletes="all"
    )

    def __str__(self) -> str:
        return self.name


class InvoiceRunContribution(Owned, Table):
    """A contribution that a run charges."""

    __tablename__ = "invoice_run_contribution"
    __table_args__ = (
        UniqueConstraint("run_id", "contribution_id"),
        same_organisation("invoice_run", "run_id"),
        same_organisation("contribution", "contribution_id"),
    )

    run_id: Mapped[int] = mapped_column(Integer)
    contribution_id: Mapped[int] = mapped_column(Integer)

    organisation: Mapped[Organisation] = relationship()
    contribution: Mapped[Contribution] = relationship(
        primaryjoin="InvoiceRunContribution.contribution_id == Contribution.id", foreign_keys=[contribution_id]
    )

    def __str__(self) -> str:
        return str(self.contribution)


class InvoiceRunIssue(Owned, Table):
    """Who was left out of a run and why, or what could not be computed."""

    __tablename__ = "invoice_run_issue"
    __table_args__ = (
        same_organisation("invoice_run", "run_id"),
        same_organisation("contribution", "contribution_id"),
        one_of("kind", RUN_ISSUE_KINDS),
        Index("ix_invoice_run_issue_run", "run_id", "kind"),
    )

    run_id: Mapped[int] = mapped_column(Integer)
    relation_id: Mapped[int] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    contribution_id: Mapped[int | None] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(300))

    organisation: Mapped[Organisation] = relationship()
    relation: Mapped[Relation] = relationship()
    run: Mapped[InvoiceRun] = relationship(primaryjoin="InvoiceRunIssue.run_id == InvoiceRun.id", foreign_keys=[run_id], viewonly=True)

    def __str__(self) -> str:
        return self.reason


class Invoice(Owned, Made, Versioned, Table):
    """An invoice or credit note. A draft has no number; once posted only its sending changes (guarded by the database).

    `total_cents` includes VAT; a credit note's is negative. "Paid" and "overdue" are answers of the ledger through `open_item_id`.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        referable(),
        UniqueConstraint("organisation_id", "number"),
        UniqueConstraint("organisation_id", "reference"),
        same_organisation("invoice_run", "run_id"),
        same_organisation("invoice", "credits_id"),
        same_organisation("journal_entry", "journal_entry_id"),
        same_organisation("journal_line", "open_item_id"),
        one_of("kind", INVOICE_KINDS),
        one_of("state", INVOICE.states),
        one_of("send_state", SEND_STATES),
        one_of("payment_method", PAYMENT_METHODS),
        CheckConstraint("(state = 'posted') = (number IS NOT NULL)", name="number_when_posted"),
        Index("ix_invoice_debtor", "debtor_id"),
        Index("ix_invoice_run", "run_id", "state"),
        Index("ix_invoice_date", "organisation_id", "state", "invoice_date"),
        Index("ix_invoice_open_item", "open_item_id"),
    )

    run_id: Mapped[int | None] = mapped_column(Integer)
    run_key: Mapped[str | None] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12), default="invoice")
    credits_id: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(8), default="draft")
    number: Mapped[str | None] = mapped_column(String(30))
    debtor_id: Mapped[int] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    payment_term_id: Mapped[int | None] = mapped_column(ForeignKey("payment_term.id", ondelete="RESTRICT"))
    source_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_source.id", ondelete="RESTRICT"))
    payment_method: Mapped[str] = mapped_column(String(14))
    invoice_date: Mapped[date] = mapped_column(Date)
    due_date: Mapped[date] = mapped_column(Date)
    heading: Mapped[str | None] = mapped_column(String(200))
    total_cents: Mapped[int] = mapped_column(Cents)
    vat_cents: Mapped[int] = mapped_column(Cents, default=0)
    reference: Mapped[str | None] = mapped_column(String(35))
    journal_entry_id: Mapped[int | None] = mapped_column(Integer)
    open_item_id: Mapped[int | None] = mapped_column(Integer)
    posted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    send_state: Mapped[str] = mapped_column(String(10), default="unsent")
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("stored_document.id", ondelete="RESTRICT"))

    organisation: Mapped[Organisation] = relationship()
    debtor: Mapped[Relation] = relationship()
    payment_term: Mapped[PaymentTerm | None] = relationship()
    source: Mapped[InvoiceSource | None] = relationship()
    document: Mapped[StoredDocument | None] = relationship()
    run: Mapped[InvoiceRun | None] = relationship(primaryjoin="Invoice.run_id == InvoiceRun.id", foreign_keys=[run_id], viewonly=True)
    credits: Mapped[Invoice | None] = relationship(
        primaryjoin="Invoice.credits_id == remote(Invoice.id)", foreign_keys=[credits_id], viewonly=True
    )
    journal_entry: Mapped[JournalEntry | None] = relationship(
        primaryjoin="Invoice.journal_entry_id == JournalEntry.id", foreign_keys=[journal_entry_id], viewonly=True
    )
    lines: Mapped[list[InvoiceLine]] = relationship(
        primaryjoin="Invoice.id == InvoiceLine.invoice_id",
        foreign_keys="InvoiceLine.invoice_id",
        order_by="InvoiceLine.position",
        viewonly=True,
    )

    def __str__(self) -> str:
        return self.number or f"concept {self.id}"


class InvoiceLine(Owned, Table):
    """One line of an invoice. `amount_cents` is without VAT; `explanation` holds the steps that made it."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        UniqueConstraint("invoice_id", "position"),
        same_organisation("invoice", "invoice_id", proves_organisation=True),
        same_organisation("charge", "charge_id"),
        same_organisation("contribution", "contribution_id"),
        same_organisation("ledger_account", "ledger_account_id"),
        Index("ix_invoice_line_charge", "charge_id"),
        Index("ix_invoice_line_member", "member_id"),
    )

    invoice_id: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    charge_id: Mapped[int | None] = mapped_column(Integer)
    contribution_id: Mapped[int | None] = mapped_column(Integer)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    ledger_account_id: Mapped[int] = mapped_column(Integer)
    vat_code_id: Mapped[int | None] = mapped_column(ForeignKey("vat_code.id", ondelete="RESTRICT"))
    cost_centre_id: Mapped[int | None] = mapped_column(ForeignKey("cost_centre.id", ondelete="RESTRICT"))
    description: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int] = mapped_column(Integer, default=1)
    price_cents: Mapped[int] = mapped_column(Cents)
    amount_cents: Mapped[int] = mapped_column(Cents)
    first_day: Mapped[date | None] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)
    explanation: Mapped[list[Any]] = mapped_column(JSON, default=list)

    organisation: Mapped[Organisation] = relationship(
        primaryjoin="InvoiceLine.organisation_id == Organisation.id", foreign_keys="InvoiceLine.organisation_id"
    )
    invoice: Mapped[Invoice] = relationship(primaryjoin="InvoiceLine.invoice_id == Invoice.id", foreign_keys=[invoice_id], viewonly=True)
    charge: Mapped[Charge | None] = relationship(primaryjoin="InvoiceLine.charge_id == Charge.id", foreign_keys=[charge_id], viewonly=True)
    contribution: Mapped[Contribution | None] = relationship(
        primaryjoin="InvoiceLine.contribution_id == Contribution.id", foreign_keys=[contribution_id], viewonly=True
    )
    ledger_account: Mapped[LedgerAccount] = relationship(
        primaryjoin="InvoiceLine.ledger_account_id == LedgerAccount.id", foreign_keys=[ledger_account_id], viewonly=True
    )
    member: Mapped[Relation | None] = relationship()
    vat_code: Mapped[VatCode | None] = relationship()

    def __str__(self) -> str:
        return self.description


class PassedOn(Owned, Made, Table):
    """What one posted invoice changes in what is owed to another organisation for one charge; below zero it is taken back.

    `key` is that of the charge without the number of a difference: all rows of it together are what is due.
    """

    __tablename__ = "passed_on"
    __table_args__ = (
        UniqueConstraint("passing_on_id", "invoice_id", "key"),
        same_organisation("passing_on", "passing_on_id"),
        same_organisation("charge", "charge_id"),
        same_organisation("invoice", "invoice_id", proves_organisation=True),
        same_organisation("journal_entry", "journal_entry_id"),
        CheckConstraint("amount_cents <> 0", name="not_zero"),
        Index("ix_passed_on_charge", "charge_id"),
        Index("ix_passed_on_organisation", "for_organisation_id", "passed_on"),
    )

    passing_on_id: Mapped[int] = mapped_column(Integer)
    key: Mapped[str] = mapped_column(String(80))
    charge_id: Mapped[int] = mapped_column(Integer)
    invoice_id: Mapped[int] = mapped_column(Integer)
    for_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    relation_id: Mapped[int] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    passed_on: Mapped[date] = mapped_column(Date)
    amount_cents: Mapped[int] = mapped_column(Cents)
    journal_entry_id: Mapped[int | None] = mapped_column(Integer)

    organisation: Mapped[Organisation] = relationship(
        primaryjoin="PassedOn.organisation_id == Organisation.id", foreign_keys="PassedOn.organisation_id"
    )
    for_organisation: Mapped[Organisation] = relationship(foreign_keys=[for_organisation_id])
    passing_on: Mapped[PassingOn] = relationship(
        primaryjoin="PassedOn.passing_on_id == PassingOn.id", foreign_keys=[passing_on_id], viewonly=True
    )
    charge: Mapped[Charge] = relationship(primaryjoin="PassedOn.charge_id == Charge.id", foreign_keys=[charge_id], viewonly=True)
    invoice: Mapped[Invoice] = relationship(primaryjoin="PassedOn.invoice_id == Invoice.id", foreign_keys=[invoice_id], viewonly=True)

    def __str__(self) -> str:
        return f"{self.for_organisation} {self.passed_on:%d-%m-%Y}"


class Deferral(Owned, Made, Table):
    """Income that was posted to a deferral account, to be spread over the months of its period: `line_count` lines of `amount_cents` each."""

    __tablename__ = "deferral"
    __table_args__ = (
        same_organisation("ledger_account", "deferral_account_id"),
        same_organisation("ledger_account", "ledger_account_id"),
        CheckConstraint("last_day >= first_day", name="in_order"),
        CheckConstraint("line_count > 0", name="lines_positive"),
    )

    deferral_account_id: Mapped[int] = mapped_column(Integer)
    ledger_account_id: Mapped[int] = mapped_column(Integer)
    cost_centre_id: Mapped[int | None] = mapped_column(ForeignKey("cost_centre.id", ondelete="RESTRICT"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    amount_cents: Mapped[int] = mapped_column(Cents)
    line_count: Mapped[int] = mapped_column(Integer)

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return f"{self.first_day:%d-%m-%Y} - {self.last_day:%d-%m-%Y}"


class DeferralRelease(Owned, Made, Table):
    """What was moved from a deferral account to income for the months up to and including `month`, next to what was moved before."""

    __tablename__ = "deferral_release"
    __table_args__ = (
        same_organisation("ledger_account", "deferral_account_id"),
        same_organisation("ledger_account", "ledger_account_id"),
        same_organisation("journal_entry", "journal_entry_id"),
        CheckConstraint("amount_cents <> 0", name="not_zero"),
    )

    month: Mapped[date] = mapped_column(Date)
    deferral_account_id: Mapped[int] = mapped_column(Integer)
    ledger_account_id: Mapped[int] = mapped_column(Integer)
    cost_centre_id: Mapped[int | None] = mapped_column(ForeignKey("cost_centre.id", ondelete="RESTRICT"))
    amount_cents: Mapped[int] = mapped_column(Cents)
    journal_entry_id: Mapped[int] = mapped_column(Integer)

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return f"{self.month:%m-%Y}"
