"""What a cookie stands for: the person, the environments and the permissions, in three statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, User, ViewMenu, assoc_permissionview_role
from sqlalchemy import Row, Select, and_, bindparam, literal, or_, select

from app.kernel import clock
from app.kernel.db import db
from app.organisations import tree
from app.organisations.models import Organisation
from security import access, accounts
from security.access import Access, Environment, Grant, Place, SignedIn
from security.field_rights import without_closed
from security.models import Assignment, UserSession


def access_of(token: str, organisation_id: int | None, longest: timedelta) -> Access | None:
    """Return what the holder of this session token may see and do now, or None when it is no longer a session.

    `organisation_id` is the environment that was chosen. `longest` is how long a session lasts whatever happens. For a system actor.
    """
    asked = {"token_hash": accounts.digest(token), "after": clock.now() - longest, "today": clock.today()}
    rows = db.session.execute(_SESSION, asked).all()
    return _access(rows, organisation_id) if rows else None


def access_of_user(user_id: int, organisation_id: int) -> Access | None:
    """Return what an active user may see and do now in one environment, or None where it is out of reach. For a system actor."""
    rows = db.session.execute(_USER, {"user_id": user_id, "today": clock.today()}).all()
    found = _access(rows, organisation_id) if rows else None
    return found if found and found.environment and found.environment.organisation_id == organisation_id else None


def _access(rows: Sequence[Row[Any]], organisation_id: int | None) -> Access:
    session_id, *person = rows[0][:6]
    grants = [Grant(role_id, role_name, path) for *_, role_id, role_name, path in rows if role_id is not None]
    places = places_under({grant.path for grant in grants})
    environments = access.environments_of(grants, places)
    environment = access.chosen(environments, organisation_id)
    return Access(
        user=SignedIn(*person),
        environments=environments,
        environment=environment,
        organisation_ids=_ids_under(environment, places.values()),
        permissions=without_closed(permissions_of(access.roles_at(grants, environment.path))) if environment else frozenset(),
        session_id=session_id,
    )


def places_under(paths: Iterable[str]) -> dict[int, Place]:
    """Return the organisations at, under and above these paths, by id. For a system actor."""
    listed = list(paths)
    if not listed:
        return {}
    above = sorted({organisation_id for path in listed for organisation_id in tree.ids_in(path)})
    rows = db.session.execute(_places(len(listed)), {"above": above, **{f"path{i}": f"{path}%" for i, path in enumerate(listed)}})
    return {row.id: Place(row.id, row.path, row.name, row.kind) for row in rows}


def _ids_under(environment: Environment | None, places: Iterable[Place]) -> frozenset[int]:
    return frozenset(place.id for place in places if environment and tree.lies_under(place.path, environment.path))


def permissions_of(role_ids: Iterable[int]) -> frozenset[tuple[str, str]]:
    """Return the (permission, view) pairs of roles."""
    return frozenset(map(tuple, db.session.execute(_PERMISSIONS, {"roles": sorted(role_ids)})))


# The three statements of every request, built once.
_session, _user, _assignment, _role, _organisation = (model.__table__.c for model in (UserSession, User, Assignment, Role, Organisation))
_PERSON = (_user.id, _user.username, _user.first_name, _user.last_name, _user.email, _role.id, _role.name, _organisation.path)


def _with_grants(users: Any) -> Any:
    """Return users with the roles that they hold today: a row for each, or one without."""
    return (
        users.outerjoin(
            Assignment.__table__,
            and_(
                _assignment.user_id == _user.id,
                _assignment.first_day <= bindparam("today"),
                or_(_assignment.last_day.is_(None), _assignment.last_day >= bindparam("today")),
            ),
        )
        .outerjoin(Role.__table__, _role.id == _assignment.role_id)
        .outerjoin(Organisation.__table__, _organisation.id == _assignment.organisation_id)
    )


_USER = (
    select(literal(0), *_PERSON).select_from(_with_grants(User.__table__)).where(_user.id == bindparam("user_id"), _user.active.is_(True))
)
_SESSION = (
    select(_session.id, *_PERSON)
    .select_from(_with_grants(UserSession.__table__.join(User.__table__, _user.id == _session.user_id)))
    .where(
        _session.token_hash == bindparam("token_hash"),
        _session.ended_at.is_(None),
        _session.waits_for == "",
        _session.began_at > bindparam("after"),
        _user.active.is_(True),
    )
)
_PERMISSIONS = (
    select(Permission.__table__.c.name, ViewMenu.__table__.c.name)
    .select_from(PermissionView.__table__)
    .join(Permission.__table__)
    .join(ViewMenu.__table__)
    .join(assoc_permissionview_role)
    .where(assoc_permissionview_role.c.role_id.in_(bindparam("roles", expanding=True)))
    .distinct()
)


@cache
def _places(count: int) -> Select[Any]:
    """Return the statement for so many paths; a path holds figures and slashes only, so nothing in it is a wildcard."""
    under = (_organisation.path.like(bindparam(f"path{i}")) for i in range(count))
    return select(_organisation.id, _organisation.path, _organisation.name, _organisation.kind).where(
        or_(_organisation.id.in_(bindparam("above", expanding=True)), *under)
    )
