"""Screens of invoices and their lines: a draft can be changed or thrown away, what is posted stands."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.actions import action
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.contributions.explanation import charge_sentence, line_sentence
from app.invoicing import queries, usecases
from app.invoicing.models import SEND_STATES, Invoice, InvoiceLine
from app.kernel import clock
from app.kernel.errors import DomainError
from app.ledger.queries import open_cents_of
from app.mail.queries import refusals_of
from app.sepa.queries import at_the_bank
from views.base import AdminView, ScopedInterface
from views.formats import choice
from views.questions import File, Question, ask, download

MOST_SENT = 50  # of one click; a whole run goes to the background
PAID = {
    "paid": "Betaald",
    "credited": "Gecrediteerd",
    "collecting": "In incasso",
    "open": "Open",
    "overdue": "Te laat",
    "in_credit": "Tegoed",  # of credit notes, as the next
    "netted": "Verrekend",
}


def _why(line: InvoiceLine) -> str:
    """Return how a line came to its amount, in Dutch."""
    notes = [str(step["note"]) for step in line.explanation or () if "note" in step]
    if notes or line.charge is None:
        return " ".join(notes)
    kept = line.charge.explanation or []
    own = [one for one in kept if one["cents"] == line.amount_cents]
    day = line.charge.first_day
    return line_sentence(own[0], day) if own else charge_sentence(kept, day)


class _OfDrafts(ScopedInterface):
    """Rows that can be changed as long as their invoice is a draft."""

    def may_write(self, item: Any) -> bool:
        """Whether the acting person may change this row now."""
        return getattr(item, "invoice", item).state == "draft" and super().may_write(item)


class InvoiceLineView(AdminView):
    """Lines of invoices, each with the steps that made its amount; of a draft the text can be changed."""

    datamodel = _OfDrafts(InvoiceLine, load=("invoice", "member", "ledger_account", "charge"))
    one, many = _("Invoice line"), _("Invoice lines")
    list_columns = ["description", "member", "first_day", "last_day", "quantity", "amount_cents", "invoice"]
    search_columns = ["invoice", "member", "description", "contribution", "ledger_account", "amount_cents"]
    base_order = ("id", "asc")
    show_fieldsets = [
        (_("Invoice line"), {"fields": ["invoice", "position", "description", "member", "quantity", "price_cents", "amount_cents"]}),
        (_("Origin"), {"fields": ["why", "contribution", "charge", "first_day", "last_day"]}),
        (_("Bookkeeping"), {"fields": ["ledger_account", "vat_code"]}),
    ]
    add_columns = edit_columns = ["description"]
    exclude_route_methods = {"download", "add", "delete"}
    label_columns = {"why": _("Why this amount")}
    description_columns = {"description": _("Only the text: an amount changes through its cause, the rule or the card.")}
    computed = {"why": _why}
    parent_columns = {"relation": "member"}
    has_history = False

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:  # noqa: ARG002 - lines are never added by hand
        """Change the text of a draft's line."""
        usecases.change_draft(item.invoice_id, line_texts={item.id: changes.get("description") or ""})
        return item


class InvoiceView(AdminView):
    """Invoices and credit notes: a draft can still go, what is posted stands."""

    datamodel = _OfDrafts(Invoice, load=("debtor", "run"))
    one, many = _("Invoice"), _("Invoices")
    list_columns = ["title", "debtor", "invoice_date", "total_cents", "open_cents", "state", "payment_state", "send_state"]
    search_columns = [
        *("number", "debtor", "kind", "state", "send_state", "invoice_date", "due_date", "total_cents"),
        *("payment_method", "reference", "run", "organisation"),
    ]
    order_columns = ["invoice_date", "due_date", "total_cents"]
    base_order = ("id", "desc")
    show_fieldsets = [
        (_("Invoice"), {"fields": ["kind", "number", "state", "debtor", "invoice_date", "due_date", "heading", "credits"]}),
        (_("Amount"), {"fields": ["total_cents", "vat_cents", "open_cents", "payment_state"]}),
        (_("Payment"), {"fields": ["payment_method", "payment_term", "reference"]}),
        (_("Bookkeeping"), {"fields": ["journal_entry", "posted_at", "run", "source"]}),
        (_("Sending"), {"fields": ["send_state", "refusal", "sent_at", "document"]}),
    ]
    add_columns = edit_columns = ["heading"]
    exclude_route_methods = {"download", "add"}
    label_columns = {
        "title": _("Invoice"),
        "payment_state": _("Payment"),
        "credits": _("Credit note for"),
        "refusal": _("Why the mail did not arrive"),
    }
    description_columns = {"heading": _("Stands above the lines. Amounts change through their cause: the rule, the card or the function.")}
    choices = {"payment_state": PAID}
    formatters_columns = {"send_state": choice({**SEND_STATES, "bounced": "Niet aangekomen"}, is_state=True)}
    computed = {
        "title": lambda item: str(item).capitalize() if item.number is None else item.number,
        "open_cents": lambda item: None,  # noqa: ARG005 - more_values answers for all rows at once
        "payment_state": lambda item: None,  # noqa: ARG005
        "refusal": lambda item: None,  # noqa: ARG005
    }
    column_class = {"title": "bn-c-code"}
    facts = ("total_cents", "open_cents", "due_date", "payment_method")
    parent_columns = {"relation": "debtor", "invoice_run": "run", "invoice": "credits"}
    tabs = ((_("Lines"), ("InvoiceLineView",)), (_("Credit notes"), ("InvoiceView",)), (_("Collections"), ("CollectionView",)))
    delete_note = _("Its charges become open again, and the next run takes them up.")

    def more_values(self, items: list[Any]) -> dict[str, dict[int, Any]]:
        """Return what is still open and what that means.

        Nothing open is paid only when the bank has nothing of it under way, and no credit note took it back.
        """
        today, left = clock.today(), open_cents_of([item.open_item_id for item in items if item.open_item_id])
        posted = [item for item in items if item.state == "posted"]
        open_cents = {item.id: left.get(item.open_item_id, 0) for item in posted}
        collecting = at_the_bank([item.id for item in posted])
        states = {item.id: "overdue" if open_cents[item.id] > 0 and item.due_date < today else "open" for item in posted}
        states |= {number: "collecting" if number in collecting else "paid" for number, cents in open_cents.items() if not cents}
        credited = queries.credited_cents_of([number for number, state in states.items() if state == "paid"])
        states |= {item.id: "credited" for item in posted if item.id in credited and credited[item.id] >= item.total_cents}
        states |= {item.id: "in_credit" if open_cents[item.id] else "netted" for item in posted if item.kind == "credit_note"}
        left = [item for item in items if item.send_state == "unsent" and item.document_id]
        refused = refusals_of([item.document_id for item in left]) if left else {}
        sending = {item.id: item.send_state for item in items}
        sending |= {item.id: "bounced" for item in left if item.document_id in refused}
        why = {item.id: refused[item.document_id] for item in left if item.document_id in refused}
        return {"open_cents": open_cents, "payment_state": states, "send_state": sending, "refusal": why}

    def header(self, item: Any, values: dict[str, Any]) -> dict[str, Any]:
        """Name the invoice and its debtor."""
        head = super().header(item, values)
        return {
            **head,
            "title": f"{values['kind']} {item.number}" if item.number else str(item).capitalize(),
            "sub": [item.debtor.display_name],
        }

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:  # noqa: ARG002 - a run makes invoices
        """Change the heading of a draft."""
        usecases.change_draft(item.id, heading=changes.get("heading") or "")
        return item

    def remove(self, item: Any) -> None:
        """Throw a draft away; its charges become open."""
        usecases.delete_draft(item.id)

    @action("post", _("Post"), _("Post the chosen drafts? They get a number and can only be credited after that."), "fa-book")
    def post(self, items: list[Any]) -> str:
        """Number and post drafts."""
        by_books: dict[int, list[int]] = {}
        for item in items:
            by_books.setdefault(item.organisation_id, []).append(item.id)
        count = sum(usecases.post_invoices(books, ids).count for books, ids in by_books.items())
        return ngettext("%(num)s invoice posted.", "%(num)s invoices posted.", count)

    @download("pdf", _("PDF"), "fa-file-pdf")
    def pdf(self, item: Any) -> File:
        """Hand the invoice over as it was sent, or as it would be."""
        name, content = usecases.invoice_pdf(item.id)
        return File(name, "application/pdf", content)

    def _send(self, items: list[Any], again: bool) -> str:
        if len(items) > MOST_SENT:
            raise DomainError(
                "too_many_to_send",
                f"Je koos {len(items)} facturen. Verstuur er hooguit {MOST_SENT} tegelijk, of de hele facturatie bij Massaal factureren.",
            )
        by_books: dict[int, list[int]] = {}
        for item in items:
            by_books.setdefault(item.organisation_id, []).append(item.id)
        sent = [usecases.send_invoices(books, ids, again=again) for books, ids in by_books.items()]
        failed = [f"{number}: {reason}" for one in sent for number, reason in one.failed]
        if failed:
            raise DomainError("not_all_sent", gettext("Not sent: %(which)s", which=" ".join(failed[:5])))
        mailed, printed = sum(one.mailed for one in sent), sum(one.to_print for one in sent)
        return gettext("%(mailed)s to the outgoing mail, %(printed)s to print.", mailed=mailed, printed=printed)

    @action("send", _("Send"), _("Send the chosen invoices now?"), "fa-paper-plane")
    def send(self, items: list[Any]) -> str:
        """Send what was not sent."""
        return self._send(items, again=False)

    @ask(
        "credit",
        _("Make a credit note"),
        Question("on_date", _("Date of the credit note"), "date", start=clock.today, help=_("A day in an open period.")),
        Question(
            "from_day",
            _("Only from this day on"),
            "date",
            required=False,
            help=_("Empty: the whole invoice. Filled: the rest of the period."),
        ),
        Question("reason", _("Reason"), help=_("Stands on the credit note.")),
        note=_("The credit note is posted at once and settled with what is still open. What was paid stays as a credit of the debtor."),
        icon="fa-rotate-left",
        multiple=False,
    )
    def credit(self, items: list[Any], answers: dict[str, Any]) -> str:
        """Take an invoice back, or the rest of it."""
        note_id = usecases.credit_invoice(items[0].id, answers["on_date"], from_day=answers.get("from_day"), reason=answers["reason"])
        note = self.datamodel.get(note_id)
        return gettext("Credit note %(number)s is made and posted.", number=note.number)

    @action(
        "send_again", _("Send again"), _("Send the chosen invoices once more? They were sent before."), "fa-paper-plane", multiple=False
    )
    def send_again(self, items: list[Any]) -> str:
        """Send what was sent before."""
        return self._send(items, again=True)

    @action(
        "delete_drafts", _("Delete drafts"), _("Delete the chosen drafts? Their charges become open again."), "fa-trash-can", single=False
    )
    def delete_drafts(self, items: list[Any]) -> str:
        """Throw drafts away."""
        count = usecases.delete_drafts([item.id for item in items])
        return ngettext("%(num)s draft deleted.", "%(num)s drafts deleted.", count)

    def action_shown(self, name: str, item: Any) -> bool:
        """Offer what fits the state."""
        if name == "post":
            return item.state == "draft"
        if name == "credit":
            return item.state == "posted" and item.kind == "invoice"
        return item.state == "posted" and (item.send_state == "unsent") is (name == "send")
