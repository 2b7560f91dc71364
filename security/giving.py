"""Who may give what: nobody raises himself, and nobody gives what he lacks; only the permission administrator may, to others.

That holds for giving a role, and for putting more into a role that others have. It stands at the session, like the walls: a screen, an import or an API cannot forget it.
"""

from __future__ import annotations

from flask import g, has_request_context
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from app.kernel.errors import DomainError
from security import queries, signing_in
from security.access import Access
from security.models import Assignment
from security.roles import PERMISSION_ADMINISTRATOR


def install() -> None:
    """Put the rule on every session of this process; twice is once."""
    if not event.contains(Session, "before_flush", _check):
        event.listen(Session, "before_flush", _check)


def _check(session: Session, _context: object, _instances: object) -> None:
    access = g.get("access") if has_request_context() else None
    if access is None:
        return
    for row in [*session.new, *session.dirty]:
        if isinstance(row, Assignment) and (row in session.new or session.is_modified(row)):
            with session.no_autoflush:
                _check_giving(access, row)
                for user_id in _users_of(row):
                    signing_in.end_sessions(user_id)  # who may do something else from now on signs in anew
        elif isinstance(row, Role) and row not in session.new and session.is_modified(row):
            with session.no_autoflush:
                _check_putting_in(access, row)


def _users_of(row: Assignment) -> set[int]:
    """Return whose rights an assignment is about, before and after a change."""
    users = {row.user_id, *(inspect(row).attrs.user_id.history.deleted or ())}
    if row.user is not None:
        users.add(row.user.id)
    return {user_id for user_id in users if user_id is not None}


def _check_giving(access: Access, row: Assignment) -> None:
    """Refuse an assignment that its giver may not give. Raises DomainError."""
    if access.user.id in _users_of(row):
        raise DomainError("own_rights", "Je kunt je eigen rechten niet geven of wijzigen. Vraag het een andere beheerder.", field="user")
    role_id = row.role.id if row.role is not None else row.role_id
    if access.environment is None or PERMISSION_ADMINISTRATOR in access.environment.role_names:
        return
    lacking = queries.permissions_of([role_id]) - access.permissions
    if lacking:
        raise DomainError(
            "more_than_own",
            f"Deze rol mag {len(lacking)} dingen die jij zelf niet mag. Kies een rol met minder rechten, "
            "of vraag de bevoegdhedenbeheerder om hem te geven.",
            field="role",
        )


def _check_putting_in(access: Access, role: Role) -> None:
    """Refuse a change of what a role may that its changer may not make. Raises DomainError."""
    names = {role.name, *(inspect(role).attrs.name.history.deleted or ())}  # also when it is renamed at once
    if any(names & {*environment.role_names} for environment in access.environments):
        raise DomainError("own_role", "Je hebt deze rol zelf, en je eigen rechten kun je niet wijzigen. Vraag het een andere beheerder.")
    if access.environment is not None and PERMISSION_ADMINISTRATOR in access.environment.role_names:
        return
    added = inspect(role).attrs.permissions.history.added or ()
    lacking = {(pair.permission.name, pair.view_menu.name) for pair in added} - access.permissions
    if lacking:
        raise DomainError(
            "more_than_own",
            f"Je geeft deze rol {len(lacking)} dingen die jij zelf niet mag. Haal die vinkjes weg, of vraag de bevoegdhedenbeheerder.",
        )
