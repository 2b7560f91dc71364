"""Signing in, step by step, and out: password, code of the second step, a first password that must be replaced, a second step to set up.

Every step is a session of its own: what follows gets a new token, so that a cookie taken before a step is worth nothing after it.
Unknown, wrong, inactive and blocked look the same, and every wrong password or code counts; the fifth blocks the account.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from flask import current_app
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Update, func, insert, select, update

from app.kernel import audit, clock
from app.kernel.actor import the_actor
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction
from security import accounts, function_rights, passwords, second_factor
from security.models import RecoveryCode, SignInSetting, UserSession

# Source: spec of the product, after OWASP ASVS 5.0 6.3.1: guessing must stop, and an administrator can lift it.
MOST_FAILURES = 5
_FAILURES = func.coalesce(User.fail_login_count, 0)
WRONG_CODE = (
    "Deze code klopt niet (meer). Wacht op de volgende code in je app, of gebruik een herstelcode. Na vijf pogingen is je account dicht."
)


class Begun(NamedTuple):
    """A session that begins: its token, and the step that it waits for ("" when it is whole)."""

    user_id: int
    token: str
    waits_for: str


def sign_in(name: str, password: str, address: str, device: str = "") -> Begun | None:
    """Begin a session for who knows the password, or return None. For a system actor."""
    account = accounts.account_of(name)
    right = passwords.matches(account.password if account else None, password)
    if account is None:
        return None
    with transaction() as session:
        if not right:
            _count_failure(account.id, account.failures)
            return None
        if function_rights.has_lost_access(account.id, clock.today()):
            audit.record("sign_in_refused", "ab_user", account.id, account.organisation_id, ended=True, address=address)
            return None
        # The count is judged in the statement that changes it: parallel guesses cannot share one.
        values = (
            {"password": passwords.hashed(password)} if passwords.is_outdated(account.password or "") else {"fail_login_count": _FAILURES}
        )
        allowed = update(User).where(User.id == account.id, _FAILURES < MOST_FAILURES, User.active.is_(True))
        if not session.execute(allowed.values(**values).execution_options(synchronize_session=False)).rowcount:
            audit.record("sign_in_refused", "ab_user", account.id, account.organisation_id, blocked=True, address=address)
            return None
        setting = setting_of(account.id)
        waits_for = "code" if setting and setting.totp_since else step_after_code(account.id)
        if not waits_for:
            _count_success(account.id, account.organisation_id, address)
        return Begun(account.id, begin_session(account.id, address, device, waits_for), waits_for)


def pass_code(pending: accounts.Pending, code: str, address: str) -> Begun:
    """Go on after the second step. Raises DomainError `code_wrong`; each wrong code counts as a wrong password does."""
    with transaction() as session:
        account = accounts.account_by_id(pending.user_id)
        setting = setting_of(pending.user_id)
        is_open = account is not None and account.failures < MOST_FAILURES
        if (
            account is not None
            and is_open
            and setting is not None
            and (_code_works(setting, code) or _recovery_works(pending.user_id, code))
        ):
            waits_for = step_after_code(pending.user_id)
            if not waits_for:
                _count_success(pending.user_id, account.organisation_id, address)
            session.execute(_ending().where(UserSession.id == pending.session_id))
            return Begun(pending.user_id, begin_session(pending.user_id, address, pending.device, waits_for), waits_for)
        if account is not None:
            _count_failure(pending.user_id, account.failures)
    raise DomainError("code_wrong", WRONG_CODE, field="code")


def go_on(pending: accounts.Pending, address: str) -> Begun:
    """Go on after a step of setting up: to the next one, or into the program."""
    with transaction() as session:
        waits_for = step_after_code(pending.user_id)
        if not waits_for:
            account = accounts.account_by_id(pending.user_id)
            _count_success(pending.user_id, account.organisation_id if account else None, address)
        session.execute(_ending().where(UserSession.id == pending.session_id))
        return Begun(pending.user_id, begin_session(pending.user_id, address, pending.device, waits_for), waits_for)


def step_after_code(user_id: int) -> str:
    """Return what must still be done by who showed who he is: replace a first password, or set up a second step that a role asks for."""
    setting = setting_of(user_id)
    if setting is not None and setting.must_replace_password:
        return "password"
    has_factor = setting is not None and setting.totp_since is not None
    return "factor" if not has_factor and accounts.needs_second_factor(user_id, clock.today()) else ""


def setting_of(user_id: int) -> SignInSetting | None:
    """Return how a user signs in, where something was set."""
    return db.session.scalar(select(SignInSetting).where(SignInSetting.user_id == user_id).with_for_update())


def begin_session(user_id: int, address: str, device: str = "", waits_for: str = "") -> str:
    """Begin a session and return its token; only the digest is kept."""
    token = secrets.token_urlsafe(32)
    row = {
        "user_id": user_id,
        "token_hash": accounts.digest(token),
        "address": address[:64],
        "device": device[:80],
        "waits_for": waits_for,
        "began_at": clock.now(),
    }
    db.session.execute(insert(UserSession), [row])
    return token


def sign_out(session_id: int, user_id: int) -> None:
    """End one session: its cookie is dead from now on, wherever a copy of it is."""
    with transaction() as session:
        session.execute(_ending().where(UserSession.id == session_id, UserSession.user_id == user_id))
        audit.record("sign_out", "ab_user", user_id, the_actor().organisation_id)


def end_sessions(user_id: int) -> None:
    """End every session of a user, inside the caller's transaction."""
    db.session.execute(_ending().where(UserSession.user_id == user_id))


def _ending() -> Update:
    return (
        update(UserSession).where(UserSession.ended_at.is_(None)).values(ended_at=clock.now()).execution_options(synchronize_session=False)
    )


def _count_failure(user_id: int, failures: int) -> None:
    allowed = update(User).where(User.id == user_id, _FAILURES < MOST_FAILURES).values(fail_login_count=_FAILURES + 1)
    counted = db.session.execute(allowed.execution_options(synchronize_session=False)).rowcount
    audit.record("sign_in_refused", "ab_user", user_id, None, counted=bool(counted), blocked=failures + 1 >= MOST_FAILURES)


def _count_success(user_id: int, organisation_id: int | None, address: str) -> None:
    values = {
        "fail_login_count": 0,
        "login_count": func.coalesce(User.login_count, 0) + 1,
        "last_login": clock.now().replace(tzinfo=None),
    }
    db.session.execute(update(User).where(User.id == user_id).values(**values).execution_options(synchronize_session=False))
    audit.record("sign_in", "ab_user", user_id, organisation_id, address=address)


def _code_works(setting: SignInSetting, code: str) -> bool:
    secret = second_factor.opened(setting.totp_secret or "", current_app.secret_key)
    step = second_factor.step_of(secret, code, clock.now(), setting.totp_last_step) if secret and setting.totp_since else None
    if step is None:
        return False
    setting.totp_last_step = step
    return True


def _recovery_works(user_id: int, code: str) -> bool:
    """Use a recovery code up. One conditional update, so that two at once cannot both win."""
    used = (
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == accounts.digest(second_factor.normal(code)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )
    found = bool(db.session.execute(used.execution_options(synchronize_session=False)).rowcount)
    if found:
        audit.record("recovery_code_used", "ab_user", user_id, None)
    return found
