"""Print forms: the ones that come ready, and the check before one is kept."""

from __future__ import annotations

from sqlalchemy import select

from app.documents.models import PrintForm
from app.documents.pdf import Document, Renderer
from app.documents.templates import check_template
from app.invoicing import print_form
from app.invoicing.queries import the_invoice
from app.invoicing.queries.printing import values_of
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.kernel.unit_of_work import transaction

KINDS = {"invoice": print_form.NAME, "credit_note": "Creditnota A4"}


def ensure_print_forms(organisation_id: int) -> int:
    """Add the ready print forms for invoices and credit notes that an organisation lacks; return how many. Twice is once."""
    with transaction() as session:
        known = set(session.scalars(select(PrintForm.kind).where(PrintForm.organisation_id == organisation_id)))
        missing = [kind for kind in KINDS if kind not in known]
        for kind in missing:
            session.add(
                PrintForm(
                    organisation_id=organisation_id,
                    kind=kind,
                    name=KINDS[kind],
                    html=print_form.HTML,
                    subject=print_form.SUBJECT,
                    mail_body=print_form.MAIL_BODY,
                )
            )
        session.flush()
        return len(missing)


def check_form(name: str, html: str, subject: str, mail_body: str) -> None:
    """Refuse a form for invoices that uses names that do not exist. Raises DomainError `template_refused` with the line."""
    for source in (html, subject, mail_body):
        check_template(source or "", print_form.NAMES, name)


def preview_form(form_id: int, invoice_id: int) -> bytes:
    """Return the PDF that a print form would make of an invoice; nothing is kept. Raises NotFound, DomainError `template_refused`."""
    form = db.session.scalar(select(PrintForm).where(PrintForm.id == form_id))
    if form is None:
        raise NotFound("Dit afdrukformulier bestaat niet (meer). Kies een ander.")
    name, html = form.name, form.html or print_form.HTML
    invoice = the_invoice(invoice_id)
    values = values_of(invoice.organisation_id, [invoice_id])[invoice_id]
    with Renderer() as renderer:
        return renderer.pdf(Document(name, html, values))
