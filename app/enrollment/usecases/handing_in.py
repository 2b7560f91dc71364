"""Handing in an enrollment: by the public form with a confirmed address, or by an administrator."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.consents.queries import purposes
from app.enrollment import fields, letters, queries
from app.enrollment.acceptance import CONFIRM_DAYS
from app.enrollment.models import Enrollment, EnrollmentForm
from app.enrollment.usecases.claiming import claim
from app.functions.queries import type_terms
from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction
from app.mail.usecases import queue_message
from app.organisations.models import Organisation
from app.relations.checks import CardRefused
from app.relations.naming import running_name

# So many times may one e-mail address be used in a day: nobody's mailbox is filled with our confirmations.
PER_ADDRESS_PER_DAY = 3


def submit_public(form_id: int, values: Mapping[str, Any], confirm_at: str) -> None:
    """Take in what was filled in on a public form and mail a link to confirm it.

    `confirm_at` is the address of the confirmation page, with {} for the secret in it. It says the same whether the address is
    known, already used, or used too often. Raises CardRefused with a sentence per field, NotFound for a closed form.
    """
    with transaction() as session:
        form = queries.form(form_id)
        if not form.is_open:
            raise NotFound("Dit formulier is gesloten. Kijk op de website van je vereniging.")
        cleaned = _checked(form, values)
        if _too_often(session, form, cleaned):
            return
        token = secrets.token_urlsafe(32)
        row = Enrollment(
            organisation_id=form.organisation_id,
            form_id=form.id,
            source="web",
            state="unconfirmed",
            token_hash=_hashed(token),
            submitted=_as_submitted(cleaned),
            **cleaned,
        )
        session.add(row)
        session.flush()
        name = running_name(row.surname, row.prefix, row.first_name, row.initials)
        subject, body = letters.confirmation(name, form.organisation.name, confirm_at.format(token), CONFIRM_DAYS)
        queue_message(row.organisation_id, f"enrollment-confirm:{row.id}", "enrollment", str(row.email), subject, body)


def check_public(form_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers as they would be taken in, for a last look; writes nothing. Raises CardRefused and NotFound."""
    return _checked(queries.form(form_id), values)


def _checked(form: EnrollmentForm, values: Mapping[str, Any]) -> dict[str, Any]:
    asked = fields.asked_by(form.fields or {}, asks_mandate=form.asks_mandate, needs_consent=bool(form.consent_text))
    fixed = {"function_type_id": form.function_type_id, "price_category_id": form.price_category_id}
    cleaned = fields.checked({**values, **fixed}, asked, clock.today())
    cleaned["department_id"] = _chosen_department(form, cleaned.get("department_id"))
    ticked = {str(number) for number in values.get("purposes") or ()}
    cleaned["purposes"] = [purpose.id for purpose in purposes(form.consent_purposes or []) if str(purpose.id) in ticked]
    return cleaned


def _chosen_department(form: EnrollmentForm, department_id: int | None) -> int | None:
    """Return the department that was chosen, when the form lets one choose. Raises CardRefused for one that is not offered."""
    offered = {number for number, _ in queries.choosable_departments(form.function_type_id, form.organisation_id)}
    if not form.chooses_department or department_id is None:
        return next(iter(offered)) if len(offered) == 1 else None
    if department_id not in offered:
        raise CardRefused({"department_id": DomainError("department_unknown", "Kies een afdeling uit de lijst.", field="department_id")})
    return department_id


def _too_often(session: Session, form: EnrollmentForm, cleaned: Mapping[str, Any]) -> bool:
    """Whether this is the same again, or the address was used too often today."""
    today = (
        select(Enrollment.surname, Enrollment.first_name, Enrollment.birth_date)
        .where(
            Enrollment.organisation_id == form.organisation_id,
            func.lower(Enrollment.email) == str(cleaned["email"]).lower(),
            Enrollment.made_at > clock.now() - timedelta(days=1),
        )
        .limit(PER_ADDRESS_PER_DAY)
    )
    found = [tuple(row) for row in session.execute(today)]
    return len(found) >= PER_ADDRESS_PER_DAY or (cleaned["surname"], cleaned["first_name"], cleaned["birth_date"]) in found


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _as_submitted(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in cleaned.items() if value not in (None, "")}


def confirm(token: str) -> None:
    """Confirm an enrollment by the secret from the mail, once. Raises DomainError `token_invalid` when used, unknown or too old."""
    refusal = DomainError(
        "token_invalid", "Deze link is al gebruikt of werkt niet meer. Heb je nog niets van ons gehoord? Vul het formulier dan opnieuw in."
    )
    with transaction() as session:
        found = session.execute(
            select(Enrollment.id, Enrollment.made_at).where(Enrollment.token_hash == _hashed(token), Enrollment.state == "unconfirmed")
        ).first()
        if found is None or found.made_at < clock.now() - timedelta(days=CONFIRM_DAYS):
            raise refusal
        claim(session, found.id, "confirm", token_hash=None, confirmed_at=clock.now())


def enter(values: Mapping[str, Any], organisation_id: int | None = None) -> int:
    """Write an enrollment down that came by post, phone or in person, and return its id. Raises CardRefused and NotFound."""
    with transaction() as session:
        at = organisation_id or the_actor().organisation_id
        cleaned = _checked_by_administrator(session, values)
        row = Enrollment(organisation_id=at, source="administrator", state="new", submitted=_as_submitted(cleaned), **cleaned)
        session.add(row)
        session.flush()
        return row.id


def change(enrollment_id: int, values: Mapping[str, Any]) -> None:
    """Correct an enrollment that waits; what was submitted is kept beside it. Raises CardRefused, NotFound and `wrong_state`."""
    with transaction() as session:
        row = claim(session, enrollment_id, "change")
        standing = {name: getattr(row, name) for name in fields.COLUMNS}
        for name, value in _checked_by_administrator(session, {**standing, **values}).items():
            setattr(row, name, value)


def _checked_by_administrator(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    cleaned = fields.checked(values, fields.Asked(), clock.today())
    if not cleaned.get("function_type_id"):
        raise CardRefused(
            {"function_type_id": DomainError("field_required", "Kies wat iemand wordt, bijvoorbeeld lid.", field="function_type_id")}
        )
    terms = type_terms(cleaned["function_type_id"])
    if cleaned.get("department_id"):
        kind = session.scalar(select(Organisation.kind).where(Organisation.id == cleaned["department_id"]))
        if kind is None:
            raise NotFound
        if terms.levels and kind not in terms.levels:
            raise CardRefused(
                {
                    "department_id": DomainError(
                        "function_wrong_level", f"{terms.name} kan men hier niet zijn. Kies een andere organisatie.", field="department_id"
                    )
                }
            )
    return cleaned
