"""The menu: its groups, which screens stand in them for this user, and what waits there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Response, current_app, g, request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, func, select

from app.kernel import clock
from app.kernel.actor import current_actor
from app.kernel.db import db

GROUPS: dict[str, tuple[Any, str]] = {
    "relations": (_("Relations"), "fa-users"),
    "invoicing": (_("Invoicing"), "fa-file-invoice"),
    "bank": (_("Bank"), "fa-building-columns"),
    "ledger": (_("Bookkeeping"), "fa-scale-balanced"),
    "mail": (_("Communication"), "fa-envelope"),
    "system": (_("System administration"), "fa-gear"),
}
KEPT_SECONDS = 20
MOST = 999


@dataclass(frozen=True)
class Entry:
    """One line of the menu."""

    view: Any
    label: Any

    def url(self) -> str:
        """Return the address of the screen."""
        return url_for(f"{self.view.endpoint}.{self.view.default_view}")


@dataclass(frozen=True)
class Waiting:
    """How much waits behind a screen: the rows to count, and whether somebody waits for us (red) or it is our own work (grey).

    `needs` is the permission and screen of who does the work: for others nothing waits. `leads_to` is where the work is done,
    when that is not the screen itself; `filters` leave in its list what waits.
    """

    rows: Callable[[], Select[Any]]
    is_red: bool
    title: Any
    why: Any
    button: Any
    needs: tuple[str, str] = ("", "")
    leads_to: str = ""
    filters: dict[str, str] = field(default_factory=dict)

    def address(self, entry: Entry) -> str:
        """Return where the work is done."""
        if self.leads_to:
            return url_for(self.leads_to)
        asked = {f"_flt_0_{column}": value for column, value in self.filters.items()}
        return url_for(f"{entry.view.endpoint}.{entry.view.default_view}", **asked)

    def is_for_user(self) -> bool:
        """Whether the user is one of those who do this work."""
        return not self.needs[0] or bool(current_app.appbuilder.sm.has_access(*self.needs))


_entries: dict[str, list[Entry]] = {}
_areas: dict[str, str] = {}  # name of a screen -> its part of the menu
_waiting: dict[str, Waiting] = {}
_kept: dict[Any, tuple[Any, dict[str, int]]] = {}


def put(group: str, view: Any, label: Any) -> None:
    """Put a screen in the menu."""
    _entries.setdefault(group, []).append(Entry(view, label))


def place(group: str, view_name: str) -> None:
    """Say to which part of the menu a screen belongs, also one that does not stand in it."""
    _areas[view_name] = group


def area_of(view_name: str) -> str:
    """Return the part of the menu that a screen belongs to; what no screen is (a right on a field) belongs to the administration."""
    return _areas.get(view_name, "system")


def clear() -> None:
    """Begin an empty menu: each application makes its own."""
    for kept in (_entries, _areas, _waiting, _kept):
        kept.clear()


def wait_at(view_name: str, waiting: Waiting) -> None:
    """Show a count behind a screen."""
    _waiting[view_name] = waiting


def may_open(view: Any) -> bool:
    """Whether the user may open a screen; one that asks for no permission is nobody's."""
    if not hasattr(getattr(view, view.default_view, None), "_permission_name"):
        return False
    permission = f"can_{view.get_method_permission(view.default_view)}"
    return bool(current_app.appbuilder.sm.has_access(permission, view.class_permission_name))


def shown_menu() -> list[dict[str, Any]]:
    """Return the groups that the user sees, with counts; an empty group is absent."""
    numbers, made = counts(), []
    for name, (label, icon) in GROUPS.items():
        items = []
        for entry in _entries.get(name, []):
            if not may_open(entry.view):
                continue
            address, key = entry.url(), entry.view.endpoint
            items.append(
                {
                    "label": str(entry.label),
                    "url": address,
                    "here": request.blueprint == key,
                    "count": numbers.get(key, 0),
                    "red": key in _waiting and _waiting[key].is_red,
                }
            )
        if items:
            red = sum(item["count"] for item in items if item["red"])
            here = _areas.get(request.blueprint or "") == name
            made.append({"name": name, "label": str(label), "icon": icon, "items": items, "red": red, "here": here})
    return made


def counts() -> dict[str, int]:
    """Return what waits behind each screen of the user: one statement, kept a few seconds per environment and role."""
    if "menu_counts" in g:
        return g.menu_counts  # type: ignore[no-any-return]
    actor = current_actor()
    seen = [
        entry.view.endpoint
        for entries in _entries.values()
        for entry in entries
        if entry.view.endpoint in _waiting and may_open(entry.view) and _waiting[entry.view.endpoint].is_for_user()
    ]
    if actor is None or not seen:
        return {}
    key = (str(db.engine.url), actor.organisation_id, tuple(seen))
    until, numbers = _kept.get(key, (None, {}))
    if until is None or until < clock.now():
        questions = [
            select(func.count()).select_from(_waiting[name].rows().limit(MOST).subquery()).scalar_subquery().label(name) for name in seen
        ]
        found = db.session.execute(select(*questions)).one()
        numbers = dict(zip(seen, found, strict=True))
        if len(_kept) > 2000:
            _kept.clear()
        _kept[key] = (clock.now() + clock.days(1) * KEPT_SECONDS / 86_400, numbers)
    g.menu_counts = numbers
    return numbers


def forget_after(answer: Response) -> Response:
    """Count anew in the environment of a user who just did something: it may have changed what waits."""
    actor = current_actor() if request.method == "POST" else None
    if actor is not None:
        for key in [key for key in list(_kept) if key[1] == actor.organisation_id]:
            _kept.pop(key, None)
    return answer


def queues() -> list[dict[str, Any]]:
    """Return the work that lies waiting, what others wait for first."""
    numbers = counts()
    made = []
    for entries in _entries.values():
        for entry in entries:
            name = entry.view.endpoint
            if name in _waiting and name in numbers:
                waiting = _waiting[name]
                made.append(
                    {
                        "n": numbers[name],
                        "label": str(entry.label),
                        "title": waiting.title,
                        "why": waiting.why,
                        "button": waiting.button,
                        "url": waiting.address(entry),
                        "red": waiting.is_red,
                    }
                )
    return sorted(made, key=lambda queue: not queue["red"])
