"""One year of a small province, told by its use cases: somebody enrolls, the season is invoiced, the bank collects and reports."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from datetime import date

from flask import Flask
from sqlalchemy import select

from app.background.models import JobRun
from app.background.usecases import request_run
from app.bank.models import StatementLine
from app.bank.usecases import TargetDraft, change_line, import_file
from app.enrollment import queries as enrollments
from app.enrollment import usecases as enrolling
from app.enrollment.acceptance import Acceptance
from app.enrollment.models import Enrollment, EnrollmentForm
from app.invoicing.models import Invoice
from app.invoicing.usecases import ask_work
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import transaction, working_as
from app.ledger.queries import trial_balance
from app.mail.models import Message
from app.relations.models import ContactPoint
from app.sepa.models import BankAccount, Collection, DebitBatch
from app.sepa.usecases import make_batches, submit_batch
from jobs import runner
from tests.bank.camt_builder import OUR_IBAN, Line, Stmt, Tx, camt
from tests.federation import Federation
from tests.invoicing.season import Province, province
from tests.mail.servers import Inbox

TODAY = date(2026, 1, 15)
COLLECT = date(2026, 2, 24)
LATER = date(2026, 3, 2)
SLUG = "provincie-a"
ROOS = {
    "first_name": "Roos",
    "surname": "van Velthuis",
    "birth_date": date(1991, 5, 9),
    "street": "Vliegerpad",
    "house_number": "31",
    "postcode": "7201 KL",
    "town": "Zutphen",
    "email": "roos@voorbeeld.nl",
    "wants_direct_debit": True,
    "iban": "NL20INGB0001234567",
    "consents": True,
}


@dataclass
class Story:
    """The province and who plays a part in it, by name."""

    app: Flask
    federation: Federation
    province: Province
    cards: dict[str, int] = field(default_factory=dict)
    run_id: int = 0
    statement_id: int = 0

    @property
    def organisation_id(self) -> int:
        """Return the province."""
        return self.province.organisation_id

    def balances(self, on: date = LATER) -> dict[str, int]:
        """Return the balance in cents of each account that has one, by number."""
        return {row.number: row.closing_cents for row in trial_balance(self.organisation_id, on) if row.closing_cents}

    def work(self, lane: str) -> None:
        """Do what waits in a lane of the background."""
        runner.work_off(self.app, lane, threading.Event())

    def invoice(self, name: str) -> Invoice:
        """Return the invoice of somebody; inside `as_`."""
        return db.session.scalars(select(Invoice).where(Invoice.debtor_id == self.cards[name])).one()


def begin(app: Flask, federation: Federation) -> Story:
    """Give the province its books, a form, a bank account and two members: one pays himself, one wants direct debit without mandate."""
    made = Story(app, federation, province(federation))
    for name, method in (("Overmaker", "transfer"), ("Zonder", "direct_debit")):
        made.cards[name] = made.province.member(name, payment_method=method)
        home = federation.organisations["A1"]
        made.province.add(
            ContactPoint(organisation_id=home, relation_id=made.cards[name], kind="email", value=f"{name.lower()}@voorbeeld.nl")
        )
    with federation.as_("anna"), transaction() as session:
        form = EnrollmentForm(
            organisation_id=made.organisation_id,
            slug=SLUG,
            title="Lid worden",
            is_open=True,
            function_type_id=federation.member,
            fields={"first_name": "required", "birth_date": "required", "address": "required"},
        )
        account = BankAccount(
            organisation_id=made.organisation_id,
            name="Betaalrekening",
            iban=OUR_IBAN,
            holder="Provincie A",
            ledger_account_id=made.province.accounts["1100"],
            announcement_days=0,
        )
        session.add_all([form, account])
    return made


def hand_in(story: Story) -> int:
    """Let Roos fill in the form and confirm it by the mailed link; returns the enrollment that waits."""
    door = enrollments.door(SLUG)
    with working_as(door.actor):
        enrolling.submit_public(door.form_id, ROOS, "https://bond.example/inschrijven/provincie-a/bevestigen/{}")
    with story.federation.as_("anna"):
        assert enrollments.waiting_count() == 0
        body = db.session.scalars(select(Message.body).where(Message.recipient == ROOS["email"])).one()
    found = re.search(r"/bevestigen/(\S+)", body)
    assert found
    with working_as(door.actor):
        enrolling.confirm(found[1])
    with story.federation.as_("anna"):
        return db.session.scalars(select(Enrollment.id)).one()


def acceptance(story: Story) -> Acceptance:
    """Return how Roos is accepted: from the first of the year, with her mandate."""
    return Acceptance(story.federation.organisations["A1"], date(2026, 1, 1), story.federation.member, gives_mandate=True)


def enroll(story: Story) -> None:
    """Make Roos a member of A1."""
    number = hand_in(story)
    with story.federation.as_("anna"):
        story.cards["Roos"] = enrolling.accept(number, acceptance(story)).relation_id


def in_background(story: Story, verb: str) -> str:
    """Ask the background to take the next step of the run, let it, and return how it ended."""
    with story.federation.as_("anna"):
        work = ask_work(story.run_id, verb)
        assert ask_work(story.run_id, verb) == work  # a second click asks for nothing new
    story.work("long")
    with story.federation.as_("anna"):
        row = db.session.get_one(JobRun, work)
        return f"{row.state}: {row.result}"


def invoice_season(story: Story) -> None:
    """Make and post the invoices of 2026."""
    with story.federation.as_("anna"):
        story.run_id = story.province.run()
    in_background(story, "make")
    in_background(story, "post")


def deliver(story: Story, inbox: Inbox, port: int) -> list[str]:
    """Send the mail that waits to a real server and return who got something."""
    story.app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port)
    with working_as(system_actor("test")):
        request_run("outbox", {}, None)
    story.work("mail")
    return inbox.recipients


def collect(story: Story) -> DebitBatch:
    """Make the direct-debit batch and hand it in; inside `as_`."""
    made = make_batches(story.organisation_id, COLLECT, TODAY.replace(month=2, day=18))
    assert [number for number, _ in made.left_out] == [story.invoice("Zonder").number]
    submit_batch(made.batch_ids[0], TODAY.replace(month=2, day=18))
    return db.session.get_one(DebitBatch, made.batch_ids[0])


def read_statement(story: Story, batch: DebitBatch) -> list[StatementLine]:
    """Read the bank's file: the batch, a payment with a reference, a stranger, and the batch's item that comes back; inside `as_`."""
    item = db.session.scalars(select(Collection.end_to_end_id)).one()
    lines = [
        Line("55.00", "2026-02-24", [Tx(group_id=f"{batch.message_id}-RCUR")], batch_id=f"{batch.message_id}-RCUR", code=("IDDT", "ESDD"), reference="R1"),
        Line("60.00", "2026-02-25", [Tx(name="J Overmaker", reference=story.invoice("Overmaker").reference, issuer="ISO")], reference="R2"),
        Line("12.34", "2026-02-26", [Tx(iban="NL39RABO0300065264", name="Onbekend", text=["zomaar"])], reference="R3"),
        Line("-55.25", "2026-02-27", [Tx(end_to_end_id=item, return_code="AC04", instructed="55.00")], reversal=True, code=("IDDT", "UPDD"), reference="R4"),
    ]  # fmt: skip
    content = camt(Stmt(lines, opening="250.00", first_day="2026-02-24", last_day="2026-02-28", name="2026-02"))
    story.statement_id = import_file(story.organisation_id, "februari.xml", content, LATER).statement_ids[0]
    asked = select(StatementLine).where(StatementLine.statement_id == story.statement_id).order_by(StatementLine.position)
    return list(db.session.scalars(asked))


def place_stranger(story: Story, line: StatementLine) -> None:
    """Put the stranger's money partly with gifts, the rest on suspense."""
    accounts = story.province.accounts
    change_line(line.id, [TargetDraft("account", accounts["8100"], 1000), TargetDraft("account", accounts["2020"], 234)])
