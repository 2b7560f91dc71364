"""Erases a person: what law asks for stays until its term is over, all else goes, and the trail keeps its seals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import delete, select, update

from app.bank.models import StatementLine
from app.kernel import audit, clock
from app.kernel.actor import Actor, the_actor
from app.kernel.bulk import among
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.redacting import redact
from app.kernel.unit_of_work import transaction, working_as
from app.mail.models import Message
from app.organisations.models import Organisation
from app.privacy.models import REASONS, Erasure
from app.privacy.person import LAW, PERSON, Kept
from app.privacy.queries import person
from app.privacy.queries.openings import reasons_to_wait
from app.privacy.queries.person import Found, bound_by_law, model_of
from app.relations.models import ContactPoint, Household, Relation, RelationAccount
from app.relations.naming import names_of

_TRAIL = "Logboek"


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What becomes of one kind of data: how many go now, how many stay, until when and why."""

    title: str
    goes: int
    stays: int
    until: date | None
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What erasing a card would do, and why it cannot be done yet."""

    lines: tuple[PlanLine, ...]
    refusals: tuple[str, ...]
    kept_until: date | None
    is_erased: bool


def plan_erasure(relation_id: int) -> Plan:
    """Return what erasing this card would do, without doing it. Raises NotFound."""
    with _whole(relation_id) as actor:
        return _plan(relation_id, person.rows_of(relation_id), actor)


def erase(relation_id: int, reason: str) -> Plan:
    """Erase a person and return what was done. Twice is once. Raises NotFound, and DomainError `still_open` with every reason."""
    if reason not in REASONS:
        raise DomainError("kind_unknown", f"“{reason}” is geen reden. Kies uit: {', '.join(REASONS)}.", field="reason")
    with _whole(relation_id) as actor, transaction() as session:
        found = person.rows_of(relation_id)
        plan = _plan(relation_id, found, actor)
        if plan.is_erased:
            return plan
        if plan.refusals:
            raise DomainError(
                "still_open", "Deze relatie kan nog niet gewist worden. " + " ".join(plan.refusals), reasons=list(plan.refusals)
            )
        organisation_id = found["relation"][0].organisation_id
        numbers = _lines_to_wipe(relation_id, found)
        counts = {kept.table: len(_free(kept, found)) for kept in PERSON if kept.erase != "keep" and _free(kept, found)}
        _forget_elsewhere(relation_id, found["relation"][0].display_name)
        _leave_household(found)
        _apply_all({kept.table: _free(kept, found) for kept in PERSON})
        wiped = redact(numbers, organisation_id, "erase")
        session.expire_all()
        session.add(
            Erasure(
                organisation_id=organisation_id, relation_id=relation_id, reason=reason, erased_by=actor.name, kept_until=plan.kept_until,
                completed_at=None if plan.kept_until else clock.now(),
            )
        )  # fmt: skip
        audit.record("erase", "relation", relation_id, organisation_id, reason=reason, rows=counts, trail=wiped, kept_until=plan.kept_until)
        return plan


def complete(relation_id: int) -> None:
    """Wipe what law asked to keep of an erased card, once that is over. For a system actor; twice is once."""
    with transaction() as session:
        row = session.scalar(select(Erasure).where(Erasure.relation_id == relation_id))
        if row is None or row.completed_at is not None or row.kept_until is None or row.kept_until >= clock.today():
            return
        found = person.rows_of(relation_id)
        numbers = person.trail_of(relation_id, found, [kept.table for kept in PERSON if kept.erase == "law"])
        _apply_all({kept.table: list(found[kept.table]) for kept in PERSON if kept.erase == "law"})
        redact(numbers, row.organisation_id, "law_ended")
        session.expire_all()
        row.completed_at = clock.now()
        audit.record("law_ended", "relation", relation_id, row.organisation_id)


# ------------------------------------------------------------------ parts


@contextmanager
def _whole(relation_id: int) -> Iterator[Actor]:
    """Look over the whole federation for the block, after it is known that the actor sees the card; the trail names the actor.

    What is kept elsewhere of this person counts too: who cannot see it must not be told that nothing is left.
    """
    actor = the_actor()
    person.card(relation_id)
    with working_as(replace(actor, is_system=True)):
        yield actor


def _plan(relation_id: int, found: Found, actor: Actor) -> Plan:
    known = db.session.scalar(select(Erasure).where(Erasure.relation_id == relation_id))
    if known is not None:
        return Plan((), (), known.kept_until, True)
    until = person.kept_until(found)
    lines = []
    for kept in PERSON:
        free = _free(kept, found)
        staying = len(found[kept.table]) - len(free)
        if not found[kept.table]:
            continue
        why = LAW if kept.erase == "law" and staying else kept.why
        if kept.erase == "wipe":
            why = "De rij blijft zonder gegevens van de persoon, zodat tellingen en verwijzingen kloppen."
        lines.append(PlanLine(kept.title, len(free), staying, until if kept.erase == "law" and staying else None, why))
    trail = len(_lines_to_wipe(relation_id, found))
    lines.append(PlanLine(_TRAIL, trail, 0, None, "Wie wat deed en wanneer blijft; de oude en nieuwe waarden gaan."))
    return Plan(tuple(lines), (*_out_of_reach(found, actor), *reasons_to_wait(relation_id, found, clock.today())), until, False)


def _free(kept: Kept, found: Found) -> list[Any]:
    """Return the rows that may go or be wiped now."""
    rows = found[kept.table]
    if kept.erase == "keep":
        return []
    return [row for row in rows if not bound_by_law(kept.table, row, found)] if kept.erase == "law" else list(rows)


def _out_of_reach(found: Found, actor: Actor) -> list[str]:
    """Return a refusal when others keep something of this person too."""
    if actor.is_system:
        return []
    places = {row.organisation_id for rows in found.values() for row in rows if getattr(row, "organisation_id", None)}
    others = places - actor.organisation_ids
    if not others:
        return []
    names = db.session.scalars(select(Organisation.name).where(Organisation.id.in_(others)).order_by(Organisation.path))
    return [f"Ook {', '.join(names)} bewaart gegevens van deze persoon. Vraag de landelijke beheerder om te wissen."]


def _lines_to_wipe(relation_id: int, found: Found) -> list[int]:
    """Return the lines of the trail that go: all about the person but those of rows that law keeps."""
    staying = {table: [row for row in rows if bound_by_law(table, row, found)] for table, rows in found.items()}
    going = {table: [row for row in rows if row not in staying[table]] for table, rows in found.items()}
    kept = set(_of_rows(staying))
    named = person.lines_with(_own_texts(relation_id, found)) + person.lines_of_lists_with(found["relation"][0].surname)
    tables = [one.table for one in PERSON if one.erase != "keep" or one.table == "household"]
    return sorted({*person.trail_of(relation_id, going, tables), *named} - kept)


def _of_rows(found: Found) -> list[int]:
    return [number for table, rows in found.items() for number in person.lines_about(table, [row.id for row in rows])]


def _own_texts(relation_id: int, found: Found) -> list[str]:
    """Return what tells who somebody is and is on no other card: a family shares an address or an account."""
    card = found["relation"][0]
    texts = {card.display_name, *(point.value for point in found["contact_point"]), *(row.iban for row in found["relation_account"])}
    shared = set(
        db.session.scalars(select(ContactPoint.value).where(ContactPoint.value.in_(texts), ContactPoint.relation_id != relation_id))
    )
    shared |= set(
        db.session.scalars(select(RelationAccount.iban).where(RelationAccount.iban.in_(texts), RelationAccount.relation_id != relation_id))
    )
    shared |= set(db.session.scalars(select(Relation.display_name).where(Relation.display_name.in_(texts), Relation.id != relation_id)))
    return sorted(texts - shared)


def _apply_all(rows: Mapping[str, list[Any]]) -> None:
    """Wipe and delete these rows, past the trail: their old values are what goes. First what points, then what is pointed at."""
    ids = {kept.table: [row.id for row in rows.get(kept.table, ())] for kept in PERSON}
    unused = _unused(ids["mandate"])
    deleted = [kept for kept in PERSON if kept.erase == "delete" or (kept.erase == "law" and not kept.wipe)]
    for kept in PERSON:
        if kept.wipe and ids[kept.table]:
            _wipe(kept, ids[kept.table])
    papers = update(Message).where(among(Message.document_id, ids["stored_document"])).values(document_id=None)
    db.session.execute(papers.execution_options(synchronize_session=False))
    for table, going in [("mandate", unused), *((kept.table, ids[kept.table]) for kept in reversed(deleted))]:
        if going:
            model = model_of(table)
            db.session.execute(delete(model).where(among(model.id, going)).execution_options(synchronize_session=False))


def _wipe(kept: Kept, ids: list[int]) -> None:
    model, values = model_of(kept.table), dict(kept.wipe)
    if kept.table == "relation":
        names = names_of(values["surname"], None, None, None, "company")
        values |= {name: getattr(names, name) for name in ("display_name", "sort_key", "search_name", "sound_key")}
    if kept.table == "ab_user":
        for number in ids:
            mine = {"username": f"gewist-{number}", "email": f"gewist-{number}@gewist.invalid"}
            db.session.execute(update(model).where(model.id == number).values(**mine).execution_options(synchronize_session=False))
    if hasattr(model, "version"):
        values["version"] = model.version + 1
    db.session.execute(update(model).where(among(model.id, ids)).values(**values).execution_options(synchronize_session=False))


def _unused(ids: list[int]) -> list[int]:
    """Return the mandates with which nothing was ever collected: they go."""
    collections, mandates = model_of("collection"), model_of("mandate")
    never = mandates.last_used_on.is_(None) & ~select(collections.id).where(collections.mandate_id == mandates.id).exists()
    return list(db.session.scalars(select(mandates.id).where(mandates.id.in_(ids), never)))


def _leave_household(found: Found) -> None:
    """Take the person out of the household; it is called after who is left, or goes with the last one."""
    card = found["relation"][0]
    for household in found["household"]:
        others = db.session.scalars(
            select(Relation).where(Relation.household_id == household.id, Relation.id != card.id)
            .order_by(Relation.household_role != "primary", Relation.birth_date.is_(None), Relation.birth_date, Relation.id)
        ).all()  # fmt: skip
        out = update(Relation).where(Relation.id == card.id).values(household_id=None, household_role=None)
        db.session.execute(out.execution_options(synchronize_session=False))
        if not others:
            db.session.execute(delete(Household).where(Household.id == household.id).execution_options(synchronize_session=False))
            continue
        head = others[0]
        renamed = update(Household).where(Household.id == household.id).values(name=f"Huishouden {head.display_name}"[:120])
        db.session.execute(renamed.execution_options(synchronize_session=False))
        head.household_role = "primary"
    db.session.flush()


def _forget_elsewhere(relation_id: int, name: str) -> None:
    """Wipe the person from what is about others: morning mails that list the card, and why a bank line was proposed."""
    listed = Message.body.contains(f"/relationview/show/{relation_id}\n", autoescape=True)
    sent = Message.state.not_in(("queued", "sending"))
    mails = update(Message).where(Message.kind == "data_issues", sent, listed).values(body="")
    db.session.execute(mails.execution_options(synchronize_session=False))
    lines = update(StatementLine).where(person.lines_naming(name)).values(reasons=[], candidates=[], version=StatementLine.version + 1)
    db.session.execute(lines.execution_options(synchronize_session=False))
