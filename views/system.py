"""Screens for administrators: background work, mail, data issues and the trail."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.background import usecases as background
from app.background.kinds import KINDS
from app.background.models import Job, JobRun
from app.background.schedule import spoken
from app.data_quality import usecases as data_quality
from app.data_quality.models import DataIssue
from app.data_quality.rules import RULES
from app.invoicing.usecases import mark_mailed, mark_queued, mark_refused
from app.kernel import clock
from app.kernel.models import AuditRecord
from app.mail import usecases as mail
from app.mail.models import Message
from app.mail.queries import why_mail_waits, why_nothing_is_sent
from views.base import AdminView, FactView, Question, ScopedInterface, action, ask
from views.links import table_called

_ACTIONS = {
    "insert": _("Added"),
    "update": _("Changed"),
    "delete": _("Deleted"),
    "export": _("Exported"),
    "activate": _("Switched on"),
    "book": _("Booked"),
    "add_from_preset": _("Made from an example"),
    "copy_season": _("Season copied"),
    "credit": _("Credited"),
    "deactivate": _("Switched off"),
    "demo": _("Demo made"),
    "expire": _("Lapsed"),
    "find": _("Looked for data issues"),
    "forget": _("Forgotten"),
    "import": _("Read in"),
    "make": _("Made"),
    "move": _("Moved"),
    "password_changed": _("Password changed"),
    "password_set": _("Password set"),
    "password_reset": _("Password chosen with a link"),
    "post": _("Posted"),
    "print": _("Printed"),
    "recovery_code_used": _("Recovery code used"),
    "recovery_codes_renewed": _("New recovery codes"),
    "reopen": _("Opened again"),
    "reset_link_sent": _("Link for a new password mailed"),
    "second_step_free": _("Second step no longer required"),
    "second_step_off": _("Second step switched off"),
    "second_step_on": _("Second step set up"),
    "second_step_required": _("Second step required"),
    "second_step_reset": _("Second step taken away"),
    "send": _("Sent"),
    "session_ended": _("Signed out elsewhere"),
    "settle": _("Settled"),
    "sign_in": _("Signed in"),
    "sign_in_refused": _("Sign-in refused"),
    "sign_out": _("Signed out"),
    "submit": _("Handed in at the bank"),
    "take_back": _("Taken back"),
    "unblock": _("Unblocked"),
    "undo": _("Undone"),
    "waive": _("Waived"),
    "withdraw": _("Withdrawn"),
}


class JobView(AdminView):
    """The timetable of the whole installation."""

    datamodel = ScopedInterface(Job)
    one, many = _("Job"), _("Timetable")
    list_columns = ["title", "schedule", "is_active", "last_tick"]
    search_columns = ["title", "is_active"]
    base_order = ("title", "asc")
    show_columns = ["title", "name", "schedule", "is_active", "last_tick"]
    add_columns = edit_columns = ["schedule", "is_active"]
    formatters_columns = {"schedule": spoken}
    exclude_route_methods = {"download", "add", "delete"}
    description_columns = {"schedule": _("Five fields as in cron, Dutch time: 0 6 * * * is each morning at six.")}

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:  # noqa: ARG002 - jobs are never added by hand
        """Change when the job runs."""
        background.change_schedule(item.id, changes.get("schedule", item.schedule), changes.get("is_active", item.is_active))
        return item

    @action("start_now", _("Start now"), None, "fa-play")
    def start_now(self, items: list[Job]) -> str:
        """Ask for a run of the chosen jobs now."""
        names = [item.name for item in items]
        for name in names:
            background.request_system_run(name)
        return gettext("Put in line: %(count)s. It starts within a minute.", count=len(names))


class JobRunView(FactView):
    """Runs of background work, with how far they are and how they ended."""

    datamodel = ScopedInterface(JobRun)
    one, many = _("Run of work"), _("Background work")
    list_columns = ["job_name", "state", "progress", "result", "requested_by", "made_at", "ended_at"]
    search_columns = ["job_name", "state", "requested_by", "made_at"]
    base_order = ("made_at", "desc")
    show_columns = [
        "job_name",
        "state",
        "progress",
        "requested_by",
        "parameters",
        "made_at",
        "started_at",
        "ended_at",
        "attempts",
        "result",
    ]
    choices = {"job_name": {name: kind.title for name, kind in KINDS.items()}}
    label_columns = {"progress": _("Progress")}
    computed = {"progress": lambda run: f"{run.progress_done} / {run.progress_total}" if run.progress_total else None}
    has_history = False

    @action("stop", _("Stop"), _("The work stops at the next whole step. What was done stays."), "fa-stop")
    def stop(self, items: list[JobRun]) -> str:
        """Ask the chosen runs to stop."""
        for number in [item.id for item in items]:
            background.ask_stop(number)
        return gettext("Asked to stop.")

    @action("retry", _("Start again"), None, "fa-rotate-right")
    def retry(self, items: list[JobRun]) -> str:
        """Put the chosen runs back in line."""
        for number in [item.id for item in items]:
            background.retry_run(number)
        return gettext("Back in line; it goes on where it was.")

    def action_shown(self, name: str, item: JobRun) -> bool:
        """Show only what makes sense now."""
        if item.organisation_id is None:
            return False  # work of the whole installation: started from the timetable
        return item.state in ("queued", "running") if name == "stop" else item.state in ("failed", "stopped")


class AuditRecordView(FactView):
    """Who changed what, when and from where."""

    datamodel = ScopedInterface(AuditRecord)
    one, many = _("Line of the trail"), _("Audit trail")
    list_columns = ["at", "actor", "action", "table_name", "row_id", "changes"]
    search_columns = ["at", "actor", "action", "table_name", "row_id"]
    order_columns = ["at"]
    base_order = ("at", "desc")
    show_columns = ["at", "actor", "address", "action", "table_name", "row_id", "changes"]
    label_columns = {"address": _("Network address")}
    formatters_columns = {"action": lambda value: str(_ACTIONS.get(value, value)), "table_name": table_called}
    has_history = False


class MessageView(FactView):
    """Every mail, waiting, sent or refused."""

    datamodel = ScopedInterface(Message)
    one, many = _("Message"), _("Outgoing mail")
    list_columns = ["subject", "recipient", "kind", "state", "made_at", "relation"]
    search_columns = ["subject", "recipient", "kind", "state", "made_at", "relation"]
    choices = {"kind": {"enrollment": _("Enrollment"), "invoice": _("Invoice"), "data_issues": _("Data issues")}}
    base_order = ("made_at", "desc")
    show_columns = ["subject", "recipient", "sender_name", "sender_email", "kind", "state", "relation", "body", "document", "made_at"]
    show_columns += ["not_before", "sent_at", "attempts", "response"]
    has_history = False

    def notice(self) -> str | None:
        """Say why messages stay where they are."""
        return why_nothing_is_sent() or why_mail_waits(clock.now())

    @ask(
        "send_again",
        _("Send again"),
        Question("recipient", _("To another address"), required=False, help=_("Empty: the same address.")),
        icon="fa-paper-plane",
    )
    def send_again(self, items: list[Message], answers: dict[str, Any]) -> str:
        """Put the chosen messages back in line."""
        for number in [item.id for item in items]:
            mail.send_again(number, answers["recipient"])
            mark_queued(number)
        return gettext("Back in line; it goes out within a minute.")

    @action("accept_as_sent", _("It did arrive"), None, "fa-check")
    def accept_as_sent(self, items: list[Message]) -> str:
        """Say that doubtful messages did arrive."""
        for number in [item.id for item in items]:
            mail.accept_as_sent(number)
            mark_mailed(number)
        return gettext("Kept as sent.")

    @action("cancel", _("Take back"), _("It will not be sent."), "fa-ban")
    def cancel(self, items: list[Message]) -> str:
        """Take back messages that were not sent."""
        for number in [item.id for item in items]:
            mail.cancel_message(number)
            mark_refused([number])
        return gettext("Taken back.")

    def action_shown(self, name: str, item: Message) -> bool:
        """Show only what makes sense now."""
        states = {"send_again": ("failed", "unknown"), "accept_as_sent": ("unknown",), "cancel": ("queued", "failed", "unknown")}
        return item.state in states[name]


class DataIssueView(FactView):
    """What is missing or wrong on cards."""

    datamodel = ScopedInterface(DataIssue)
    one, many = _("Data issue"), _("Data issues")
    list_columns = ["text", "relation", "rule", "organisation", "state", "first_seen"]
    search_columns = ["relation", "rule", "organisation", "state", "first_seen"]
    base_order = ("first_seen", "desc")
    show_columns = [
        "relation",
        "rule",
        "text",
        "organisation",
        "state",
        "first_seen",
        "last_seen",
        "mailed_at",
        "accepted_reason",
        "accepted_by",
    ]
    choices = {"rule": {code: rule.title for code, rule in RULES.items()}}
    empty_text = _("Each morning all cards are looked at; what is missing or wrong is reported here.")

    @ask("accept", _("Accept"), Question("reason", _("Reason")), note=_("It is meant to be so. It is not reported again."), icon="fa-check")
    def accept(self, items: list[DataIssue], answers: dict[str, Any]) -> str:
        """Say that these are meant to be so."""
        for number in [item.id for item in items]:
            data_quality.accept_issue(number, answers["reason"])
        return gettext("Accepted.")

    @action("reopen", _("Report again"), None, "fa-rotate-left")
    def reopen(self, items: list[DataIssue]) -> str:
        """Take acceptances back."""
        for number in [item.id for item in items]:
            data_quality.reopen_issue(number)
        return gettext("Reported again.")

    def action_shown(self, name: str, item: DataIssue) -> bool:
        """Show only what makes sense now."""
        return (item.state == "open") is (name == "accept")
