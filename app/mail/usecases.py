"""Messages: put them in the outbox, claim one, keep what the server said, and decide about the doubtful ones."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.db import is_sqlite
from app.kernel.errors import NotFound
from app.kernel.unit_of_work import transaction
from app.mail import queries
from app.mail.drafts import MessageDraft, header_text
from app.mail.models import Message
from app.mail.queries import Sender

_BATCH = 1_000


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
