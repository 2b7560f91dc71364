"""Which functions wait for their first payment, or got it: by the settlements that touched their first invoice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from app.contributions.facts import PlanTerms
from app.contributions.models import BillingPlan, Charge, Contribution
from app.contributions.queries import plan_terms
from app.functions.models import FunctionTerm
from app.invoicing.models import Invoice, InvoiceLine
from app.kernel.bulk import among
from app.kernel.db import db
from app.ledger.models import JournalEntry, JournalLine, Settlement, SettlementPart
from app.ledger.queries import open_cents_of

PAYING = ("bank", "direct_debit")  # the journals in which money comes in; a credit note or a write-off pays nothing
IN_ONE_QUESTION = 5_000


class FirstInvoice(NamedTuple):
    """A function with the invoice that holds its first charge, and when that was paid in full: None when it is not."""

    term_id: int
    relation_id: int
    first_day: date
    agreed_first_day: date | None
    last_day: date | None
    is_continued: bool  # it goes on from a function elsewhere
    plan: PlanTerms
    paid_on: date | None


def restarting_plans(organisation_id: int) -> dict[int, PlanTerms]:
    """Return by contribution the plans by which a function begins on the day of its first payment."""
    asked = (
        select(Contribution.id, BillingPlan)
        .join(BillingPlan, BillingPlan.id == Contribution.billing_plan_id)
        .where(Contribution.organisation_id == organisation_id, BillingPlan.anchor == "function")
    )
    plans = ((number, plan_terms(row)) for number, row in db.session.execute(asked) if (row.settings or {}).get("restarts_on_payment"))
    return {number: plan for number, plan in plans if plan.restarts_on_payment}


def lines_touched(organisation_id: int, since: datetime) -> Select[tuple[int]]:
    """Say in SQL which items were settled, or opened again, since a moment."""
    return (
        select(SettlementPart.line_id)
        .join(Settlement, Settlement.id == SettlementPart.settlement_id)
        .where(SettlementPart.organisation_id == organisation_id, Settlement.made_at >= since)
    )


def first_invoices(organisation_id: int, plans: Mapping[int, PlanTerms], touched: Select[tuple[int]]) -> Iterator[FirstInvoice]:
    """Give the functions whose first invoice these settlements touched.

    The first invoice is the one for the period that begins with the function: not of who was charged elsewhere before, nor of who got
    another first day by hand since.
    """
    on_touched = (
        select(Charge.function_term_id)
        .join(InvoiceLine, InvoiceLine.charge_id == Charge.id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(Invoice.organisation_id == organisation_id, Invoice.open_item_id.in_(touched), Charge.contribution_id.in_(plans))
        .where(Charge.function_term_id.is_not(None))
        .distinct()
    )
    term_ids = sorted(db.session.scalars(on_touched))
    for start in range(0, len(term_ids), IN_ONE_QUESTION):
        yield from _of_terms(organisation_id, plans, term_ids[start : start + IN_ONE_QUESTION])


def _of_terms(organisation_id: int, plans: Mapping[int, PlanTerms], term_ids: Collection[int]) -> Iterator[FirstInvoice]:
    rows = db.session.execute(
        select(FunctionTerm, Charge.contribution_id, Charge.first_day, Invoice.open_item_id)
        .select_from(Charge)
        .join(InvoiceLine, InvoiceLine.charge_id == Charge.id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .join(FunctionTerm, FunctionTerm.id == Charge.function_term_id)
        .where(
            Charge.organisation_id == organisation_id,
            Charge.contribution_id.in_(plans),
            among(Charge.function_term_id, term_ids),
            Charge.amount_cents > 0,
            Invoice.state == "posted",
            Invoice.kind == "invoice",
        )
        .order_by(Charge.function_term_id, Charge.first_day, Charge.id)
    )
    firsts = {}
    for term, contribution_id, first_day, item_id in rows:
        firsts.setdefault(term.id, (term, contribution_id, item_id if first_day == term.first_day else None))
    paid = paid_in_full({item_id for _, _, item_id in firsts.values() if item_id is not None})
    for term, contribution_id, item_id in firsts.values():
        if item_id is None:
            continue
        yield FirstInvoice(
            term.id,
            term.relation_id,
            term.first_day,
            term.agreed_first_day,
            term.last_day,
            term.previous_id is not None,
            plans[contribution_id],
            paid.get(item_id),
        )


def paid_in_full(item_ids: Collection[int]) -> dict[int, date]:
    """Return on which day the last payment came in of those items of which nothing is open; what no money paid is left out."""
    settled = [item_id for item_id, cents in open_cents_of(item_ids).items() if not cents]
    mine, other = aliased(SettlementPart), aliased(SettlementPart)
    undone = select(Settlement.reverses_id).where(Settlement.reverses_id.is_not(None))
    rows = db.session.execute(
        select(mine.line_id, func.max(JournalEntry.entry_date))
        .join(Settlement, Settlement.id == mine.settlement_id)
        .join(other, (other.organisation_id == mine.organisation_id) & (other.settlement_id == mine.settlement_id))
        .join(JournalLine, JournalLine.id == other.line_id)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(
            among(mine.line_id.expression, settled),
            other.line_id != mine.line_id,
            Settlement.reverses_id.is_(None),
            Settlement.id.not_in(undone),
            JournalEntry.journal.in_(PAYING),
        )
        .group_by(mine.line_id)
    )
    return {row[0]: row[1] for row in rows}


class MovingCharge(NamedTuple):
    """A charge of a function in a plan that counts from the function's own start."""

    charge_id: int
    organisation_id: int
    contribution_id: int
    first_day: date
    last_day: date


def charges_from_start(term_id: int) -> list[tuple[PlanTerms, list[MovingCharge]]]:
    """Return the charges of a function whose periods count from its start, by plan."""
    rows = db.session.execute(
        select(BillingPlan, Charge.id, Charge.organisation_id, Charge.contribution_id, Charge.first_day, Charge.last_day)
        .join(Contribution, Contribution.id == Charge.contribution_id)
        .join(BillingPlan, BillingPlan.id == Contribution.billing_plan_id)
        .where(Charge.function_term_id == term_id, BillingPlan.anchor == "function")
        .order_by(Charge.contribution_id, Charge.first_day, Charge.id)
    )
    found: dict[int, tuple[PlanTerms, list[MovingCharge]]] = {}
    for plan, *charge in rows:
        made = MovingCharge(*charge)
        found.setdefault(made.contribution_id, (plan_terms(plan), []))[1].append(made)
    return [(plan, charges) for plan, charges in found.values() if not plan.start_field]
