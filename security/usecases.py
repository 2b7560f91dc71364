"""Signing in and out, blocking, passwords, and giving a role."""

from __future__ import annotations

import secrets
from datetime import date

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import Update, func, insert, select, update

from app.kernel import audit, clock
from app.kernel.actor import the_actor
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction
from app.organisations import queries as organisations
from security import passwords, queries
from security.models import Assignment, UserSession

# Source: spec of the product, after OWASP ASVS 5.0 6.3.1: guessing must stop, and an administrator can lift it.
MOST_FAILURES = 5


def sign_in(name: str, password: str, address: str) -> tuple[int, str] | None:
    """Return the user's id and the token of a new session, or None: unknown, wrong, inactive and blocked look the same.

    Every wrong password counts; the fifth blocks the account, also for the right one. For a system actor.
    """
    account = queries.account_of(name)
    right = passwords.matches(account.password if account else None, password)
    if account is None:
        return None
    with transaction() as session:
        # The count is taken in the same statement that judges it: parallel guesses cannot share one.
        failures = func.coalesce(User.fail_login_count, 0)
        allowed = update(User).where(User.id == account.id, failures < MOST_FAILURES).execution_options(synchronize_session=False)
        if not right:
            counted = session.execute(allowed.values(fail_login_count=failures + 1)).rowcount
            audit.record(
                "sign_in_refused", "ab_user", account.id, None, counted=bool(counted), blocked=account.failures + 1 >= MOST_FAILURES
            )
            return None
        values = {
            "fail_login_count": 0,
            "login_count": func.coalesce(User.login_count, 0) + 1,
            "last_login": clock.now().replace(tzinfo=None),
        }
        if passwords.is_outdated(account.password or ""):
            values["password"] = passwords.hashed(password)
        if not session.execute(allowed.where(User.active.is_(True)).values(**values)).rowcount:
            audit.record("sign_in_refused", "ab_user", account.id, account.organisation_id, blocked=True, address=address)
            return None
        audit.record("sign_in", "ab_user", account.id, account.organisation_id, address=address)
        return account.id, _begin_session(account.id, address)


def _begin_session(user_id: int, address: str) -> str:
    token = secrets.token_urlsafe(32)
    db.session.execute(
        insert(UserSession), [{"user_id": user_id, "token_hash": queries.digest(token), "address": address[:64], "began_at": clock.now()}]
    )
    return token


def sign_out(session_id: int, user_id: int) -> None:
    """End one session: its cookie is dead from now on, wherever a copy of it is."""
    with transaction() as session:
        session.execute(_ending().where(UserSession.id == session_id, UserSession.user_id == user_id))
        audit.record("sign_out", "ab_user", user_id, the_actor().organisation_id)


def change_own_password(user_id: int, present: str, wanted: str, address: str) -> str:
    """Replace one's own password, end all one's sessions and return the token of a new one. Raises DomainError."""
    with transaction() as session:
        user = session.get(User, user_id)
        if user is None:
            raise NotFound
        if not passwords.matches(user.password, present):
            raise DomainError("password_wrong", "Je huidige wachtwoord klopt niet. Vul het wachtwoord in waarmee je nu inlogt.")
        _set_password(user, wanted)
        audit.record("password_changed", "ab_user", user_id, the_actor().organisation_id)
        return _begin_session(user_id, address)


def set_password_of(name: str, wanted: str) -> None:
    """Give a user (name or e-mail address) another password and end all his sessions. Raises DomainError."""
    with transaction() as session:
        account = _known(name)
        _set_password(session.get_one(User, account.id), wanted)
        audit.record("password_set", "ab_user", account.id, account.organisation_id)


def _set_password(user: User, wanted: str) -> None:
    passwords.check_new(wanted, user.username)
    user.password = passwords.hashed(wanted)
    db.session.execute(_ending().where(UserSession.user_id == user.id))


def unblock(name: str) -> str:
    """Let a blocked account sign in again and return its user name. Raises DomainError."""
    with transaction() as session:
        account = _known(name)
        session.execute(update(User).where(User.id == account.id).values(fail_login_count=0))
        audit.record("unblock", "ab_user", account.id, account.organisation_id, failures=account.failures)
    return account.username


def _known(name: str) -> queries.Account:
    account = queries.account_of(name)
    if account is None:
        raise DomainError("user_unknown", f"Er is geen gebruiker met naam of e-mailadres “{name}”. Controleer de schrijfwijze.")
    return account


def assign(name: str, role_name: str, organisation_code: str, first_day: date) -> int:
    """Give a user a role at an organisation and all below it, and return the assignment's id. Raises DomainError."""
    with transaction() as session:
        role = session.scalar(select(Role).where(Role.name == role_name))
        if role is None:
            known = ", ".join(session.scalars(select(Role.name).order_by(Role.name)))
            raise DomainError("role_unknown", f"Er is geen rol “{role_name}”. Kies uit: {known or 'nog geen; draai eerst flask setup'}.")
        organisation = organisations.by_code(organisation_code)
        row = Assignment(organisation_id=organisation.id, user_id=_known(name).id, role_id=role.id, first_day=first_day)
        session.add(row)
        session.flush()
        return row.id


def add_user(username: str, email: str, first_name: str, last_name: str, password: str) -> int:
    """Make a user, who may do nothing until a role is assigned, and return the id. Raises DomainError."""
    passwords.check_new(password, username)
    with transaction() as session:
        for name in (username, email):
            if queries.account_of(name) is not None:
                raise DomainError("user_exists", f"Er is al een gebruiker met naam of e-mailadres “{name}”. Kies een andere.")
        user = User(
            username=username, email=email, first_name=first_name, last_name=last_name, active=True, password=passwords.hashed(password)
        )
        session.add(user)
        session.flush()
        return user.id


def _ending() -> Update:
    return (
        update(UserSession).where(UserSession.ended_at.is_(None)).values(ended_at=clock.now()).execution_options(synchronize_session=False)
    )
