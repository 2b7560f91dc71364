"""Send posted invoices: make the PDF once and keep it, mail it where there is an address, and lay the rest out to print."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import NamedTuple

from pypdf import PdfWriter
from sqlalchemy import func, select, update

from app.documents.models import StoredDocument
from app.documents.pdf import Document, Renderer
from app.invoicing.models import RUN, Invoice, InvoiceRun
from app.invoicing.queries import the_invoice, the_run
from app.invoicing.queries.printing import Form, emails_of, form_for, stored_pdf, values_of
from app.invoicing.usecases.making import Progress
from app.kernel import audit, clock
from app.kernel.bulk import among
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction
from app.mail.models import Message
from app.mail.usecases import queue_message
from app.relations.models import Relation

BATCH = 25  # invoices whose PDFs are made before they are kept together
WAYS = {"mail": "E-mail met PDF", "print": "Printen", "none": "Niet nodig"}


class Recipient(NamedTuple):
    """To whom one invoice goes, and by which way: a word of WAYS; `address` is the e-mail address."""

    invoice_id: int
    number: str
    relation_id: int
    name: str
    way: str
    address: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent, or would be. `failed` are (number, reason)."""

    mailed: int = 0
    to_print: int = 0
    not_needed: int = 0
    recipients: tuple[Recipient, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


def send_run(run_id: int, simulate: bool = True, progress: Progress | None = None) -> Sent:
    """Send the invoices of a posted run that were not sent yet, or only tell to whom and by which way (`simulate`).

    Each batch is kept whole: a stop or a crash sends nothing twice, and a next call goes on. An invoice whose PDF cannot be made is
    named in `failed` and stays unsent. Raises NotFound, DomainError `wrong_state` for a run that is not posted.
    """
    run = the_run(run_id)
    RUN.target("send", run.state)
    recipients = recipients_of(run.organisation_id, _unsent(run_id))
    if simulate:
        return _counted(recipients)
    failed = _send(run.organisation_id, recipients, progress)
    with transaction() as session:
        left = session.scalar(
            select(func.count(Invoice.id)).where(Invoice.run_id == run_id, Invoice.state == "posted", Invoice.send_state == "unsent")
        )
        if not left:
            session.execute(
                update(InvoiceRun)
                .where(InvoiceRun.id == run_id, InvoiceRun.state == "posted")
                .values(state="sent", version=InvoiceRun.version + 1)
                .execution_options(synchronize_session=False)
            )
        audit.record("send", "invoice_run", run_id, the_run(run_id).organisation_id, invoices=len(recipients) - len(failed))
    gone = {number for number, _ in failed}
    return _counted([one for one in recipients if one.number not in gone], failed)


def send_invoices(organisation_id: int, invoice_ids: Sequence[int], again: bool = False) -> Sent:
    """Send posted invoices one by one; `again` also those that were sent before.

    Raises DomainError `already_sent` for one that was sent, unless asked by name, and `not_posted` for a draft.
    """
    rows = db.session.scalars(select(Invoice).where(Invoice.id.in_(invoice_ids), Invoice.organisation_id == organisation_id)).all()
    for row in rows:
        if row.state != "posted":
            raise DomainError("not_posted", "Een concept kan niet verstuurd worden. Boek de factuur eerst.", invoice_id=row.id)
        if row.send_state in ("queued", "sent", "to_print") and not again:
            raise DomainError("already_sent", f"Factuur {row.number} is al verstuurd. Kies “nog een keer versturen” als je dat wilt.")
    recipients = recipients_of(organisation_id, [row.id for row in rows])
    return _counted(recipients, _send(organisation_id, recipients, None, again=again))


def recipients_of(organisation_id: int, invoice_ids: Sequence[int]) -> list[Recipient]:
    """Return to whom these invoices go and by which way, in the order of their numbers."""
    found: list[Recipient] = []
    for start in range(0, len(invoice_ids), 1_000):
        rows = db.session.execute(
            select(Invoice.id, Invoice.number, Invoice.total_cents, Relation.id, Relation.display_name, Relation.correspondence)
            .join(Relation, Relation.id == Invoice.debtor_id)
            .where(Invoice.organisation_id == organisation_id, Invoice.id.in_(invoice_ids[start : start + 1_000]))
            .order_by(Invoice.id)
        ).all()
        emails = emails_of([row[3] for row in rows])
        for invoice_id, number, total, relation_id, name, correspondence in rows:
            address = emails.get(relation_id, "") if correspondence == "mail" else ""
            way = "none" if total == 0 else "mail" if address else "print"
            found.append(Recipient(invoice_id, number or "", relation_id, name, way, address))
    return found


def invoice_pdf(invoice_id: int) -> tuple[str, bytes]:
    """Return the name and bytes of an invoice: as it was sent, or made now when it was not sent yet. Raises NotFound."""
    invoice = the_invoice(invoice_id)
    if kept := stored_pdf(invoice_id):
        return kept
    form = form_for(invoice.organisation_id, invoice.kind, invoice.source_id)
    values = values_of(invoice.organisation_id, [invoice_id])[invoice_id]
    with Renderer() as renderer:
        return _file_name(invoice.number or f"concept-{invoice.id}"), renderer.pdf(Document(form.name, form.html, values))


def print_pdf(run_id: int) -> bytes:
    """Return one PDF of all invoices of a run that wait to be printed. Raises NotFound, DomainError `nothing_to_print`."""
    the_run(run_id)
    rows = db.session.execute(
        select(StoredDocument.content)
        .join(Invoice, Invoice.document_id == StoredDocument.id)
        .where(Invoice.run_id == run_id, Invoice.send_state == "to_print")
        .order_by(Invoice.id)
        .execution_options(yield_per=50)
    )
    writer, count = PdfWriter(), 0
    for (content,) in rows:
        writer.append(BytesIO(content))
        count += 1
    if not count:
        raise DomainError("nothing_to_print", "Er wachten geen facturen om te printen.")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def mark_printed(run_id: int) -> int:
    """Put what waited to be printed on sent and return how many. Twice is once. Raises NotFound."""
    with transaction() as session:
        run = the_run(run_id)
        count = session.execute(
            update(Invoice)
            .where(Invoice.run_id == run_id, Invoice.send_state == "to_print")
            .values(send_state="sent", sent_at=clock.now(), version=Invoice.version + 1)
            .execution_options(synchronize_session=False)
        ).rowcount
        audit.record("print", "invoice_run", run_id, run.organisation_id, invoices=count)
        return count


def mark_mailed(message_id: int) -> None:
    """Put the invoice of a message that was handed over on sent; does nothing when the message is about something else."""
    with transaction() as session:
        key = session.scalar(select(Message.key).where(Message.id == message_id, Message.kind == "invoice", Message.state == "sent"))
        if key is None:
            return
        session.execute(
            update(Invoice)
            .where(Invoice.id == _invoice_of(key), Invoice.send_state == "queued")
            .values(send_state="sent", version=Invoice.version + 1)
            .execution_options(synchronize_session=False)
        )


def mark_refused(message_ids: Sequence[int] | None = None) -> int:
    """Put invoices of which the mail will not arrive back on not sent, and return how many: they can be printed, or mailed elsewhere.

    Looks at these messages, or at all that were refused for good. An invoice with another mail under way, or one in doubt, stays.
    """
    gone = select(Message.key).where(Message.kind == "invoice", Message.state.in_(("failed", "cancelled")))
    gone = gone.where(Message.state == "failed") if message_ids is None else gone.where(among(Message.id, message_ids))
    with transaction() as session:
        ids = [_invoice_of(key) for key in session.scalars(gone)]
        live = select(1).where(Message.document_id == Invoice.document_id, Message.kind == "invoice")
        live = live.where(Message.state.in_(("queued", "sending", "sent", "unknown")))
        return session.execute(
            update(Invoice)
            .where(among(Invoice.id, ids), Invoice.send_state == "queued", ~live.correlate(Invoice.__table__).exists())
            .values(send_state="unsent", sent_at=None, version=Invoice.version + 1)
            .execution_options(synchronize_session=False)
        ).rowcount


def mark_queued(message_id: int) -> None:
    """Let the invoice of a message that is in line again wait for it; one that went another way meanwhile stays as it is."""
    with transaction() as session:
        key = session.scalar(select(Message.key).where(Message.id == message_id, Message.kind == "invoice", Message.state == "queued"))
        if key is not None:
            session.execute(
                update(Invoice)
                .where(Invoice.id == _invoice_of(key), Invoice.send_state == "unsent")
                .values(send_state="queued", sent_at=clock.now(), version=Invoice.version + 1)
                .execution_options(synchronize_session=False)
            )


def _invoice_of(key: str) -> int:
    return int(key.split(":")[1])


def _unsent(run_id: int) -> list[int]:
    return list(
        db.session.scalars(
            select(Invoice.id)
            .where(Invoice.run_id == run_id, Invoice.state == "posted", Invoice.send_state == "unsent")
            .order_by(Invoice.invoice_date, Invoice.id)
        )
    )


def _send(
    organisation_id: int, recipients: Sequence[Recipient], progress: Progress | None, *, again: bool = False
) -> tuple[tuple[str, str], ...]:
    failed: list[tuple[str, str]] = []
    wanted = [one for one in recipients if one.way != "none"]
    with Renderer() as renderer:
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            made = list(_rendered(organisation_id, batch, renderer, failed))
            with transaction():
                for one in made:
                    _keep(organisation_id, one, again)
            if progress is not None and progress(min(start + BATCH, len(wanted)), len(wanted)) is False:
                break
    return tuple(failed)


class _Made(NamedTuple):
    recipient: Recipient
    form: Form
    pdf: bytes
    subject: str
    body: str


def _rendered(organisation_id: int, batch: Sequence[Recipient], renderer: Renderer, failed: list[tuple[str, str]]) -> Iterator[_Made]:
    """Make the PDFs and mails of a batch, outside any transaction."""
    ids = [one.invoice_id for one in batch]
    kinds = {
        row.id: (row.kind, row.source_id)
        for row in db.session.execute(select(Invoice.id, Invoice.kind, Invoice.source_id).where(Invoice.id.in_(ids)))
    }
    forms = {key: form_for(organisation_id, *key) for key in set(kinds.values())}
    values = values_of(organisation_id, ids)
    for one in batch:
        form, fill = forms[kinds[one.invoice_id]], values[one.invoice_id]
        try:
            kept = stored_pdf(one.invoice_id)
            pdf = kept[1] if kept else renderer.pdf(Document(form.name, form.html, fill))
            subject = body = ""
            if one.way == "mail":
                subject = " ".join(renderer.text(Document(form.name, form.subject, fill)).split())[:200]
                body = renderer.text(Document(form.name, form.mail_body, fill))
        except DomainError as refusal:
            failed.append((one.number, refusal.message))
            continue
        yield _Made(one, form, pdf, subject, body)


def _keep(organisation_id: int, made: _Made, again: bool) -> None:
    """Keep the document and queue the mail; who was quicker wins, and nothing is sent twice."""
    with transaction() as session:
        invoice = session.scalar(select(Invoice).where(Invoice.id == made.recipient.invoice_id).with_for_update())
        if invoice is None or (invoice.send_state != "unsent" and not again):
            return
        if invoice.document_id is None:
            document = StoredDocument(
                organisation_id=organisation_id,
                name=_file_name(made.recipient.number),
                content_type="application/pdf",
                content=made.pdf,
                sha256=hashlib.sha256(made.pdf).hexdigest(),
                subject_table="invoice",
                subject_id=invoice.id,
                print_form_id=made.form.form_id,
                print_form_version=made.form.version,
            )
            session.add(document)
            session.flush()
            invoice.document_id = document.id
        if made.recipient.way == "mail":
            key = f"invoice:{invoice.id}"
            known = session.scalar(select(Message.id).where(Message.organisation_id == organisation_id, Message.key == key))
            key += f":{clock.now():%Y%m%d%H%M%S}" if again or known else ""
            queue_message(
                organisation_id,
                key,
                "invoice",
                made.recipient.address,
                made.subject,
                made.body,
                relation_id=made.recipient.relation_id,
                document_id=invoice.document_id,
            )
            invoice.send_state, invoice.sent_at = "queued", clock.now()
        else:
            invoice.send_state = "to_print"
        session.flush()


def _counted(recipients: Sequence[Recipient], failed: tuple[tuple[str, str], ...] = ()) -> Sent:
    counts = {way: sum(one.way == way for one in recipients) for way in WAYS}
    return Sent(counts["mail"], counts["print"], counts["none"], tuple(recipients), failed)


def _file_name(number: str) -> str:
    return f"factuur-{number}.pdf".replace("/", "-")


__all__ = [
    "Recipient",
    "Sent",
    "invoice_pdf",
    "mark_mailed",
    "mark_printed",
    "mark_queued",
    "mark_refused",
    "print_pdf",
    "recipients_of",
    "send_invoices",
    "send_run",
]
