"""Messages: put them in the outbox, claim one, keep what the server said, and decide about the doubtful ones."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.kernel import audit, clock
from app.kernel.actor import the_actor
from app.kernel.db import is_sqlite
from app.kernel.errors import NotFound
from app.kernel.identifiers import parse_email
from app.kernel.unit_of_work import transaction
from app.mail import queries
from app.mail.drafts import MessageDraft, header_text
from app.mail.letters import Letter
from app.mail.models import MESSAGE, Message
from app.mail.queries import Sender
from app.mail.replies import LATER, SENT, UNKNOWN, Verdict, pause_after

_BATCH = 1_000
_REFUSED_BEFORE = "Niet verstuurd: dit adres is eerder geweigerd. Verbeter het e-mailadres op de kaart en verstuur opnieuw."
_LOST = (
    "De verzending werd afgebroken en het is niet zeker of het bericht is aangekomen. Kijk het na en kies: verstuurd, of opnieuw versturen."
)


def queue_message(
    organisation_id: int,
    key: str,
    kind: str,
    recipient: str,
    subject: str,
    body: str,
    html: str | None = None,
    relation_id: int | None = None,
    document_id: int | None = None,
) -> int:
    """Put one message in the outbox, in the transaction of what causes it, and return its id.

    `key` names the event ("invoice:12"): a second message of the organisation with the same key is the first one.
    Raises DomainError as MessageDraft does, NotFound for an organisation, relation or document that is not the actor's.
    """
    draft = MessageDraft(key, kind, recipient, subject, body, html, relation_id, document_id)
    return queue_messages(organisation_id, [draft])[key]


def queue_messages(organisation_id: int, drafts: Iterable[MessageDraft]) -> dict[str, int]:
    """Put many messages in the outbox at once and return their ids by key. Raises NotFound as `queue_message`."""
    if not the_actor().may_write(organisation_id):
        raise NotFound
    made: dict[str, int] = {}
    with transaction() as session:
        sender = queries.sender_of(organisation_id)
        header_text("De naam van de afzender", sender.name)
        insert = sqlite.insert if is_sqlite(session.connection()) else postgresql.insert
        for part in _batches(drafts):
            queries.check_references(
                organisation_id, [d.relation_id for d in part if d.relation_id], [d.document_id for d in part if d.document_id]
            )
            statement = insert(Message).on_conflict_do_nothing(index_elements=["organisation_id", "key"])
            session.execute(statement, [_row(organisation_id, sender, draft) for draft in part])
            made |= queries.ids_by_key(organisation_id, [draft.key for draft in part])
    return made


def _batches(drafts: Iterable[MessageDraft]) -> Iterator[list[MessageDraft]]:
    source = iter(drafts)
    while part := list(islice(source, _BATCH)):
        yield part


def _row(organisation_id: int, sender: Sender, draft: MessageDraft) -> dict[str, Any]:
    now = clock.now()
    return {
        "organisation_id": organisation_id,
        "key": draft.key,
        "kind": draft.kind,
        "relation_id": draft.relation_id,
        "sender_name": sender.name,
        "sender_email": sender.email,
        "recipient": draft.recipient,
        "subject": draft.subject,
        "body": draft.body,
        "html": draft.html,
        "document_id": draft.document_id,
        "message_id": f"<{uuid.uuid4().hex}@{sender.email.rpartition('@')[2]}>",
        "state": "queued",
        "attempts": 0,
        "not_before": now,
        "made_at": now,
    }


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process alone may send now; `attempt` fences off who claimed it before."""

    id: int
    attempt: int
    letter: Letter


def claim_next(lease: timedelta) -> Claimed | None:
    """Claim the message that waited longest, committed before anything goes over the line; None when nothing is due.

    A message to an address that its card calls refused fails here and the next one is taken.
    """
    while True:
        with transaction() as session:
            now = clock.now()
            due = select(Message).where(Message.state == "queued", Message.not_before <= now)
            row = session.scalar(due.order_by(Message.not_before, Message.id).limit(1).with_for_update(skip_locked=True))
            if row is None:
                return None
            refused = queries.address_is_refused(row)
            values = {"state": "failed", "response": _REFUSED_BEFORE} if refused else {"state": "sending", "lease_until": now + lease}
            if not _change(row.id, ("queued",), row.attempts, attempts=row.attempts + 1, **values) or refused:
                continue
            found = queries.attachment_of(row)
            attachment = (found.name, found.content_type, found.content) if found else None
            letter = Letter(row.message_id, row.sender_name, row.sender_email, row.recipient, row.subject, row.body, row.html, attachment)
            return Claimed(row.id, row.attempts + 1, letter)


def keep_verdict(claimed: Claimed, verdict: Verdict) -> None:
    """Write down how an attempt ended, and mark an address that will never work on its card.

    An answer that comes after the lease still counts when the message was sent. Raises RuntimeError when the row is no longer ours.
    """
    now = clock.now()
    values: dict[str, Any] = {"response": verdict.response[:2000], "lease_until": None}
    sources: tuple[str, ...] = ("sending",)
    if verdict.outcome == SENT:
        values |= {"state": "sent", "sent_at": now}
        sources = ("sending", "unknown")
    elif verdict.outcome == LATER and (pause := pause_after(claimed.attempt)):
        values |= {"state": "queued", "not_before": now + pause}
    else:
        values |= {"state": "unknown" if verdict.outcome == UNKNOWN else "failed"}
    with transaction() as session:
        if not _change(claimed.id, sources, claimed.attempt, **values):
            raise RuntimeError(f"message {claimed.id} was taken over before its answer came: {verdict.outcome}")
        if verdict.address_is_bad:
            for point in queries.contact_points_of(session.get_one(Message, claimed.id)):
                point.is_refused = True


def doubt_lost() -> int:
    """Mark what was claimed and never answered for as unknown, for a person to decide, and return how many. Never sends again."""
    with transaction() as session:
        lost = update(Message).where(Message.state == "sending", Message.lease_until < clock.now())
        values = {"state": "unknown", "lease_until": None, "response": _LOST}
        return session.execute(lost.values(**values).execution_options(synchronize_session=False)).rowcount


def send_again(message_id: int, recipient: str | None = None) -> None:
    """Put a refused or doubtful message back in line, to another address if one is given. Raises DomainError `wrong_state`, NotFound."""
    values: dict[str, Any] = {"not_before": clock.now()}
    if recipient and recipient.strip():
        values["recipient"] = parse_email(recipient)
    _decide(message_id, "retry", sources=("failed", "unknown"), **values)


def accept_as_sent(message_id: int) -> None:
    """Say that a doubtful message did arrive. Raises DomainError `wrong_state`, NotFound."""
    _decide(message_id, "accept", sent_at=clock.now())


def cancel_message(message_id: int) -> None:
    """Take back a message that was not sent. Raises DomainError `wrong_state`, NotFound."""
    _decide(message_id, "cancel")


def _decide(message_id: int, verb: str, sources: tuple[str, ...] | None = None, **values: Any) -> None:
    with transaction() as session:
        row = session.scalar(select(Message).where(Message.id == message_id))
        if row is None:
            raise NotFound
        allowed = sources or MESSAGE.sources(verb)
        if row.state not in allowed or not _change(row.id, allowed, row.attempts, state=MESSAGE.target(verb, row.state), **values):
            raise MESSAGE.refusal(verb, row.state)
        audit.record(verb, "message", row.id, row.organisation_id, state=[row.state, MESSAGE.target(verb, row.state)], **values)


def _change(message_id: int, sources: tuple[str, ...], attempt: int, /, **values: Any) -> bool:
    with transaction() as session:
        statement = update(Message).where(Message.id == message_id, Message.state.in_(sources), Message.attempts == attempt)
        return session.execute(statement.values(**values).execution_options(synchronize_session=False)).rowcount == 1
