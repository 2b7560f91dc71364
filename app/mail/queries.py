"""Questions about the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import aliased

from app.documents.models import StoredDocument
from app.kernel.bulk import among
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.mail.models import Message
from app.organisations.models import Administration, Organisation
from app.relations.models import ContactPoint, Relation


@dataclass(frozen=True, slots=True)
class Sender:
    """In whose name an organisation mails."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file that goes along with a message."""

    name: str
    content_type: str
    content: bytes


def sender_of(organisation_id: int) -> Sender:
    """Return the sender of an organisation: as its administration says, else its own name with the installation's address.

    Raises NotFound when the organisation is not the actor's.
    """
    kept = db.session.execute(
        select(Administration.sender_name, Administration.sender_email).where(Administration.organisation_id == organisation_id)
    ).first()
    if kept is not None:
        return Sender(kept.sender_name, kept.sender_email)
    name = db.session.scalar(select(Organisation.name).where(Organisation.id == organisation_id))
    if name is None:
        raise NotFound
    return Sender(name[:70], current_app.config["MAIL_SENDER"])


def check_references(organisation_id: int, relation_ids: Sequence[int], document_ids: Sequence[int]) -> None:
    """Refuse relations the actor cannot see and documents of another organisation. Raises NotFound."""
    if relation_ids and db.session.scalar(select(func.count(Relation.id)).where(Relation.id.in_(relation_ids))) != len(set(relation_ids)):
        raise NotFound
    documents = select(func.count(StoredDocument.id)).where(
        StoredDocument.id.in_(document_ids), StoredDocument.organisation_id == organisation_id
    )
    if document_ids and db.session.scalar(documents) != len(set(document_ids)):
        raise NotFound


def ids_by_key(organisation_id: int, keys: Sequence[str]) -> dict[str, int]:
    """Return the messages of an organisation that exist for these keys."""
    found = db.session.execute(select(Message.key, Message.id).where(Message.organisation_id == organisation_id, Message.key.in_(keys)))
    return {row.key: row.id for row in found}


def attachment_of(message: Message) -> Attachment | None:
    """Return the stored file that a message carries."""
    document = db.session.execute(
        select(StoredDocument.name, StoredDocument.content_type, StoredDocument.content).where(
            StoredDocument.id == message.document_id, StoredDocument.organisation_id == message.organisation_id
        )
    ).first()
    return Attachment(document.name, document.content_type, document.content) if document else None


def contact_points_of(message: Message) -> Sequence[ContactPoint]:
    """Return the e-mail addresses on the card of the relation that this message went to."""
    return db.session.scalars(
        select(ContactPoint).where(
            ContactPoint.relation_id == message.relation_id,
            ContactPoint.kind == "email",
            func.lower(ContactPoint.value) == message.recipient.lower(),
        )
    ).all()


def address_is_refused(message: Message) -> bool:
    """Whether the card holds this address as one that a server refused for good."""
    return any(point.is_refused for point in contact_points_of(message))


def count_waiting() -> int:
    """Return how many messages wait to be sent, of the actor's organisations."""
    return db.session.scalar(select(func.count(Message.id)).where(Message.state == "queued")) or 0


def refusals_of(document_ids: list[int]) -> dict[int, str]:
    """Return why the last mail with each of these documents was refused; documents that were not refused are left out."""
    asked = select(Message.document_id, Message.response).where(among(Message.document_id, document_ids), Message.state == "failed")
    return {document: why or "" for document, why in db.session.execute(asked.order_by(Message.id))}


def anything_due(moment: datetime) -> bool:
    """Whether a message may be sent at `moment`."""
    return db.session.scalar(select(Message.id).where(Message.state == "queued", Message.not_before <= moment).limit(1)) is not None


def count_sent_since(moment: datetime) -> int:
    """Return how many messages were sent, or are being sent, since `moment`."""
    return db.session.scalar(select(func.count(Message.id)).where((Message.sent_at >= moment) | (Message.state == "sending"))) or 0


def held_up(moment: datetime) -> Select[tuple[int]]:
    """Return the ids of the messages that should be out for an hour, while nothing at all went out in that hour."""
    since = moment - timedelta(hours=1)
    other = aliased(Message)
    moves = exists(select(other.id).where(other.sent_at >= since))
    return select(Message.id).where(Message.state == "queued", Message.not_before <= since, ~moves)


def why_mail_waits(moment: datetime) -> str | None:
    """Say in Dutch that mail waits for long and what to do, for the screen; None when it goes out."""
    count = db.session.scalar(select(func.count()).select_from(held_up(moment).subquery()))
    if not count:
        return None
    return (
        f"{'Er wacht 1 bericht' if count == 1 else f'Er wachten {count} berichten'} al langer dan een uur en er gaat niets de deur uit. "
        "Meld dit aan de systeembeheerder: bij Achtergrondwerk staat in “Uitgaande post versturen” wat de mailserver zegt. Er gaat niets verloren."
    )


def why_nothing_is_sent() -> str | None:
    """Say in Dutch why the outbox stands still, for the screen; None when it works."""
    if not current_app.config["MAIL_SERVER"]:
        return "Er is geen mailserver ingesteld (MAIL_SERVER): berichten blijven wachten en gaan niet de deur uit."
    return None
