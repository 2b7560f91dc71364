"""Screens for administrators: background work, mail, data issues, the trail, users and roles."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.models import Role, User
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, exists, select

from app.background import usecases as background
from app.background.kinds import KINDS
from app.background.models import Job, JobRun
from app.background.schedule import spoken
from app.data_quality import usecases as data_quality
from app.data_quality.models import DataIssue
from app.data_quality.rules import RULES
from app.invoicing.usecases import mark_mailed
from app.kernel import clock
from app.kernel.models import AuditRecord
from app.kernel.unit_of_work import transaction
from app.mail import usecases as mail
from app.mail.models import Message
from app.mail.queries import why_nothing_is_sent
from app.organisations.models import Organisation
from security import usecases as access
from security.models import Assignment
from views.base import AdminView, FactView, Question, ScopedInterface, action, ask
from views.links import table_called
from views.permission_words import in_words

_ACTIONS = {
    "insert": _("Added"),
    "update": _("Changed"),
    "delete": _("Deleted"),
    "export": _("Exported"),
    "book": _("Booked"),
    "add_from_preset": _("Made from an example"),
    "copy_season": _("Season copied"),
    "credit": _("Credited"),
    "demo": _("Demo made"),
    "expire": _("Lapsed"),
    "find": _("Looked for data issues"),
    "forget": _("Forgotten"),
    "import": _("Read in"),
    "make": _("Made"),
    "move": _("Moved"),
    "password_changed": _("Password changed"),
    "password_set": _("Password set"),
    "post": _("Posted"),
    "print": _("Printed"),
    "reopen": _("Opened again"),
    "send": _("Sent"),
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
    list_columns = ["job_name", "state", "progress", "requested_by", "made_at", "started_at", "ended_at"]
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
        return why_nothing_is_sent()

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


def with_an_assignment(asked: Select[Any]) -> Select[Any]:
    """Leave only users who hold a role, now or once, within the actor's organisations."""
    return asked.where(exists(select(Assignment.id).where(Assignment.user_id == User.id)))


class AssignmentView(AdminView):
    """Who has which role where."""

    datamodel = ScopedInterface(Assignment)
    one, many = _("Assignment"), _("Assignments")
    list_columns = ["user", "role", "organisation", "first_day", "last_day"]
    search_columns = ["user", "role", "organisation", "first_day", "last_day"]
    base_order = ("first_day", "desc")
    show_columns = add_columns = edit_columns = ["user", "role", "organisation", "first_day", "last_day"]
    parent_columns = {"ab_user": "user", "ab_role": "role"}
    related_choices = {"user": with_an_assignment}  # others are made with their first role, on the screen of users
    description_columns = {"organisation": _("Holds there and at all below it."), "last_day": _("Empty: until further notice.")}

    def starting_values(self) -> dict[str, Any]:
        """Begin with today."""
        return {"first_day": clock.today()}


class UserView(FactView):
    """Who can sign in, as far as they hold a role here."""

    datamodel = ScopedInterface(User, narrow=with_an_assignment)
    one, many = _("User"), _("Users")
    list_columns = ["username", "first_name", "last_name", "email", "active", "last_login"]
    search_columns = ["username", "first_name", "last_name", "email", "active"]
    base_order = ("username", "asc")
    show_columns = ["username", "first_name", "last_name", "email", "active", "last_login"]
    formatters_columns: dict[str, Any] = {}
    tabs = ((_("Assignments"), ("AssignmentView",)),)
    has_history = False

    @ask(
        "add_user",
        _("Add user"),
        Question("username", _("User name")),
        Question("first_name", _("First name")),
        Question("last_name", _("Last name")),
        Question("email", _("E-mail")),
        Question("password", _("First password"), "password", help=_("At least 12 characters; the user changes it at once.")),
        Question("role", _("Role"), "related", model=Role),
        Question("organisation", _("Organisation"), "related", model=Organisation),
        button=_("Add user"),
        icon="fa-user-plus",
        needs_rows=False,
    )
    def add_user(self, answers: dict[str, Any]) -> str:
        """Make a user with a first role."""
        with transaction() as session:
            number = access.add_user(
                answers["username"], answers["email"], answers["first_name"], answers["last_name"], answers["password"]
            )
            session.add(
                Assignment(user_id=number, role_id=answers["role"], organisation_id=answers["organisation"], first_day=clock.today())
            )
            session.flush()
        return gettext("User added.")

    @action("unblock", _("Unblock"), None, "fa-lock-open")
    def unblock(self, items: list[User]) -> str:
        """Let blocked users sign in again."""
        for name in [item.username for item in items]:
            access.unblock(name)
        return gettext("They can sign in again.")


class RoleView(FactView):
    """Which roles there are, and what they may do."""

    datamodel = ScopedInterface(Role)
    one, many = _("Role"), _("Roles")
    list_columns = ["name"]
    search_columns = ["name"]
    base_order = ("name", "asc")
    show_columns = ["name", "permissions"]
    formatters_columns = {"permissions": in_words}
    tabs = ((_("Assignments"), ("AssignmentView",)),)
    has_history = False
