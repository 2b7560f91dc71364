"""Says in words what a role may do: the parts of the menu, their screens, and the verbs, instead of the names that the program has for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _

from views import menu

VERBS: dict[str, Any] = {
    "can_list": _("see the list"),
    "can_show": _("open it"),
    "can_add": _("add"),
    "can_edit": _("change"),
    "can_delete": _("delete"),
    "can_export": _("export"),
    "can_download": _("fetch files"),
    "can_see": _("see"),
    "can_get": _("read"),
}
# What the custom views may do; actions of generated screens carry their own words.
CUSTOM: dict[str, dict[str, Any]] = {
    "BankReconciliationView": {"can_book": _("book")},
    "EnrollmentAcceptanceView": {"can_accept": _("accept"), "can_ask": _("ask something"), "can_decline": _("decline")},
    "LookAlongView": {"can_begin": _("begin")},
    "MassInvoicingView": {"can_make": _("make drafts"), "can_post": _("post"), "can_send": _("send"), "can_withdraw": _("withdraw")},
}
TICKS: dict[str, Any] = {"see": _("see"), "file": _("fetch files")}  # several permissions in one tick of the form of a role
TITLES: dict[str, Any] = {
    "BankReconciliationView": _("Process bank lines"),
    "RelationAccountView": _("Accounts of relations"),
    "EnrollmentAcceptanceView": _("Judge enrollments"),
    "MassInvoicingView": _("Mass invoicing"),
    "LookAlongView": _("Look along"),
    "DescriptionApi": _("Description of the API"),
    "IbanField": _("Field: account numbers (IBAN)"),
    "BirthDateField": _("Field: dates of birth"),
    "NotesField": _("Field: remarks"),
}

HELP: dict[str, Any] = {
    "IbanField": _("Without this account numbers stay out of lists, cards and files, and bank accounts and bank lines stay closed."),
    "BirthDateField": _("Without this dates of birth and ages stay out of lists, cards and files, and judging enrollments stays closed."),
    "NotesField": _("Without this remarks stay out of cards and files, and judging enrollments stays closed."),
}


def help_of(name: str) -> str:
    """Return what else a tick in the form of a role does, or nothing."""
    return str(HELP.get(name, ""))


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


def tick_word(tick: str, view: str) -> str:
    """Return what one tick in the form of a role allows, in words."""
    return str(TICKS[tick]) if tick in TICKS else verb_of(tick, view)


def screens_by_area(names: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Return the parts of the menu with the names of their screens, in the order of the menu; a screen without a place stands with who leads to it."""
    areas: dict[str, list[str]] = {}
    for name in names:
        areas.setdefault(menu.area_of(name), []).append(name)
    order = [*menu.GROUPS]
    return [(str(menu.GROUPS[area][0]), sorted(areas[area], key=title_of)) for area in order if area in areas]
