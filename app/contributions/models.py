"""What is charged, how much, when, and what came of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.contributions.adjustments import NAMES
from app.functions.models import FunctionTerm, FunctionType, PriceCategory
from app.groups.models import TargetGroup
from app.kernel.db import Cents
from app.kernel.states import Machine
from app.kernel.tables import Made, Owned, Shared, Table, Versioned, one_of, referable, same_organisation
from app.ledger.models import LedgerAccount, VatCode
from app.organisations.models import Organisation
from app.relations.models import Relation

POSTING_TYPES = {"contribution": "Contributie", "gift": "Gift", "subscription": "Abonnement", "other": "Overig"}
SEASON_LABELS = {
    "none": "Geen",
    "name_before": "Seizoen ervoor",
    "name_after": "Seizoen erachter",
    "period_before": "Periode ervoor",
    "period_after": "Periode erachter",
}
ANCHORS = {"calendar": "Kalender", "function": "Begin van de functie", "fixed": "Vaste datums", "season": "Seizoen"}
FIRST_PERIODS = {"full": "Volledig", "pro_rata": "Naar rato"}
PAYEES = {"department": "De afdeling van de functie", "above": "De organisatie hierboven", "organisation": "Een gekozen organisatie"}
CHARGE = Machine(
    "de te factureren regel",
    {"open": "Open", "invoiced": "Op conceptfactuur", "posted": "Gefactureerd", "credited": "Gecrediteerd", "waived": "Kwijtgescholden"},
    {
        "invoice": (("open",), "invoiced"),
        "release": (("invoiced",), "open"),
        "post": (("invoiced",), "posted"),
        "credit": (("posted",), "credited"),
        "waive": (("open",), "waived"),
        "take_back_waiver": (("waived",), "open"),
    },
)


class Season(Shared, Versioned, Table):
    """A named period that contributions are charged for."""

    __tablename__ = "season"
    __table_args__ = (UniqueConstraint("organisation_id", "name"), CheckConstraint("last_day > first_day", name="in_order"))

    name: Mapped[str] = mapped_column(String(40))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name


class BillingPlan(Shared, Versioned, Table):
    """When is charged. `months` empty means the season."""

    __tablename__ = "billing_plan"
    __table_args__ = (
        one_of("anchor", ANCHORS),
        one_of("first_period", FIRST_PERIODS),
        CheckConstraint("months IN (1, 3, 6, 12)", name="months_known"),
        CheckConstraint("first_month BETWEEN 1 AND 12", name="first_month_known"),
    )

    name: Mapped[str] = mapped_column(String(80))
    months: Mapped[int | None] = mapped_column(Integer)
    anchor: Mapped[str] = mapped_column(String(10), default="season")
    first_month: Mapped[int] = mapped_column(Integer, default=1)
    fixed_dates: Mapped[list[str]] = mapped_column(JSON, default=list)
    first_period: Mapped[str] = mapped_column(String(10), default="full")
    first_period_months: Mapped[int | None] = mapped_column(Integer)
    turning_point: Mapped[int | None] = mapped_column(Integer)
    issue_days: Mapped[int] = mapped_column(Integer, default=0)
    issue_from_end: Mapped[bool] = mapped_column(Boolean, default=False)
    sends_at_once: Mapped[bool] = mapped_column(Boolean, default=False)
    until: Mapped[date | None] = mapped_column(Date)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name


class Contribution(Owned, Versioned, Table):
    """What is charged, to whom and on which account. Charges the function type and those under it, at its organisation and below."""

    __tablename__ = "contribution"
    __table_args__ = (
        referable(),
        UniqueConstraint("organisation_id", "name"),
        one_of("posting_type", POSTING_TYPES),
        same_organisation("ledger_account", "ledger_account_id"),
        same_organisation("ledger_account", "deferral_account_id"),
    )

    name: Mapped[str] = mapped_column(String(80))
    function_type_id: Mapped[int] = mapped_column(ForeignKey("function_type.id", ondelete="RESTRICT"))
    ledger_account_id: Mapped[int | None] = mapped_column(Integer)
    deferral_account_id: Mapped[int | None] = mapped_column(Integer)
    vat_code_id: Mapped[int | None] = mapped_column(ForeignKey("vat_code.id", ondelete="RESTRICT"))
    posting_type: Mapped[str] = mapped_column(String(14), default="contribution")
    price_category_id: Mapped[int | None] = mapped_column(ForeignKey("price_category.id", ondelete="RESTRICT"))
    billing_plan_id: Mapped[int | None] = mapped_column(ForeignKey("billing_plan.id", ondelete="RESTRICT"))
    must_hold_first_id: Mapped[int | None] = mapped_column(ForeignKey("function_type.id", ondelete="RESTRICT"))
    credits_on_end: Mapped[bool] = mapped_column(Boolean, default=False)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)

    organisation: Mapped[Organisation] = relationship()
    function_type: Mapped[FunctionType] = relationship(foreign_keys=[function_type_id])
    must_hold_first: Mapped[FunctionType | None] = relationship(foreign_keys=[must_hold_first_id])
    ledger_account: Mapped[LedgerAccount | None] = relationship(
        primaryjoin="Contribution.ledger_account_id == LedgerAccount.id", foreign_keys=[ledger_account_id]
    )
    deferral_account: Mapped[LedgerAccount | None] = relationship(
        primaryjoin="Contribution.deferral_account_id == LedgerAccount.id", foreign_keys=[deferral_account_id]
    )
    vat_code: Mapped[VatCode | None] = relationship()
    price_category: Mapped[PriceCategory | None] = relationship()
    billing_plan: Mapped[BillingPlan | None] = relationship()

    def __str__(self) -> str:
        return self.name


class ContributionRule(Owned, Versioned, Table):
    """How much: picked by season or valid-from date, price category, born-from date, target group and organisation."""

    __tablename__ = "contribution_rule"
    __table_args__ = (
        referable(),
        same_organisation("contribution", "contribution_id"),
        same_organisation("ledger_account", "ledger_account_id"),
        same_organisation("contribution_rule", "adjustments_of_id"),
        one_of("season_label", SEASON_LABELS),
        CheckConstraint("season_id IS NOT NULL OR valid_from IS NOT NULL", name="season_or_date"),
        Index("ix_contribution_rule_contribution", "contribution_id", "season_id"),
    )

    contribution_id: Mapped[int] = mapped_column(Integer)
    season_id: Mapped[int | None] = mapped_column(ForeignKey("season.id", ondelete="RESTRICT"))
    valid_from: Mapped[date | None] = mapped_column(Date)
    price_category_id: Mapped[int | None] = mapped_column(ForeignKey("price_category.id", ondelete="RESTRICT"))
    born_from: Mapped[date | None] = mapped_column(Date)
    for_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    target_group_id: Mapped[int | None] = mapped_column(ForeignKey("target_group.id"))
    amount_cents: Mapped[int | None] = mapped_column(Cents)
    formula: Mapped[str | None] = mapped_column(Text)
    tiers: Mapped[list[Any]] = mapped_column(JSON, default=list)
    description: Mapped[str] = mapped_column(String(120))
    season_label: Mapped[str] = mapped_column(String(14), default="name_after")
    ledger_account_id: Mapped[int | None] = mapped_column(Integer)
    blocks_family_discount: Mapped[bool] = mapped_column(Boolean, default=False)
    is_free: Mapped[bool] = mapped_column(Boolean, default=False)
    adjustments_of_id: Mapped[int | None] = mapped_column(Integer)

    organisation: Mapped[Organisation] = relationship(foreign_keys="ContributionRule.organisation_id")
    contribution: Mapped[Contribution] = relationship(
        primaryjoin="ContributionRule.contribution_id == Contribution.id", foreign_keys=[contribution_id]
    )
    season: Mapped[Season | None] = relationship()
    price_category: Mapped[PriceCategory | None] = relationship()
    for_organisation: Mapped[Organisation | None] = relationship(foreign_keys=[for_organisation_id])
    target_group: Mapped[TargetGroup | None] = relationship()
    ledger_account: Mapped[LedgerAccount | None] = relationship(
        primaryjoin="ContributionRule.ledger_account_id == LedgerAccount.id", foreign_keys=[ledger_account_id]
    )
    adjustments_of: Mapped[ContributionRule | None] = relationship(
        primaryjoin="ContributionRule.adjustments_of_id == remote(ContributionRule.id)", foreign_keys=[adjustments_of_id]
    )
    adjustments: Mapped[list[Adjustment]] = relationship(
        primaryjoin="ContributionRule.id == Adjustment.rule_id",
        foreign_keys="Adjustment.rule_id",
        order_by="Adjustment.position",
        back_populates="rule",
        passive_deletes="all",
    )

    def __str__(self) -> str:
        return self.description


class Adjustment(Owned, Versioned, Table):
    """One step that changes a price. `kind` and the shape of `settings` are those of `app.contributions.adjustments`."""

    __tablename__ = "adjustment"
    __table_args__ = (
        same_organisation("contribution_rule", "rule_id"),
        same_organisation("ledger_account", "ledger_account_id"),
        Index("ix_adjustment_rule", "rule_id", "position"),
    )

    rule_id: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer, default=1)
    kind: Mapped[str] = mapped_column(String(30))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    text: Mapped[str | None] = mapped_column(String(120))
    is_own_line: Mapped[bool] = mapped_column(Boolean, default=False)
    ledger_account_id: Mapped[int | None] = mapped_column(Integer)

    organisation: Mapped[Organisation] = relationship()
    rule: Mapped[ContributionRule] = relationship(
        primaryjoin="Adjustment.rule_id == ContributionRule.id", foreign_keys=[rule_id], back_populates="adjustments"
    )
    ledger_account: Mapped[LedgerAccount | None] = relationship(
        primaryjoin="Adjustment.ledger_account_id == LedgerAccount.id", foreign_keys=[ledger_account_id]
    )

    @property
    def kind_name(self) -> str:
        """Return what the kind is called."""
        return NAMES.get(self.kind, self.kind)

    def __str__(self) -> str:
        return self.text or self.kind_name


class Charge(Owned, Made, Table):
    """One amount owed for one period, once: `key` is its natural key. `explanation` holds its lines with their steps."""

    __tablename__ = "charge"
    __table_args__ = (
        referable(),
        UniqueConstraint("organisation_id", "key"),
        same_organisation("contribution", "contribution_id", proves_organisation=True),
        same_organisation("contribution_rule", "rule_id"),
        one_of("state", CHARGE.states),
        CheckConstraint("last_day >= first_day", name="in_order"),
        Index("ix_charge_relation", "relation_id"),
        Index("ix_charge_state", "organisation_id", "state", "contribution_id"),
        Index("ix_charge_function", "function_term_id"),
    )

    key: Mapped[str] = mapped_column(String(80))
    contribution_id: Mapped[int] = mapped_column(Integer)
    rule_id: Mapped[int | None] = mapped_column(Integer)
    season_id: Mapped[int | None] = mapped_column(ForeignKey("season.id", ondelete="RESTRICT"))
    relation_id: Mapped[int] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    payer_id: Mapped[int] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    function_term_id: Mapped[int | None] = mapped_column(ForeignKey("function_term.id", ondelete="RESTRICT"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    description: Mapped[str] = mapped_column(String(200))
    amount_cents: Mapped[int] = mapped_column(Cents)
    state: Mapped[str] = mapped_column(String(10), default="open")
    waived_reason: Mapped[str | None] = mapped_column(String(200))
    explanation: Mapped[list[Any]] = mapped_column(JSON, default=list)

    organisation: Mapped[Organisation] = relationship(
        primaryjoin="Charge.organisation_id == Organisation.id", foreign_keys="Charge.organisation_id"
    )
    contribution: Mapped[Contribution] = relationship(
        primaryjoin="Charge.contribution_id == Contribution.id", foreign_keys=[contribution_id], viewonly=True
    )
    rule: Mapped[ContributionRule | None] = relationship(
        primaryjoin="Charge.rule_id == ContributionRule.id", foreign_keys=[rule_id], viewonly=True
    )
    season: Mapped[Season | None] = relationship()
    relation: Mapped[Relation] = relationship(foreign_keys=[relation_id])
    payer: Mapped[Relation] = relationship(foreign_keys=[payer_id])
    function_term: Mapped[FunctionTerm | None] = relationship()

    def __str__(self) -> str:
        return self.description


class PassingOn(Owned, Versioned, Table):
    """What of each charge of a contribution is due to another organisation: a fixed amount, or a share of what is charged.

    `ledger_account` is what it costs: an account of costs, or of the income that becomes less. See `app.contributions.passing_on`.
    """

    __tablename__ = "passing_on"
    __table_args__ = (
        referable(),
        same_organisation("contribution", "contribution_id"),
        same_organisation("ledger_account", "ledger_account_id"),
        one_of("payee", PAYEES),
        CheckConstraint("(amount_cents IS NULL) <> (share_basis_points IS NULL)", name="amount_or_share"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("share_basis_points BETWEEN 1 AND 10000", name="share_known"),
        CheckConstraint("(payee = 'organisation') = (for_organisation_id IS NOT NULL)", name="organisation_when_chosen"),
        CheckConstraint("last_day IS NULL OR first_day IS NULL OR last_day >= first_day", name="in_order"),
    )

    contribution_id: Mapped[int] = mapped_column(Integer, index=True)
    description: Mapped[str] = mapped_column(String(120))
    payee: Mapped[str] = mapped_column(String(14), default="department")
    for_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    amount_cents: Mapped[int | None] = mapped_column(Cents)
    share_basis_points: Mapped[int | None] = mapped_column(Integer)
    ledger_account_id: Mapped[int] = mapped_column(Integer)
    first_day: Mapped[date | None] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)

    organisation: Mapped[Organisation] = relationship(foreign_keys="PassingOn.organisation_id")
    contribution: Mapped[Contribution] = relationship(
        primaryjoin="PassingOn.contribution_id == Contribution.id", foreign_keys=[contribution_id]
    )
    for_organisation: Mapped[Organisation | None] = relationship(foreign_keys=[for_organisation_id])
    ledger_account: Mapped[LedgerAccount] = relationship(
        primaryjoin="PassingOn.ledger_account_id == LedgerAccount.id", foreign_keys=[ledger_account_id]
    )

    def __str__(self) -> str:
        return self.description


class OrganisationCard(Owned, Versioned, Table):
    """The card that stands for another organisation in these books: what is owed to it is an open item of that card."""

    __tablename__ = "organisation_card"
    __table_args__ = (UniqueConstraint("organisation_id", "for_organisation_id"),)

    for_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    relation_id: Mapped[int] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))

    organisation: Mapped[Organisation] = relationship(foreign_keys="OrganisationCard.organisation_id")
    for_organisation: Mapped[Organisation] = relationship(foreign_keys=[for_organisation_id])
    relation: Mapped[Relation] = relationship()

    def __str__(self) -> str:
        return str(self.for_organisation)
