"""What waits behind a screen: the counts of the menu and the work on the start page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.background.queries import failures
from app.bank.models import StatementLine
from app.data_quality.models import DataIssue
from app.enrollment.models import Enrollment
from app.invoicing.models import Invoice
from app.kernel import clock
from app.mail.models import Message
from app.mail.queries import held_up
from views.menu import Waiting

WAITING = {
    "EnrollmentView": Waiting(
        lambda: select(Enrollment.id).where(Enrollment.state == "new"),
        True,
        _("Judge enrollments"),
        _("Somebody wants to become a member and waits for an answer"),
        _("Judge"),
        needs=("can_accept", "EnrollmentAcceptanceView"),
        leads_to="EnrollmentAcceptanceView.index",
    ),
    "DataIssueView": Waiting(
        lambda: select(DataIssue.id).where(DataIssue.state == "open"),
        True,
        _("Mend data issues"),
        _("Something is missing or wrong on a card"),
        _("Mend"),
        needs=("can_edit", "RelationView"),
        filters={"state": "open"},
    ),
    "BankReconciliationView": Waiting(
        lambda: select(StatementLine.id).where(StatementLine.journal_entry_id.is_(None)),
        False,
        _("Process bank lines"),
        _("Not booked yet"),
        _("Process"),
    ),
    "InvoiceView": Waiting(
        lambda: select(Invoice.id).where(Invoice.state == "draft"),
        False,
        _("Review draft invoices"),
        _("Made, and not posted yet"),
        _("Review"),
        filters={"state": "draft"},
    ),
    "JobRunView": Waiting(
        failures,
        True,
        _("Look at work that failed"),
        _("It does not go on by itself"),
        _("Look"),
        filters={"state": "failed"},
    ),
    "MessageView": Waiting(
        lambda: select(Message.id).where(Message.state.in_(("failed", "unknown")) | Message.id.in_(held_up(clock.now()))),
        False,
        _("Look at mails that did not arrive"),
        _("Refused, uncertain, or waiting for more than an hour"),
        _("Look"),
    ),
}
