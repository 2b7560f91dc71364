"""What background work shows and links to, on the real screens."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from app.background import usecases
from app.background.models import Job
from app.data_quality.mailing import CARD, LIST
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import working_as
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
