"""Questions about accounts: who has this name, which step a session waits for, whether a role asks for more, who forgot a password."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import ColumnElement, and_, func, or_, select

from app.functions.models import FunctionTerm, FunctionType
from app.kernel import clock
from app.kernel.db import db
from app.organisations.models import Organisation
from app.relations.models import Relation
from security import function_rights
from security.models import Assignment, FunctionAccount, PasswordReset, RecoveryCode, RoleRequirement, UserSession

STEP_HOLDS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Account:
    """What signing in needs to know of a user."""

    id: int
    username: str
    email: str
    password: str | None
    is_active: bool
    failures: int
    organisation_id: int | None  # where the user's oldest assignment is, else the card: for the trail of signing in


class Pending(NamedTuple):
    """A session that waits for a step: nothing else opens with it."""

    session_id: int
    user_id: int
    username: str
    waits_for: str
    device: str


class WaitingReset(NamedTuple):
    """A request for a link, by a user or by who holds a function on a card."""

    reset_id: int
    user_id: int | None
    relation_id: int | None


class ResetLetter(NamedTuple):
    """A link that goes to who forgot a password."""

    reset_id: int
    user_id: int
    first_name: str
    email: str
    link: str = ""


class OpenSession(NamedTuple):
    """A place where somebody is signed in."""

    session_id: int
    device: str
    address: str
    began_at: datetime


def digest(token: str) -> str:
    """Return what is kept of a token: who reads the database cannot use it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def account_of(name: str) -> Account | None:
    """Return the account with this user name or e-mail address, whatever its case."""
    wanted = name.strip().casefold()
    found = _accounts(or_(func.lower(User.username) == wanted, func.lower(User.email) == wanted))
    # Somebody's e-mail address may be another one's user name: the user name wins.
    return min(found, key=lambda account: account.username.casefold() != wanted, default=None)


def account_by_id(user_id: int) -> Account | None:
    """Return the account with this number when it is active."""
    return next((account for account in _accounts(User.id == user_id) if account.is_active), None)


def _accounts(condition: ColumnElement[bool]) -> list[Account]:
    first = select(Assignment.organisation_id).where(Assignment.user_id == User.id).order_by(Assignment.id).limit(1).scalar_subquery()
    card = (
        select(Relation.organisation_id)
        .join(FunctionAccount, FunctionAccount.relation_id == Relation.id)
        .where(FunctionAccount.user_id == User.id)
        .scalar_subquery()
    )
    place = func.coalesce(first, card)
    columns = (User.id, User.username, User.email, User.password, User.active, func.coalesce(User.fail_login_count, 0), place)
    rows = db.session.execute(select(*columns).where(condition)).all()
    return [
        Account(user_id, username, email, password, bool(active), failures, organisation_id)
        for user_id, username, email, password, active, failures, organisation_id in rows
    ]


def pending_of(token: str) -> Pending | None:
    """Return the session that waits for a step, for a quarter of an hour after it began. For a system actor."""
    asked = (
        select(UserSession.id, UserSession.user_id, User.username, UserSession.waits_for, UserSession.device)
        .join(User, User.id == UserSession.user_id)
        .where(
            UserSession.token_hash == digest(token),
            UserSession.waits_for != "",
            UserSession.ended_at.is_(None),
            UserSession.began_at > clock.now() - STEP_HOLDS,
            User.active.is_(True),
        )
    )
    row = db.session.execute(asked).one_or_none()
    return Pending(*row) if row else None


def needs_second_factor(user_id: int, today: date) -> bool:
    """Whether one of the roles that a user holds today asks for a second step. For a system actor."""
    asked = (
        select(Assignment.id)
        .join(RoleRequirement, RoleRequirement.role_id == Assignment.role_id)
        .where(
            Assignment.user_id == user_id,
            Assignment.first_day <= today,
            or_(Assignment.last_day.is_(None), Assignment.last_day >= today),
        )
    )
    if db.session.scalar(asked.limit(1)) is not None:
        return True
    return bool(roles_with_second_step([given.role_id for given in function_rights.given_to_user(user_id, today)]))


def assigned_to(user_id: int, today: date) -> list[tuple[str, str, date | None]]:
    """Return (role, organisation, last day) of what is assigned to a user today. For a system actor."""
    rows = db.session.execute(
        select(Role.name, Organisation.name, Assignment.last_day)
        .join(Role, Role.id == Assignment.role_id)
        .join(Organisation, Organisation.id == Assignment.organisation_id)
        .where(
            Assignment.user_id == user_id,
            Assignment.first_day <= today,
            or_(Assignment.last_day.is_(None), Assignment.last_day >= today),
        )
        .order_by(Organisation.name, Role.name)
    )
    return [(role, organisation, last_day) for role, organisation, last_day in rows]


def with_rights_beyond(user_ids: Sequence[int], organisation_ids: Collection[int]) -> frozenset[int]:
    """Return which of these users hold, or will hold, a role at an organisation that is not among these. For a system actor."""
    today, within = clock.today(), sorted(organisation_ids)
    assigned = select(Assignment.user_id).where(
        Assignment.user_id.in_(user_ids),
        Assignment.organisation_id.not_in(within),
        or_(Assignment.last_day.is_(None), Assignment.last_day >= today),
    )
    through = (
        select(FunctionAccount.user_id)
        .join(FunctionTerm, FunctionTerm.relation_id == FunctionAccount.relation_id)
        .join(FunctionType, FunctionType.id == FunctionTerm.function_type_id)
        .where(
            FunctionAccount.user_id.in_(user_ids),
            FunctionType.grants_role.is_not(None),
            FunctionTerm.organisation_id.not_in(within),
            or_(FunctionTerm.last_day.is_(None), FunctionTerm.last_day >= today),
        )
    )
    return frozenset(db.session.scalars(assigned)) | frozenset(db.session.scalars(through))


def roles_with_second_step(role_ids: Sequence[int]) -> frozenset[int]:
    """Return which of these roles ask for a second step."""
    return frozenset(db.session.scalars(select(RoleRequirement.role_id).where(RoleRequirement.role_id.in_(role_ids))))


def recovery_codes_left(user_id: int) -> int:
    """Return how many recovery codes were not used yet."""
    left = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(left) or 0


def sessions_of(user_id: int, longest: timedelta) -> list[OpenSession]:
    """Return where a user is signed in, newest first."""
    rows = db.session.execute(
        select(UserSession.id, UserSession.device, UserSession.address, UserSession.began_at)
        .where(
            UserSession.user_id == user_id,
            UserSession.ended_at.is_(None),
            UserSession.waits_for == "",
            UserSession.began_at > clock.now() - longest,
        )
        .order_by(UserSession.began_at.desc(), UserSession.id.desc())
    )
    return [OpenSession(*row) for row in rows]


def waiting_reset(after: datetime) -> WaitingReset | None:
    """Return the oldest request for a link since a moment that was not sent yet, of somebody who can get one, or None."""
    row = db.session.execute(
        select(PasswordReset.id, PasswordReset.user_id, PasswordReset.relation_id)
        .outerjoin(User, User.id == PasswordReset.user_id)
        .where(
            PasswordReset.sent_at.is_(None),
            PasswordReset.used_at.is_(None),
            PasswordReset.asked_at > after,
            or_(User.active.is_(True), and_(PasswordReset.user_id.is_(None), PasswordReset.relation_id.is_not(None))),
        )
        .order_by(PasswordReset.id)
        .limit(1)
    ).one_or_none()
    return WaitingReset(*row) if row else None


def user_of_reset(token: str, after: datetime) -> int | None:
    """Return whose password a link changes, or None when it is used, too old or not ours."""
    return db.session.scalar(
        select(PasswordReset.user_id)
        .join(User, User.id == PasswordReset.user_id)
        .where(
            PasswordReset.token_hash == digest(token),
            PasswordReset.used_at.is_(None),
            PasswordReset.sent_at > after,
            User.active.is_(True),
        )
    )
