"""Says in words what a role may do: per screen the verbs, instead of the names that the program has for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _

VERBS: dict[str, Any] = {
    "can_list": _("see the list"),
    "can_show": _("open it"),
    "can_add": _("add"),
    "can_edit": _("change"),
    "can_delete": _("delete"),
    "can_export": _("export"),
    "can_download": _("fetch files"),
}
# What the custom views may do; actions of generated screens carry their own words.
CUSTOM: dict[str, dict[str, Any]] = {
    "BankReconciliationView": {"can_book": _("book")},
    "EnrollmentAcceptanceView": {"can_accept": _("accept"), "can_ask": _("ask something"), "can_decline": _("decline")},
    "MassInvoicingView": {"can_make": _("make drafts"), "can_post": _("post"), "can_send": _("send"), "can_withdraw": _("withdraw")},
}
TITLES: dict[str, Any] = {
    "BankReconciliationView": _("Process bank lines"),
    "EnrollmentAcceptanceView": _("Judge enrollments"),
    "MassInvoicingView": _("Mass invoicing"),
}


def title_of(name: str) -> str:
    """Return what a screen is called; the name of one that is no longer there stays as it is."""
    view = next((view for view in current_app.appbuilder.baseviews if view.class_permission_name == name), None)
    return str(TITLES.get(name) or getattr(view, "many", None) or getattr(view, "title", None) or name)


def verb_of(permission: str, name: str) -> str:
    """Return what a permission allows on a screen, in words."""
    if word := CUSTOM.get(name, {}).get(permission) or VERBS.get(permission):
        return str(word)
    view = next((view for view in current_app.appbuilder.baseviews if view.class_permission_name == name), None)
    action = getattr(view, "actions", {}).get(permission.removeprefix("can_"))
    return f"“{action.text}”" if action is not None else permission


def in_words(permissions: Iterable[Any]) -> str | None:
    """Return a line per screen with all that a role may do there, or None for a role that may do nothing."""
    found: dict[str, list[str]] = {}
    order = [*VERBS]
    for one in sorted(permissions, key=lambda p: (order.index(p.permission.name) if p.permission.name in VERBS else 99, p.permission.name)):
        found.setdefault(title_of(one.view_menu.name), []).append(verb_of(one.permission.name, one.view_menu.name))
    return "\n".join(f"{title}: {', '.join(dict.fromkeys(verbs))}" for title, verbs in sorted(found.items())) or None
