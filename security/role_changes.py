"""Own roles of an installation: copied from a ready one, changed in ticks, deleted when nobody has them.

The ready roles (`security/roles.py`) are written anew with each release, so they are copied and never changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu
from sqlalchemy import and_, func, or_, select

from app.kernel import audit, clock
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction
from security import signing_in
from security.models import Assignment
from security.roles import ROLES

Pair = tuple[str, str]
# What one tick gives at once: nobody wants a list of which no row opens.
TOGETHER = {"see": ("can_list", "can_show"), "file": ("can_export", "can_download")}
_FIRST = ("see", "can_add", "can_edit", "can_delete", "file")
_LONGEST = 64


def ticks_of(pairs: Iterable[Pair]) -> dict[str, dict[str, frozenset[Pair]]]:
    """Return the ticks of each screen, with what each one gives: `see` and `file` for several, else the permission itself."""
    made: dict[str, dict[str, set[Pair]]] = {}
    for permission, view in sorted(pairs):
        tick = next((name for name, members in TOGETHER.items() if permission in members), permission)
        made.setdefault(view, {}).setdefault(tick, set()).add((permission, view))
    return {view: {tick: frozenset(ticks[tick]) for tick in sorted(ticks, key=_rank)} for view, ticks in made.items()}


def _rank(tick: str) -> tuple[int, str]:
    return (_FIRST.index(tick) if tick in _FIRST else len(_FIRST), tick)


def ticked(ticks: dict[str, dict[str, frozenset[Pair]]], held: frozenset[Pair]) -> dict[str, list[str]]:
    """Return which ticks of each screen are on for a role with these permissions: those it holds wholly; those it holds in part are off."""
    return {view: [tick for tick, given in of_view.items() if given <= held] for view, of_view in ticks.items()}


def copy_role(role_id: int, name: str) -> int:
    """Make a role of one's own with what another one may, and return its id. Raises DomainError."""
    with transaction() as session:
        source = session.get_one(Role, role_id)
        role = Role(name=_free_name(session, name, None), permissions=list(source.permissions))
        session.add(role)
        session.flush()
        audit.record("role_copied", "ab_role", role.id, None, of=source.name, name=role.name)
        return role.id


def change_role(role_id: int, name: str, more: Iterable[Pair], less: Iterable[Pair]) -> None:
    """Name a role of one's own, give it permissions and take others away; its holders sign in anew. Raises DomainError.

    Who may give what is judged at the session (`security/giving.py`).
    """
    given, taken = set(more), set(less)
    with transaction() as session:
        role = own_role(session, role_id)
        role.name = _free_name(session, name, role_id)
        if not given and not taken:
            return
        present = {(pair.permission.name, pair.view_menu.name): pair for pair in role.permissions}
        added = _pairs(session, given - present.keys())
        role.permissions = [pair for key, pair in present.items() if key not in taken] + added
        session.flush()
        audit.record("role_changed", "ab_role", role_id, None, given=_said(given - present.keys()), taken=_said(taken & present.keys()))
        for user_id in _holders(session, role_id):
            signing_in.end_sessions(user_id)


def delete_role(role_id: int) -> None:
    """Delete a role of one's own that nobody has or had. Raises DomainError."""
    with transaction() as session:
        role = own_role(session, role_id)
        uses = session.scalar(select(func.count()).select_from(Assignment.__table__).where(Assignment.__table__.c.role_id == role_id)) or 0
        if uses:
            raise DomainError(
                "role_in_use",
                f"De rol “{role.name}” is {uses} keer toegekend, ook vroeger. Haal eerst haar rechten weg als niemand haar meer mag gebruiken.",
            )
        audit.record("role_deleted", "ab_role", role_id, None, name=role.name)
        session.delete(role)


def own_role(session: Any, role_id: int) -> Role:
    """Return a role that may be changed. Raises DomainError for a ready one."""
    role: Role = session.get_one(Role, role_id)
    if role.name in ROLES:
        raise DomainError(
            "ready_role",
            f"“{role.name}” is een kant-en-klare rol, die bij elke nieuwe versie opnieuw wordt gezet. Kopieer haar en wijzig de kopie.",
        )
    return role


def _free_name(session: Any, name: str, role_id: int | None) -> str:
    wanted = " ".join(name.split())
    if not wanted:
        raise DomainError("name_missing", "Vul een naam in voor de rol.", field="name")
    if len(wanted) > _LONGEST:
        raise DomainError("name_too_long", f"De naam heeft {len(wanted)} tekens; er passen er {_LONGEST}. Maak hem korter.", field="name")
    taken = session.scalar(select(Role.id).where(func.lower(Role.name) == wanted.lower()))
    if taken is not None and taken != role_id:
        raise DomainError("role_exists", f"Er is al een rol “{wanted}”. Kies een andere naam.", field="name")
    return wanted


def _pairs(session: Any, wanted: set[Pair]) -> list[PermissionView]:
    if not wanted:
        return []
    asked = (
        select(PermissionView)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(or_(*(and_(Permission.name == permission, ViewMenu.name == view) for permission, view in sorted(wanted))))
    )
    return list(session.scalars(asked))


def _holders(session: Any, role_id: int) -> list[int]:
    held = Assignment.__table__.c
    today = clock.today()
    return list(
        session.scalars(
            select(held.user_id).where(
                held.role_id == role_id, held.first_day <= today, or_(held.last_day.is_(None), held.last_day >= today)
            )
        )
    )


def _said(pairs: Iterable[Pair]) -> list[str]:
    return sorted(f"{view}.{permission}" for permission, view in pairs)
