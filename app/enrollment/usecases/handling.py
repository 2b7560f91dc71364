"""Everything but accepting: asking back, declining, and forgetting in time."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import delete, or_, select

from app.enrollment import letters
from app.enrollment.acceptance import DECLINED_DAYS, UNCONFIRMED_DAYS
from app.enrollment.models import Enrollment
from app.enrollment.usecases.claiming import claim
from app.kernel import audit, clock
from app.kernel.actor import the_actor
from app.kernel.errors import DomainError
from app.kernel.identifiers import clean_text
from app.kernel.unit_of_work import transaction
from app.mail.usecases import queue_message
from app.relations.naming import running_name

_REASON_LENGTH = 300


def ask(enrollment_id: int, question: str) -> None:
    """Mail a question to who applies; the enrollment waits for the answer. Raises DomainError."""
    text = _text(question, "question", "Schrijf je vraag op.")
    with transaction() as session:
        row = claim(session, enrollment_id, "ask", reason=text)
        if not row.email:
            raise DomainError(
                "no_email", "Deze inschrijving heeft geen e-mailadres. Bel of schrijf, en vul het antwoord zelf in.", field="question"
            )
        subject, body = letters.question(_name(row), row.organisation.name, text)
        queue_message(row.organisation_id, f"enrollment-ask:{row.id}:{row.version}", "enrollment", row.email, subject, body)


def decline(enrollment_id: int, reason: str, *, mails: bool = True) -> None:
    """Decline an enrollment with a reason, and mail that when there is an address. Raises DomainError."""
    text = _text(reason, "reason", "Schrijf op waarom je de inschrijving afwijst.")
    with transaction() as session:
        row = claim(session, enrollment_id, "decline", reason=text, decided_at=clock.now(), decided_by=the_actor().name[:120])
        if mails and row.email:
            subject, body = letters.declined(_name(row), row.organisation.name, text)
            queue_message(row.organisation_id, f"enrollment-declined:{row.id}", "enrollment", row.email, subject, body)


def forget_old(today: date) -> int:
    """Delete what nobody confirmed and what was declined long ago, and return how many. For the daily job; twice is once."""
    with transaction() as session:
        moment = clock.now()
        old = or_(
            (Enrollment.state == "unconfirmed") & (Enrollment.made_at < moment - timedelta(days=UNCONFIRMED_DAYS)),
            (Enrollment.state == "declined") & (Enrollment.decided_at < moment - timedelta(days=DECLINED_DAYS)),
        )
        counts: dict[int, int] = {}
        for organisation_id in session.scalars(select(Enrollment.organisation_id).where(old)):
            counts[organisation_id] = counts.get(organisation_id, 0) + 1
        session.execute(delete(Enrollment).where(old).execution_options(synchronize_session=False))
        for organisation_id, count in counts.items():
            audit.record("forget", "enrollment", None, organisation_id, count=count, on=today)
        return sum(counts.values())


def _text(typed: str, field: str, missing: str) -> str:
    text = clean_text(typed or "")
    if not text:
        raise DomainError("field_required", missing, field=field)
    if len(text) > _REASON_LENGTH:
        raise DomainError("text_too_long", f"Dit is te lang: {len(text)} tekens, er passen er {_REASON_LENGTH}. Kort het in.", field=field)
    return text


def _name(row: Enrollment) -> str:
    return running_name(row.surname, row.prefix, row.first_name, row.initials)
