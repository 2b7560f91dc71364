"""Take an invoice back, or a part of it: a credit note that points at it, posted at once and settled with what is still open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, update

from app.contributions.models import Charge
from app.invoicing.credits import CreditedLine, credit_lines
from app.invoicing.document import Earlier, document, family_lines
from app.invoicing.models import Invoice, InvoiceLine, InvoiceRun, InvoiceSource
from app.invoicing.queries import the_invoice
from app.invoicing.queries.runs import earlier_totals, vat_rates
from app.invoicing.usecases.posting import post_invoices
from app.kernel import audit, clock
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction
from app.ledger.queries import open_cents_of
from app.ledger.usecases import settle
from app.ledger.usecases.locking import lock_books


def credit_invoice(
    invoice_id: int,
    on_date: date,
    *,
    line_ids: Sequence[int] | None = None,
    from_day: date | None = None,
    reason: str = "",
) -> int:
    """Credit a posted invoice (whole, some lines, or the rest of the period from a day on) and return the credit note's id.

    The note is posted and settled with what is still open of the invoice; what was paid stays open as a credit of the debtor. Charges that
    are credited whole are not charged again. What is due to other organisations is taken back with it.

    Raises NotFound; DomainError `not_creditable` for a draft or a credit note, `nothing_to_credit` when all was credited before, and those of
    `post_invoices`.
    """
    with transaction() as session:
        invoice = the_invoice(invoice_id)
        lock_books(invoice.organisation_id)
        session.refresh(invoice)
        if invoice.state != "posted" or invoice.kind != "invoice":
            raise DomainError(
                "not_creditable",
                f"{invoice} is een {'concept: verwijder het' if invoice.state == 'draft' else 'creditnota: die kun je niet crediteren'}.",
            )
        rows = session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.position)).all()
        maximum = _maximum(invoice)
        lines = [_fact(row) for row in rows if maximum is None or not _is_maximum(row)]
        made = credit_lines(lines, _credited(invoice_id), line_ids=line_ids, from_day=from_day)
        if not made:
            raise DomainError(
                "nothing_to_credit", f"Van factuur {invoice.number} is niets meer te crediteren. Kijk bij de creditnota's van deze factuur."
            )
        if maximum is not None:
            made += family_lines(made, *maximum)
        adds_up = document(made, vat_rates())
        note = Invoice(
            organisation_id=invoice.organisation_id,
            kind="credit_note",
            credits_id=invoice_id,
            debtor_id=invoice.debtor_id,
            payment_term_id=invoice.payment_term_id,
            source_id=invoice.source_id,
            payment_method=invoice.payment_method,
            invoice_date=on_date,
            due_date=on_date,
            heading=(reason or f"Creditnota bij factuur {invoice.number}")[:200],
            total_cents=adds_up.total_cents,
            vat_cents=adds_up.vat_cents,
            made_at=clock.now(),
        )
        session.add(note)
        session.flush()
        for position, line in enumerate(made, 1):
            session.add(
                InvoiceLine(
                    organisation_id=invoice.organisation_id,
                    invoice_id=note.id,
                    position=position,
                    charge_id=line.charge_id,
                    contribution_id=line.contribution_id,
                    member_id=line.member_id,
                    ledger_account_id=line.ledger_account_id,
                    vat_code_id=line.vat_code_id,
                    cost_centre_id=line.cost_centre_id,
                    description=line.description,
                    quantity=line.quantity,
                    price_cents=line.amount_cents,
                    amount_cents=line.amount_cents,
                    first_day=line.first_day,
                    last_day=line.last_day,
                    explanation=list(line.explanation),
                )
            )
        session.flush()
        note_id = note.id
        post_invoices(invoice.organisation_id, [note_id])
        _mark_credited(invoice_id)
        _settle(invoice, note_id, on_date)
        audit.record("credit", "invoice", invoice_id, invoice.organisation_id, note=note_id, cents=adds_up.total_cents, reason=reason)
        return note_id


def _maximum(invoice: Invoice) -> tuple[int, Earlier] | None:
    """Return the family maximum that holds for this invoice, and what the payer's season came to; None without one.

    What the maximum took off is not given back twice: the lines "Gezinsmaximum" of a credit note follow from the season as it then is.
    """
    if invoice.source_id is None or invoice.run_id is None:
        return None
    with transaction() as session:
        cents = session.scalar(select(InvoiceSource.family_maximum_cents).where(InvoiceSource.id == invoice.source_id))
        season_id = session.scalar(select(InvoiceRun.season_id).where(InvoiceRun.id == invoice.run_id))
        if cents is None or season_id is None:
            return None
        earlier = earlier_totals(invoice.organisation_id, invoice.source_id, season_id, invoice.debtor_id)
        return cents, earlier.get(invoice.debtor_id, Earlier())


def _is_maximum(row: InvoiceLine) -> bool:
    return row.charge_id is None and row.contribution_id is not None


def _fact(row: InvoiceLine) -> CreditedLine:
    return CreditedLine(
        row.id, row.description, row.amount_cents, row.ledger_account_id, row.vat_code_id, row.charge_id, row.contribution_id, row.member_id,
        row.first_day, row.last_day, row.cost_centre_id,
    )  # fmt: skip


def _credited(invoice_id: int) -> dict[int, int]:
    """Return what was credited before, by line of the invoice, as cents below zero."""
    with transaction() as session:
        rows = session.execute(
            select(InvoiceLine.explanation, InvoiceLine.amount_cents)
            .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
            .where(Invoice.credits_id == invoice_id)
        )
        found: dict[int, int] = {}
        for steps, cents in rows:
            for step in steps:
                if (line_id := step.get("credits_line")) is not None:
                    found[line_id] = found.get(line_id, 0) + cents
        return found


def _mark_credited(invoice_id: int) -> None:
    """Put charges of which nothing is left on credited."""
    with transaction() as session:
        sums: dict[int, int] = {}
        rows = session.execute(
            select(InvoiceLine.charge_id, InvoiceLine.amount_cents)
            .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
            .where((Invoice.id == invoice_id) | (Invoice.credits_id == invoice_id), InvoiceLine.charge_id.is_not(None))
        )
        for charge_id, cents in rows:
            sums[charge_id] = sums.get(charge_id, 0) + cents
        whole = [charge_id for charge_id, cents in sums.items() if cents == 0]
        session.execute(
            update(Charge)
            .where(Charge.id.in_(whole), Charge.state == "posted")
            .values(state="credited")
            .execution_options(synchronize_session=False)
        )


def _settle(invoice: Invoice, note_id: int, on_date: date) -> None:
    """Settle the note with what is still open of the invoice."""
    with transaction() as session:
        note_item = session.scalar(select(Invoice.open_item_id).where(Invoice.id == note_id))
        if invoice.open_item_id is None or note_item is None:
            return
        left = open_cents_of([invoice.open_item_id, note_item])
        cents = min(left[invoice.open_item_id], -left[note_item])
        if cents > 0:
            settle(invoice.organisation_id, ((invoice.open_item_id, cents), (note_item, -cents)), on_date, "invoice", note_id)
