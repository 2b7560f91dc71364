"""Screens of privacy: all data of one person, forgetting a person, and how long what is kept."""

from __future__ import annotations

from typing import Any

from flask import Response, g, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.kernel import clock
from app.kernel.errors import DomainError
from app.kernel.periods import dutch_date
from app.privacy import retention, usecases
from app.privacy.models import REASONS, Erasure, RetentionRule
from app.privacy.person import PERSON
from app.privacy.queries.person import rows_of
from app.privacy.usecases import retaining
from app.relations.models import Relation
from security.own_account import check_own_password
from views.access import OWN_PASSWORD
from views.base import AdminView, FactView, Question, ScopedInterface, ask
from views.outcomes import Answer, AnswerTable, Preview, PreviewRow
from views.panels import Card, Group, Panel

_FORMS = {"pdf": _("PDF, to read"), "json": _("JSON, for a program")}


class PersonalDataView(FactView):
    """Cards as far as they are personal data: what is kept, all of it as a file, and forgetting."""

    datamodel = ScopedInterface(Relation)
    is_main_screen = False
    one, many = _("Personal data"), _("Personal data")
    list_columns = ["display_name", "number", "organisation", "member_since", "end_date"]
    search_columns = ["display_name", "number", "organisation", "end_date"]
    order_columns = ["display_name", "number"]
    base_order = ("display_name", "asc")
    show_columns = ["display_name", "number", "organisation", "member_since", "end_date"]
    has_history = False

    def panels(self, item: Relation) -> list[Panel]:
        """Return what is kept of the person, kind by kind, as far as it is seen from here."""
        found = rows_of(item.id)
        cards = [Card(kept.title, value=len(found[kept.table])) for kept in PERSON if found[kept.table]]
        return [Panel(_("What is kept"), [Group(_("In this environment"), cards)], count=None)]

    @ask(
        "personal_export",
        _("Give all data"),
        Question("form", _("As"), "choice", words=_FORMS, start="pdf"),
        button=_("Make the file"),
        icon="fa-file-shield",
        note=_("For who asks what you keep of him. The trail keeps that you took it. Give it only to the person himself."),
        multiple=False,
    )
    def personal_export(self, items: list[Relation], answers: dict[str, Any]) -> Response:
        """Hand over all that is kept of a person."""
        taken = usecases.export_person(items[0].id, answers["form"])
        answer = Response(taken.content, content_type=taken.content_type)
        answer.headers.set("Content-Disposition", "attachment", filename=taken.name)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @ask(
        "erase",
        _("Forget this person"),
        Question("reason", _("Why"), "choice", words=REASONS),
        OWN_PASSWORD,
        button=_("Show what goes"),
        icon="fa-user-slash",
        note=_("First you see what goes and what stays. Nothing goes before you fill in your password again and choose to forget."),
        multiple=False,
        previews=True,
    )
    def erase(self, items: list[Relation], answers: dict[str, Any]) -> Any:
        """Show what would go, and after that forget the person."""
        number = items[0].id
        check_own_password(g.access.user.id, answers["own_password"], "own_password")
        if answers["chosen"] is not None:
            usecases.erase(number, answers["reason"])
            return gettext("Forgotten. What tax law asks for stays until its term is over.")
        plan = usecases.plan_erasure(number)
        if plan.is_erased:
            raise DomainError("erased", gettext("This person was forgotten already."))
        if plan.refusals:
            raise DomainError("still_open", gettext("This cannot be done yet:") + " " + " ".join(plan.refusals))
        rows = [PreviewRow(None, [line.title, line.goes, line.stays, _until(line.until), line.why]) for line in plan.lines]
        heads = [(_("What"), ""), (_("Goes"), "bn-num"), (_("Stays"), "bn-num"), (_("Until"), ""), (_("Why"), "")]
        return Preview(heads, rows, _("Forget now"), _("This cannot be undone. Fill in your password again to go on."))


def _until(day: Any) -> str:
    return dutch_date(day) if day else ""


class ErasureView(FactView):
    """Who was forgotten, by whom, and until when law keeps something."""

    datamodel = ScopedInterface(Erasure, load=("relation",))
    one, many = _("Forgotten person"), _("Forgotten persons")
    list_columns = ["relation", "made_at", "reason", "erased_by", "kept_until", "completed_at"]
    search_columns = ["relation", "made_at", "reason", "kept_until"]
    base_order = ("made_at", "desc")
    show_columns = ["relation", "made_at", "reason", "erased_by", "kept_until", "completed_at"]
    label_columns = {
        "made_at": _("Forgotten on"),
        "reason": _("Why"),
        "erased_by": _("By"),
        "kept_until": _("Tax law keeps until"),
    }
    has_history = False


class RetentionRuleView(AdminView):
    """How long each kind of data is kept, for the whole federation."""

    datamodel = ScopedInterface(RetentionRule)
    one, many = _("Retention rule"), _("Retention")
    list_columns = ["kind", "months", "is_active", "least", "source"]
    search_columns = ["kind", "is_active"]
    base_order = ("kind", "asc")
    show_columns = ["kind", "what", "months", "is_active", "least", "source"]
    add_columns = edit_columns = ["months", "is_active"]
    exclude_route_methods = {"download", "add", "delete"}
    choices = {"kind": {name: kind.title for name, kind in retention.KINDS.items()}}
    label_columns = {
        "kind": _("Kind of data"),
        "what": _("What happens"),
        "months": _("Kept for, in months"),
        "least": _("At least, in months"),
        "source": _("Where that is said"),
    }
    computed = {
        "what": lambda rule: retention.KINDS[rule.kind].what if rule.kind in retention.KINDS else None,
        "least": lambda rule: retention.KINDS[rule.kind].least if rule.kind in retention.KINDS else None,
        "source": lambda rule: retention.KINDS[rule.kind].source if rule.kind in retention.KINDS else None,
    }
    empty_text = _("Choose “Put the rules ready”: each kind of data gets its usual term.")

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep the term when law allows it."""
        if "months" in changes and item.kind in retention.KINDS:
            retention.check_months(item.kind, changes["months"])
        return super().save(item, is_new, changes)

    @ask("set_up", _("Put the rules ready"), icon="fa-list-check", needs_rows=False,
         note=_("Makes a rule for each kind of data that has none, with its usual term."))  # fmt: skip
    def set_up(self, answers: dict[str, Any]) -> str:  # noqa: ARG002 - nothing is asked
        """Make the rules that are not there."""
        return gettext("Rules put ready: %(count)s.", count=retaining.set_up_rules())

    @ask("preview", _("What would go now"), icon="fa-eye", needs_rows=False, button=_("Count"),
         note=_("Counts what is older than its term; nothing goes. The monthly job does that, or start it in the timetable."))  # fmt: skip
    def preview(self, answers: dict[str, Any]) -> Answer:  # noqa: ARG002 - nothing is asked
        """Say what would go if the job ran now."""
        rows = [
            [
                retention.KINDS[one.rule.kind].title,
                dutch_date(one.before),
                one.gone,
                gettext("yes") if one.rule.is_active else gettext("no, switched off"),
            ]
            for one in retaining.preview(clock.today())
        ]
        heads = [(_("Kind of data"), ""), (_("Before"), ""), (_("How many"), "bn-num"), (_("Goes"), "")]
        return Answer(
            _("This would go now."), tables=[AnswerTable(_("Kept long enough"), heads, rows)],
            links=[(_("Timetable"), "fa-clock", url_for("JobView.list"))],
        )  # fmt: skip
