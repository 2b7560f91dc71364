"""The screen of print forms, with a preview on a real invoice."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response
from flask_babel import lazy_gettext as _

from app.documents.models import PrintForm
from app.invoicing import print_form, usecases
from app.invoicing.models import Invoice
from views.base import AdminView, Question, ScopedInterface, ask
from views.fields import TextField

CHECKED = ("invoice", "credit_note")


class PrintFormView(AdminView):
    """Layouts of documents and the mails that carry them."""

    datamodel = ScopedInterface(PrintForm, load=("organisation",))
    one, many = _("Print form"), _("Print forms")
    list_columns = ["name", "kind", "language", "is_active", "organisation"]
    search_columns = ["name", "kind", "language", "is_active", "organisation"]
    base_order = ("name", "asc")
    show_fieldsets = add_fieldsets = [
        (_("Print form"), {"fields": ["organisation", "name", "kind", "language", "is_active"]}),
        (_("Mail"), {"fields": ["subject", "mail_body"]}),
        (_("Document"), {"fields": ["html"]}),
    ]
    description_columns = {
        "is_active": _("Used for new documents. What was sent keeps the layout that it was sent with."),
        "language": _("Two letters: nl, fy, en or de."),
        "subject": _("May hold the same names as the layout, for example {{ factuur.nummer }}."),
        "mail_body": _("The text of the mail; the document goes along as PDF."),
        "html": _("HTML with names between {{ }}. A name that does not exist is refused, with its line. Try it with “Preview”."),
    }

    fields = {"html": partial(TextField, render_kw={"rows": 24}), "mail_body": partial(TextField, render_kw={"rows": 10})}

    def starting_values(self) -> dict[str, Any]:
        """Begin with the layout that comes ready."""
        return {"kind": "invoice", "html": print_form.HTML, "subject": print_form.SUBJECT, "mail_body": print_form.MAIL_BODY}

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep only a form in which every name exists."""
        filled = {name: changes.get(name, getattr(item, name)) or "" for name in ("kind", "name", "html", "subject", "mail_body")}
        if filled.pop("kind") in CHECKED:
            usecases.check_form(**filled)
        return super().save(item, is_new, {name: "" if value is None else value for name, value in changes.items()})

    @ask(
        "preview",
        _("Preview"),
        Question(
            "invoice", _("Invoice"), "related", model=Invoice, help=_("A draft or posted invoice to try the form on. Nothing is kept.")
        ),
        icon="fa-eye",
        multiple=False,
    )
    def preview(self, items: list[Any], answers: dict[str, Any]) -> Response:
        """Show what the form makes of an invoice."""
        content = usecases.preview_form(items[0].id, answers["invoice"])
        answer = Response(content, content_type="application/pdf")
        answer.headers.set("Content-Disposition", "attachment", filename="proefafdruk.pdf")
        return answer

    def action_shown(self, name: str, item: Any) -> bool:
        """Preview only what invoices are printed with."""
        return item.kind in CHECKED if name == "preview" else True
