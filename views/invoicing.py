"""Screens of invoicing: payment terms, sources, and runs with who was left out."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask_appbuilder.actions import action
from flask_babel import lazy_gettext as _
from flask_babel import ngettext

from app.invoicing import usecases
from app.invoicing.models import InvoiceRun, InvoiceRunIssue, InvoiceSource, PaymentTerm
from views.base import AdminView, FactView, ScopedInterface


class PaymentTermView(AdminView):
    """Days to pay, and by which way."""

    datamodel = ScopedInterface(PaymentTerm, load=("organisation",))
    one, many = _("Payment term"), _("Payment terms")
    list_columns = ["name", "days", "payment_method", "line_text", "line_cents", "organisation"]
    search_columns = ["name", "days", "payment_method", "organisation"]
    base_order = ("name", "asc")
    show_fieldsets = add_fieldsets = [
        (_("Payment term"), {"fields": ["organisation", "name", "days", "payment_method"]}),
        (_("Line of its own on the invoice"), {"fields": ["line_text", "line_cents", "line_account_number"]}),
    ]
    description_columns = {
        "days": _("Days after the invoice date; 0 is at once."),
        "payment_method": _("Empty: as it stands on the card of the payer."),
        "line_text": _("For example a fee for paper, or a discount for direct debit."),
        "line_cents": _("Below zero for a discount."),
        "line_account_number": _("The number in the chart of accounts of each administration."),
    }


class InvoiceSourceView(AdminView):
    """Settings for a kind of invoices."""

    datamodel = ScopedInterface(InvoiceSource, load=("organisation", "payment_term", "print_form"))
    one, many = _("Invoice source"), _("Invoice sources")
    list_columns = ["name", "payment_term", "print_form", "family_maximum_cents", "organisation"]
    search_columns = ["name", "payment_term", "print_form", "organisation"]
    base_order = ("name", "asc")
    show_fieldsets = add_fieldsets = [
        (_("Invoice source"), {"fields": ["organisation", "name", "payment_term", "print_form"]}),
        (_("On the invoice"), {"fields": ["heading", "family_maximum_cents"]}),
    ]
    description_columns = {
        "payment_term": _("Holds when neither the run nor the card of the payer has one."),
        "print_form": _("Empty: the print form of the organisation."),
        "family_maximum_cents": _("What a payer pays at most in a season; the rest comes off as a line “Gezinsmaximum”."),
        "heading": _("Stands above the lines when the run has no heading of its own."),
    }


class InvoiceRunIssueView(FactView):
    """Who was left out of a run, and why."""

    datamodel = ScopedInterface(InvoiceRunIssue, load=("relation", "run"))
    one, many = _("Left out"), _("Left out of a run")
    list_columns = ["reason", "relation", "kind", "run"]
    search_columns = ["relation", "kind", "run", "reason"]
    base_order = ("id", "asc")
    show_columns = ["relation", "kind", "reason", "run"]
    parent_columns = {"invoice_run": "run"}
    has_history = False


class InvoiceRunView(FactView):
    """Runs of mass invoicing."""

    datamodel = ScopedInterface(InvoiceRun, load=("season",))
    one, many = _("Invoice run"), _("Invoice runs")
    list_columns = ["name", "season", "invoice_date", "made_count", "total_cents", "state", "made_by", "made_at"]
    search_columns = ["name", "season", "invoice_date", "state", "made_by", "organisation"]
    base_order = ("id", "desc")
    show_fieldsets = [
        (_("Invoice run"), {"fields": ["season", "invoice_date", "contributions", "state", "made_count", "total_cents"]}),
        (_("For whom"), {"fields": ["start_filter", "start_date", "new_members_only", "makes_charges", "stops_at_first_error"]}),
        (_("On the invoice"), {"fields": ["grouping_kind", "heading", "payment_term", "source"]}),
        (_("Made"), {"fields": ["made_by", "made_at", "done_at"]}),
    ]
    tabs = ((_("Invoices"), ("InvoiceView",)), (_("Left out"), ("InvoiceRunIssueView",)))

    @action("go_on", _("Go on"), None, "fa-arrow-right", multiple=False)
    def go_on(self, items: list[Any]) -> Any:
        """Take the run up where it was left."""
        return redirect(url_for("MassInvoicingView.show", run_id=items[0].id))

    @action(
        "withdraw",
        _("Withdraw"),
        _("Throw all drafts of this run away? The charges become open again."),
        "fa-rotate-left",
        multiple=False,
    )
    def withdraw(self, items: list[Any]) -> str:
        """Throw the drafts away."""
        count = usecases.withdraw_run(items[0].id)
        return ngettext("Withdrawn; %(num)s draft is gone.", "Withdrawn; %(num)s drafts are gone.", count)

    def action_shown(self, name: str, item: Any) -> bool:
        """Withdraw only what is not posted."""
        return item.state in (("set_up", "making", "made") if name == "withdraw" else ("set_up", "making", "made", "posted", "sent"))
