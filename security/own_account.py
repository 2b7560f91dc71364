"""What people do with their own account: another password, a second step, sessions elsewhere, a link when they forgot."""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import current_app, g, has_request_context
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import delete, func, insert, or_, select, update

from app.kernel import audit, clock
from app.kernel.actor import system_actor, the_actor
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction, working_as
from security import accounts, function_accounts, function_rights, passwords, second_factor, signing_in
from security.models import PasswordReset, RecoveryCode, SignInSetting, UserSession

# Source: spec of the product: a link works once and an hour.
LINK_HOLDS = timedelta(hours=1)
ASKED_AT_MOST_EVERY = timedelta(minutes=5)
LINK_DEAD = "Deze link is al gebruikt of te oud. Vraag bij het inloggen een nieuwe aan."


def check_own_password(user_id: int, present: str, field: str = "present") -> None:
    """Refuse who does not know his own password. Raises DomainError `password_wrong`."""
    stored = db.session.scalar(select(User.password).where(User.id == user_id))
    if not passwords.matches(stored, present):
        raise DomainError("password_wrong", "Je huidige wachtwoord klopt niet. Vul het wachtwoord in waarmee je nu inlogt.", field=field)
    if has_request_context():
        g.own_password_shown = user_id  # what gives rights in this request may go on (security/giving.py)


def change_own_password(user_id: int, present: str, wanted: str, address: str, device: str = "") -> str:
    """Replace one's own password, end all one's sessions and return the token of a new one. Raises DomainError."""
    with transaction() as session:
        user = session.get(User, user_id)
        if user is None:
            raise NotFound
        check_own_password(user_id, present)
        set_password(user, wanted)
        audit.record("password_changed", "ab_user", user_id, the_actor().organisation_id)
        return signing_in.begin_session(user_id, address, device)


def replace_first_password(pending: accounts.Pending, wanted: str) -> None:
    """Choose one's own password instead of the first one. Raises DomainError, also when it is the same."""
    with transaction() as session:
        user = session.get_one(User, pending.user_id)
        if passwords.matches(user.password, wanted):
            raise DomainError("password_same", "Dit is het wachtwoord dat je kreeg. Kies een ander, dat alleen jij kent.", field="wanted")
        passwords.check_new(wanted, user.username)
        user.password = passwords.hashed(wanted)
        session.execute(update(SignInSetting).where(SignInSetting.user_id == user.id).values(must_replace_password=False))
        audit.record("password_changed", "ab_user", user.id, None)


def set_password(user: User, wanted: str, is_first: bool = False) -> None:
    """Keep a new password and end all sessions, inside the caller's transaction. `is_first`: it must be replaced at signing in."""
    passwords.check_new(wanted, user.username)
    user.password = passwords.hashed(wanted)
    _setting(user.id).must_replace_password = is_first
    signing_in.end_sessions(user.id)


def _setting(user_id: int) -> SignInSetting:
    setting = signing_in.setting_of(user_id)
    if setting is None:
        setting = SignInSetting(user_id=user_id)
        db.session.add(setting)
        db.session.flush()
    return setting


# --- the second step


def prepare_second_step(user_id: int) -> str:
    """Return the secret that is being set up: the one begun before, or a fresh one. It counts only after a right code."""
    key = current_app.secret_key
    with transaction():
        setting = _setting(user_id)
        if setting.totp_since is not None:
            raise DomainError("second_step_there", "Je tweede stap is al ingesteld.")
        secret = second_factor.opened(setting.totp_secret, key) if setting.totp_secret else None
        if secret is None:
            secret = second_factor.new_secret()
            setting.totp_secret = second_factor.sealed(secret, key)
        return secret


def confirm_second_step(user_id: int, code: str) -> list[str]:
    """Switch the second step on after a right code, and return fresh recovery codes: shown once. Raises DomainError `code_wrong`."""
    with transaction():
        setting = _setting(user_id)
        secret = second_factor.opened(setting.totp_secret or "", current_app.secret_key)
        step = second_factor.step_of(secret, code, clock.now(), setting.totp_last_step) if secret else None
        if step is None or setting.totp_since is not None:
            raise DomainError("code_wrong", "Deze code klopt niet. Scan de QR-code en vul de code in die je app nu toont.", field="code")
        setting.totp_since, setting.totp_last_step = clock.now(), step
        audit.record("second_step_on", "ab_user", user_id, the_actor().organisation_id)
        return _fresh_recovery_codes(user_id)


def renew_recovery_codes(user_id: int, present: str) -> list[str]:
    """Return new recovery codes; the old ones are dead. Asks for one's password. Raises DomainError."""
    with transaction():
        check_own_password(user_id, present)
        audit.record("recovery_codes_renewed", "ab_user", user_id, the_actor().organisation_id)
        return _fresh_recovery_codes(user_id)


def _fresh_recovery_codes(user_id: int) -> list[str]:
    codes = second_factor.new_recovery_codes()
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.session.execute(insert(RecoveryCode), [{"user_id": user_id, "code_hash": accounts.digest(code)} for code in codes])
    return codes


def drop_second_step(user_id: int, present: str) -> None:
    """Switch one's second step off. Raises DomainError when a role asks for one, or the password is wrong."""
    with working_as(system_actor("account")):  # roles outside the environment ask for one too
        needed = accounts.needs_second_factor(user_id, clock.today())
    with transaction():
        check_own_password(user_id, present)
        if needed:
            raise DomainError("second_step_needed", "Een van je rollen vraagt om een tweede stap. Die kan daarom niet uit.")
        forget_second_step(user_id)
        audit.record("second_step_off", "ab_user", user_id, the_actor().organisation_id)


def forget_second_step(user_id: int) -> None:
    """Take a second step away, inside the caller's transaction."""
    setting = _setting(user_id)
    setting.totp_secret, setting.totp_since, setting.totp_last_step = None, None, 0
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


# --- sessions elsewhere


def end_session(user_id: int, session_id: int) -> None:
    """End one of one's own sessions. Raises NotFound."""
    with transaction() as session:
        ending = update(UserSession).where(UserSession.id == session_id, UserSession.user_id == user_id, UserSession.ended_at.is_(None))
        if not session.execute(ending.values(ended_at=clock.now()).execution_options(synchronize_session=False)).rowcount:
            raise NotFound("Deze sessie is al afgelopen.")
        audit.record("session_ended", "ab_user", user_id, the_actor().organisation_id)


# --- a forgotten password


def ask_reset(name: str) -> None:
    """Note that somebody wants a link; the job of the mail sends it. For a system actor.

    The same is asked and written for a name that nobody has, for a user, and for who has a card whose function gives access: an
    answer or its time tells nobody which of them it is.
    """
    account = accounts.account_of(name)
    now, today = clock.now(), clock.today()
    number = account.id if account is not None else 0
    given = function_rights.given_to(account.email if account is not None else name, today)
    ended = function_rights.has_lost_access(number, today)
    relation_id = given[0].relation_id if given and account is None else None
    with transaction() as session:
        recent = select(func.count()).select_from(PasswordReset).where(PasswordReset.asked_at > now - ASKED_AT_MOST_EVERY)
        asked = or_(PasswordReset.user_id == number, PasswordReset.relation_id == (relation_id or 0))
        if session.scalar(recent.where(asked)):
            account = relation_id = None
        user_id = account.id if account is not None and account.is_active and not ended else None
        session.execute(insert(PasswordReset), [{"user_id": user_id, "relation_id": relation_id, "asked_at": now}])


def claim_reset() -> accounts.ResetLetter | None:
    """Take the oldest request that waits, make its link and return the letter to send, or None. The link is kept nowhere.

    A request made before dies: only the newest link works. Who asks for the first time by a card gets the account here.
    """
    now = clock.now()
    with transaction() as session:
        while (waiting := accounts.waiting_reset(now - LINK_HOLDS)) is not None:
            user_id = waiting.user_id or (waiting.relation_id and function_accounts.account_for(waiting.relation_id))
            token = secrets.token_urlsafe(32)
            values = {"user_id": user_id, "sent_at": now, "token_hash": accounts.digest(token)} if user_id else {"used_at": now}
            claimed = update(PasswordReset).where(
                PasswordReset.id == waiting.reset_id, PasswordReset.sent_at.is_(None), PasswordReset.used_at.is_(None)
            )
            if session.execute(claimed.values(**values).execution_options(synchronize_session=False)).rowcount != 1:
                return None
            if not user_id:
                continue  # the function ended meanwhile
            older = update(PasswordReset).where(PasswordReset.user_id == user_id, PasswordReset.id != waiting.reset_id)
            session.execute(older.where(PasswordReset.used_at.is_(None)).values(used_at=now).execution_options(synchronize_session=False))
            audit.record("reset_link_sent", "ab_user", user_id, None)
            link = f"{current_app.config['BASE_URL'].rstrip('/')}/wachtwoord/nieuw/{token}"
            first_name, email = session.execute(select(User.first_name, User.email).where(User.id == user_id)).one()
            return accounts.ResetLetter(waiting.reset_id, user_id, first_name, email, link)
    return None


def give_back_reset(reset_id: int) -> None:
    """Let a request wait again, because the mail server could not take its letter now."""
    with transaction() as session:
        row = session.get_one(PasswordReset, reset_id)
        row.sent_at = row.token_hash = None


def reset_password(token: str, wanted: str) -> None:
    """Choose a new password with a link: it works once, ends all sessions and lifts a block. Raises DomainError `link_dead`.

    Who reads the mail of the account has shown who he is, so guessing by others cannot keep him out; a second step stays asked for.
    """
    now = clock.now()
    with transaction() as session:
        user_id = accounts.user_of_reset(token, now - LINK_HOLDS)
        user = session.get(User, user_id) if user_id else None
        if user is None or function_rights.has_lost_access(user.id, clock.today()):
            raise DomainError("link_dead", LINK_DEAD)
        set_password(user, wanted)
        function_accounts.bind_who_proved(user.id)
        used = update(PasswordReset).where(PasswordReset.token_hash == accounts.digest(token), PasswordReset.used_at.is_(None))
        if session.execute(used.values(used_at=now).execution_options(synchronize_session=False)).rowcount != 1:
            raise DomainError("link_dead", LINK_DEAD)
        user.fail_login_count = 0
        audit.record("password_reset", "ab_user", user.id, None)
