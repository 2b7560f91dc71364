"""Finds what is wrong on cards: one statement per rule over all organisations. For system actors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, String, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.data_quality.rules import REQUIRED_FIELDS, born_limits, is_plausible_iban
from app.functions.models import FunctionTerm, FunctionType
from app.kernel.bsn import may_hold_bsn
from app.kernel.db import db
from app.organisations.models import PostcodeRange
from app.relations.models import Address, ContactPoint, Relation, RelationAccount
from app.sepa.models import Mandate


@dataclass(frozen=True, slots=True)
class Found:
    """One rule that one card breaks, at the organisation that can mend it. `detail` says what exactly, or nothing."""

    organisation_id: int
    relation_id: int
    detail: str = ""


def _current(today: date) -> ColumnElement[bool]:
    return and_(FunctionTerm.first_day <= today, or_(FunctionTerm.last_day.is_(None), FunctionTerm.last_day >= today))


def _homes(today: date) -> CTE:
    """Return for each card with a running function the organisation that mends it: that of its membership, else of its oldest function."""
    rank = func.min(case((FunctionType.is_membership, 0), else_=1_000_000_000) + FunctionTerm.id)
    ranked = select(
        FunctionTerm.relation_id, rank.label("rank"), func.max(case((FunctionType.is_membership, 1), else_=0)).label("is_member")
    )
    best = ranked.join(FunctionTerm.function_type).where(_current(today)).group_by(FunctionTerm.relation_id).cte("best")
    term = aliased(FunctionTerm)
    return select(best.c.relation_id, term.organisation_id, best.c.is_member).join(term, term.id == best.c.rank % 1_000_000_000).cte("home")


def _cards(today: date, condition: ColumnElement[bool], detail: ColumnElement[Any] | None = None, of_members: bool = False) -> list[Found]:
    """Return the living cards with a running function that meet the condition."""
    home = _homes(today)
    columns = [home.c.organisation_id, Relation.id] + ([] if detail is None else [detail])
    query = select(*columns).join(home, home.c.relation_id == Relation.id).where(Relation.deceased_on.is_(None), condition)
    if of_members:
        query = query.where(home.c.is_member == 1)
    return [Found(*row) for row in db.session.execute(query)]


def _has_email() -> ColumnElement[bool]:
    return _contact("email") & ~ContactPoint.is_refused


def _contact(kind: str) -> ColumnElement[bool]:
    return and_(ContactPoint.relation_id == Relation.id, ContactPoint.kind == kind)


def _lives(relation_id: Any, today: date) -> ColumnElement[bool]:
    address = aliased(Address)
    return exists().where(
        address.relation_id == relation_id,
        or_(address.first_day.is_(None), address.first_day <= today),
        or_(address.last_day.is_(None), address.last_day >= today),
    )


def no_email(today: date) -> list[Found]:
    """Find cards that get their post by e-mail and have no usable address."""
    return _cards(today, and_(Relation.correspondence == "mail", ~exists().where(_has_email())))


def email_refused(today: date) -> list[Found]:
    """Find cards with an address that a mail server refused for good."""
    refused = select(func.min(ContactPoint.value)).where(_contact("email"), ContactPoint.is_refused).correlate(Relation).scalar_subquery()
    return _cards(today, exists().where(_contact("email"), ContactPoint.is_refused), refused)


def no_birth_date(today: date) -> list[Found]:
    """Find members whose age is not known."""
    return _cards(today, and_(Relation.kind == "person", Relation.birth_date.is_(None)), of_members=True)


def no_address(today: date) -> list[Found]:
    """Find cards without an address today, their own or that of the head of their household."""
    head = aliased(Relation)
    through_household = and_(
        Relation.follows_household_address,
        exists().where(head.household_id == Relation.household_id, head.household_role == "primary", _lives(head.id, today)),
    )
    return _cards(today, and_(~_lives(Relation.id, today), ~through_household))


def invalid_iban(today: date) -> list[Found]:
    """Find account numbers that cannot be right."""
    home = _homes(today)
    query = select(home.c.organisation_id, home.c.relation_id, RelationAccount.iban).join(
        RelationAccount, RelationAccount.relation_id == home.c.relation_id
    )
    wrong = {}
    for organisation_id, relation_id, iban in db.session.execute(query.execution_options(yield_per=10_000)):
        if not is_plausible_iban(iban):
            wrong[relation_id] = Found(organisation_id, relation_id, iban)
    return list(wrong.values())


def direct_debit_without_mandate(today: date) -> list[Found]:
    """Find cards that pay by direct debit themselves and gave nobody a mandate that works."""
    mandate = exists().where(Mandate.relation_id == Relation.id, Mandate.state == "active")
    return _cards(today, and_(Relation.payment_method == "direct_debit", Relation.payer_id.is_(None), ~mandate))


def overlapping_functions(_today: date) -> list[Found]:
    """Find the same function held twice at one organisation on the same day."""
    one, other = aliased(FunctionTerm), aliased(FunctionTerm)
    query = (
        select(one.organisation_id, one.relation_id, func.min(FunctionType.name))
        .join(
            other,
            and_(
                other.relation_id == one.relation_id,
                other.organisation_id == one.organisation_id,
                other.function_type_id == one.function_type_id,
                other.id > one.id,
                or_(other.last_day.is_(None), other.last_day >= one.first_day),
                or_(one.last_day.is_(None), one.last_day >= other.first_day),
            ),
        )
        .join(FunctionType, FunctionType.id == one.function_type_id)
        .group_by(one.organisation_id, one.relation_id)
    )
    return [Found(*row) for row in db.session.execute(query)]


def _holders(today: date, condition: ColumnElement[bool], detail: Any) -> list[Found]:
    """Return who holds a function today that meets the condition, at the organisation of that function; a card once."""
    query = (
        select(func.min(FunctionTerm.organisation_id), FunctionTerm.relation_id, func.min(detail))
        .select_from(FunctionTerm)
        .join(Relation, Relation.id == FunctionTerm.relation_id)
        .join(FunctionType, FunctionType.id == FunctionTerm.function_type_id)
        .where(_current(today), condition)
        .group_by(FunctionTerm.relation_id)
    )
    return [Found(*row) for row in db.session.execute(query)]


def age_outside_range(today: date) -> list[Found]:
    """Find persons too young or too old for a function they hold."""
    limited = select(FunctionType.id, FunctionType.minimum_age, FunctionType.maximum_age).where(
        or_(FunctionType.minimum_age.is_not(None), FunctionType.maximum_age.is_not(None))
    )
    outside: list[ColumnElement[bool]] = []
    for type_id, minimum, maximum in db.session.execute(limited):
        latest, earliest = born_limits(minimum, maximum, today)
        ages = ([Relation.birth_date > latest] if latest else []) + ([Relation.birth_date <= earliest] if earliest else [])
        outside.append(and_(FunctionTerm.function_type_id == type_id, or_(*ages)))
    return _holders(today, and_(Relation.deceased_on.is_(None), or_(*outside)), FunctionType.name) if outside else []


def required_field(today: date) -> list[Found]:
    """Find cards that lack what a function type asks for."""
    wanted: dict[str, list[int]] = {}
    for type_id, fields in db.session.execute(select(FunctionType.id, FunctionType.required_fields)):
        for field in fields or []:
            wanted.setdefault(field, []).append(type_id)
    missing: dict[int, Found] = {}
    for field, type_ids in sorted(wanted.items()):
        if (lacks := _lacks(field, today)) is None:
            continue
        condition = and_(Relation.deceased_on.is_(None), FunctionTerm.function_type_id.in_(type_ids), lacks)
        for one in _holders(today, condition, FunctionType.name):
            known = missing.get(one.relation_id)
            words = f"{known.detail}, {REQUIRED_FIELDS[field]}" if known else REQUIRED_FIELDS[field]
            missing[one.relation_id] = Found(one.organisation_id, one.relation_id, words)
    return list(missing.values())


def _lacks(field: str, today: date) -> ColumnElement[bool] | None:
    """Say in SQL that a card lacks a field; None for a field that no card has."""
    if field in ("email", "phone", "mobile"):
        return ~exists().where(_contact(field))
    if field == "address":
        return ~_lives(Relation.id, today)
    if field == "iban":
        return ~exists().where(RelationAccount.relation_id == Relation.id)
    return getattr(Relation, field).is_(None) if field in REQUIRED_FIELDS else None


def deceased_with_function(today: date) -> list[Found]:
    """Find functions that run on after the relation died."""
    return _holders(today, Relation.deceased_on <= today, FunctionType.name)


def bsn_in_text(today: date) -> list[Found]:
    """Find cards on which remarks or custom fields may hold a BSN, also of who has no function any more. What it is, is not repeated."""
    home = _homes(today)
    at = func.coalesce(home.c.organisation_id, Relation.organisation_id)
    values = cast(Relation.custom_values, String)
    cards = select(at, Relation.id, Relation.remarks, values).outerjoin(home, home.c.relation_id == Relation.id)
    terms = (
        select(at, FunctionTerm.relation_id, FunctionTerm.remarks, cast(FunctionTerm.custom_values, String))
        .join(Relation, Relation.id == FunctionTerm.relation_id)
        .outerjoin(home, home.c.relation_id == FunctionTerm.relation_id)
    )
    found = {}
    for query, model in ((cards, Relation), (terms, FunctionTerm)):
        filled = or_(func.coalesce(model.remarks, "") != "", cast(model.custom_values, String) != "{}")
        for organisation_id, relation_id, remarks, kept in db.session.execute(query.where(filled).execution_options(yield_per=10_000)):
            if any(may_hold_bsn(text) for text in (remarks or "", *_texts_in(kept))):
                found[relation_id] = Found(organisation_id, relation_id)
    return list(found.values())


def _texts_in(kept: str | None) -> list[str]:
    return [value for value in json.loads(kept or "{}").values() if isinstance(value, str)]


def shared_sign_in(today: date) -> list[Found]:
    """Find cards whose function gives access by an e-mail address that another such card has as well: then neither can sign in."""
    query = (
        select(func.min(FunctionTerm.organisation_id), FunctionTerm.relation_id, func.lower(ContactPoint.value))
        .join(FunctionType, FunctionType.id == FunctionTerm.function_type_id)
        .join(Relation, Relation.id == FunctionTerm.relation_id)
        .join(ContactPoint, _contact("email"))
        .where(_current(today), FunctionType.grants_role.is_not(None), Relation.deceased_on.is_(None), ContactPoint.is_primary)
        .group_by(FunctionTerm.relation_id, func.lower(ContactPoint.value))
    )
    by_address: dict[str, list[Found]] = {}
    for organisation_id, relation_id, address in db.session.execute(query):
        by_address.setdefault(address, []).append(Found(organisation_id, relation_id, address))
    return [found for shared in by_address.values() if len(shared) > 1 for found in shared]


def outside_area(today: date) -> list[Found]:
    """Find members whose Dutch postcode no range of their own organisation holds, where it has ranges."""
    figures = cast(func.substr(Address.postcode, 1, 4), Integer)
    home = _homes(today)
    covered = exists().where(
        PostcodeRange.organisation_id == home.c.organisation_id,
        PostcodeRange.first_postcode <= figures,
        PostcodeRange.last_postcode >= figures,
    )
    query = (
        select(home.c.organisation_id, home.c.relation_id, func.min(Address.postcode))
        .join(Address, and_(Address.relation_id == home.c.relation_id, Address.kind == "home", Address.country == "NL"))
        .where(
            home.c.is_member == 1,
            home.c.organisation_id.in_(select(PostcodeRange.organisation_id)),
            Address.postcode.like("____ __"),
            or_(Address.first_day.is_(None), Address.first_day <= today),
            or_(Address.last_day.is_(None), Address.last_day >= today),
            ~covered,
        )
        .group_by(home.c.organisation_id, home.c.relation_id)
    )
    return [Found(*row) for row in db.session.execute(query)]


FINDERS = {
    finder.__name__: finder
    for finder in (
        no_email, email_refused, no_birth_date, no_address, invalid_iban, direct_debit_without_mandate, overlapping_functions,
        age_outside_range, required_field, deceased_with_function, bsn_in_text, shared_sign_in, outside_area,
    )
}  # fmt: skip
