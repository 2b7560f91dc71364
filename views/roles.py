"""The screen of roles: what each one may do, in words; and roles of one's own, copied from a ready one and changed in ticks."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import current_app, g
from flask_appbuilder.security.sqla.models import Role
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _

from app.kernel.actor import the_actor
from app.kernel.errors import NotAllowed
from app.kernel.unit_of_work import transaction
from security import role_changes
from security import usecases as access
from security.accounts import roles_with_second_step
from security.own_account import check_own_password
from security.permissions import pairs_of
from security.queries import permissions_of
from security.role_changes import Pair, ticked, ticks_of
from security.roles import ROLES
from views.access import OWN_PASSWORD
from views.base import AdminView, Question, ScopedInterface, action, ask
from views.fields import TicksField
from views.forms import AdminForm
from views.permission_words import help_of, screens_by_area, tick_word, title_of


class RoleInterface(ScopedInterface):
    """Roles are of the whole installation: the top changes them, and never the ready ones."""

    def may_write(self, item: Role) -> bool:
        """Whether the acting person may change this role here."""
        return at_the_top() and item.name not in ROLES


def at_the_top() -> bool:
    """Whether the acting person works at the national level."""
    return not the_actor().ancestor_ids


def field_of(view: str) -> str:
    """Return what the ticks of a screen are called in the form."""
    return f"may_{view}"


def all_ticks() -> dict[str, dict[str, frozenset[Pair]]]:
    """Return the ticks of every screen of this application."""
    return ticks_of(pairs_of(current_app.appbuilder))


class RightsField(TicksField):
    """What a role may do on one screen: a line of ticks."""


@lru_cache(maxsize=4)
def _with_ticks(form: type[AdminForm], language: str) -> type[AdminForm]:  # noqa: ARG001 - the words differ by language
    fields = {
        field_of(view): RightsField(title_of(view), description=help_of(view), words={tick: tick_word(tick, view) for tick in ticks})
        for view, ticks in all_ticks().items()
    }
    return type("RoleTicksForm", (form,), {**fields, OWN_PASSWORD.name: OWN_PASSWORD.field("RoleView", "edit")})


class RoleView(AdminView):
    """Which roles there are, and what they may do."""

    datamodel = RoleInterface(Role)
    exclude_route_methods = {"download", "add"}
    one, many = _("Role"), _("Roles")
    list_columns = ["name", "origin", "second_step"]
    search_columns = ["name"]
    base_order = ("name", "asc")
    show_columns = ["name", "origin", "second_step"]
    add_columns = edit_columns = ["name"]
    edit_fieldsets = [(_("Role"), {"fields": ["name"]})]
    label_columns = {"second_step": _("Second step"), "origin": _("Kind of role")}
    computed = {
        "second_step": lambda role: "",  # noqa: ARG005 - more_values answers for all rows at once
        "origin": lambda role: gettext("comes ready") if role.name in ROLES else gettext("of our own"),
    }
    tabs = ((_("Assignments"), ("AssignmentView",)),)
    has_history = False
    delete_note = _("Only a role that nobody has or had can be deleted.")

    def more_facts(self, item: Role) -> list[tuple[Any, list[tuple[str, Any, Any]]]]:
        """Return what the role may do: a card per part of the menu, a line per screen."""
        on = {view: ticks for view, ticks in ticked(all_ticks(), permissions_of([item.id])).items() if ticks}
        return [
            (title, [(field_of(view), title_of(view), ", ".join(tick_word(tick, view) for tick in on[view])) for view in views])
            for title, views in screens_by_area(on)
        ]

    # ---------------------------------------------------------------- changing one's own

    def form_of(self, item: Any) -> Any:  # noqa: ARG002 - the face is of the base
        """Return the form with the ticks of every screen."""
        return _with_ticks(self.edit_form, str(get_locale()))

    def more_start(self, item: Any) -> dict[str, Any]:
        """Return what the role may do now."""
        return {field_of(view): on for view, on in ticked(all_ticks(), permissions_of([item.id])).items()}

    def more_fieldsets(self, item: Any) -> list[tuple[Any, dict[str, Any]]]:  # noqa: ARG002
        """Return the screens per part of the menu, and the password at the end."""
        known = all_ticks()
        areas = [(title, {"fields": [field_of(view) for view in views]}) for title, views in screens_by_area(known)]
        return [*areas, (gettext("To be sure"), {"fields": [OWN_PASSWORD.name]})]

    def more_answers(self, form: AdminForm, item: Any) -> dict[str, Any]:
        """Return what the ticks changed: what they give more, and what they take away."""
        check_own_password(g.access.user.id, form[OWN_PASSWORD.name].data, OWN_PASSWORD.name)
        known = all_ticks()
        before = ticked(known, permissions_of([item.id]))
        more: set[Pair] = set()
        less: set[Pair] = set()
        for view, ticks in known.items():
            on, was = set(form[field_of(view)].data or ()), set(before[view])
            more |= {pair for tick in on - was for pair in ticks[tick]}
            less |= {pair for tick in was - on for pair in ticks[tick]}
        return {"permissions": (more, less)}

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:  # noqa: ARG002
        """Change the role through its use case."""
        more, less = changes["permissions"]
        role_changes.change_role(item.id, changes.get("name", item.name) or "", more, less)
        return item

    def remove(self, item: Any) -> None:
        """Delete a role of one's own that nobody has."""
        role_changes.delete_role(item.id)

    @ask(
        "copy_role",
        _("Copy"),
        Question("name", _("Name"), help=_("For example “Penningmeester zonder bank”.")),
        OWN_PASSWORD,
        icon="fa-copy",
        multiple=False,
        note=_("The copy may do the same as this role. You change it afterwards, and then assign it."),
    )
    def copy_role(self, items: list[Role], answers: dict[str, Any]) -> str:
        """Make a role of one's own with what this one may."""
        self._only_at_the_top()
        numbers = [item.id for item in items]
        with transaction():
            check_own_password(g.access.user.id, answers["own_password"], "own_password")
            for number in numbers:
                role_changes.copy_role(number, answers["name"])
        return gettext("The role is copied. Open it to change what it may do.")

    # ---------------------------------------------------------------- the second step

    def more_values(self, items: list[Role]) -> dict[str, dict[int, Any]]:
        """Say which roles ask for a second step."""
        required = roles_with_second_step([item.id for item in items])
        return {"second_step": {item.id: gettext("required") if item.id in required else gettext("free") for item in items}}

    @action("require_second_step", _("Require a second step"), _("Holders set one up at their next sign-in."), "fa-mobile-screen")
    def require_second_step(self, items: list[Role]) -> str:
        """Ask the holders of these roles for a second step."""
        return self._require(items, required=True)

    @action("free_second_step", _("No longer require a second step"), None, "fa-mobile-screen")
    def free_second_step(self, items: list[Role]) -> str:
        """Ask the holders of these roles for a password only."""
        return self._require(items, required=False)

    def action_shown(self, name: str, item: Role) -> bool:  # noqa: ARG002 - the face is of the base
        """Show what changes roles at the top only."""
        return at_the_top()

    def _only_at_the_top(self) -> None:
        if not at_the_top():
            raise NotAllowed("Rollen gelden voor de hele bond. Alleen het landelijke niveau wijzigt ze.")

    def _require(self, items: list[Role], *, required: bool) -> str:
        self._only_at_the_top()
        with transaction():
            for number in [item.id for item in items]:
                access.require_second_step(number, required)
        return gettext("Kept. It holds from the next sign-in on.")
