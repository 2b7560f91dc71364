"""Questions about the rights that functions on a card give: to whom, which role, where, and through which account.

A function type names a role; who holds such a function today has that role at the organisation of the function. It is given to the
e-mail address of the card (the primary one), and only when no other card with that address gives access too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.functions.models import FunctionTerm, FunctionType
from app.kernel.actor import acting_as, system_actor
from app.kernel.db import db
from app.organisations.models import Organisation
from app.relations.models import ContactPoint, Relation
from security.access import Grant
from security.models import Assignment, FunctionAccount


class Given(NamedTuple):
    """A role that a function gives today, and where."""

    relation_id: int
    role_id: int
    role_name: str
    organisation_id: int
    path: str
    organisation_name: str
    function_name: str
    last_day: date | None

    @property
    def grant(self) -> Grant:
        """Return it as access reckons with it."""
        return Grant(self.role_id, self.role_name, self.path)


class Binding(NamedTuple):
    """The account of a card."""

    user_id: int
    relation_id: int
    made_here: bool
    email: str


class Granting(NamedTuple):
    """A function of a card that gives a role, now or later."""

    relation_id: int
    role_name: str
    function_name: str
    organisation_id: int


@contextmanager
def reading_all(name: str) -> Iterator[Session]:
    """Read over all organisations in a session of its own, also inside somebody's transaction: rights reach further than an environment.

    It sees what is committed, so not what that transaction did itself.
    """
    with acting_as(system_actor(name)), Session(db.engine) as session:
        yield session


def address_of(relation_id: Any) -> ScalarSelect[str]:
    """Say in SQL with which e-mail address somebody signs in: the primary one of the card, in small letters."""
    point = aliased(ContactPoint)
    mails = select(func.lower(point.value)).where(point.relation_id == relation_id, point.kind == "email")
    return mails.order_by(point.is_primary.desc(), point.id).limit(1).scalar_subquery()


def running(today: date) -> ColumnElement[bool]:
    """Say in SQL that a function runs on a day."""
    return and_(FunctionTerm.first_day <= today, or_(FunctionTerm.last_day.is_(None), FunctionTerm.last_day >= today))


def given_to(address: str, today: date) -> list[Given]:
    """Return what functions give today to who has this e-mail address; nothing when two cards with it would. For a system actor."""
    wanted = address.strip().casefold()
    columns = (Role.id, Role.name, Organisation.id, Organisation.path, Organisation.name, FunctionType.name, FunctionTerm.last_day)
    rows = db.session.execute(
        select(FunctionTerm.relation_id, *columns)
        .join(ContactPoint, ContactPoint.relation_id == FunctionTerm.relation_id)
        .join(Relation, Relation.id == FunctionTerm.relation_id)
        .join(FunctionType, FunctionType.id == FunctionTerm.function_type_id)
        .join(Role, Role.name == FunctionType.grants_role)
        .join(Organisation, Organisation.id == FunctionTerm.organisation_id)
        .where(
            ContactPoint.kind == "email",
            func.lower(ContactPoint.value) == wanted,
            address_of(FunctionTerm.relation_id) == wanted,
            Relation.deceased_on.is_(None),
            running(today),
        )
        .distinct()
    )
    found = sorted(Given(*row) for row in rows)
    return found if len({given.relation_id for given in found}) == 1 else []


def given_through(binding: Binding, today: date) -> list[Given]:
    """Return what the functions of a card give its account today: nothing while the two addresses differ. For a system actor."""
    return [given for given in given_to(binding.email, today) if given.relation_id == binding.relation_id]


def binding_of(user_id: int) -> Binding | None:
    """Return the card that an account belongs to, or None."""
    return _binding(FunctionAccount.user_id == user_id)


def account_of_card(relation_id: int) -> Binding | None:
    """Return the account that belongs to a card, or None."""
    return _binding(FunctionAccount.relation_id == relation_id)


def _binding(condition: ColumnElement[bool]) -> Binding | None:
    columns = (FunctionAccount.user_id, FunctionAccount.relation_id, FunctionAccount.made_here, User.email)
    row = db.session.execute(select(*columns).join(User, User.id == FunctionAccount.user_id).where(condition)).one_or_none()
    return Binding(*row) if row else None


def given_to_user(user_id: int, today: date) -> list[Given]:
    """Return what functions give a user today. For a system actor."""
    binding = binding_of(user_id)
    return given_through(binding, today) if binding else []


def has_lost_access(user_id: int, today: date) -> bool:
    """Whether an account that was made for a card gives nothing today: then there is nothing to sign in to. For a system actor."""
    binding = binding_of(user_id)
    if binding is None or not binding.made_here:
        return False
    assigned = select(Assignment.id).where(
        Assignment.user_id == user_id,
        Assignment.first_day <= today,
        or_(Assignment.last_day.is_(None), Assignment.last_day >= today),
    )
    return not given_through(binding, today) and db.session.scalar(assigned.limit(1)) is None


# --- asked from inside a transaction of somebody, so in a session of their own


def granting_functions(relation_ids: Collection[int], today: date) -> list[Granting]:
    """Return the functions of these cards that give a role, today or later."""
    if not relation_ids:
        return []
    with reading_all("bevoegdheden") as session:
        rows = session.execute(
            select(FunctionTerm.relation_id, Role.name, FunctionType.name, FunctionTerm.organisation_id)
            .join(FunctionType, FunctionType.id == FunctionTerm.function_type_id)
            .join(Role, Role.name == FunctionType.grants_role)
            .where(FunctionTerm.relation_id.in_(relation_ids), or_(FunctionTerm.last_day.is_(None), FunctionTerm.last_day >= today))
            .distinct()
        )
        return [Granting(*row) for row in rows]


def accounts_holding(function_type_id: int, today: date) -> list[int]:
    """Return the accounts of who holds a function of this type, today or later."""
    with reading_all("bevoegdheden") as session:
        return list(
            session.scalars(
                select(FunctionAccount.user_id)
                .join(FunctionTerm, FunctionTerm.relation_id == FunctionAccount.relation_id)
                .where(
                    FunctionTerm.function_type_id == function_type_id, or_(FunctionTerm.last_day.is_(None), FunctionTerm.last_day >= today)
                )
                .distinct()
            )
        )


def accounts_with_role(role_name: str, today: date) -> list[int]:
    """Return the accounts of who has a role through a function, today or later."""
    with reading_all("bevoegdheden") as session:
        return list(
            session.scalars(
                select(FunctionAccount.user_id)
                .join(FunctionTerm, FunctionTerm.relation_id == FunctionAccount.relation_id)
                .join(FunctionType, FunctionType.id == FunctionTerm.function_type_id)
                .where(FunctionType.grants_role == role_name, or_(FunctionTerm.last_day.is_(None), FunctionTerm.last_day >= today))
                .distinct()
            )
        )


def types_giving(role_name: str) -> list[str]:
    """Return the names of the function types that give a role."""
    with reading_all("bevoegdheden") as session:
        return sorted(set(session.scalars(select(FunctionType.name).where(FunctionType.grants_role == role_name))))


def holds(address: str, function_type_id: int, today: date) -> bool:
    """Whether a card with this e-mail address holds a function of this type, today or later."""
    with reading_all("bevoegdheden") as session:
        asked = (
            select(FunctionTerm.id)
            .join(ContactPoint, ContactPoint.relation_id == FunctionTerm.relation_id)
            .where(
                FunctionTerm.function_type_id == function_type_id,
                func.lower(ContactPoint.value) == address.casefold(),
                or_(FunctionTerm.last_day.is_(None), FunctionTerm.last_day >= today),
            )
        )
        return session.scalar(asked.limit(1)) is not None


def is_assigned(user_id: int) -> bool:
    """Whether an administrator ever gave this user a role."""
    with reading_all("bevoegdheden") as session:
        return session.scalar(select(Assignment.id).where(Assignment.user_id == user_id).limit(1)) is not None
