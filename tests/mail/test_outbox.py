"""The outbox over real SMTP: never lost, never twice, and honest about what nobody knows."""

from __future__ import annotations

import threading
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.documents.models import StoredDocument
from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction, working_as
from app.mail import queries, usecases
from app.mail.models import Message
from app.relations.models import ContactPoint
from jobs.outbox import LEASE, send_due
from tests.federation import Federation
from tests.mail.servers import Inbox, serving


class NoWork:
    """A run that nobody stops."""

    def progress(self, done: int, total: int) -> None:
        assert 0 <= done <= total


def queue(federation: Federation, number: int = 1, at: str = "A", **values: Any) -> int:
    given = {"kind": "invoice", "recipient": f"jo{number}@post.example", "subject": "Factuur", "body": "Beste Jo\n.\nGroet", **values}
    with federation.as_(at):
        return usecases.queue_message(federation.organisations[at], f"invoice:{number}", **given)


def send(app: Flask, port: int, per_minute: int = 60) -> str:
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port, MAIL_PER_MINUTE=per_minute)
    with working_as(system_actor("outbox")):
        return send_due(NoWork())


def row(message_id: int) -> Message:
    with working_as(system_actor("test")):
        found = db.session.get_one(Message, message_id)
        db.session.refresh(found)
        db.session.expunge(found)
        return found


def test_messages_go_out_over_one_connection_and_keep_the_answer(app: Flask, federation: Federation) -> None:
    ids = [queue(federation, n) for n in (1, 2, 3)]
    inbox = Inbox()
    with serving(inbox) as port:
        assert send(app, port) == "3 verstuurd"
        assert send(app, port) == "Niets te versturen."
    assert inbox.recipients == ["jo1@post.example", "jo2@post.example", "jo3@post.example"]
    assert inbox.connections == 1
    sent = row(ids[0])
    assert (sent.state, sent.response, sent.attempts) == ("sent", "250 2.0.0 Ok: queued as 12345", 1)
    assert sent.message_id.encode() in inbox.mails[0][1]
    assert b"Beste Jo\r\n.\r\nGroet" in inbox.mails[0][1]


def test_without_a_mail_server_everything_waits_and_the_reason_is_told(app: Flask, federation: Federation) -> None:
    waiting = queue(federation)
    app.config["MAIL_SERVER"] = ""
    with working_as(system_actor("outbox")):
        assert "geen mailserver ingesteld" in send_due(NoWork())
        assert "MAIL_SERVER" in str(queries.why_nothing_is_sent())
    assert row(waiting).state == "queued"


def test_a_server_that_is_down_costs_no_attempt(app: Flask, federation: Federation) -> None:
    waiting = queue(federation)
    assert "niet bereikbaar" in send(app, 1)
    assert (row(waiting).state, row(waiting).attempts) == ("queued", 0)


def test_the_limit_per_minute_holds(app: Flask, federation: Federation) -> None:
    for n in range(5):
        queue(federation, n)
    inbox = Inbox()
    with serving(inbox) as port, clock.standing_still(clock.now() + timedelta(minutes=1)):
        assert send(app, port, per_minute=2) == "2 verstuurd"
        assert send(app, port, per_minute=2) == "Niets te versturen."
    assert len(inbox.mails) == 2


def test_one_refused_recipient_does_not_hold_up_the_others(app: Flask, federation: Federation) -> None:
    relation = federation.relation("A")
    with federation.as_("system"), transaction() as session:
        point = ContactPoint(organisation_id=federation.organisations["A"], relation_id=relation, kind="email", value="Jo1@post.example")
        session.add(point)
        session.flush()
        point_id = point.id
    refused, later, fine = queue(federation, 1, relation_id=relation), queue(federation, 2), queue(federation, 3)
    inbox = Inbox({"jo1@post.example": ("rcpt", "550 5.1.1 no such user"), "jo2@post.example": ("rcpt", "450 4.2.0 greylisted")})
    with serving(inbox) as port:
        assert send(app, port) == "1 geweigerd, 1 later opnieuw, 1 verstuurd"
    assert row(refused).state == "failed"
    assert row(later).state == "queued"
    assert row(later).not_before > clock.now()
    assert row(fine).state == "sent"
    with working_as(system_actor("test")):
        assert db.session.get_one(ContactPoint, point_id).is_refused
    again = queue(federation, 4, recipient="jo1@post.example", relation_id=relation)
    with serving(Inbox()) as port:
        assert send(app, port) == "Niets te versturen."
    assert (row(again).state, row(again).response) == ("failed", usecases._REFUSED_BEFORE)


def test_a_temporary_fault_is_tried_again_with_growing_pauses_and_then_given_up(app: Flask, federation: Federation) -> None:
    message = queue(federation)
    inbox = Inbox({"jo1@post.example": ("end", "451 4.7.0 try later")})
    pauses = []
    moment = clock.now()
    with serving(inbox) as port:
        for _ in range(9):
            with clock.standing_still(moment):
                send(app, port)
                found = row(message)
                if found.state == "failed":
                    break
                pauses.append(found.not_before - moment)
                moment = found.not_before
    assert found.state == "failed"
    assert pauses == sorted(pauses)
    assert len(pauses) == 8


@pytest.mark.parametrize(("drop_at", "state"), [("rcpt", "queued"), ("end", "unknown")])
def test_a_line_that_drops_is_only_doubtful_after_the_message_was_handed_over(
    app: Flask, federation: Federation, drop_at: str, state: str
) -> None:
    message = queue(federation)
    inbox = Inbox(drop_at=drop_at)
    with serving(inbox) as port:
        send(app, port)
        send(app, port)  # what is doubtful is never sent again by itself
    assert row(message).state == state
    assert len(inbox.mails) == (1 if drop_at == "end" else 0)


def test_a_server_that_never_answers_leaves_a_doubtful_message(app: Flask, federation: Federation) -> None:
    message = queue(federation)
    app.config["MAIL_TIMEOUT_SECONDS"] = 0.3
    inbox = Inbox(delay=1.0)
    with serving(inbox) as port:
        send(app, port)
    assert row(message).state == "unknown"


def test_a_kill_between_claim_and_send_leaves_a_doubtful_message_for_a_person(app: Flask, federation: Federation) -> None:
    message = queue(federation)
    with working_as(system_actor("outbox")):
        assert usecases.claim_next(LEASE) is not None  # and then this process was killed
    inbox = Inbox()
    with serving(inbox) as port:
        send(app, port)
        assert row(message).state == "sending"
        with clock.standing_still(clock.now() + LEASE + timedelta(seconds=1)):
            assert send(app, port) == "1 onzeker"
    assert (row(message).state, inbox.mails) == ("unknown", [])
    with federation.as_("anna"):
        usecases.send_again(message, " ")
    with serving(inbox) as port:
        assert send(app, port) == "1 verstuurd"
    assert inbox.recipients == ["jo1@post.example"]


def test_two_senders_at_once_send_each_message_once(app: Flask, federation: Federation) -> None:
    ids = [queue(federation, n) for n in range(20)]
    inbox = Inbox(delay=0.005)
    faults: list[Exception] = []

    def one(port: int) -> None:
        try:
            with app.app_context():
                send(app, port)
        except Exception as fault:  # noqa: BLE001 - told by the test itself
            faults.append(fault)

    with serving(inbox) as port:
        threads = [threading.Thread(target=one, args=(port,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not faults
    assert sorted(inbox.recipients) == sorted(f"jo{n}@post.example" for n in range(20))
    assert {row(message).state for message in ids} == {"sent"}


def test_an_answer_after_the_lease_still_counts_when_it_was_sent(app: Flask, federation: Federation) -> None:
    message = queue(federation)
    with working_as(system_actor("outbox")):
        claimed = usecases.claim_next(LEASE)
        assert claimed is not None
        with clock.standing_still(clock.now() + LEASE * 2):
            usecases.doubt_lost()
        usecases.keep_verdict(claimed, usecases.Verdict("sent", "250 ok"))
        with pytest.raises(RuntimeError, match="taken over"):
            usecases.keep_verdict(claimed, usecases.Verdict("later", "450 nee"))
    assert row(message).state == "sent"


def test_the_attachment_is_the_stored_document(app: Flask, federation: Federation) -> None:
    content = b"%PDF-1.4 verzonnen"
    with federation.as_("anna"), transaction() as session:
        document = StoredDocument(
            organisation_id=federation.organisations["A"],
            name="factuur.pdf",
            content_type="application/pdf",
            content=content,
            sha256=sha256(content).hexdigest(),
            subject_table="invoice",
            subject_id=1,
        )
        session.add(document)
        session.flush()
        document_id = document.id
    queue(federation, document_id=document_id)
    with federation.as_("dirk"), pytest.raises(NotFound):
        usecases.queue_message(federation.organisations["B"], "x", "invoice", "a@b.example", "s", "t", document_id=document_id)
    inbox = Inbox()
    with serving(inbox) as port:
        send(app, port)
    assert b'filename="factuur.pdf"' in inbox.mails[0][1]


def test_a_person_decides_about_doubtful_and_refused_messages(federation: Federation) -> None:
    message = queue(federation)
    with federation.as_("dirk"), pytest.raises(NotFound):
        usecases.cancel_message(message)
    with federation.as_("anna"):
        with pytest.raises(DomainError) as refused:
            usecases.accept_as_sent(message)
        assert refused.value.code == "wrong_state"
        usecases.cancel_message(message)
        with pytest.raises(DomainError):
            usecases.send_again(message)
        assert db.session.scalar(select(Message.state)) == "cancelled"
