"""Screens of access: who has which role where, and users."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_appbuilder.security.sqla.models import Role, User
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, exists, select

from app.kernel import clock
from app.kernel.actor import system_actor, the_actor
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction, working_as
from app.organisations.models import Organisation
from security import usecases as access
from security.accounts import with_rights_beyond
from security.models import Assignment
from security.own_account import check_own_password
from views.base import AdminView, FactView, Question, ScopedInterface, ask

OWN_PASSWORD = Question("own_password", _("Your own password"), "password", help=_("To be sure that it is you."))


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

    def action_shown(self, name: str, item: User) -> bool:
        """Show only what makes sense now."""
        return {"activate": not item.active, "deactivate": bool(item.active)}.get(name, True)
