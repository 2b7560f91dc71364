"""What a cookie stands for: the person, the environments and the permissions, in three statements; four where functions give rights."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import Any

from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, User, ViewMenu, assoc_permissionview_role
from sqlalchemy import Select, and_, bindparam, or_, select

from app.kernel import clock
from app.kernel.db import db
from app.organisations import tree
from app.organisations.models import Organisation
from security import access, accounts, function_rights
from security.access import Access, Environment, Grant, Place, SignedIn
from security.field_rights import without_closed
from security.models import Assignment, FunctionAccount, UserSession


def access_of(token: str, wished: tuple[int | None, ...], longest: timedelta) -> Access | None:
    """Return what the holder of this session token may see and do now, or None when it is no longer a session.

    `wished` are the environments that were chosen, the one that counts most first. `longest` is how long a session lasts whatever happens. For a system actor.
    """
    asked = {"token_hash": accounts.digest(token), "after": clock.now() - longest, "today": clock.today()}
    rows = db.session.execute(_SESSION, asked).all()
    if not rows:
        return None
    session_id, *person = rows[0][:6]
    bound_to, made_here = rows[0][6:8]
    grants = [Grant(role_id, role_name, path) for *_, role_id, role_name, path in rows if role_id is not None]
    if bound_to is not None:
        binding = function_rights.Binding(person[0], bound_to, made_here, person[-1])
        grants += [given.grant for given in function_rights.given_through(binding, asked["today"])]
        if made_here and not grants:
            return None  # the account was there for the function, and the function has ended
    return _access(grants, wished, SignedIn(*person), session_id)


def access_of_user(user_id: int, organisation_id: int, session_id: int = 0) -> Access | None:
    """Return what an active user may see and do now in one environment, or None where it is out of reach. For a system actor."""
    row = db.session.execute(
        select(_user.id, _user.username, _user.first_name, _user.last_name, _user.email).where(_user.id == user_id, _user.active.is_(True))
    ).one_or_none()
    if row is None:
        return None
    found = _access(grants_of(user_id), (organisation_id,), SignedIn(*row), session_id)
    return found if found.environment is not None and found.environment.organisation_id == organisation_id else None


def grants_of(user_id: int) -> list[Grant]:
    """Return the roles that a user holds today, assigned and through functions. For a system actor."""
    today = clock.today()
    assigned = (
        select(_role.id, _role.name, _organisation.path)
        .select_from(Assignment.__table__)
        .join(Role.__table__, _role.id == _assignment.role_id)
        .join(Organisation.__table__, _organisation.id == _assignment.organisation_id)
        .where(
            _assignment.user_id == user_id,
            _assignment.first_day <= today,
            or_(_assignment.last_day.is_(None), _assignment.last_day >= today),
        )
    )
    found = [Grant(*row) for row in db.session.execute(assigned)]
    return found + [given.grant for given in function_rights.given_to_user(user_id, today)]


def environments_of(grants: list[Grant]) -> tuple[Environment, ...]:
    """Return the organisations that grants reach. For a system actor."""
    return access.environments_of(grants, places_under({grant.path for grant in grants}))


def _access(grants: list[Grant], wished: tuple[int | None, ...], user: SignedIn, session_id: int) -> Access:
    places = places_under({grant.path for grant in grants})
    environments = access.environments_of(grants, places)
    environment = access.chosen(environments, *wished)
    return Access(
        user=user,
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
_session, _user, _assignment, _role, _organisation, _bound = (
    model.__table__.c for model in (UserSession, User, Assignment, Role, Organisation, FunctionAccount)
)
_SESSION = (
    select(_session.id, _user.id, _user.username, _user.first_name, _user.last_name, _user.email, _bound.relation_id, _bound.made_here)
    .add_columns(_role.id, _role.name, _organisation.path)
    .select_from(UserSession.__table__)
    .join(User.__table__, _user.id == _session.user_id)
    .outerjoin(FunctionAccount.__table__, _bound.user_id == _user.id)
    .outerjoin(
        Assignment.__table__,
        and_(
            _assignment.user_id == _user.id,
            _assignment.first_day <= bindparam("today"),
            or_(_assignment.last_day.is_(None), _assignment.last_day >= bindparam("today")),
        ),
    )
    .outerjoin(Role.__table__, _role.id == _assignment.role_id)
    .outerjoin(Organisation.__table__, _organisation.id == _assignment.organisation_id)
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
