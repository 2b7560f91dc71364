"""Tokens with which a program reads over the REST API: made and revoked by their owner, for one environment, some parts, and some time.

A token opens no page, only `/api/`; it never opens more than its owner may at that moment, and reads only. Source: OWASP ASVS 5.0 chapters 6.5
and 9: random, only a digest kept, expiry, revocable.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select, update

from app.kernel import audit, clock
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction
from security import accounts, field_rights, queries
from security.access import Access
from security.models import ApiToken
from security.own_account import check_own_password

SIGN: Final = "bg_"
LONGEST: Final = timedelta(days=366)
MOST: Final = 20
READING: Final = frozenset({"can_list", "can_show", field_rights.SEE})
OWN_SCREEN: Final = "ApiTokenView"  # tokens are made and seen by people
DESCRIPTION: Final = ("can_get", "DescriptionApi")  # what there is to read is no secret for who holds a token


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks of a new token."""

    name: str
    areas: tuple[str, ...]
    last_day: date | None


def make_token(access: Access, wanted: Wanted, known_areas: Collection[str], own_password: str) -> str:
    """Make a token for the environment that one works in, and return it: shown once. Raises DomainError at the field."""
    today = clock.today()
    name = " ".join(wanted.name.split())[:80]
    if access.environment is None:
        raise DomainError("no_environment", "Je hebt nergens rechten, dus een token opent niets.")
    if not name:
        raise DomainError("name_missing", "Geef het token een naam, bijvoorbeeld het programma dat het gebruikt.", field="name")
    if not wanted.areas or not set(wanted.areas) <= set(known_areas):
        raise DomainError("areas_missing", "Kies minstens een onderdeel dat het token opent.", field="areas")
    if wanted.last_day is None or not today <= wanted.last_day <= today + LONGEST:
        raise DomainError(
            "last_day_wrong",
            f"Kies een laatste dag van vandaag tot en met {today + LONGEST:%d-%m-%Y}: een token geldt hooguit een jaar.",
            field="last_day",
        )
    with transaction() as session:
        check_own_password(access.user.id, own_password, "own_password")
        if len(tokens_of(access.user.id)) >= MOST:
            raise DomainError("too_many_tokens", f"Je hebt al {MOST} tokens. Trek er eerst een in.")
        token = SIGN + secrets.token_urlsafe(32)
        row = ApiToken(
            user_id=access.user.id,
            environment_id=access.environment.organisation_id,
            name=name,
            token_hash=accounts.digest(token),
            begins_with=token[:9],
            areas=sorted(set(wanted.areas)),
            last_day=wanted.last_day,
            made_at=clock.now(),
        )
        session.add(row)
        session.flush()
        audit.record(
            "token_made", "api_token", row.id, access.environment.organisation_id, name=name, areas=row.areas, last_day=wanted.last_day
        )
    return token


def tokens_of(user_id: int) -> list[ApiToken]:
    """Return the tokens of a user that still work or worked until their last day, newest first. For a system actor or their owner."""
    asked = select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None)).order_by(ApiToken.id.desc())
    return list(db.session.scalars(asked))


def revoke_token(user_id: int, token_id: int) -> None:
    """Make one of one's own tokens worthless from now on. Raises NotFound."""
    with transaction() as session:
        revoking = update(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        if not session.execute(revoking.values(revoked_at=clock.now()).execution_options(synchronize_session=False)).rowcount:
            raise NotFound("Dit token is er niet (meer).")
        audit.record("token_revoked", "api_token", token_id, None)


def access_of_token(token: str, area_of: Callable[[str], str]) -> Access | None:
    """Return what a program with this token may read now, or None. `area_of` tells the part of the menu of a screen. For a system actor."""
    today = clock.today()
    row = db.session.execute(
        select(ApiToken.id, ApiToken.user_id, ApiToken.environment_id, ApiToken.areas, ApiToken.used_on).where(
            ApiToken.token_hash == accounts.digest(token), ApiToken.revoked_at.is_(None), ApiToken.last_day >= today
        )
    ).one_or_none()
    access = queries.access_of_user(row.user_id, row.environment_id) if row else None
    if row is None or access is None:
        return None
    if row.used_on != today:
        with transaction() as session:
            session.execute(update(ApiToken).where(ApiToken.id == row.id).values(used_on=today))
    opened = {
        pair
        for pair in access.permissions
        if pair[0] in READING and (pair[0] == field_rights.SEE or (area_of(pair[1]) in row.areas and pair[1] != OWN_SCREEN))
    }
    return replace(access, permissions=frozenset(opened | {DESCRIPTION}))
