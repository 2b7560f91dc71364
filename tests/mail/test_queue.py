"""A message waits in the outbox once per event, inside the walls, and can carry no second header."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction
from app.mail.models import Message
from app.mail.usecases import queue_message
from tests.federation import Federation


def queue(federation: Federation, at: str = "A", key: str = "invoice:1", **values: object) -> int:
    given = {"kind": "invoice", "recipient": "jo@post.example", "subject": "Factuur", "body": "Beste Jo", **values}
    return queue_message(federation.organisations[at], key, **given)


def test_an_event_mails_once_and_its_id_is_kept(federation: Federation) -> None:
    with federation.as_("anna"):
        first, again = queue(federation), queue(federation, subject="Anders")
        row = db.session.get_one(Message, first)
        assert first == again
        assert (row.subject, row.state, row.sender_email) == ("Factuur", "queued", "penningmeester-a@bond.example")
        assert row.message_id.endswith("@bond.example>")


def test_two_organisations_may_use_the_same_key(federation: Federation) -> None:
    with federation.as_("anna"):
        first = queue(federation)
    with federation.as_("dirk"):
        assert queue(federation, at="B") != first


def test_what_causes_it_takes_the_message_along_when_it_fails(federation: Federation) -> None:
    with federation.as_("anna"):
        with pytest.raises(DomainError), transaction():
            queue(federation)
            raise DomainError("test", "mislukt")
        assert db.session.scalar(select(func.count(Message.id))) == 0


def test_without_books_the_installation_sends_in_the_name_of_the_organisation(federation: Federation) -> None:
    with federation.as_("bram"):
        row = db.session.get_one(Message, queue(federation, at="A1"))
        assert (row.sender_name, row.sender_email) == ("department A1", "bondgenoot@localhost.example")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"subject": "Factuur\r\nBcc: allen@bond.example"}, "message_control"),
        ({"subject": "Factuur\u2028x"}, "message_control"),
        ({"recipient": "jo@post.example\nBcc: x@y.example"}, "email_invalid"),
        ({"recipient": "jo@post.example, piet@post.example"}, "email_invalid"),
        ({"recipient": ""}, "email_invalid"),
        ({"subject": "  "}, "message_empty"),
        ({"body": "\n"}, "message_empty"),
        ({"subject": "x" * 201}, "subject_too_long"),
    ],
)
def test_a_message_that_cannot_be_right_is_refused(federation: Federation, values: dict[str, str], code: str) -> None:
    with federation.as_("anna"), pytest.raises(DomainError) as refused:
        queue(federation, **values)
    assert refused.value.code == code


def test_nobody_mails_for_another_organisation_or_about_a_foreign_relation(federation: Federation) -> None:
    stranger = federation.relation("B1")
    with federation.as_("anna"):
        with pytest.raises(NotFound):
            queue(federation, at="B")
        with pytest.raises(NotFound):
            queue(federation, relation_id=stranger)
        with pytest.raises(NotFound):
            queue(federation, document_id=1)
