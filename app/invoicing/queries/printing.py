"""What stands on the paper of an invoice: the values of its print form, for many invoices in a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import column, select, table

from app.contributions import explanation
from app.documents.models import PrintForm, StoredDocument
from app.documents.payment_qr import payment_qr
from app.documents.references import printed_reference
from app.invoicing import print_form
from app.invoicing.document import Line, vat_per_code
from app.invoicing.models import INVOICE_KINDS, Invoice, InvoiceLine, InvoiceSource
from app.kernel.db import db
from app.kernel.identifiers import spaced_iban
from app.kernel.money import euros
from app.kernel.periods import Period, dutch_date
from app.ledger.models import VatCode
from app.organisations.models import Organisation
from app.organisations.queries import administration_of
from app.relations.models import PAYMENT_METHODS, Address, ContactPoint, Relation

# The bank accounts of an administration belong to sepa, which stands above invoicing: read by name, within one organisation.
_BANK = table("bank_account", column("id"), column("organisation_id"), column("iban"), column("holder"))


@dataclass(frozen=True, slots=True)
class Form:
    """A print form as it is used: its id and version are kept with what was made."""

    name: str
    html: str
    subject: str
    mail_body: str
    form_id: int | None = None
    version: int | None = None


def form_for(organisation_id: int, kind: str, source_id: int | None = None) -> Form:
    """Return the print form of an invoice source, else the nearest active one of this kind, else the one that comes ready."""
    row = None
    if source_id is not None and kind == "invoice":
        row = db.session.scalar(
            select(PrintForm).join(InvoiceSource, InvoiceSource.print_form_id == PrintForm.id).where(InvoiceSource.id == source_id)
        )
    if row is None:
        rows = db.session.scalars(
            select(PrintForm)
            .join(Organisation, Organisation.id == PrintForm.organisation_id)
            .where(PrintForm.kind == kind, PrintForm.is_active)
            .order_by(Organisation.path.desc(), PrintForm.id)
        ).all()
        own = _above(organisation_id)
        row = next((one for one in rows if one.organisation_id in own), None)
    if row is None:
        return Form(print_form.NAME, print_form.HTML, print_form.SUBJECT, print_form.MAIL_BODY)
    return Form(
        row.name, row.html or print_form.HTML, row.subject or print_form.SUBJECT, row.mail_body or print_form.MAIL_BODY, row.id, row.version
    )


def _above(organisation_id: int) -> set[int]:
    path = db.session.scalar(select(Organisation.path).where(Organisation.id == organisation_id)) or ""
    return {int(part) for part in path.split("/") if part}


def emails_of(relation_ids: Sequence[int]) -> dict[int, str]:
    """Return where invoices are mailed to: the address for invoices, else the first; refused ones are left out."""
    found: dict[int, str] = {}
    rows = db.session.execute(
        select(ContactPoint.relation_id, ContactPoint.value)
        .where(ContactPoint.relation_id.in_(relation_ids), ContactPoint.kind == "email", ContactPoint.is_refused.is_(False))
        .order_by(ContactPoint.for_invoices.desc(), ContactPoint.is_primary.desc(), ContactPoint.id)
    )
    for relation_id, value in rows:
        found.setdefault(relation_id, value)
    return found


def values_of(organisation_id: int, invoice_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the values of the print form for these invoices."""
    sender = sender_values(organisation_id)
    invoices = db.session.scalars(select(Invoice).where(Invoice.id.in_(invoice_ids))).all()
    debtors = {row.id: row for row in db.session.scalars(select(Relation).where(Relation.id.in_({one.debtor_id for one in invoices})))}
    addresses: dict[int, Address] = {}
    for row in db.session.scalars(select(Address).where(Address.relation_id.in_(list(debtors))).order_by(Address.kind, Address.id)):
        if row.last_day is None and (row.relation_id not in addresses or row.kind == "post"):
            addresses[row.relation_id] = row
    lines: dict[int, list[InvoiceLine]] = {}
    for line in db.session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id.in_(invoice_ids)).order_by(InvoiceLine.position)):
        lines.setdefault(line.invoice_id, []).append(line)
    every = [line for one in lines.values() for line in one]
    members = _names({line.member_id for line in every if line.member_id is not None})
    vat = {row.id: row for row in db.session.scalars(select(VatCode))}
    credited = {
        row.id: row.number
        for row in db.session.execute(
            select(Invoice.id, Invoice.number).where(Invoice.id.in_({one.credits_id for one in invoices if one.credits_id is not None}))
        )
    }
    return {
        one.id: {
            "afzender": sender,
            "debiteur": _debtor(debtors.get(one.debtor_id), addresses.get(one.debtor_id)),
            "factuur": _head(one, sender, credited.get(one.credits_id or 0, "")),
            "regels": [_line(line, one.debtor_id, members) for line in lines.get(one.id, [])],
            "btw_regels": _vat_lines(lines.get(one.id, []), vat),
        }
        for one in invoices
    }


def sender_values(organisation_id: int) -> dict[str, str]:
    """Return who sends: the administration with its address and bank account."""
    books = administration_of(organisation_id)
    home = db.session.get(Organisation, organisation_id)
    bank = (
        db.session.connection()
        .execute(select(_BANK.c.iban, _BANK.c.holder).where(_BANK.c.organisation_id == organisation_id).order_by(_BANK.c.id).limit(1))
        .first()
    )
    return {
        "naam": books.sender_name,
        "adres": f"{home.street or ''} {home.house_number or ''}".strip() if home else "",
        "plaats": f"{home.postcode or ''}  {home.town or ''}".strip() if home else "",
        "email": books.sender_email,
        "telefoon": (home.phone if home else "") or "",
        "website": (home.website if home else "") or "",
        "kvk": books.kvk or "",
        "btw_nummer": books.vat_number or "",
        "iban": spaced_iban(bank.iban) if bank else "",
        "rekeninghouder": bank.holder if bank else books.sender_name,
        "incassant_id": books.creditor_id or "",
        "voettekst": books.invoice_footer or "",
    }


def _names(ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = db.session.scalars(select(Relation).where(Relation.id.in_(ids)))
    return {row.id: running_name(row) for row in rows}


def running_name(row: Relation) -> str:
    """Return a name as it stands in running text: Bas van Boksmeer."""
    return " ".join(part for part in (row.first_name or row.initials, row.prefix, row.surname) if part)


def _debtor(row: Relation | None, address: Address | None) -> dict[str, str]:
    street = f"{address.street} {address.house_number}{address.suffix or ''}" if address else ""
    return {
        "naam": running_name(row) if row else "",
        "nummer": str(row.number) if row else "",
        "adres": street,
        "plaats": f"{address.postcode or ''}  {address.town}".strip() if address else "",
        "land": address.country if address and address.country != "NL" else "",
    }


def _head(one: Invoice, sender: dict[str, str], credited: str | None) -> dict[str, Any]:
    is_debit = one.payment_method == "direct_debit"
    payable = one.total_cents > 0
    qr = ""
    if payable and not is_debit and sender["iban"] and one.reference:
        qr = payment_qr(
            name=sender["rekeninghouder"], iban=sender["iban"], amount_cents=one.total_cents, reference=one.reference, text=one.number or ""
        )
    return {
        "soort": INVOICE_KINDS[one.kind],
        "nummer": one.number or "concept",
        "datum": dutch_date(one.invoice_date),
        "vervaldatum": dutch_date(one.due_date),
        "kop": one.heading or "",
        "kenmerk": printed_reference(one.reference) if one.reference else "",
        "exclusief": euros(one.total_cents - one.vat_cents),
        "totaal": euros(one.total_cents),
        "betaalwijze": PAYMENT_METHODS[one.payment_method],
        "is_incasso": is_debit,
        "is_creditnota": one.kind == "credit_note",
        "is_te_betalen": payable,
        "is_concept": one.state == "draft",
        "qr": qr,
        "crediteert": credited or "",
    }


def _line(line: InvoiceLine, debtor_id: int, members: dict[int, str]) -> dict[str, str]:
    period = Period(line.first_day, line.last_day) if line.first_day else None
    return {
        "omschrijving": line.description,
        "lid": members.get(line.member_id, "") if line.member_id is not None and line.member_id != debtor_id else "",
        "periode": str(period) if period else "",
        "uitleg": line_explanation(line),
        "aantal": str(line.quantity),
        "prijs": euros(line.price_cents),
        "bedrag": euros(line.amount_cents),
    }


def line_explanation(line: InvoiceLine) -> str:
    """Return in Dutch how a line's amount came about; empty when it is just the price."""
    for step in line.explanation or ():
        if "note" in step:
            return str(step["note"])
    if line.charge is None or line.amount_cents < 0 < line.charge.amount_cents:
        return ""
    for kept in line.charge.explanation or ():
        if kept["cents"] == line.amount_cents and len(kept["steps"]) > 1:
            return explanation.line_sentence(kept, line.charge.first_day)
    return ""


def _vat_lines(lines: list[InvoiceLine], codes: dict[int, VatCode]) -> list[dict[str, str]]:
    """Return what the invoice says of VAT; what lies outside it (category O) is no VAT to speak of."""
    taxed = {code for code, row in codes.items() if row.ubl_category != "O"}
    with_code = [Line("", one.amount_cents, one.ledger_account_id, one.vat_code_id) for one in lines if one.vat_code_id in taxed]
    amounts = vat_per_code(with_code, {code: row.rate_basis_points for code, row in codes.items()})
    bases: dict[int, int] = {}
    for one in with_code:
        bases[one.vat_code_id or 0] = bases.get(one.vat_code_id or 0, 0) + one.amount_cents
    return [{"naam": codes[code].name, "grondslag": euros(bases[code]), "bedrag": euros(cents)} for code, cents in sorted(amounts.items())]


def stored_pdf(invoice_id: int) -> tuple[str, bytes] | None:
    """Return the name and bytes of an invoice as it was sent, or None."""
    row = db.session.execute(
        select(StoredDocument.name, StoredDocument.content)
        .join(Invoice, Invoice.document_id == StoredDocument.id)
        .where(Invoice.id == invoice_id)
    ).first()
    return (row.name, row.content) if row else None
