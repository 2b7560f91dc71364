"""Questions about functions: what the rules need to know, in plain values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from app.functions.models import FunctionEvent, FunctionTerm, FunctionType
from app.functions.terms import Card, Held, Place, TypeTerms
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.organisations.models import Organisation
from app.relations.models import Address, ContactPoint, Relation, RelationAccount


def type_terms(function_type_id: int) -> TypeTerms:
    """Return what the rules know of a function type. Raises NotFound."""
    row = db.session.scalar(select(FunctionType).where(FunctionType.id == function_type_id))
    if row is None:
        raise NotFound
    first = row.must_hold_first
    return TypeTerms(
        type_id=row.id,
        name=row.name,
        is_membership=row.is_membership,
        levels=tuple(row.levels or ()),
        grants_role=bool(row.grants_role),
        required_fields=tuple(row.required_fields or ()),
        minimum_age=row.minimum_age,
        maximum_age=row.maximum_age,
        must_hold_first_id=row.must_hold_first_id,
        must_hold_first_name=first.name if first else "",
        stops_with_id=row.stops_with_id,
        is_active=row.is_active,
    )


def holders(function_type_id: int, organisation_id: int | None, on: date) -> list[int]:
    """Return the relations, alive, that hold a function type on a day, at an organisation and below, or anywhere the actor sees."""
    asked = (
        select(FunctionTerm.relation_id)
        .join(Relation, Relation.id == FunctionTerm.relation_id)
        .where(
            FunctionTerm.function_type_id == function_type_id,
            FunctionTerm.first_day <= on,
            FunctionTerm.last_day.is_(None) | (FunctionTerm.last_day >= on),
            Relation.deceased_on.is_(None),
        )
    )
    if organisation_id is not None:
        path = place(organisation_id).path
        asked = asked.join(Organisation, Organisation.id == FunctionTerm.organisation_id).where(
            Organisation.path.startswith(path, autoescape=True)
        )
    return list(db.session.scalars(asked.distinct().order_by(FunctionTerm.relation_id)))


def place(organisation_id: int) -> Place:
    """Return an organisation as far as the rules look at it. Raises NotFound."""
    found = db.session.execute(
        select(Organisation.id, Organisation.name, Organisation.kind, Organisation.path).where(Organisation.id == organisation_id)
    ).first()
    if found is None:
        raise NotFound
    return Place(*found)


def card(relation_id: int) -> Card:
    """Return the card that is to hold a function, with the fields that are empty on it. Raises NotFound."""
    has = [exists().where(model.relation_id == Relation.id) for model in (Address, RelationAccount)]
    email = exists().where(ContactPoint.relation_id == Relation.id, ContactPoint.kind == "email")
    phone = exists().where(ContactPoint.relation_id == Relation.id, ContactPoint.kind.in_(("phone", "mobile")))
    mobile = exists().where(ContactPoint.relation_id == Relation.id, ContactPoint.kind == "mobile")
    row = db.session.execute(select(Relation, *has, email, phone, mobile).where(Relation.id == relation_id)).first()
    if row is None:
        raise NotFound
    relation: Relation = row[0]
    filled = {
        "birth_date": relation.birth_date,
        "gender": relation.gender,
        "initials": relation.initials,
        "first_name": relation.first_name,
        "kvk": relation.kvk,
        "address": row[1],
        "iban": row[2],
        "email": row[3],
        "phone": row[4],
        "mobile": row[5],
    }
    missing = frozenset(name for name, value in filled.items() if not value)
    return Card(relation.display_name, relation.birth_date, relation.deceased_on, missing)


def held_by(relation_id: int) -> list[Held]:
    """Return all functions that a relation has or had within the actor's organisations, oldest first."""
    rows = db.session.execute(
        select(FunctionTerm, FunctionType, Organisation.name)
        .join(FunctionType, FunctionType.id == FunctionTerm.function_type_id)
        .join(Organisation, Organisation.id == FunctionTerm.organisation_id)
        .where(FunctionTerm.relation_id == relation_id)
        .order_by(FunctionTerm.first_day, FunctionTerm.id)
    )
    return [_held(term, kind, name) for term, kind, name in rows]


def _held(term: FunctionTerm, kind: FunctionType, organisation_name: str) -> Held:
    return Held(
        term_id=term.id,
        type_id=kind.id,
        type_name=kind.name,
        organisation_id=term.organisation_id,
        organisation_name=organisation_name,
        first_day=term.first_day,
        last_day=term.last_day,
        is_membership=kind.is_membership,
        stops_with_id=kind.stops_with_id,
        must_hold_first_id=kind.must_hold_first_id,
    )


def default_type_id() -> int | None:
    """Return the function type that new members get, or None."""
    found = select(FunctionType.id).where(FunctionType.is_default_for_new.is_(True), FunctionType.is_active.is_(True))
    return db.session.scalars(found.order_by(FunctionType.importance, FunctionType.id)).first()


def membership_periods(relation_ids: Iterable[int]) -> dict[int, list[tuple[date, date | None, int | None]]]:
    """Return (first day, last day, end reason) of all memberships of these relations."""
    found: dict[int, list[tuple[date, date | None, int | None]]] = {}
    rows = db.session.execute(
        select(FunctionTerm.relation_id, FunctionTerm.first_day, FunctionTerm.last_day, FunctionTerm.end_reason_id)
        .join(FunctionType, FunctionType.id == FunctionTerm.function_type_id)
        .where(FunctionType.is_membership.is_(True), FunctionTerm.relation_id.in_(list(relation_ids)))
    )
    for relation_id, first, last, reason in rows:
        found.setdefault(relation_id, []).append((first, last, reason))
    return found


def turning_members(today: date, back_days: int) -> list[int]:
    """Return the relations with a membership that began or ended in the last `back_days` days."""
    since = today - timedelta(days=back_days)
    term, kind = aliased(FunctionTerm), aliased(FunctionType)
    turned = term.first_day.between(since, today) | term.last_day.between(since - timedelta(days=1), today)
    found = select(term.relation_id).join(kind, kind.id == term.function_type_id).where(kind.is_membership.is_(True), turned)
    return list(db.session.scalars(found.distinct()))


def due_changes(today: date, back_days: int) -> list[FunctionEvent]:
    """Return changes of price and payer that were entered ahead for the last `back_days` days, oldest first."""
    return list(
        db.session.scalars(
            select(FunctionEvent)
            .where(
                FunctionEvent.kind.in_(("price_change", "payer_change")),
                FunctionEvent.on_date.between(today - timedelta(days=back_days), today),
            )
            .order_by(FunctionEvent.on_date, FunctionEvent.id)
        )
    )
