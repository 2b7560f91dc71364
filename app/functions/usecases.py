"""What is done with functions: starting, ending, moving and changing them, each with its event on the history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.functions import queries, terms
from app.functions.models import EndReason, FunctionEvent, FunctionTerm, FunctionType
from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.errors import DomainError, NotAllowed, NotFound
from app.kernel.periods import DAY, Period, dutch_date
from app.kernel.unit_of_work import savepoint, transaction
from app.relations.models import Relation

# The morning job looks back so far: after a longer standstill it catches up over these days.
CATCH_UP_DAYS = 60
ChargedUntil = Callable[[int], date | None]


@dataclass(frozen=True, slots=True)
class DueResult:
    """What the morning job did."""

    changes: int
    memberships: int


def start_function(
    relation_id: int,
    function_type_id: int,
    organisation_id: int,
    first_day: date,
    *,
    last_day: date | None = None,
    end_reason_id: int | None = None,
    price_category_id: int | None = None,
    payer_id: int | None = None,
    quantity: int = 1,
    factor: int | None = None,
    value_units: int | None = None,
    custom_values: dict[str, Any] | None = None,
    origin: str = "administrator",
    payer_reference: str | None = None,
    recruited_by_id: int | None = None,
    remarks: str | None = None,
) -> int:
    """Let a relation hold a function from a day on and return the term's id. Raises DomainError when a rule refuses."""
    with transaction() as session:
        relation = _locked(session, relation_id)
        wanted, at = queries.type_terms(function_type_id), queries.place(organisation_id)
        period = Period(first_day, last_day)
        terms.check_start(wanted, at, period, queries.card(relation_id), queries.held_by(relation_id), clock.today())
        _check_counted(quantity, value_units)
        row = FunctionTerm(
            organisation_id=organisation_id,
            relation_id=relation_id,
            function_type_id=function_type_id,
            first_day=first_day,
            last_day=last_day,
            end_reason_id=end_reason_id,
            price_category_id=price_category_id,
            payer_id=payer_id,
            quantity=quantity,
            factor=factor,
            value_units=value_units,
            custom_values=custom_values or {},
            origin=origin,
            payer_reference=payer_reference,
            recruited_by_id=recruited_by_id,
            remarks=remarks,
        )
        session.add(row)
        session.flush()
        _tell(session, row, "start", first_day)
        if last_day:
            _tell(session, row, "end", last_day)
        _keep_membership(session, relation)
        return row.id


def _check_counted(quantity: int | None, value_units: int | None) -> None:
    if quantity is None or quantity < 1:
        said = "Vul een aantal in: 1 of meer." if quantity is None else f"Aantal {quantity} kan niet. Vul 1 of meer in."
        raise DomainError("quantity_not_positive", said, field="quantity")
    if value_units is not None and value_units < 0:
        raise DomainError("units_negative", "Waarde-eenheden zijn niet negatief. Vul 0 of meer in, of laat het leeg.", field="value_units")


def check_changed(row: FunctionTerm) -> None:
    """Check a term as a form changed it and keep its history. Raises DomainError when a rule refuses."""
    with transaction() as session, session.no_autoflush:
        relation = _locked(session, row.relation_id)
        _check_counted(row.quantity, row.value_units)
        wanted, at = queries.type_terms(row.function_type_id), queries.place(row.organisation_id)
        period = Period(row.first_day, row.last_day)
        terms.check_start(wanted, at, period, queries.card(relation.id), queries.held_by(relation.id), clock.today(), ignoring=row.id)
        session.flush()
        _tell(session, row, "correction", clock.today(), first_day=row.first_day.isoformat())
        _keep_membership(session, relation)


def move_start(term_id: int, paid_on: date | None, first_day: date) -> None:
    """Let a function begin on another day because of its first payment; `paid_on` None: the payment was taken back, and it begins as agreed.

    The day that was agreed stays on the function as long as it begins on another. Raises DomainError when a rule refuses an earlier day.
    """
    with transaction() as session:
        row = _term(session, term_id)
        relation = _locked(session, row.relation_id)
        before, agreed = row.first_day, row.agreed_first_day or row.first_day
        if first_day < before:
            wanted, at = queries.type_terms(row.function_type_id), queries.place(row.organisation_id)
            period = Period(first_day, row.last_day)
            terms.check_start(wanted, at, period, queries.card(relation.id), queries.held_by(relation.id), clock.today(), ignoring=row.id)
        row.first_day, row.agreed_first_day = first_day, None if first_day == agreed else agreed
        session.flush()
        _tell(
            session,
            row,
            "correction",
            clock.today(),
            first_day=first_day.isoformat(),
            before=before.isoformat(),
            paid_on=paid_on.isoformat() if paid_on else None,
            reason="Eerste betaling",
        )
        _keep_membership(session, relation)


def end_function(term_id: int, last_day: date, reason_id: int | None, *, may_end_in_past: bool = False) -> list[int]:
    """End a function and what must end with it, and return the ids of all that ended. Raises DomainError when a rule refuses."""
    with transaction() as session:
        row = _term(session, term_id)
        relation = _locked(session, row.relation_id)
        held = queries.held_by(row.relation_id)
        this = _of(held, term_id)
        terms.check_end(this, last_day, clock.today(), may_end_in_past)
        reason = _reason(session, reason_id)
        also = terms.follow_up(this, last_day, held, ends_related=bool(reason and reason.ends_related))
        for other in also:
            terms.check_end(other, last_day, clock.today(), may_end_in_past)
        return _end_all(session, relation, [this, *also], last_day, reason)


def end_membership(relation_id: int, last_day: date, reason_id: int | None, *, may_end_in_past: bool = False) -> list[int]:
    """End the membership and with it every function that goes on after that day; return their ids. Raises DomainError."""
    with transaction() as session:
        relation = _locked(session, relation_id)
        ending = terms.ending_with_membership(queries.held_by(relation_id), last_day)
        if not any(term.is_membership for term in ending):
            raise DomainError(
                "no_membership", f"{relation} heeft na {dutch_date(last_day)} geen lidmaatschap meer om te beëindigen.", field="last_day"
            )
        for term in ending:
            terms.check_end(term, last_day, clock.today(), may_end_in_past)
        return _end_all(session, relation, ending, last_day, _reason(session, reason_id))


def _end_all(session: Session, relation: Relation, ending: list[terms.Held], last_day: date, reason: EndReason | None) -> list[int]:
    for one in ending:
        row = _term(session, one.term_id)
        row.last_day, row.end_reason_id = last_day, reason.id if reason else None
        _tell(session, row, "end", last_day, reason=reason.name if reason else None)
    session.flush()
    _keep_membership(session, relation)
    return [one.term_id for one in ending]


def resume_function(term_id: int) -> None:
    """Take back an end that lies ahead or is today. Raises DomainError when it has passed or the days are taken."""
    with transaction() as session:
        row = _term(session, term_id)
        relation = _locked(session, row.relation_id)
        if row.last_day is None:
            raise DomainError("function_goes_on", "Deze functie heeft geen einddatum. Er is niets te hervatten.")
        if row.last_day < clock.today():
            raise DomainError(
                "function_ended",
                f"Deze functie is al geëindigd op {dutch_date(row.last_day)}. Voeg een nieuwe functie toe.",
                field="last_day",
            )
        held = queries.held_by(row.relation_id)
        terms.check_start(
            queries.type_terms(row.function_type_id),
            queries.place(row.organisation_id),
            Period(row.first_day),
            queries.card(row.relation_id),
            held,
            clock.today(),
            ignoring=term_id,
        )
        was = row.last_day
        row.last_day = row.end_reason_id = None
        _tell(session, row, "restart", clock.today(), was=was.isoformat())
        session.flush()
        _keep_membership(session, relation)


def transfer(term_id: int, to_organisation_id: int, first_day: date) -> int:
    """Move a function to another organisation from a day on and return the new term's id.

    The old one ends the day before; a membership keeps its age. To another province only the national level may.
    Raises DomainError when a rule refuses.
    """
    with transaction() as session:
        row = _term(session, term_id)
        relation = _locked(session, row.relation_id)
        held, wanted = queries.held_by(row.relation_id), queries.type_terms(row.function_type_id)
        source, target = queries.place(row.organisation_id), queries.place(to_organisation_id)
        is_national = the_actor().is_system or not the_actor().ancestor_ids
        terms.check_transfer(_of(held, term_id), wanted, source, target, first_day, clock.today(), is_national)
        last_day, reason_id = row.last_day, row.end_reason_id
        terms.check_start(wanted, target, Period(first_day, last_day), queries.card(relation.id), held, clock.today(), ignoring=term_id)
        row.last_day, row.end_reason_id = first_day - DAY, None
        moved = FunctionTerm(
            organisation_id=to_organisation_id,
            relation_id=row.relation_id,
            function_type_id=row.function_type_id,
            first_day=first_day,
            last_day=last_day,
            end_reason_id=reason_id,
            price_category_id=row.price_category_id,
            payer_id=row.payer_id,
            quantity=row.quantity,
            factor=row.factor,
            value_units=row.value_units,
            custom_values=row.custom_values,
            origin=row.origin,
            payer_reference=row.payer_reference,
            recruited_by_id=row.recruited_by_id,
            previous_id=row.id,
        )
        session.add(moved)
        session.flush()
        _tell(session, row, "transfer", first_day, to=target.name)
        _tell(session, moved, "start", first_day, came_from=source.name)
        _keep_membership(session, relation)
        return moved.id


def change_price_category(term_id: int, price_category_id: int | None, from_day: date, charged_until: ChargedUntil) -> None:
    """Change the price category from a day on, which may lie ahead.

    `charged_until` says up to which day this function was charged; charges are known above functions, so the caller
    brings the question and it is asked inside this transaction. Raises DomainError when a rule refuses.
    """
    _change(term_id, "price_change", "price_category_id", price_category_id, from_day, charged_until)


def change_payer(term_id: int, payer_id: int | None, from_day: date, charged_until: ChargedUntil) -> None:
    """Change who pays from a day on, which may lie ahead; None is the relation itself. See `change_price_category`."""
    _change(term_id, "payer_change", "payer_id", payer_id, from_day, charged_until)


def _change(term_id: int, kind: str, column: str, value: int | None, from_day: date, charged_until: ChargedUntil) -> None:
    with transaction() as session:
        row = _term(session, term_id)
        _locked(session, row.relation_id)
        if column == "payer_id" and value is not None:
            _relation(session, value)
        terms.check_change(_of(queries.held_by(row.relation_id), term_id), from_day, charged_until(term_id))
        _tell(session, row, kind, from_day, before=getattr(row, column), after=value)
        if from_day <= clock.today():
            setattr(row, column, value)


def delete_function(term_id: int) -> None:
    """Delete a function with its history. Only the national level may, and only while nothing was charged. Raises DomainError."""
    if not (the_actor().is_system or not the_actor().ancestor_ids):
        raise NotAllowed("Alleen landelijk kan een functie verwijderen. Beëindig de functie, of vraag het aan landelijk.")
    with transaction() as session:
        row = _term(session, term_id)
        relation = _locked(session, row.relation_id)
        try:
            with savepoint():
                session.execute(delete(FunctionEvent).where(FunctionEvent.function_term_id == term_id))
                session.expire(row, ["events"])
                session.delete(row)
                session.flush()
        except IntegrityError:
            raise DomainError(
                "function_in_use",
                f"Deze functie van {relation} is al berekend of overgezet en blijft daarom staan. Beëindig de functie.",
                term_id=term_id,
            ) from None
        _keep_membership(session, relation)


def grant_role(function_type_id: int, role_name: str | None) -> None:
    """Say which role the holders of a function type get, or none. Whether one may give it is judged where rights are given."""
    with transaction() as session:
        row = session.scalar(select(FunctionType).where(FunctionType.id == function_type_id))
        if row is None:
            raise NotFound
        row.grants_role = role_name


def apply_due_functions(today: date) -> DueResult:
    """Let take effect what was entered ahead and holds from today: price, payer, and the membership on the card. Twice is once."""
    with transaction() as session:
        changed = 0
        for event in queries.due_changes(today, CATCH_UP_DAYS):
            column = "price_category_id" if event.kind == "price_change" else "payer_id"
            row = event.function_term
            before, after = event.details.get("before"), event.details.get("after")
            if before != after and getattr(row, column) == before:
                setattr(row, column, after)
                changed += 1
        session.flush()
        turned = 0
        members = queries.turning_members(today, CATCH_UP_DAYS)
        for start in range(0, len(members), 500):
            part = members[start : start + 500]
            periods = queries.membership_periods(part)
            for relation in session.scalars(select(Relation).where(Relation.id.in_(part))):
                turned += _set_membership(session, relation, periods.get(relation.id, []), today)
            session.flush()
        return DueResult(changed, turned)


def _keep_membership(session: Session, relation: Relation) -> None:
    session.flush()
    _set_membership(session, relation, queries.membership_periods([relation.id]).get(relation.id, []), clock.today())


def _set_membership(session: Session, relation: Relation, periods: list[tuple[date, date | None, int | None]], today: date) -> bool:
    """Write since when the relation is a member, and until when with which reason; tell whether that changed."""
    since, until = terms.membership_span([(first, last) for first, last, _ in periods], today)
    reason_id = next((reason for _, last, reason in periods if until and last == until), None)
    reason = _reason(session, reason_id)
    new = (since, until, reason.name[:60] if reason else None)
    if (relation.member_since, relation.end_date, relation.end_reason) == new or (not periods and relation.member_since is None):
        return False
    relation.member_since, relation.end_date, relation.end_reason = new
    return True


def _tell(session: Session, row: FunctionTerm, kind: str, on_date: date, **details: Any) -> None:
    session.add(
        FunctionEvent(
            organisation_id=row.organisation_id,
            function_term_id=row.id,
            kind=kind,
            on_date=on_date,
            details={name: value for name, value in details.items() if value is not None or name in ("before", "after")},
            actor=the_actor().name[:120],
        )
    )


def _of(held: list[terms.Held], term_id: int) -> terms.Held:
    return next(term for term in held if term.term_id == term_id)


def _term(session: Session, term_id: int) -> FunctionTerm:
    row = session.scalar(select(FunctionTerm).where(FunctionTerm.id == term_id))
    if row is None:
        raise NotFound
    return row


def _relation(session: Session, relation_id: int) -> Relation:
    row = session.scalar(select(Relation).where(Relation.id == relation_id))
    if row is None:
        raise NotFound
    return row


def _locked(session: Session, relation_id: int) -> Relation:
    """Return the card, held until the transaction ends: two people cannot both find room for the same function."""
    row = session.scalar(select(Relation).where(Relation.id == relation_id).with_for_update())
    if row is None:
        raise NotFound
    return row


def _reason(session: Session, reason_id: int | None) -> EndReason | None:
    if reason_id is None:
        return None
    row = session.scalar(select(EndReason).where(EndReason.id == reason_id))
    if row is None:
        raise NotFound
    return row
