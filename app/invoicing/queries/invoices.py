"""Invoices one by one, and what a run came to."""

from __future__ import annotations

from sqlalchemy import distinct, func, select

from app.contributions.models import Contribution
from app.invoicing.models import Invoice, InvoiceLine
from app.kernel.bulk import among
from app.kernel.db import db
from app.kernel.errors import NotFound


def the_invoice(invoice_id: int) -> Invoice:
    """Return an invoice. Raises NotFound."""
    invoice = db.session.scalar(select(Invoice).where(Invoice.id == invoice_id))
    if invoice is None:
        raise NotFound("Deze factuur bestaat niet (meer), of hoort niet bij jouw omgeving.")
    return invoice


def invoice_by_number(organisation_id: int, number: str) -> Invoice:
    """Return a posted invoice of an administration by its number. Raises NotFound."""
    invoice = db.session.scalar(select(Invoice).where(Invoice.organisation_id == organisation_id, Invoice.number == number))
    if invoice is None:
        raise NotFound(f"Er is geen factuur met nummer {number} in deze administratie.")
    return invoice


def credited_cents_of(invoice_ids: list[int]) -> dict[int, int]:
    """Return how much of these invoices was taken back by posted credit notes; invoices without any are left out."""
    asked = select(Invoice.credits_id, func.sum(-Invoice.total_cents)).where(
        among(Invoice.credits_id, invoice_ids), Invoice.state == "posted"
    )
    return {number: int(cents) for number, cents in db.session.execute(asked.group_by(Invoice.credits_id))}


def totals_per_contribution(run_id: int) -> list[tuple[str, int, int]]:
    """Return (name, number of charges, cents without VAT) per contribution of a run; other lines (fees) have no name."""
    rows = db.session.execute(
        select(
            Contribution.name,
            func.count(distinct(InvoiceLine.charge_id)),
            func.sum(InvoiceLine.amount_cents),
        )
        .select_from(InvoiceLine)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .outerjoin(Contribution, Contribution.id == InvoiceLine.contribution_id)
        .where(Invoice.run_id == run_id)
        .group_by(Contribution.id, Contribution.name)
        .order_by(Contribution.name)
    )
    return [(name or "", count, int(cents)) for name, count, cents in rows]
