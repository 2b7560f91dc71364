"""A season from drafts to mail in the background: each step a run, and a step that was done before its worker went down is done."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from app.background.models import JobRun
from app.background.usecases import request_run
from app.invoicing.models import InvoiceRun
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import working_as
from app.relations.models import ContactPoint
from jobs import runner
from tests.federation import Federation
from tests.invoicing.season import Province, province
from tests.mail.servers import Inbox, serving


@pytest.fixture
def gelre(federation: Federation) -> Province:
    return province(federation)


def done(app: Flask, gelre: Province, name: str, run_id: int) -> str:
    with gelre.federation.as_("anna"):
        job_run = request_run(name, {"run_id": run_id}, gelre.organisation_id)
    assert runner.work_off(app, "long", threading.Event()) == 1
    with gelre.federation.as_("anna"):
        row = db.session.get_one(JobRun, job_run)
        return f"{row.state}: {row.result}"


def test_make_post_and_send_in_the_background(app: Flask, gelre: Province) -> None:
    reachable = gelre.member("Aalders")
    gelre.member("Berends")
    home = gelre.federation.organisations["A1"]
    gelre.add(ContactPoint(organisation_id=home, relation_id=reachable, kind="email", value="a@leden.example"))
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
    assert done(app, gelre, "invoice_run_post", run_id).startswith("failed: Dit kan niet")
    assert done(app, gelre, "invoice_run_make", run_id).startswith("done: 2 ")
    assert done(app, gelre, "invoice_run_make", run_id).startswith("done: 0 ")
    assert done(app, gelre, "invoice_run_post", run_id).startswith("done: 2 ")
    assert done(app, gelre, "invoice_run_post", run_id).startswith("done: ")  # it was posted: nothing is done twice
    assert done(app, gelre, "invoice_run_send", run_id).startswith("done: 1 ")
    inbox = Inbox()
    with serving(inbox) as port:
        app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port)
        with working_as(system_actor("test")):
            request_run("outbox", {}, None)
        runner.work_off(app, "mail", threading.Event())
    assert inbox.recipients == ["a@leden.example"]
    assert b"application/pdf" in inbox.mails[0][1]
    with gelre.federation.as_("anna"):
        assert db.session.scalar(select(InvoiceRun.state).where(InvoiceRun.id == run_id)) == "sent"
