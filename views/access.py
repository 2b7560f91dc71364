"""Screens of access: who has which role where, and users."""

from __future__ import annotations

from typing import Any

from flask import g, url_for
from flask_appbuilder.security.sqla.models import Role, User
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, exists, or_, select

from app.functions.models import FunctionTerm, FunctionType
from app.kernel import clock
from app.kernel.actor import system_actor, the_actor
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction, working_as
from app.organisations.models import Organisation
from security import usecases as access
from security.accounts import with_rights_beyond
from security.looking import is_at_the_top
from security.models import Assignment, FunctionAccount
from security.own_account import check_own_password
from views.base import AdminView, FactView, Question, ScopedInterface, ask
from views.own_password import OWN_PASSWORD


def through_a_function() -> Select[Any]:
    """Return the question whether a user has, had or will have a function that gives a role, within the actor's organisations."""
    return (
        select(FunctionTerm.id)
        .join(FunctionAccount, FunctionAccount.relation_id == FunctionTerm.relation_id)
        .join(FunctionType, FunctionType.id == FunctionTerm.function_type_id)
        .where(FunctionAccount.user_id == User.id, FunctionType.grants_role.is_not(None))
    )


def with_rights_here(asked: Select[Any]) -> Select[Any]:
    """Leave only users who hold a role, now or once, within the actor's organisations: assigned, or through a function."""
    return asked.where(or_(exists(select(Assignment.id).where(Assignment.user_id == User.id)), exists(through_a_function())))


def granting(asked: Select[Any]) -> Select[Any]:
    """Leave only functions that give a role, today or later."""
    types = select(FunctionType.id).where(FunctionType.grants_role.is_not(None))
    goes_on = or_(FunctionTerm.last_day.is_(None), FunctionTerm.last_day >= clock.today())
    return asked.where(FunctionTerm.function_type_id.in_(types), goes_on)


class AssignmentView(AdminView):
    """Who has which role where."""

    datamodel = ScopedInterface(Assignment)
    one, many = _("Assignment"), _("Assignments")
    list_columns = ["user", "role", "organisation", "first_day", "last_day"]
    search_columns = ["user", "role", "organisation", "first_day", "last_day"]
    base_order = ("first_day", "desc")
    show_columns = add_columns = edit_columns = ["user", "role", "organisation", "first_day", "last_day"]
    parent_columns = {"ab_user": "user", "ab_role": "role"}
    related_choices = {"user": with_rights_here}  # others are made with their first role, on the screen of users
    description_columns = {"organisation": _("Holds there and at all below it."), "last_day": _("Empty: until further notice.")}

    def starting_values(self) -> dict[str, Any]:
        """Begin with today."""
        return {"first_day": clock.today()}

    def list_buttons(self) -> list[tuple[str, str, str]]:
        """Lead to the roles that are not assigned, but follow from a function."""
        more = [(gettext("Rights through functions"), "fa-id-badge", url_for("FunctionRightView.list"))]
        return [*more, *super().list_buttons()]


class FunctionRightView(FactView):
    """Who has which role through a function on a card: read only, for it begins and ends with the function."""

    is_main_screen = False
    datamodel = ScopedInterface(FunctionTerm, narrow=granting, load=("function_type", "relation", "organisation"))
    one, many = _("Right through a function"), _("Rights through functions")
    empty_text = _("No function that runs gives access. Which role a function type gives, you say at the function type.")
    list_columns = ["holder", "grants_role", "organisation", "function_type", "first_day", "last_day", "account"]
    search_columns = ["function_type", "organisation", "first_day", "last_day"]
    base_order = ("first_day", "desc")
    show_columns = ["holder", "grants_role", "organisation", "function_type", "first_day", "last_day", "account"]
    label_columns = {"holder": _("Name"), "account": _("Signs in as"), "grants_role": _("Role")}
    computed = {
        "holder": lambda term: term.relation.display_name,
        "grants_role": lambda term: term.function_type.grants_role,
        "account": lambda term: None,  # noqa: ARG005 - more_values answers for all rows at once
    }
    has_history = False

    def more_values(self, items: list[FunctionTerm]) -> dict[str, dict[int, Any]]:
        """Say under which name the holders sign in, as far as they ever did."""
        asked = select(FunctionAccount.relation_id, User.username).join(User, User.id == FunctionAccount.user_id)
        names = dict(db.session.execute(asked.where(FunctionAccount.relation_id.in_([item.relation_id for item in items]))).all())
        return {"account": {item.id: names.get(item.relation_id, gettext("did not sign in yet")) for item in items}}


class UserView(FactView):
    """Who can sign in, as far as they hold a role here."""

    datamodel = ScopedInterface(User, narrow=with_rights_here)
    one, many = _("User"), _("Users")
    list_columns = ["username", "first_name", "last_name", "email", "source", "active", "last_login"]
    search_columns = ["username", "first_name", "last_name", "email", "active"]
    base_order = ("username", "asc")
    show_columns = ["username", "first_name", "last_name", "email", "source", "active", "last_login"]
    label_columns = {"source": _("Source of rights")}
    computed = {"source": lambda user: None}  # noqa: ARG005 - more_values answers for all rows at once
    formatters_columns: dict[str, Any] = {}
    tabs = ((_("Assignments"), ("AssignmentView",)),)
    has_history = False

    def more_values(self, items: list[User]) -> dict[str, dict[int, Any]]:
        """Say whether somebody has rights by assignments, through a function, or both."""
        ids = [item.id for item in items]
        assigned = set(db.session.scalars(select(Assignment.user_id).where(Assignment.user_id.in_(ids))))
        through = set(db.session.scalars(select(User.id).where(User.id.in_(ids), exists(through_a_function()))))
        words = {number: [gettext("assigned")] * (number in assigned) + [gettext("function")] * (number in through) for number in ids}
        return {"source": {number: ", ".join(said) for number, said in words.items()}}

    @ask(
        "add_user",
        _("Add user"),
        Question("username", _("User name")),
        Question("first_name", _("First name")),
        Question("last_name", _("Last name")),
        Question("email", _("E-mail")),
        Question("password", _("First password"), "password", help=_("At least 12 characters; the user must replace it at once.")),
        OWN_PASSWORD,
        Question("role", _("Role"), "related", model=Role),
        Question("organisation", _("Organisation"), "related", model=Organisation),
        button=_("Add user"),
        icon="fa-user-plus",
        needs_rows=False,
    )
    def add_user(self, answers: dict[str, Any]) -> str:
        """Make a user with a first role."""
        with transaction() as session:
            check_own_password(g.access.user.id, answers["own_password"], "own_password")
            number = access.add_user(
                answers["username"], answers["email"], answers["first_name"], answers["last_name"], answers["password"]
            )
            session.add(
                Assignment(user_id=number, role_id=answers["role"], organisation_id=answers["organisation"], first_day=clock.today())
            )
            session.flush()
        return gettext("User added.")

    @ask(
        "unblock",
        _("Unblock"),
        Question("password", _("First password"), "password", help=_("At least 12 characters; the user must replace it at once.")),
        OWN_PASSWORD,
        note=_("Five wrong passwords block an account. With this first password the user can sign in again."),
        icon="fa-lock-open",
        multiple=False,
    )
    def unblock(self, items: list[User], answers: dict[str, Any]) -> str:
        """Let a blocked user sign in again."""
        for _number, name in self._managed(items, answers):
            access.unblock(name, answers["password"])
        return gettext("The user can sign in again with the first password.")

    @ask(
        "reset_factor",
        _("Set up the second step anew"),
        OWN_PASSWORD,
        icon="fa-mobile-screen",
        multiple=False,
        note=_("For who lost the telephone and the recovery codes. Be sure that it is really this person who asks."),
    )
    def reset_factor(self, items: list[User], answers: dict[str, Any]) -> str:
        """Take the second step away, so that it can be set up anew."""
        for number, _name in self._managed(items, answers):
            access.take_second_step_away(number)
        return gettext("At the next sign-in a second step can be set up anew.")

    @ask("deactivate", _("Switch off"), OWN_PASSWORD, icon="fa-user-slash", note=_("Whoever is signed in with it is out at once."))
    def deactivate(self, items: list[User], answers: dict[str, Any]) -> str:
        """Switch accounts off."""
        return self._set_active(items, answers, active=False)

    @ask("activate", _("Switch on"), OWN_PASSWORD, icon="fa-user-check")
    def activate(self, items: list[User], answers: dict[str, Any]) -> str:
        """Switch accounts on again."""
        return self._set_active(items, answers, active=True)

    def _set_active(self, items: list[User], answers: dict[str, Any], *, active: bool) -> str:
        managed = self._managed(items, answers)
        with transaction():
            for number, _name in managed:
                access.set_active(number, active)
        return gettext("The accounts are on.") if active else gettext("The accounts are off.")

    def _managed(self, items: list[User], answers: dict[str, Any]) -> list[tuple[int, str]]:
        """Return (id, user name) of users whose account may be changed from here. Raises DomainError.

        Not one's own, and not of who has rights outside this environment too: through such an account one would get them.
        """
        found = [(item.id, item.username) for item in items]
        check_own_password(g.access.user.id, answers["own_password"], "own_password")
        within = the_actor().organisation_ids
        with working_as(system_actor("toegang")):
            beyond = with_rights_beyond([number for number, _name in found], within)
        for number, name in found:
            if number == g.access.user.id:
                raise DomainError("own_account", "Dit is je eigen account. Gebruik “Mijn account”, of vraag het een andere beheerder.")
            if number in beyond:
                raise DomainError(
                    "rights_elsewhere",
                    f"{name} heeft ook rechten buiten deze omgeving. Vraag het de beheerder van het niveau daarboven.",
                )
        return found

    def header(self, item: User, values: dict[str, Any]) -> dict[str, Any]:
        """Offer to look along with this user, to who may."""
        found = super().header(item, values)
        may = g.access.may("can_begin", "LookAlongView") and is_at_the_top(g.access) and item.active and item.id != g.access.user.id
        links = [(gettext("Look along"), "fa-eye", url_for("LookAlongView.begin", user_id=item.id))] if may else []
        return {**found, "links": [*found.get("links", []), *links]}

    def action_shown(self, name: str, item: User) -> bool:
        """Show only what makes sense now."""
        return {"activate": not item.active, "deactivate": bool(item.active)}.get(name, True)
