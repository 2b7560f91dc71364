"""Questions about relation cards: searching, who looks like whom, and where somebody lives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, union, union_all
from sqlalchemy.orm import selectinload

from app.kernel.actor import the_actor
from app.kernel.db import db
from app.kernel.identifiers import folded
from app.relations import addresses, naming, searching
from app.relations.duplicates import Likeness, Person, likeness
from app.relations.models import Address, ContactPoint, Relation, RelationAccount

# A block of cards that share one key is cut off here: who is the same person shares more than one.
_BLOCK_LIMIT = 300
_LOOKED_AT = 40


@dataclass(frozen=True, slots=True)
class Hit:
    """One card that was found."""

    relation_id: int
    number: int
    name: str
    birth_date: date | None
    town: str | None
    end_date: date | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A card that may be the same person, or family of it."""

    relation_id: int
    number: int
    name: str
    likeness: Likeness


def matching(text: str) -> ColumnElement[bool] | None:
    """Return the condition on Relation that says it matches what was typed, or None when nothing was typed.

    Without an index on parts of words this reads the names of the cards that the actor sees once. Who may not see account numbers does
    not find by them either.
    """
    look = searching.wanted(text)
    if look.is_empty:
        return None
    found: list[Select[Any]] = []
    if look.number is not None:
        found.append(select(Relation.id).where(Relation.number == look.number))
    if look.email:
        found.append(_contact(ContactPoint.kind == "email", func.lower(ContactPoint.value).contains(look.email, autoescape=True)))
    if look.phone:
        found.append(_contact(ContactPoint.kind.in_(("phone", "mobile")), ContactPoint.value.contains(look.phone, autoescape=True)))
    if look.iban and "iban" not in the_actor().hidden_fields:
        found.append(select(RelationAccount.relation_id).where(RelationAccount.iban.contains(look.iban, autoescape=True)))
    if look.postcode:
        found.append(select(Address.relation_id).where(Address.postcode == look.postcode))
    others = Relation.id.in_(union(*found) if len(found) > 1 else found[0]) if found else None
    if not look.words:
        return others
    # Names are read anyway: what else may match stands beside them, so that each card is looked at once.
    either = [and_(*(_word(word) for word in look.words))]
    either += [others] if others is not None else []
    either += [Relation.sound_key.in_(look.sound_keys)] if look.sound_keys else []
    return or_(*either)


def _word(word: str) -> ColumnElement[bool]:
    town = select(Address.relation_id).where(func.lower(Address.town).startswith(word, autoescape=True))
    return or_(Relation.search_name.contains(word, autoescape=True), Relation.id.in_(town))


def _contact(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(ContactPoint.relation_id).where(*conditions)


def search(text: str, limit: int = 25) -> list[Hit]:
    """Return the first cards by name that match any part of name, number, e-mail, town, phone, IBAN or postcode; one statement."""
    condition = matching(text)
    if condition is None:
        return []
    town = (
        select(Address.town)
        .where(Address.relation_id == Relation.id, Address.kind == "home")
        .order_by(Address.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Relation.id, Relation.number, Relation.display_name, Relation.birth_date, town, Relation.end_date)
        .where(condition)
        .order_by(Relation.sort_key, Relation.id)
        .limit(limit)
    )
    return [Hit(*row) for row in rows]


def id_of_number(number: int) -> int | None:
    """Return the id of the card with this number, or None when the actor sees no such card."""
    if not 0 < number < 2**31:
        return None
    return db.session.scalar(select(Relation.id).where(Relation.number == number))


def likely_duplicates(person: Person, excluding: Iterable[int] = (), limit: int = 5) -> list[Candidate]:
    """Return the cards that may be this person, likeliest first, then family at the same address.

    The cards that share a key (date of birth, sound of the name, address, e-mail, phone, IBAN) come in one statement.
    """
    left_out = set(excluding)
    shared: dict[int, bool] = {}
    for number, is_shared in db.session.execute(_blocks(person)):
        if number not in left_out:
            shared[number] = shared.get(number, False) or bool(is_shared)
    found = []
    for row in _with_facts(select(Relation).where(Relation.id.in_(_promising(person, shared)))):
        alike = likeness(person, person_of(row))
        if alike.is_possible or alike.is_family:
            found.append(Candidate(row.id, row.number, row.display_name, alike))
    found.sort(key=lambda c: (c.likeness.is_family, -c.likeness.score, c.number))
    return found[:limit]


def _blocks(person: Person) -> Select[Any]:
    """Ask for (relation, whether it shares an address, contact or account): each key once, all in one statement."""
    sound = naming.sound_key(person.surname, person.first_name or person.initials)
    blocks: list[tuple[Select[Any], int]] = [(select(Relation.id).where(Relation.sound_key == sound), 0)]
    if person.birth_date:
        blocks.append((select(Relation.id).where(Relation.birth_date == person.birth_date), 0))
    if person.postcode and person.house_number:
        here = (Address.postcode == person.postcode) & (Address.house_number == person.house_number)
        blocks.append((select(Address.relation_id).where(here), 1))
    if contacts := person.emails | person.phones:
        blocks.append((select(ContactPoint.relation_id).where(ContactPoint.value.in_(sorted(contacts))), 1))
    if person.ibans:
        blocks.append((select(RelationAccount.relation_id).where(RelationAccount.iban.in_(sorted(person.ibans))), 1))
    limited = [(block.limit(_BLOCK_LIMIT).subquery(), shares) for block, shares in blocks]
    found = union_all(
        *(select(next(iter(block.c)).label("number"), literal(shares).label("shares")) for block, shares in limited)
    ).subquery()
    return select(found.c.number, found.c.shares)


def _promising(person: Person, shared: dict[int, bool]) -> list[int]:
    """Return the cards worth a whole look: those that share something, and the best by name and date of birth."""
    bare = replace(person, postcode="", house_number="", emails=frozenset(), phones=frozenset(), ibans=frozenset())
    columns = select(Relation.id, Relation.surname, Relation.first_name, Relation.initials, Relation.birth_date)
    scored = [
        (shared[row.id], likeness(bare, Person(row.surname, row.first_name or "", row.initials or "", row.birth_date)).score, row.id)
        for row in db.session.execute(columns.where(Relation.id.in_(list(shared))))
    ]
    return [number for _shares, _score, number in sorted(scored, reverse=True)[:_LOOKED_AT]]


def _with_facts(statement: Select[Any]) -> Iterable[Relation]:
    return db.session.scalars(
        statement.options(selectinload(Relation.addresses), selectinload(Relation.contact_points), selectinload(Relation.accounts))
    )


def person_of(row: Relation) -> Person:
    """Return a card as it is compared with others."""
    home = next((a for a in reversed(row.addresses) if a.kind == "home"), None)
    return Person(
        surname=row.surname,
        first_name=row.first_name or "",
        initials=row.initials or "",
        birth_date=row.birth_date,
        postcode=(home.postcode or "") if home else "",
        house_number=folded(home.house_number) if home else "",
        emails=frozenset(p.value for p in row.contact_points if p.kind == "email"),
        phones=frozenset(p.value for p in row.contact_points if p.kind in ("phone", "mobile")),
        ibans=frozenset(a.iban for a in row.accounts),
    )


def addresses_on(relation_ids: Iterable[int], day: date) -> dict[int, Address]:
    """Return where post for each relation goes on a day; who has no address then is left out.

    A member of a household that follows its primary one lives where that one lives.
    """
    wanted = list(relation_ids)
    leads = {i: i for i in wanted}
    head = select(Relation.household_id, Relation.id).where(Relation.household_role == "primary").subquery()
    followers = (
        select(Relation.id, head.c.id)
        .join(head, head.c.household_id == Relation.household_id)
        .where(Relation.id.in_(wanted), Relation.household_role == "other", Relation.follows_household_address.is_(True))
    )
    leads.update({row[0]: row[1] for row in db.session.execute(followers)})
    by_relation: dict[int, list[Address]] = {}
    for row in db.session.scalars(select(Address).where(Address.relation_id.in_(sorted({*leads, *leads.values()})))):
        by_relation.setdefault(row.relation_id, []).append(row)
    found = {}
    for relation_id, lead in leads.items():
        row = addresses.valid_on(by_relation.get(lead, []), day) or addresses.valid_on(by_relation.get(relation_id, []), day)
        if row is not None:
            found[relation_id] = row
    return found
