"""Review drafts: change their texts, or throw one away so that its charges are open again. Amounts change through their cause only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, select, update

from app.contributions.models import Charge
from app.invoicing.models import INVOICE, Invoice, InvoiceLine, InvoiceRun
from app.invoicing.queries import the_invoice
from app.invoicing.run import LONGEST_TEXT
from app.kernel import audit
from app.kernel.errors import DomainError, NotFound
from app.kernel.identifiers import clean_text
from app.kernel.unit_of_work import transaction
from app.ledger.usecases.locking import lock_books


def delete_drafts(invoice_ids: Sequence[int]) -> int:
    """Throw drafts away and open their charges again; return how many. All or none.

    Raises NotFound, and DomainError `wrong_state` when one is posted.
    """
    with transaction():
        for invoice_id in invoice_ids:
            delete_draft(invoice_id)
    return len(invoice_ids)


def delete_draft(invoice_id: int) -> None:
    """Throw one draft away; its charges become open and the next run takes them up. Raises NotFound, DomainError `wrong_state`."""
    with transaction() as session:
        invoice = the_invoice(invoice_id)
        lock_books(invoice.organisation_id)
        session.refresh(invoice)
        INVOICE.target("delete", invoice.state)
        organisation_id, run_id = invoice.organisation_id, invoice.run_id
        charge, line = Charge.__table__, InvoiceLine.__table__
        charged = select(line.c.charge_id).where(line.c.invoice_id == invoice_id, line.c.charge_id.is_not(None))
        connection = session.connection()
        connection.execute(update(charge).where(charge.c.id.in_(charged), charge.c.state == "invoiced").values(state="open"))
        connection.execute(delete(line).where(line.c.invoice_id == invoice_id))
        session.expunge(invoice)
        connection.execute(delete(Invoice.__table__).where(Invoice.__table__.c.id == invoice_id))
        audit.record("delete", "invoice", invoice_id, organisation_id, run_id=run_id)
        if run_id is not None:
            _count_again(run_id)


def _count_again(run_id: int) -> None:
    with transaction() as session:
        count, cents = session.execute(
            select(func.count(Invoice.id), func.coalesce(func.sum(Invoice.total_cents), 0)).where(Invoice.run_id == run_id)
        ).one()
        run = session.get(InvoiceRun, run_id)
        if run is not None:
            run.made_count, run.total_cents = count, int(cents)
            session.flush()


def change_draft(invoice_id: int, *, heading: str | None = None, line_texts: Mapping[int, str] | None = None) -> None:
    """Change the heading of a draft, or the texts of its lines by their id.

    Raises NotFound, and DomainError `wrong_state` when it is posted, `text_missing` and `text_too_long`.
    """
    with transaction() as session:
        invoice = the_invoice(invoice_id)
        lock_books(invoice.organisation_id)
        session.refresh(invoice)
        INVOICE.target("change", invoice.state)
        if heading is not None:
            invoice.heading = _text(heading, "De kop") or None
        for line_id, text in (line_texts or {}).items():
            row = session.scalar(select(InvoiceLine).where(InvoiceLine.id == line_id, InvoiceLine.invoice_id == invoice_id))
            if row is None:
                raise NotFound("Deze factuurregel bestaat niet (meer). Ververs de pagina.")
            if not text.strip():
                raise DomainError("text_missing", f"De tekst van regel {row.position} is leeg. Vul een tekst in.", line_id=line_id)
            row.description = _text(text, f"De tekst van regel {row.position}")
        session.flush()


def _text(text: str, what: str) -> str:
    clean = clean_text(text)
    if len(clean) > LONGEST_TEXT:
        raise DomainError("text_too_long", f"{what} heeft {len(clean)} tekens; er passen er {LONGEST_TEXT}. Maak hem korter.")
    return clean
