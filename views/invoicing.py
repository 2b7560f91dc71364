"""Screens of invoicing: payment terms, sources, print forms, runs, invoices and their lines."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.invoicing.models import InvoiceSource, PaymentTerm
from views.base import AdminView, ScopedInterface


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
