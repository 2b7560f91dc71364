"""Screens of enrollments and of the forms by which they come in; judging one is `enrollment_acceptance`."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, url_for
from flask_appbuilder.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.consents.models import ConsentPurpose
from app.enrollment import usecases
from app.enrollment.fields import ASKABLE, parse_slug
from app.enrollment.models import ENROLLMENT, SOURCES, Enrollment, EnrollmentForm
from app.enrollment.queries import choosable_departments
from app.functions.queries import default_type_id
from app.kernel.actor import the_actor
from app.kernel.unit_of_work import transaction
from app.relations.models import GENDERS
from views import formats
from views.base import AdminView, Question, ScopedInterface, ask
from views.fields import TicksField

_REQUIRED = "!"


class EnrollmentView(AdminView):
    """Requests to become a member: entered, corrected, and judged on their own page."""

    datamodel = ScopedInterface(Enrollment, load=("department", "form", "function_type"))
    one, many = _("Enrollment"), _("Enrollments")
    list_columns = ["name", "state", "department", "town", "birth_date", "source", "made_at"]
    search_columns = ["surname", "state", "department", "town", "email", "birth_date", "source", "form", "made_at"]
    order_columns = ["state", "town", "birth_date", "made_at"]
    base_order = ("made_at", "desc")
    computed = {"name": str}
    choices = {"gender": GENDERS, "source": SOURCES}
    formatters_columns = {"iban": formats.iban, "phone": formats.phone}
    add_fieldsets = edit_fieldsets = [
        (_("Who"), {"fields": ["first_name", "initials", "prefix", "surname", "gender", "birth_date"]}),
        (_("Address"), {"fields": ["street", "house_number", "suffix", "postcode", "town", "country"]}),
        (_("Contact"), {"fields": ["email", "phone", "remarks"]}),
        (_("Membership"), {"fields": ["function_type", "department", "price_category", "wanted_from"]}),
        (_("Paying"), {"fields": ["wants_direct_debit", "iban", "account_holder"]}),
    ]
    show_fieldsets = [
        (_("Enrollment"), {"fields": ["state", "source", "form", "made_at", "confirmed_at", "consents"]}),
        *add_fieldsets,
        (_("Decision"), {"fields": ["decided_at", "decided_by", "reason", "relation"]}),
        (_("As it was handed in"), {"fields": ["submitted"]}),
    ]
    required_columns = ("function_type",)
    description_columns = {
        "department": _("Left empty it is proposed by postcode when the enrollment is judged."),
        "initials": _("Left empty they follow from the first name."),
        "wants_direct_debit": _("Only with a signed or confirmed mandate."),
        "account_holder": _("Left empty it is the name of the member."),
        "country": _("Two letters, for example NL."),
    }
    related_choices = {"function_type": lambda asked: asked.filter_by(is_active=True)}
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_export", "can_judge"]

    def starting_values(self) -> dict[str, Any]:
        """Begin with what new members usually become, at the department one works in."""
        function_type_id, here = default_type_id(), the_actor().organisation_id
        offered = [number for number, _name in choosable_departments(function_type_id, here)] if function_type_id else []
        return {"function_type": function_type_id, "department": here if here in offered else None}

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Enter it, or correct it while it waits."""
        if not is_new:
            return usecases.change(item.id, changes)
        organisation_id = changes.pop("organisation_id", None)
        return usecases.enter(changes, organisation_id)

    @action("judge", _("Judge"), "", "fa-user-check", multiple=False)
    def judge(self, items: list[Any]) -> Any:
        """Go to the page on which one accepts or declines."""
        return redirect(url_for("EnrollmentAcceptanceView.show", enrollment_id=items[0].id))

    def action_shown(self, name: str, item: Any) -> bool:
        """Judge only what waits."""
        return name != "judge" or item.state in ENROLLMENT.sources("accept")

    def list_buttons(self) -> list[tuple[str, str, str]]:
        """Put judging what waits on top of the list."""
        more = [(gettext("Judge what waits"), "fa-user-check", url_for("EnrollmentAcceptanceView.index"))] if self.may("can_judge") else []
        return [*more, *super().list_buttons()]


class AskedField(TicksField):
    """What a form asks, as check marks; kept as {name: "asked" | "required"}."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        words = {}
        for name, (label, _sentence) in ASKABLE.items():
            if name not in ("surname", "email"):
                words[name] = label
                words[name + _REQUIRED] = _("%(label)s, required", label=label)
        super().__init__(*args, words=words, **kwargs)

    def process_data(self, value: Any) -> None:
        """Take what is kept."""
        kept = value if isinstance(value, dict) else {}
        super().process_data([name + (_REQUIRED if how == "required" else "") for name, how in kept.items()])


def _asked(ticks: list[str]) -> dict[str, str]:
    required = {tick.removesuffix(_REQUIRED) for tick in ticks if tick.endswith(_REQUIRED)}
    return {name: "required" if name in required else "asked" for name in dict.fromkeys(tick.removesuffix(_REQUIRED) for tick in ticks)}


class EnrollmentFormView(AdminView):
    """Public forms: what is asked, with which texts, by which organisation."""

    datamodel = ScopedInterface(EnrollmentForm, load=("function_type", "organisation"))
    one, many = _("Enrollment form"), _("Enrollment forms")
    list_columns = ["title", "slug", "organisation", "function_type", "is_open"]
    search_columns = ["title", "slug", "organisation", "is_open"]
    base_order = ("title", "asc")
    add_fieldsets = edit_fieldsets = [
        (_("Form"), {"fields": ["title", "slug", "introduction", "organisation", "is_open"]}),
        (_("What one becomes"), {"fields": ["function_type", "price_category", "contribution", "chooses_department"]}),
        (_("What is asked"), {"fields": ["fields", "asks_mandate", "consent_text"]}),
    ]
    show_fieldsets = [
        (_("Form"), {"fields": ["title", "address", "introduction", "organisation", "is_open"]}),
        *add_fieldsets[1:],
    ]
    label_columns = {"fields": _("Asked besides surname and e-mail"), "address": _("Address of the form")}
    computed = {"address": lambda item: _link(f"{current_app.config['BASE_URL'].rstrip('/')}/inschrijven/{item.slug}")}
    fields = {"fields": AskedField}
    formatters_columns = {"fields": lambda kept: ", ".join(_shown(name, how) for name, how in (kept or {}).items())}
    description_columns = {
        "slug": _("The last part of the address: small letters, figures and hyphens."),
        "contribution": _("Its price is shown beside the choice."),
        "chooses_department": _("Otherwise the department follows from the postcode."),
        "consent_text": _("What one agrees to. Empty: nothing is asked."),
        "is_open": _("Only an open form can be seen and filled in."),
    }

    @ask(
        "ask_consents",
        _("Ask for consents"),
        Question(
            "purposes",
            _("Purposes that the form asks about"),
            "rows",
            columns=(Question("purpose", _("Purpose"), "related", model=ConsentPurpose),),
            start=4,
            required=False,
            help=_("Each becomes a tick of its own, never ticked beforehand. Empty: the form asks for none."),
        ),
        button=_("Keep"),
        icon="fa-square-check",
        multiple=False,
    )
    def ask_consents(self, items: list[EnrollmentForm], answers: dict[str, Any]) -> str:
        """Say about which purposes the form asks."""
        chosen = list(dict.fromkeys(row["purpose"] for row in answers["purposes"] if row.get("purpose")))
        with transaction() as session:
            session.get_one(EnrollmentForm, items[0].id).consent_purposes = chosen
        return gettext("The form asks about %(count)s purposes.", count=len(chosen))

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep the form with an address that works."""
        if "fields" in changes:
            changes["fields"] = _asked(changes["fields"] or [])
        if "slug" in changes:
            changes["slug"] = parse_slug(changes["slug"] or "")
        return super().save(item, is_new, changes)


def _link(address: str) -> Markup:
    return Markup('<a href="{0}">{0}</a>').format(address)


def _shown(name: str, how: str) -> str:
    label = ASKABLE[name][0] if name in ASKABLE else name
    return gettext("%(label)s (required)", label=label) if how == "required" else label
