"""Screens of functions: what one can be, who is it where and when, and why it ended."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, request
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.contributions.queries import charged_until, proposes_starts, start_for
from app.data_quality.rules import REQUIRED_FIELDS
from app.functions import usecases
from app.functions.models import EndReason, FunctionEvent, FunctionTerm, FunctionType, PriceCategory
from app.invoicing.usecases import settle_ends
from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.periods import dutch_date
from app.kernel.unit_of_work import transaction
from app.organisations.models import KINDS, Organisation
from app.relations.models import Relation
from views.base import AdminView, FactView, Question, ScopedInterface, ask
from views.custom_values import CustomValues
from views.own_password import OWN_PASSWORD, WHERE_NEEDED, AsksOwnPassword, show_own_password

_START = {
    *("relation_id", "function_type_id", "organisation_id", "first_day", "last_day", "end_reason_id", "price_category_id", "payer_id"),
    *("quantity", "factor", "value_units", "custom_values", "payer_reference", "recruited_by_id", "remarks", "origin"),
}


class PriceCategoryView(AdminView):
    """Kinds of price that members can have."""

    datamodel = ScopedInterface(PriceCategory)
    one, many = _("Price category"), _("Price categories")
    list_columns = ["name", "code", "organisation"]
    search_columns = ["name", "code", "organisation"]
    base_order = ("name", "asc")
    show_columns = ["name", "code", "organisation"]
    add_columns = edit_columns = ["name", "code"]
    description_columns = {"code": _("Short and unique; it stands in files.")}


class EndReasonView(AdminView):
    """Why functions end."""

    datamodel = ScopedInterface(EndReason)
    one, many = _("Reason for ending"), _("Reasons for ending")
    list_columns = ["name", "code", "credits_rest", "ends_related", "organisation"]
    search_columns = ["name", "code", "organisation"]
    base_order = ("name", "asc")
    show_columns = ["name", "code", "credits_rest", "ends_related", "organisation"]
    add_columns = edit_columns = ["name", "code", "credits_rest", "ends_related"]
    description_columns = {
        "credits_rest": _("What was invoiced for the days after the last one is credited."),
        "ends_related": _("Functions that stop with this one end on the same day."),
    }


class FunctionTypeView(AdminView):
    """What one can be or have: member, donor, board member."""

    datamodel = ScopedInterface(FunctionType)
    one, many = _("Function type"), _("Function types")
    list_columns = ["name", "code", "category", "is_membership", "price_category", "is_active", "organisation"]
    search_columns = ["name", "code", "category", "is_membership", "is_active", "organisation"]
    base_order = ("importance", "asc")
    show_fieldsets = [
        (_("Function type"), {"fields": ["name", "code", "category", "is_membership", "levels", "is_active", "organisation"]}),
        (_("Conditions"), {"fields": ["minimum_age", "maximum_age", "required_fields", "must_hold_first", "stops_with"]}),
        (_("Use"), {"fields": ["price_category", "grants_role", "parent", "importance", "is_default_for_new", "is_on_card_head"]}),
    ]
    add_fieldsets = [
        (_("Function type"), {"fields": ["name", "code", "category", "is_membership", "levels", "is_active"]}),
        (_("Conditions"), {"fields": ["minimum_age", "maximum_age", "required_fields", "must_hold_first", "stops_with"]}),
        (_("Use"), {"fields": ["price_category", "parent", "importance", "is_default_for_new", "is_on_card_head"]}),
    ]
    choices = {"levels": KINDS, "required_fields": {name: word.capitalize() for name, word in REQUIRED_FIELDS.items()}}
    description_columns = {
        "levels": _("At which kinds of organisation one can hold it."),
        "required_fields": _("Data issues report cards on which one of these is missing."),
        "must_hold_first": _("Who does not hold this function cannot start the other."),
        "stops_with": _("Ends together with this function."),
        "importance": _("Lower comes first on the card."),
    }

    @ask(
        "grant_role",
        _("Give access"),
        Question("role", _("Role"), "related", model=Role, required=False, help=_("Empty: the function gives no access.")),
        OWN_PASSWORD,
        button=_("Keep"),
        note=_(
            "Who holds this function signs in with the e-mail address on the card, at the organisation of the function, "
            "for as long as it runs. It holds at once for everybody who holds it now."
        ),
        icon="fa-key",
        multiple=False,
    )
    def grant_role(self, items: list[FunctionType], answers: dict[str, Any]) -> str:
        """Say which role the holders of this function get."""
        with transaction():
            show_own_password(answers)
            role = db.session.get(Role, answers["role"]) if answers.get("role") else None
            usecases.grant_role(items[0].id, role.name if role else None)
        return gettext("Kept. Who holds the function and was signed in, signs in anew.")


def _gives_access(number: Any) -> bool:
    """Whether the function type with this number gives its holders a role."""
    if not str(number or "").isdigit() or len(str(number)) > 9:
        return False
    asked = select(FunctionType.id).where(FunctionType.id == int(number), FunctionType.grants_role.is_not(None))
    return db.session.scalar(asked) is not None


def _access_words(term: FunctionTerm) -> str:
    """Say which access a function gives, now or later."""
    role, today = term.function_type.grants_role, clock.today()
    if not role or (term.last_day is not None and term.last_day < today):
        return ""
    if term.first_day > today:
        return gettext("gives access from %(day)s: %(role)s", day=dutch_date(term.first_day), role=role)
    return gettext("gives access: %(role)s", role=role)


class FunctionTermView(AsksOwnPassword, CustomValues, AdminView):
    """Who holds what, where and when."""

    custom_holder = "function"
    datamodel = ScopedInterface(FunctionTerm, load=("function_type", "organisation", "relation"))
    one, many = _("Function"), _("Functions")
    list_columns = ["function_type", "relation", "organisation", "first_day", "last_day", "price_category", "access"]
    label_columns = {"access": _("Access")}
    computed = {"access": _access_words}
    search_columns = ["relation", "function_type", "organisation", "first_day", "last_day", "price_category", "origin"]
    base_order = ("first_day", "desc")
    show_fieldsets = [
        (_("Function"), {"fields": ["relation", "function_type", "organisation", "first_day", "last_day", "end_reason", "access"]}),
        (_("Paying"), {"fields": ["price_category", "payer", "payer_reference", "quantity", "factor", "value_units"]}),
        (_("Other"), {"fields": ["origin", "recruited_by", "remarks", "made_at"]}),
    ]
    add_fieldsets = [
        (_("Function"), {"fields": ["relation", "function_type", "organisation", "first_day", "last_day"]}),
        (_("Paying"), {"fields": ["price_category", "payer", "payer_reference", "quantity", "factor", "value_units"]}),
        (_("Other"), {"fields": ["recruited_by", "remarks"]}),
    ]
    edit_fieldsets = [
        (_("Function"), {"fields": ["first_day"]}),
        (_("Paying"), {"fields": ["payer_reference", "quantity", "factor", "value_units"]}),
        (_("Other"), {"fields": ["recruited_by", "remarks"]}),
    ]
    scaled_columns = {"factor": 3, "value_units": 3}
    parent_columns = {"relation": "relation"}
    optional_columns = ("first_day",)
    description_columns = {
        "first_day": _("May lie ahead. Empty for a new function: as the billing plan proposes."),
        "last_day": _("Empty: until further notice."),
        "payer": _("Only when somebody else pays for this function."),
        "factor": _("For prices that count, for example hours: 2,5."),
        "value_units": _("For prices by bracket, for example hectares or animals."),
    }
    tabs = ((_("Events"), ("FunctionEventView",)),)

    def gives_access(self, item: Any) -> bool:
        """Whether the function is of a type that gives access."""
        return _gives_access(request.values.get("function_type") if item is None else item.function_type_id)

    def more_questions(self, name: str, rows: list[FunctionTerm]) -> tuple[Question, ...]:
        """Ask for one's own password where a function goes on that gives access."""
        asks = name in ("transfer", "resume") and any(_gives_access(row.function_type_id) for row in rows)
        return (WHERE_NEEDED,) if asks else ()

    def named(self, item: Any) -> str:
        """Say whose function it is, where somebody has to decide about it."""
        return f"{item.relation}: {item}"

    def header(self, item: Any, values: dict[str, Any]) -> dict[str, Any]:
        """Name the holder under the function."""
        return {**super().header(item, values), "sub": [item.relation.display_name]}

    def starting_values(self) -> dict[str, Any]:
        """Begin with today, unless a billing plan will propose the first day."""
        at = the_actor().organisation_id
        return {} if at is not None and proposes_starts(at) else {"first_day": clock.today()}

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Start the function, or change what a form may change."""
        if is_new:
            if changes.get("first_day") is None:
                proposed = start_for(
                    changes["function_type_id"], changes["organisation_id"], clock.today(), changes.get("price_category_id")
                )
                changes["first_day"] = proposed.first_day
                if proposed.first_day is not None and proposed.why:
                    flash(gettext("Begins on %(day)s: %(why)s.", day=dutch_date(proposed.first_day), why=proposed.why), "info")
            _dated(changes["first_day"])
            return usecases.start_function(**{name: value for name, value in changes.items() if name in _START})
        _dated(changes.get("first_day", item.first_day))
        super().save(item, is_new, changes)
        return usecases.check_changed(item)

    def remove(self, item: FunctionTerm) -> None:
        """Delete the function while nothing was charged."""
        usecases.delete_function(item.id)

    @ask(
        "end",
        _("End"),
        Question("last_day", _("Last day"), "date", start=clock.today),
        Question("reason", _("Reason"), "related", model=EndReason),
        note=_("What must end with it ends on the same day."),
        icon="fa-stop",
    )
    def end(self, items: list[FunctionTerm], answers: dict[str, Any]) -> str:
        """End the chosen functions, all or none."""
        ids = [item.id for item in items]
        with transaction():
            ended = {number for term_id in ids for number in usecases.end_function(term_id, answers["last_day"], answers["reason"])}
        settle_ends(ended | set(ids), clock.today())
        return gettext("Functions ended: %(count)s.", count=len(ended | set(ids)))

    @ask(
        "transfer",
        _("Move to another organisation"),
        Question("organisation", _("Organisation"), "related", model=Organisation),
        Question("first_day", _("First day there"), "date", start=clock.today),
        note=_("The function ends here on the day before, and goes on there."),
        icon="fa-right-left",
    )
    def transfer(self, items: list[FunctionTerm], answers: dict[str, Any]) -> str:
        """Move the chosen functions, all or none."""
        ids = [item.id for item in items]
        with transaction():
            show_own_password(answers)
            for term_id in ids:
                usecases.transfer(term_id, answers["organisation"], answers["first_day"])
        return gettext("Functions moved: %(count)s.", count=len(ids))

    @ask(
        "change_price",
        _("Other price category"),
        Question(
            "price_category",
            _("Price category"),
            "related",
            model=PriceCategory,
            required=False,
            help=_("Empty: that of the contribution."),
        ),
        Question("from_day", _("From"), "date", start=clock.today),
        note=_("May lie ahead; not inside what was charged already."),
        icon="fa-tags",
    )
    def change_price(self, items: list[FunctionTerm], answers: dict[str, Any]) -> str:
        """Change the price category of the chosen functions from a day on, all or none."""
        ids = [item.id for item in items]
        with transaction():
            for term_id in ids:
                usecases.change_price_category(term_id, answers.get("price_category"), answers["from_day"], charged_until)
        return gettext("Price category changed: %(count)s.", count=len(ids))

    @ask(
        "change_payer",
        _("Other payer"),
        Question("payer", _("Payer"), "related", model=Relation, required=False, help=_("Empty: the relation itself.")),
        Question("from_day", _("From"), "date", start=clock.today),
        note=_("May lie ahead; not inside what was charged already."),
        icon="fa-wallet",
    )
    def change_payer(self, items: list[FunctionTerm], answers: dict[str, Any]) -> str:
        """Change who pays for the chosen functions from a day on, all or none."""
        ids = [item.id for item in items]
        with transaction():
            for term_id in ids:
                usecases.change_payer(term_id, answers.get("payer"), answers["from_day"], charged_until)
        return gettext("Payer changed: %(count)s.", count=len(ids))

    @ask(
        "resume",
        _("Take back the end"),
        note=_("The function goes on, without a last day."),
        icon="fa-play",
        multiple=False,
    )
    def resume(self, items: list[FunctionTerm], answers: dict[str, Any]) -> str:
        """Take back an end that lies ahead or is today."""
        term_id = items[0].id
        with transaction():
            show_own_password(answers)
            usecases.resume_function(term_id)
        settle_ends([term_id], clock.today())
        return gettext("The function goes on.")

    def action_shown(self, name: str, item: FunctionTerm) -> bool:
        """Show only what makes sense now."""
        today = clock.today()
        if name == "resume":
            return item.last_day is not None and item.last_day >= today
        return item.last_day is None or item.last_day > today


def _dated(first_day: date | None) -> None:
    """Refuse a function without a first day. Raises DomainError."""
    if first_day is None:
        raise DomainError("first_day_missing", "Vul in op welke dag de functie begint.", field="first_day")


class FunctionEventView(FactView):
    """What happened to functions."""

    datamodel = ScopedInterface(FunctionEvent, load=("function_term.function_type", "function_term.organisation"))
    one, many = _("Event"), _("Events")
    list_columns = ["on_date", "kind", "function_term", "actor", "details"]
    search_columns = ["on_date", "kind", "actor"]
    base_order = ("on_date", "desc")
    show_columns = ["function_term", "kind", "on_date", "actor", "details", "made_at"]
    has_history = False
