"""What is done with runs and invoices, from parameters to sent invoices."""

from app.invoicing.queries.previewing import preview_run
from app.invoicing.usecases.asking import ask_preview, ask_work
from app.invoicing.usecases.crediting import credit_invoice
from app.invoicing.usecases.deferring import move_deferred
from app.invoicing.usecases.ending import settle_ends
from app.invoicing.usecases.first_payments import follow_payments
from app.invoicing.usecases.forms import check_form, ensure_print_forms, preview_form
from app.invoicing.usecases.making import Made, make_run
from app.invoicing.usecases.passing import check_passing_on
from app.invoicing.usecases.posting import Posted, post_invoices, post_run
from app.invoicing.usecases.reviewing import change_draft, delete_draft, delete_drafts
from app.invoicing.usecases.sending import (
    Sent,
    invoice_pdf,
    mark_mailed,
    mark_printed,
    mark_queued,
    mark_refused,
    print_pdf,
    send_invoices,
    send_run,
)
from app.invoicing.usecases.setting_up import set_up_run, withdraw_run

__all__ = [
    "Made",
    "Posted",
    "Sent",
    "ask_preview",
    "ask_work",
    "change_draft",
    "check_form",
    "check_passing_on",
    "credit_invoice",
    "delete_draft",
    "delete_drafts",
    "ensure_print_forms",
    "follow_payments",
    "invoice_pdf",
    "make_run",
    "mark_mailed",
    "mark_printed",
    "mark_queued",
    "mark_refused",
    "move_deferred",
    "post_invoices",
    "post_run",
    "preview_form",
    "preview_run",
    "print_pdf",
    "send_invoices",
    "send_run",
    "set_up_run",
    "settle_ends",
    "withdraw_run",
]
