"""What becomes of an invoice when its mail arrives, is refused for good, or is tried again: over real SMTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.invoicing.models import Invoice
from app.invoicing.usecases import make_run, mark_queued, mark_refused, post_run, print_pdf, send_invoices, send_run
from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from app.mail import usecases
from app.mail.models import Message
from app.mail.queries import refusals_of
from app.relations.models import ContactPoint
from tests.federation import Federation
from tests.invoicing.season import Province, province
from tests.mail.servers import Inbox, serving
from tests.mail.test_outbox import send

GONE = {"aalders@post.example": ("rcpt", "550 5.1.1 no such user")}


@pytest.fixture
def mailed(federation: Federation) -> tuple[Province, int]:
    """A run of one invoice that is in the outgoing mail."""
    gelre = province(federation)
    debtor = gelre.member("Aalders")
    home = federation.organisations["A1"]
    gelre.add(ContactPoint(organisation_id=home, relation_id=debtor, kind="email", value="aalders@post.example", for_invoices=True))
    with federation.as_("anna"):
        run_id = gelre.run()
        make_run(run_id)
        post_run(run_id)
        assert send_run(run_id, simulate=False).mailed == 1
    return gelre, run_id


def states(gelre: Province) -> list[tuple[str, bool]]:
    with gelre.federation.as_("anna"):
        db.session.expire_all()
        return [(row.send_state, row.sent_at is not None) for row in db.session.scalars(select(Invoice).order_by(Invoice.id))]


def messages(gelre: Province) -> list[tuple[int, str]]:
    with gelre.federation.as_("anna"):
        return [tuple(row) for row in db.session.execute(select(Message.id, Message.state).order_by(Message.id))]


def test_an_invoice_is_sent_once_the_mail_server_took_it(app: Flask, mailed: tuple[Province, int]) -> None:
    gelre, _run = mailed
    assert states(gelre) == [("queued", True)]
    inbox = Inbox()
    with serving(inbox) as port:
        assert send(app, port) == "1 verstuurd"
    assert inbox.recipients == ["aalders@post.example"]
    assert states(gelre) == [("sent", True)]


def refused(app: Flask, gelre: Province) -> int:
    with serving(Inbox(GONE)) as port:
        assert send(app, port) == "1 geweigerd"
    assert states(gelre) == [("unsent", False)], "not announced either: a direct debit may not count on it"
    return messages(gelre)[0][0]


def test_a_refused_mail_can_be_printed(app: Flask, mailed: tuple[Province, int]) -> None:
    gelre, run_id = mailed
    refused(app, gelre)
    with gelre.federation.as_("anna"):
        invoice = db.session.scalars(select(Invoice)).one()
        assert "no such user" in refusals_of([invoice.document_id])[invoice.document_id]
        assert send_run(run_id, simulate=False).to_print == 1
        assert print_pdf(run_id).startswith(b"%PDF")


def test_a_refused_mail_goes_to_an_address_that_was_mended(app: Flask, mailed: tuple[Province, int]) -> None:
    gelre, _run = mailed
    refused(app, gelre)
    with gelre.federation.as_("anna"):
        with transaction() as session:
            point = session.scalars(select(ContactPoint)).one()
            point.value, point.is_refused = "anders@post.example", False
        (number,) = db.session.scalars(select(Invoice.id))
        assert send_invoices(gelre.organisation_id, [number]).mailed == 1
    assert states(gelre) == [("queued", True)]
    with gelre.federation.as_("system"):
        assert mark_refused() == 0, "the new mail is under way"
    inbox = Inbox()
    with serving(inbox) as port:
        assert send(app, port) == "1 verstuurd"
    assert inbox.recipients == ["anders@post.example"]
    assert states(gelre) == [("sent", True)]


def again(message_id: int) -> None:
    usecases.send_again(message_id, "anders@post.example")
    mark_queued(message_id)


def taken_back(message_id: int) -> None:
    usecases.send_again(message_id, "anders@post.example")
    mark_queued(message_id)
    usecases.cancel_message(message_id)
    assert mark_refused([message_id]) == 1


@pytest.mark.parametrize(("act", "state"), [(again, "queued"), (taken_back, "unsent")])
def test_the_invoice_follows_what_is_decided_about_its_mail(
    app: Flask, mailed: tuple[Province, int], act: Callable[[int], None], state: str
) -> None:
    gelre, _run = mailed
    number = refused(app, gelre)
    with gelre.federation.as_("anna"):
        act(number)
    assert states(gelre) == [(state, state == "queued")]


def test_an_address_that_is_known_to_be_refused_does_not_hold_the_invoice(app: Flask, mailed: tuple[Province, int]) -> None:
    gelre, _run = mailed
    with gelre.federation.as_("anna"), transaction() as session:
        session.scalars(select(ContactPoint)).one().is_refused = True
    with serving(Inbox()) as port:
        assert send(app, port) == "Niets te versturen."
    assert states(gelre) == [("unsent", False)]
