"""Accepting: from an enrollment to a member, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.consents.usecases import note_from_form
from app.enrollment import letters, queries
from app.enrollment.acceptance import Acceptance, Accepted, check_from_day
from app.enrollment.models import Enrollment
from app.enrollment.usecases.claiming import claim
from app.functions.usecases import start_function
from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction
from app.mail.usecases import queue_message
from app.organisations.models import Organisation
from app.organisations.queries import bookkeeper_of
from app.relations import usecases as cards
from app.relations.drafts import AccountDraft, AddressDraft, ContactDraft, RelationDraft
from app.relations.models import Relation
from app.relations.naming import running_name
from app.sepa.models import Mandate
from app.sepa.usecases.mandates import change_state, give_mandate

_PLAIN = ("initials", "first_name", "prefix", "surname", "gender", "birth_date")
_ALL = frozenset({*_PLAIN, "email", "phone", "address", "iban"})


def accept(enrollment_id: int, how: Acceptance) -> Accepted:
    """Make who applies a member: the card (new, or one that is known), the function, mandate, household and mails.

    One transaction, and once: a second acceptance, also at the same moment, is refused with `wrong_state`.
    Raises DomainError of any rule on the way; then nothing was done.
    """
    with transaction() as session:
        check_from_day(how.from_day, clock.today())
        if not the_actor().may_write(how.department_id):
            raise NotFound("Deze afdeling bestaat niet (meer), of hoort niet bij jouw omgeving. Kies een afdeling uit de lijst.")
        row = claim(session, enrollment_id, "accept", decided_at=clock.now(), decided_by=the_actor().name[:120])
        relation_id = how.relation_id
        if relation_id is None:
            relation_id = _new_card(row, how.department_id)
        else:
            _take_over(session, row, relation_id, how.taken)
        mandate_id = _mandate(session, row, relation_id, how)
        term_id = start_function(
            relation_id,
            how.function_type_id,
            how.department_id,
            how.from_day,
            price_category_id=how.price_category_id,
            origin="web" if row.source == "web" else "administrator",
        )
        if how.household_with_id is not None:
            _household(session, relation_id, how.household_with_id)
        row.relation_id, row.department_id = relation_id, how.department_id
        session.flush()
        _keep_consents(row, relation_id)
        relation = _card(session, relation_id)
        _tell(session, row, relation, how, mandate_id)
        return Accepted(relation_id, relation.number, term_id, mandate_id)


def take_over_and_decline(enrollment_id: int, relation_id: int, taken: Iterable[str], reason: str = "") -> None:
    """Bring chosen fields to the card of who is known already and close the enrollment. Raises DomainError."""
    with transaction() as session:
        row = claim(
            session,
            enrollment_id,
            "take_over",
            decided_at=clock.now(),
            decided_by=the_actor().name[:120],
            reason=(reason.strip() or "Gegevens overgenomen op de kaart")[:300],
        )
        _take_over(session, row, relation_id, frozenset(taken))
        row.relation_id = relation_id
        _keep_consents(row, relation_id)


def _keep_consents(row: Enrollment, relation_id: int) -> None:
    """Bring what was ticked on the form to the card, with the day on which the form was handed in."""
    if row.purposes:
        note_from_form(relation_id, row.purposes, clock.local(row.made_at).date())


def _new_card(row: Enrollment, department_id: int) -> int:
    plain = {name: getattr(row, name) for name in _PLAIN}
    return cards.add_relation(
        RelationDraft(
            **plain,
            organisation_id=department_id,
            correspondence="mail" if row.email else "paper",
            remarks=row.remarks,
            addresses=(_address(row),) if row.street else (),
            contact_points=tuple(_contacts(row, _ALL)),
            accounts=(_account(row),) if row.iban else (),
        )
    )


def _take_over(session: Session, row: Enrollment, relation_id: int, taken: frozenset[str]) -> None:
    if unknown := taken - _ALL:
        raise DomainError("field_unknown", f"Het veld “{min(unknown)}” kan niet worden overgenomen. Ververs de pagina en kies opnieuw.")
    _card(session, relation_id)
    plain: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN if name in taken}
    if "first_name" in taken and "initials" not in taken:
        plain["initials"] = row.initials
    if plain:
        cards.change_relation(relation_id, **plain)
    for contact in _contacts(row, taken):
        cards.add_contact_point(relation_id, contact)
    if "address" in taken and row.street:
        _bring_address(session, row, relation_id)
    if "iban" in taken and row.iban:
        cards.add_account(relation_id, _account(row))


def _bring_address(session: Session, row: Enrollment, relation_id: int) -> None:
    today = clock.today()
    holding = [a for a in _card(session, relation_id).addresses if a.kind == "home" and (a.last_day is None or a.last_day >= today)]
    if any(a.first_day and a.first_day >= today for a in holding):
        raise DomainError(
            "address_overlap",
            "Op de kaart staat al een verhuizing klaar. Kies bij het adres dat van de kaart, of wijzig eerst die verhuizing.",
            field="take_address",
        )
    cards.move(relation_id, _address(row), today) if holding else cards.add_address(relation_id, _address(row))


def _address(row: Enrollment) -> AddressDraft:
    return AddressDraft(row.street or "", row.house_number or "", row.town or "", row.postcode, row.suffix, row.country)


def _contacts(row: Enrollment, taken: frozenset[str]) -> Iterable[ContactDraft]:
    if row.email and "email" in taken:
        yield ContactDraft("email", row.email)
    if row.phone and "phone" in taken:
        yield ContactDraft("mobile" if row.phone.startswith("+316") else "phone", row.phone)


def _account(row: Enrollment) -> AccountDraft:
    holder = row.account_holder or running_name(row.surname, row.prefix, row.initials or row.first_name)
    return AccountDraft(row.iban or "", holder[:70])


def _mandate(session: Session, row: Enrollment, relation_id: int, how: Acceptance) -> int | None:
    """Write the mandate down that was given with the enrollment; one on the same account stays, one on another is revoked."""
    if not how.gives_mandate:
        return None
    if not row.iban:
        raise DomainError(
            "mandate_without_iban",
            "Er is geen IBAN voor de machtiging. Vul het aan, of accepteer zonder automatische incasso.",
            field="gives_mandate",
        )
    if how.relation_id is not None and "iban" not in how.taken and row.iban not in {a.iban for a in _card(session, relation_id).accounts}:
        raise DomainError(
            "mandate_other_account",
            "De machtiging geldt voor het IBAN van de inschrijving. Kies dat IBAN, of accepteer zonder automatische incasso.",
            field="gives_mandate",
        )
    creditor = bookkeeper_of(how.department_id)
    if creditor is None:
        raise DomainError(
            "mandate_no_creditor",
            "De machtiging hoort bij een boekhouding die je hier niet ziet. Laat de provincie accepteren, of accepteer zonder automatische incasso.",
            field="gives_mandate",
        )
    _card(session, relation_id).payment_method = "direct_debit"
    active = select(Mandate).where(Mandate.relation_id == relation_id, Mandate.organisation_id == creditor, Mandate.state == "active")
    for mandate in session.scalars(active).all():
        if mandate.iban == row.iban:
            return mandate.id
        change_state(mandate.id, "revoke")
    signed = clock.local(row.confirmed_at or row.made_at).date()
    evidence = f"Inschrijving {row.id}, {'bevestigd per e-mail' if row.confirmed_at else 'ingevoerd'} op {signed:%d-%m-%Y}"
    return give_mandate(
        creditor, relation_id, iban=row.iban, holder=_account(row).holder, signed_on=signed, today=clock.today(), evidence=evidence
    )


def _household(session: Session, relation_id: int, with_id: int) -> None:
    other = _card(session, with_id)
    if other.household_id is None:
        cards.make_household(with_id, (relation_id,))
    else:
        cards.join_household(relation_id, other.household_id)


def _tell(session: Session, row: Enrollment, relation: Relation, how: Acceptance, mandate_id: int | None) -> None:
    """Welcome the member, and tell the department who came in by the website."""
    department = session.scalar(select(Organisation.name).where(Organisation.id == how.department_id)) or ""
    mandate = session.scalar(select(Mandate.reference).where(Mandate.id == mandate_id)) or ""
    name = running_name(relation.surname, relation.prefix, relation.first_name, relation.initials)
    if how.sends_welcome and row.email:
        subject, body = letters.welcome(name, department, relation.number, how.from_day, how.charge_sentence, mandate)
        queue_message(row.organisation_id, f"enrollment-welcome:{row.id}", "enrollment", row.email, subject, body, relation_id=relation.id)
    if row.source == "web":
        for number, address in enumerate(queries.administrator_addresses(how.department_id, clock.today())):
            subject, body = letters.routed(name, relation.number, department, how.from_day, how.card_link.format(relation.id))
            queue_message(row.organisation_id, f"enrollment-route:{row.id}:{number}", "enrollment", address, subject, body)


def _card(session: Session, relation_id: int) -> Relation:
    row = session.scalar(select(Relation).where(Relation.id == relation_id))
    if row is None:
        raise NotFound
    return row
