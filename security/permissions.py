"""Writes what the screens offer and what the role table says to the database: `flask setup` does this once per release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu, assoc_permissionview_role
from sqlalchemy import delete, insert, select

from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from security import field_rights
from security.roles import ROLES, permissions_in

if TYPE_CHECKING:
    from flask_appbuilder import AppBuilder

Pair = tuple[str, str]


def pairs_of(appbuilder: AppBuilder) -> set[Pair]:
    """Return every (permission, view) that the registered screens ask for, and those of the sensitive fields."""
    return field_rights.pairs() | {
        (permission, view.class_permission_name) for view in appbuilder.baseviews for permission in view.base_permissions or ()
    }


def install(pairs: set[Pair]) -> None:
    """Make the database hold exactly these permissions, and the roles of the table with theirs. For a system actor; twice is once.

    Roles that are not in the table keep what they had, as far as it still exists.
    """
    with transaction():
        permissions = _names(Permission, {permission for permission, _ in pairs})
        views = _names(ViewMenu, {view for _, view in pairs})
        ids = _pairs(pairs, permissions, views)
        roles = _names(Role, set(ROLES))
        held = assoc_permissionview_role
        db.session.execute(delete(held).where(held.c.role_id.in_([roles[name] for name in ROLES])))
        rows = [
            {"role_id": roles[name], "permission_view_id": ids[pair]}
            for name, sentences in ROLES.items()
            for pair in sorted(permissions_in(sentences, pairs))
        ]
        if rows:
            db.session.execute(insert(held), rows)


def _names(model: Any, wanted: set[str]) -> dict[str, int]:
    known = set(db.session.scalars(select(model.name)))
    if new := sorted(wanted - known):
        db.session.execute(insert(model), [{"name": name} for name in new])
    return {name: row_id for row_id, name in db.session.execute(select(model.id, model.name))}


def _pairs(pairs: set[Pair], permissions: dict[str, int], views: dict[str, int]) -> dict[Pair, int]:
    wanted = {(permissions[permission], views[view]) for permission, view in pairs}
    columns = (PermissionView.id, PermissionView.permission_id, PermissionView.view_menu_id)
    known = {(permission_id, view_id): row_id for row_id, permission_id, view_id in db.session.execute(select(*columns))}
    if gone := [known[pair] for pair in known.keys() - wanted]:
        held = assoc_permissionview_role
        db.session.execute(delete(held).where(held.c.permission_view_id.in_(gone)))
        db.session.execute(delete(PermissionView).where(PermissionView.id.in_(gone)))
    if new := sorted(wanted - known.keys()):
        db.session.execute(
            insert(PermissionView), [{"permission_id": permission_id, "view_menu_id": view_id} for permission_id, view_id in new]
        )
    names = {row_id: name for name, row_id in permissions.items()}, {row_id: name for name, row_id in views.items()}
    return {
        (names[0][permission_id], names[1][view_id]): row_id
        for row_id, permission_id, view_id in db.session.execute(select(*columns))
        if permission_id in names[0] and view_id in names[1]
    }
