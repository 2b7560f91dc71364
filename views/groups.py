"""Screens of target groups and who is in them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import ngettext

from app.contributions.queries import used_in
from app.functions.models import FunctionType
from app.functions.queries import holders
from app.groups import queries, usecases
from app.groups.models import TargetGroup, TargetGroupMember
from app.kernel import clock
from app.organisations.models import Organisation
from app.relations.models import Relation
from views.base import AdminView, Question, ScopedInterface, ask


class TargetGroupView(AdminView):
    """Relations put together, to act on and to price by."""

    datamodel = ScopedInterface(TargetGroup, load=("organisation",))
    one, many = _("Target group"), _("Target groups")
    list_columns = ["name", "code", "members", "organisation"]
    search_columns = ["name", "code", "organisation"]
    base_order = ("name", "asc")
    show_columns = ["name", "code", "members", "remarks", "is_for_below", "organisation"]
    add_columns = ["name", "code", "remarks", "is_for_below", "organisation"]
    edit_columns = ["name", "code", "remarks", "is_for_below"]
    label_columns = {
        "code": _("Name in formulas"),
        "members": _("Number of relations"),
        "is_for_below": _("Organisations below may use it"),
    }
    description_columns = {
        "code": _("Small letters, figures and _, for example youth; formulas then say {member_of.youth}."),
        "organisation": _("Contributions of this organisation can price by it."),
        "is_for_below": _("They then see its name and remarks, and of its relations only their own; only you change it."),
    }
    computed = {"members": lambda _item: None}
    tabs = ((_("Relations"), ("TargetGroupMemberView",)),)
    delete_note = _("Who is in it goes with it; the cards stay. A group that a price depends on cannot be deleted.")

    def more_values(self, items: list[TargetGroup]) -> dict[str, dict[int, Any]]:
        """Return how many relations each group holds: one question for all."""
        found = queries.counts([item.id for item in items])
        return {"members": {item.id: found.get(item.id, 0) for item in items}}

    def save(self, item: TargetGroup, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep the group, unless a formula would be left with something else."""
        if is_new:
            return usecases.add_group(**changes)
        usecases.change_group(item.id, used_in, **changes)
        return item

    def action_shown(self, name: str, item: TargetGroup) -> bool:  # noqa: ARG002 - the same for all
        """Who is in a group of an organisation above is decided there."""
        return self.datamodel.may_write(item)

    def remove(self, item: TargetGroup) -> None:
        """Delete the group when no price depends on it."""
        usecases.remove_group(item.id, used_in)

    @ask(
        "put_in",
        _("Add a relation"),
        Question("relation", _("Relation"), "related", model=Relation),
        button=_("Put in the group"),
        icon="fa-user-plus",
        multiple=False,
    )
    def put_in(self, items: list[TargetGroup], answers: dict[str, Any]) -> str:
        """Put one relation in the group."""
        return added(usecases.add_members(items[0].id, [answers["relation"]]))

    @ask(
        "put_in_holders",
        _("Add all with a function"),
        Question("function_type", _("Function type"), "related", model=FunctionType),
        Question(
            "organisation",
            _("Organisation"),
            "related",
            model=Organisation,
            required=False,
            help=_("Here and below; empty: everywhere in your environment."),
        ),
        note=_("Everyone who holds this function today. Who comes later is not added by itself."),
        button=_("Put in the group"),
        icon="fa-users",
        multiple=False,
    )
    def put_in_holders(self, items: list[TargetGroup], answers: dict[str, Any]) -> str:
        """Put everyone with a function in the group."""
        return added(usecases.add_members(items[0].id, holders(answers["function_type"], answers.get("organisation"), clock.today())))


class TargetGroupMemberView(AdminView):
    """Who is in which target group, since when and by whom."""

    datamodel = ScopedInterface(TargetGroupMember, load=("relation", "target_group"))
    one, many = _("Member of a target group"), _("Members of target groups")
    list_columns = ["relation", "target_group", "made_at", "added_by"]
    search_columns = ["relation", "target_group", "made_at", "added_by"]
    base_order = ("id", "desc")
    show_columns = ["target_group", "relation", "made_at", "added_by"]
    add_columns = ["target_group", "relation"]
    edit_columns = ["target_group", "relation"]
    label_columns = {"made_at": _("Added on")}
    exclude_route_methods = {"download", "edit"}
    delete_note = _("The relation is taken out of the group; the card stays.")

    def save(self, item: TargetGroupMember, is_new: bool, changes: dict[str, Any]) -> Any:  # noqa: ARG002 - never changed
        """Put the relation in the group; who is in it already stays."""
        usecases.add_members(changes["target_group_id"], [changes["relation_id"]])
        return queries.membership(changes["target_group_id"], changes["relation_id"])

    def remove(self, item: TargetGroupMember) -> None:
        """Take the relation out of the group."""
        usecases.remove_members(item.target_group_id, [item.relation_id])


def added(count: int) -> str:
    """Say how many relations went into a group."""
    return ngettext("%(num)s relation added to the group.", "%(num)s relations added to the group.", count)


def removed(count: int) -> str:
    """Say how many relations went out of a group."""
    return ngettext("%(num)s relation taken out of the group.", "%(num)s relations taken out of the group.", count)
