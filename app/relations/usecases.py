"""What is done with relation cards. Each verb checks what it is given; forms that fill a row themselves call `tidy`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.errors import DomainError, NotFound
from app.kernel.numbering import take_numbers
from app.kernel.periods import DAY, Period, dutch_date
from app.kernel.unit_of_work import transaction
from app.organisations.queries import root_id
from app.relations import checks
from app.relations.drafts import AccountDraft, AddressDraft, ContactDraft, RelationDraft
from app.relations.models import Address, ContactPoint, Household, Relation, RelationAccount

Row = Relation | Address | ContactPoint | RelationAccount
_CHECKS: dict[type, Callable[[checks.Values], dict[str, Any]]] = {
    Relation: lambda values: checks.relation_values(values, clock.today()),
    Address: checks.address_values,
    ContactPoint: checks.contact_values,
    RelationAccount: checks.account_values,
}


def tidy(row: Row) -> None:
    """Check and clean a row as a form left it, and fill what follows from it: names, BIC. Raises CardRefused."""
    values = {attribute.key: getattr(row, attribute.key) for attribute in inspect(row).mapper.column_attrs}
    for name, value in _CHECKS[type(row)](values).items():
        if values.get(name) != value:
            setattr(row, name, value)


def add_relation(draft: RelationDraft) -> int:
    """Make a card with what hangs on it and return its id; its number is the next of the whole federation. Raises CardRefused."""
    organisation_id = draft.organisation_id or the_actor().organisation_id
    values = asdict(draft)
    for name in ("addresses", "contact_points", "accounts", "organisation_id"):
        del values[name]
    with transaction() as session:
        row = Relation(organisation_id=organisation_id, **values)
        tidy(row)
        row.number = take_numbers(root_id(), "relation", 0)
        session.add(row)
        session.flush()
        for address in draft.addresses:
            add_address(row.id, address)
        for point in draft.contact_points:
            add_contact_point(row.id, point)
        for account in draft.accounts:
            add_account(row.id, account)
        return row.id


def number_relation(row: Relation) -> None:
    """Give a card that a form makes its number and its organisation. Raises CardRefused."""
    with transaction():
        row.organisation_id = row.organisation_id or the_actor().organisation_id  # type: ignore[assignment]
        tidy(row)
        row.number = row.number or take_numbers(root_id(), "relation", 0)


def change_relation(relation_id: int, **values: Any) -> None:
    """Change fields of a card; the names follow. Raises CardRefused and NotFound."""
    with transaction() as session:
        row = _relation(session, relation_id)
        for name, value in values.items():
            setattr(row, name, value)
        if "first_name" in values and "initials" not in values:
            row.initials = None  # they follow from the first name again
        tidy(row)


def add_address(relation_id: int, draft: AddressDraft) -> int:
    """Put an address on a card and return its id. Raises CardRefused, and DomainError `address_overlap`."""
    with transaction() as session:
        relation = _relation(session, relation_id)
        row = Address(organisation_id=relation.organisation_id, relation_id=relation_id, **asdict(draft))
        tidy(row)
        _check_no_address_overlap(relation, row)
        session.add(row)
        session.flush()
        session.expire(relation, ["addresses"])
        return row.id


def _check_no_address_overlap(relation: Relation, row: Address) -> None:
    for other in relation.addresses:
        if other.kind == row.kind and Period(other.first_day, other.last_day).overlaps(Period(row.first_day, row.last_day)):
            raise DomainError(
                "address_overlap",
                f"Er is al een adres van deze soort {Period(other.first_day, other.last_day)}: {other}. Geef dat eerst een einddatum.",
                field="first_day",
            )


def move(relation_id: int, draft: AddressDraft, from_day: date) -> int:
    """Let a relation live elsewhere from a day on: the address of that kind ends the day before. Raises CardRefused and DomainError."""
    with transaction() as session:
        relation = _relation(session, relation_id)
        for address in relation.addresses:
            if address.kind != draft.kind or (address.last_day and address.last_day < from_day):
                continue
            if address.first_day and address.first_day >= from_day:
                raise DomainError(
                    "address_overlap",
                    f"Er staat al een verhuizing klaar per {dutch_date(address.first_day)}: {address}. Wijzig of verwijder die eerst.",
                    field="first_day",
                )
            address.last_day = from_day - DAY
        session.flush()
        return add_address(relation_id, AddressDraft(**{**asdict(draft), "first_day": from_day}))


def add_contact_point(relation_id: int, draft: ContactDraft) -> int:
    """Put an e-mail address, phone number or website on a card and return its id. Raises CardRefused.

    The same value twice is once. A new primary one takes the place of the old.
    """
    with transaction() as session:
        relation = _relation(session, relation_id)
        row = ContactPoint(organisation_id=relation.organisation_id, relation_id=relation_id, **asdict(draft))
        tidy(row)
        for other in relation.contact_points:
            if other.kind == row.kind and other.value == row.value:
                return other.id
            if other.kind == row.kind and row.is_primary:
                other.is_primary = False
        session.add(row)
        session.flush()
        session.expire(relation, ["contact_points"])
        return row.id


def settle_contact_point(row: ContactPoint) -> None:
    """Check a contact point as a form changed it; a primary one takes the place of the old. Raises CardRefused."""
    with transaction():
        tidy(row)
        for other in row.relation.contact_points:
            if row.is_primary and other is not row and other.kind == row.kind:
                other.is_primary = False


def add_account(relation_id: int, draft: AccountDraft) -> int:
    """Put a bank account on a card and return its id; a new primary one takes the place of the old. Raises CardRefused."""
    with transaction() as session:
        relation = _relation(session, relation_id)
        row = RelationAccount(organisation_id=relation.organisation_id, relation_id=relation_id, **asdict(draft))
        tidy(row)
        same = next((other for other in relation.accounts if other.iban == row.iban), None)
        for other in relation.accounts:
            if row.is_primary:
                other.is_primary = other is same
        if same is not None:
            return same.id
        session.add(row)
        session.flush()
        session.expire(relation, ["accounts"])
        return row.id


def make_household(primary_id: int, other_ids: tuple[int, ...] = ()) -> int:
    """Make a household around its primary relation and return its id; who already has one is refused. Raises DomainError."""
    with transaction() as session:
        primary = _relation(session, primary_id)
        if primary.household_id:
            raise _has_household(primary)
        row = Household(organisation_id=primary.organisation_id, name=f"Huishouden {primary.display_name}"[:120])
        session.add(row)
        session.flush()
        primary.household_id, primary.household_role = row.id, "primary"
        for relation_id in other_ids:
            join_household(relation_id, row.id)
        return row.id


def join_household(relation_id: int, household_id: int) -> None:
    """Add a relation to a household. Raises DomainError `has_household`."""
    with transaction() as session:
        relation = _relation(session, relation_id)
        if session.scalar(select(Household.id).where(Household.id == household_id)) is None:
            raise NotFound
        if relation.household_id not in (None, household_id):
            raise _has_household(relation)
        if relation.household_id is None:
            relation.household_id, relation.household_role = household_id, "other"


def leave_household(relation_id: int) -> None:
    """Take a relation out of its household; the oldest of the others becomes primary when it was that. Raises NotFound."""
    with transaction() as session:
        relation = _relation(session, relation_id)
        household_id, role = relation.household_id, relation.household_role
        relation.household_id = relation.household_role = None
        session.flush()
        if household_id and role == "primary":
            others = select(Relation).where(Relation.household_id == household_id)
            heir = session.scalars(others.order_by(Relation.birth_date.is_(None), Relation.birth_date, Relation.id).limit(1)).first()
            if heir is not None:
                heir.household_role = "primary"


def _has_household(relation: Relation) -> DomainError:
    return DomainError(
        "has_household",
        f"{relation} hoort al bij {relation.household}. Haal de relatie daar eerst uit.",
        field="household_id",
        relation_id=relation.id,
    )


def _relation(session: Session, relation_id: int) -> Relation:
    row = session.scalar(select(Relation).where(Relation.id == relation_id))
    if row is None:
        raise NotFound
    return row
