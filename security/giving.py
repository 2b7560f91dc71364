"""Who may give which role: nobody raises himself, and nobody gives what he lacks; only the permission administrator may, to others.

It stands at the session, like the walls: a screen, an import or an API cannot forget it.
"""

from __future__ import annotations

from flask import g, has_request_context
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
