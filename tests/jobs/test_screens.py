"""What background work shows and links to, on the real screens."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.background import usecases
from app.background.models import Job, JobRun
from app.data_quality.mailing import CARD, LIST
from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import transaction, working_as
from app.mail.models import Message
from app.mail.usecases import queue_message
from jobs import runner
from tests.web import Web
from views import menu


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_needs_no_sign_in(shared_web: Web, path: str) -> None:
    assert shared_web.anonymous().get(path).status_code == 200


def test_the_links_of_the_morning_mail_open_the_card_and_the_list(shared_web: Web) -> None:
    with shared_web.app.app_context():
        relation = shared_web.federation.relation("A1", "Vindbaar")
    card = shared_web.client("bram").get(CARD.format(relation))
    assert (card.status_code, "Vindbaar" in card.text) == (200, True)
    assert shared_web.client("bram").get(LIST).status_code == 200
    assert shared_web.client("dirk").get(CARD.format(relation)).status_code == 404


def test_a_system_administrator_starts_a_job_and_sees_how_it_went(shared_web: Web) -> None:
    with shared_web.app.app_context(), working_as(system_actor("test")):
        usecases.sync_timetable()
        job_id = db.session.scalar(select(Job.id).where(Job.name == "tidy_runs"))
    carla = shared_web.client("carla")
    assert "Oude taakuitvoeringen opruimen" in carla.get("/jobview/list/").text
    assert carla.post(f"/jobview/action/start_now/{job_id}", follow_redirects=True).status_code == 200
    assert runner.work_off(shared_web.app, "short", threading.Event()) == 1
    page = carla.get("/jobrunview/list/").text
    assert "Klaar" in page
    assert "gevraagd door carla" in page
    assert "gevraagd door carla" not in shared_web.client("anna").get("/jobrunview/list/").text
    assert shared_web.client("anna").post(f"/jobview/action/start_now/{job_id}").status_code in (302, 403)
    assert runner.work_off(shared_web.app, "short", threading.Event()) == 0


def test_the_outgoing_mail_says_why_it_stands_still_and_the_start_page_what_failed(shared_web: Web) -> None:
    carla = shared_web.client("carla")
    assert "Er is geen mailserver ingesteld" in carla.get("/messageview/list/").text
    assert "Bekijk mislukte taken" not in carla.get("/").text
    with shared_web.app.app_context(), working_as(system_actor("test")):
        run_id = usecases.request_system_run("data_quality")
        run = usecases.claim_run(["data_quality"], "test", runner.LEASE, run_id)
        usecases.finish_run(run, "fail", "Er ging iets mis.")
    menu._kept.clear()  # the counts are kept a few seconds
    assert "Bekijk mislukte taken" in carla.get("/").text


def test_a_treasurer_reads_why_invoices_were_not_sent_and_tries_again(shared_web: Web) -> None:
    with shared_web.as_("anna"):
        run_id = usecases.request_run("invoice_run_send", {"run": 0}, shared_web.federation.organisations["A"])
    anna = shared_web.client("anna")
    menu._kept.clear()
    assert "Facturen versturen" in anna.get("/").text, "what runs is called by its Dutch name"
    with shared_web.app.app_context(), working_as(system_actor("test")):
        usecases.finish_run(usecases.claim_run(["invoice_run_send"], "test", runner.LEASE, run_id), "fail", "De map met PDF's is vol.")
    menu._kept.clear()
    start = anna.get("/").text
    assert "invoice_run" not in start
    leads_to = re.search(r'href="(/jobrunview/list/\?[^"]+)"', start)[1].replace("&amp;", "&")
    assert "De map met PDF&#39;s is vol." in anna.get(leads_to).text
    assert "invoice_run" not in anna.get(f"/jobrunview/show/{run_id}").text
    for who, state in (("els", "failed"), ("dirk", "failed"), ("anna", "queued")):
        shared_web.client(who).post(f"/jobrunview/action/retry/{run_id}")
        with shared_web.as_("anna"):
            assert db.session.scalar(select(JobRun.state).where(JobRun.id == run_id)) == state, who


def test_mail_that_waits_for_an_hour_is_told(shared_web: Web) -> None:
    here = shared_web.federation.organisations["A"]
    with shared_web.as_("anna"):
        queue_message(here, "stuck", kind="invoice", recipient="jo@post.example", subject="Factuur", body="Beste Jo")
    anna = shared_web.client("anna")
    shared_web.app.config["MAIL_SERVER"] = "mail.example"
    try:
        menu._kept.clear()
        assert "langer dan een uur" not in anna.get("/").text
        with clock.standing_still(clock.now() + timedelta(minutes=61)):
            menu._kept.clear()
            assert "langer dan een uur in de rij" in anna.get("/").text
            assert "Er wacht 1 bericht al langer dan een uur" in anna.get("/messageview/list/").text
            assert "langer dan een uur" not in shared_web.client("dirk").get("/messageview/list/").text
            with shared_web.as_("anna"):
                gone = queue_message(here, "gone", kind="invoice", recipient="jo@post.example", subject="Factuur", body="Beste Jo")
            with shared_web.as_("system"), transaction() as session:
                session.execute(update(Message).where(Message.id == gone).values(state="sent", sent_at=clock.now()))
            assert "Er wacht" not in anna.get("/messageview/list/").text, "a long line that moves is no fault"
    finally:
        shared_web.app.config["MAIL_SERVER"] = ""
        menu._kept.clear()
