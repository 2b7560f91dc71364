"""The three journeys of docs/architecture.md by their use cases, each going on where the one before ended, on both databases."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import select

from app.bank.usecases import book_statement, take_back
from app.contributions.models import Charge
from app.enrollment import queries as enrollments
from app.enrollment import usecases as enrolling
from app.functions.models import FunctionTerm
from app.invoicing.models import InvoiceRun
from app.invoicing.usecases import invoice_pdf, preview_run, send_run
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.ledger.queries import debtors, open_cents_of, proofs
from app.mail.models import Message
from app.relations.models import Relation
from app.sepa.models import DebitBatch, Mandate
from app.sepa.validation import validate
from tests.journeys.story import (
    LATER,
    ROOS,
    Story,
    acceptance,
    collect,
    deliver,
    enroll,
    hand_in,
    in_background,
    invoice_season,
    place_stranger,
    read_statement,
)
from tests.mail.servers import Inbox, serving


def test_an_enrollment_becomes_a_member_once(story: Story) -> None:
    number = hand_in(story)
    with story.federation.as_("anna"):
        assert enrollments.waiting_count() == 1
        done = enrolling.accept(number, acceptance(story))
        with pytest.raises(DomainError) as twice:
            enrolling.accept(number, acceptance(story))
        assert twice.value.code == "wrong_state"
        card = db.session.scalars(select(Relation).where(Relation.first_name == "Roos")).one()
        term = db.session.scalars(select(FunctionTerm).where(FunctionTerm.relation_id == card.id)).one()
        mandate = db.session.scalars(select(Mandate).where(Mandate.relation_id == card.id)).one()
        assert (card.id, term.id, mandate.id) == (done.relation_id, done.term_id, done.mandate_id)
        assert (card.payment_method, mandate.iban, mandate.organisation_id) == ("direct_debit", ROOS["iban"], story.organisation_id)
        assert enrollments.waiting_count() == 0
        mailed = db.session.scalars(select(Message.recipient)).all()
        assert mailed.count(ROOS["email"]) == 2  # the link, and the welcome
    with story.federation.as_("dirk"):
        assert db.session.scalars(select(Relation).where(Relation.first_name == "Roos")).all() == []


def test_a_season_becomes_posted_and_sent_invoices(story: Story) -> None:
    enroll(story)
    with story.federation.as_("anna"):
        story.run_id = story.province.run()
        shown = preview_run(story.run_id)
        assert (shown.invoices, shown.total_cents) == (3, 5500 + 6000 + 5500)
        assert db.session.scalars(select(Charge)).all() == []  # a preview writes nothing
    assert in_background(story, "make").startswith("done: 3 conceptfacturen")
    assert in_background(story, "make").startswith("done: 0 conceptfacturen")
    assert in_background(story, "post").startswith("done: 3 facturen geboekt")
    with story.federation.as_("anna"):
        assert story.balances() == {"1300": 17000, "8000": -17000}
        told = send_run(story.run_id, simulate=True)
        assert (told.mailed, told.to_print) == (3, 0)
        assert db.session.scalar(select(InvoiceRun.state).where(InvoiceRun.id == story.run_id)) == "posted"
        invoice = story.invoice("Roos")
        why = invoice.lines[0].charge.explanation
        assert why
        _name, before = invoice_pdf(invoice.id)
        assert before.startswith(b"%PDF")
    assert in_background(story, "send").startswith("done: ")
    inbox = Inbox()
    with serving(inbox) as port:
        got = deliver(story, inbox, port)
        assert sorted(got) == sorted([ROOS["email"], ROOS["email"], ROOS["email"], "overmaker@voorbeeld.nl", "zonder@voorbeeld.nl"])
        assert sum(b"application/pdf" in content for _, content in inbox.mails) == 3
        deliver(story, inbox, port)
        assert len(inbox.mails) == 5  # nothing goes twice
    with story.federation.as_("anna"):
        _name, kept = invoice_pdf(story.invoice("Roos").id)
        assert kept == invoice_pdf(story.invoice("Roos").id)[1]
        assert db.session.scalar(select(InvoiceRun.state).where(InvoiceRun.id == story.run_id)) == "sent"


def test_the_bank_settles_the_season_to_the_cent(story: Story) -> None:
    enroll(story)
    invoice_season(story)
    with story.federation.as_("anna"):
        batch = collect(story)
        assert (batch.count, batch.total_cents) == (1, 5500)
        assert batch.sha256 == hashlib.sha256(batch.document).hexdigest()
        figures = validate([batch.document], batch.pain_version)
        assert (figures.count, figures.total_cents) == (1, 5500)
        under_way = {"1150": 5500, "1300": 11500, "8000": -17000}
        assert story.balances() == under_way

        with clock.standing_still(LATER):
            lines = read_statement(story, batch)
            assert [line.certainty for line in lines] == ["certain", "certain", "unknown", "certain"]
            with pytest.raises(DomainError) as refusal:
                book_statement(story.statement_id)
            assert refusal.value.code == "lines_unresolved"
            place_stranger(story, lines[2])
            assert book_statement(story.statement_id) == 4
        booked = story.balances()
        assert booked["1100"] == 25000 + 5500 + 6000 + 1234 - 5525
        assert (booked.get("1150", 0), booked["1300"], booked["8100"], booked["2020"]) == (0, 11000, -1000, -234)
        assert sum(booked.values()) == 0
        owed = {row.name: row.open_cents for row in debtors(story.organisation_id, LATER)}
        assert owed == {"Velthuis, Roos van": 5500, "Zonder, Jo": 5500}
        with pytest.raises(DomainError) as twice:
            book_statement(story.statement_id)
        assert twice.value.code == "wrong_state"

        with clock.standing_still(LATER):
            assert take_back(story.statement_id, LATER) == 4
        taken_back = story.balances()
        assert {number: taken_back[number] for number in under_way} == under_way
        items = [story.invoice(name).open_item_id for name in ("Roos", "Overmaker", "Zonder")]
        assert sorted(open_cents_of(items).values()) == [0, 5500, 6000]
        with clock.standing_still(LATER):
            assert book_statement(story.statement_id) == 4
        assert story.balances() == booked
        assert db.session.get_one(DebitBatch, batch.id).document == batch.document
    with story.federation.as_("system"):
        assert [found for check in proofs.CHECKS for found in check(story.organisation_id)] == []
