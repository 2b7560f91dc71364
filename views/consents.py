"""Screens of consents: what people may agree to, and what they said."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.consents import usecases
from app.consents.models import SOURCES, Consent, ConsentPurpose
from app.kernel import clock
from app.relations.models import Relation
from views.base import AdminView, FactView, Question, ScopedInterface, ask

_LABELS = {
    "question": _("What is asked"),
    "is_given": _("Given"),
    "on_date": _("Said on"),
    "source": _("How"),
    "noted_by": _("Written down by"),
    "purpose": _("Purpose"),
    "made_at": _("Written down"),
}


class ConsentPurposeView(AdminView):
    """What somebody may agree to."""

    datamodel = ScopedInterface(ConsentPurpose)
    one, many = _("Purpose of consent"), _("Purposes of consent")
    list_columns = ["name", "code", "organisation", "is_active"]
    search_columns = ["name", "code", "organisation", "is_active"]
    base_order = ("name", "asc")
    show_columns = ["name", "code", "question", "organisation", "is_active"]
    add_columns = show_columns
    edit_columns = ["name", "question", "is_active"]
    label_columns = _LABELS
    description_columns = {
        "code": _("Short and in small letters; mailings ask for it. It stays as it is."),
        "question": _("As it stands on a form, for example: I want the newsletter by e-mail."),
        "is_active": _("What is not in use is not asked any more; what was said stays."),
    }

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep the purpose with a code that works."""
        return super().save(item, is_new, usecases.tidy_purpose(changes))


class ConsentView(FactView):
    """What relations said of a purpose, newest first: the newest line holds."""

    datamodel = ScopedInterface(Consent, load=("relation", "purpose"))
    one, many = _("Consent"), _("Consents")
    list_columns = ["purpose", "is_given", "on_date", "source", "noted_by", "relation"]
    search_columns = ["purpose", "is_given", "on_date", "source", "relation"]
    base_order = ("on_date", "desc")
    show_columns = ["relation", "purpose", "is_given", "on_date", "source", "remarks", "noted_by", "made_at"]
    label_columns = _LABELS
    empty_text = _("Nobody was asked yet.")

    @ask(
        "note",
        _("Write a consent down"),
        Question("relation", _("Relation"), "related", model=Relation),
        Question("purpose", _("Purpose"), "related", model=ConsentPurpose),
        Question("said", _("What was said"), "choice", words={"yes": _("Yes, given"), "no": _("No, or withdrawn")}),
        Question("on_date", _("Said on"), "date", start=clock.today),
        Question("source", _("How"), "choice", words=SOURCES),
        Question("remarks", _("Remarks"), required=False),
        button=_("Write down"),
        icon="fa-square-check",
        note=_("What was said before stays to be seen; the newest line holds."),
        needs_rows=False,
    )
    def note(self, answers: dict[str, Any]) -> str:
        """Keep what somebody said."""
        usecases.note_consent(
            answers["relation"], answers["purpose"], answers["said"] == "yes", answers["on_date"], answers["source"], answers["remarks"]
        )
        return gettext("Written down.")
