"""What administrators do with users: add one, give a role, a first password again, unblock, switch off, ask for a second step."""

from __future__ import annotations

from datetime import date

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import delete, select, update

from app.kernel import audit
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction
from app.organisations import queries as organisations
from security import accounts, own_account, passwords, signing_in
from security.models import Assignment, RoleRequirement, SignInSetting


def add_user(username: str, email: str, first_name: str, last_name: str, password: str, is_first: bool = True) -> int:
    """Make a user, who may do nothing until a role is assigned, and return the id. Raises DomainError.

    The password is a first one, which must be replaced at the first sign-in, unless `is_first` is off.
    """
    passwords.check_new(password, username)
    with transaction() as session:
        for name in (username, email):
            if accounts.account_of(name) is not None:
                raise DomainError("user_exists", f"Er is al een gebruiker met naam of e-mailadres “{name}”. Kies een andere.")
        user = User(
            username=username, email=email, first_name=first_name, last_name=last_name, active=True, password=passwords.hashed(password)
        )
        session.add(user)
        session.flush()
        session.add(SignInSetting(user_id=user.id, must_replace_password=is_first))
        return user.id


def set_password_of(name: str, wanted: str) -> None:
    """Give a user (name or e-mail address) a first password again and end all his sessions. Raises DomainError."""
    with transaction() as session:
        account = _known(name)
        own_account.set_password(session.get_one(User, account.id), wanted, is_first=True)
        audit.record("password_set", "ab_user", account.id, account.organisation_id)


def unblock(name: str, first_password: str | None = None) -> str:
    """Let a blocked account sign in again, where given with a first password, and return its user name. Raises DomainError."""
    with transaction() as session:
        account = _known(name)
        session.execute(update(User).where(User.id == account.id).values(fail_login_count=0))
        if first_password is not None:
            own_account.set_password(session.get_one(User, account.id), first_password, is_first=True)
        audit.record("unblock", "ab_user", account.id, account.organisation_id, failures=account.failures)
    return account.username


def set_active(user_id: int, active: bool) -> None:
    """Switch an account on or off; off ends its sessions at once."""
    with transaction() as session:
        user = session.get_one(User, user_id)
        user.active = active
        if not active:
            signing_in.end_sessions(user_id)
        audit.record("activate" if active else "deactivate", "ab_user", user_id, _place_of(user.username))


def take_second_step_away(user_id: int) -> None:
    """Let somebody set up a second step anew, who lost the telephone and the recovery codes; ends his sessions."""
    with transaction() as session:
        user = session.get_one(User, user_id)
        own_account.forget_second_step(user_id)
        signing_in.end_sessions(user_id)
        audit.record("second_step_reset", "ab_user", user_id, _place_of(user.username))


def require_second_step(role_id: int, required: bool) -> None:
    """Say whether the holders of a role need a second step; from their next sign-in on. Twice is once."""
    with transaction() as session:
        known = session.scalar(select(RoleRequirement.id).where(RoleRequirement.role_id == role_id))
        if required and known is None:
            session.add(RoleRequirement(role_id=role_id))
        elif not required:
            session.execute(delete(RoleRequirement).where(RoleRequirement.role_id == role_id))
        audit.record("second_step_required" if required else "second_step_free", "ab_role", role_id, None)


def _known(name: str) -> accounts.Account:
    account = accounts.account_of(name)
    if account is None:
        raise DomainError("user_unknown", f"Er is geen gebruiker met naam of e-mailadres “{name}”. Controleer de schrijfwijze.")
    return account


def _place_of(username: str) -> int | None:
    account = accounts.account_of(username)
    return account.organisation_id if account else None


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
