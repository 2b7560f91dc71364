"""Looking along: the national administrator sees the program as another user does. It only reads, lasts an hour, and leaves a trail.

Shown is what both may see: never more than the other, and never more than oneself. Files and bulk exports stay out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import insert, select, update

from app.kernel import audit, clock
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction, working_as
from app.organisations import tree
from security import own_account, queries
from security.access import Access, Environment, Looked
from security.models import LookingAlong
from security.roles import SEE

LASTS = timedelta(hours=1)
TAKING_AWAY = r"can_(export|download|print)\w*"
LOOKED_AT = "Je kijkt mee en kunt niets wijzigen of meenemen. Er is niets bewaard. Stop eerst met meekijken, met de knop onderaan."


class Present(NamedTuple):
    """Who is looked at, and where."""

    number: int
    user_id: int
    environment_id: int


def _seeing(permissions: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(name, view) for name, view in permissions if re.fullmatch(SEE, name) and not re.fullmatch(TAKING_AWAY, name)}


def is_at_the_top(access: Access) -> bool:
    """Whether somebody works at the top of the tree."""
    return access.environment is not None and access.environment.depth == 0


def places_of(looker: Access, user_id: int) -> list[Environment]:
    """Return the organisations in which another user can be looked along with. Raises DomainError when there may be no looking along."""
    if not is_at_the_top(looker) or looker.environment is None:
        raise DomainError("not_national", "Meekijken kan alleen wie landelijk beheert, in de landelijke omgeving.")
    if user_id == looker.user.id:
        raise DomainError("own_account", "Dit ben je zelf. Kies iemand anders om mee te kijken.")
    with working_as(system_actor("meekijken")):
        grants = queries.grants_of(user_id)
        places = queries.environments_of(grants)
    top = looker.environment.path
    if any(grant.path == top or not tree.lies_under(grant.path, top) for grant in grants):
        raise DomainError("rights_as_own", "Deze gebruiker heeft zelf landelijke rechten. Meekijken kan alleen met wie daaronder werkt.")
    if not places:
        raise DomainError("no_rights", "Deze gebruiker heeft vandaag nergens rechten; er is niets om mee te kijken.")
    return list(places)


def begin(looker: Access, user_id: int, organisation_id: int, own_password: str) -> int:
    """Begin to look along and return its number. Raises DomainError when that may not be."""
    if organisation_id not in {place.organisation_id for place in places_of(looker, user_id)}:
        raise NotFound
    with working_as(system_actor("meekijken")):
        other = queries.access_of_user(user_id, organisation_id, looker.session_id)
    if other is None:
        raise NotFound
    if _seeing(other.permissions) - looker.permissions:
        raise DomainError("more_than_own", "Deze gebruiker mag dingen zien die jij zelf niet mag zien. Meekijken kan daarom niet.")
    with transaction() as session:
        own_account.check_own_password(looker.user.id, own_password, "own_password")
        values = {"session_id": looker.session_id, "user_id": user_id, "environment_id": organisation_id, "began_at": clock.now()}
        number: int = session.scalars(insert(LookingAlong).returning(LookingAlong.id), [values]).one()
        audit.record("look_along_began", "ab_user", user_id, organisation_id, at=other.environment.name if other.environment else "")
        return number


def present(looker: Access, number: int) -> Present | None:
    """Return the looking along of this session when it still lasts. For a system actor."""
    asked = select(LookingAlong.id, LookingAlong.user_id, LookingAlong.environment_id).where(
        LookingAlong.id == number,
        LookingAlong.session_id == looker.session_id,
        LookingAlong.ended_at.is_(None),
        LookingAlong.began_at > clock.now() - LASTS,
    )
    row = db.session.execute(asked).one_or_none()
    return Present(*row) if row else None


def seen(looker: Access, number: int) -> Access | None:
    """Return what is seen while looking along, or None when it is over: by time, or because one of the two lost rights. For a system actor."""
    found = present(looker, number)
    if found is None or not is_at_the_top(looker) or not looker.may("can_begin", "LookAlongView"):
        return None
    other = queries.access_of_user(found.user_id, found.environment_id, looker.session_id)
    if other is None or other.environment is None:
        return None
    both = other.permissions & looker.permissions
    return replace(
        other,
        user=looker.user,
        environments=(other.environment,),
        organisation_ids=other.organisation_ids & looker.organisation_ids,
        permissions=frozenset(pair for pair in both if not re.fullmatch(TAKING_AWAY, pair[0])),
        looking=Looked(number, other.user.id, other.user.full_name or other.user.username, other.user.username),
    )


def keep_page(access: Access, path: str) -> None:
    """Keep in the trail which page was looked at; without what was searched for, for that may name people."""
    if access.looking is None or access.environment is None:
        return
    with transaction():
        audit.record("look_along_page", "ab_user", access.looking.user_id, access.environment.organisation_id, page=path)


def end(session_id: int, number: int, why: str) -> None:
    """End looking along; twice is once."""
    with transaction() as session:
        ending = update(LookingAlong).where(
            LookingAlong.id == number, LookingAlong.session_id == session_id, LookingAlong.ended_at.is_(None)
        )
        ended = session.execute(
            ending.values(ended_at=clock.now()).returning(LookingAlong.user_id, LookingAlong.environment_id),
            execution_options={"synchronize_session": False},
        ).one_or_none()
        if ended is not None:
            audit.record("look_along_ended", "ab_user", ended.user_id, ended.environment_id, why=why)
