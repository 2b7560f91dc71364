"""Real processes: one run per moment however many schedulers, and a killed one leaves nothing done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.background import queries, usecases
from app.background.models import Job, JobRun
from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import transaction, working_as
from app.mail.models import Message
from app.mail.usecases import queue_message
from jobs import runner
from jobs.outbox import LEASE
from tests.conftest import SECRET
from tests.federation import Federation
from tests.mail.servers import Inbox, serving

ROOT = Path(__file__).parents[2]
LONGEST = 120.0  # on a machine that is busy with other tests; alone it takes a few seconds


def scheduler(flask: Flask, **settings: str) -> subprocess.Popen[bytes]:
    url = flask.config["SQLALCHEMY_DATABASE_URI"]
    environment = {
        **os.environ,
        "SQLALCHEMY_DATABASE_URI": url,
        "SECRET_KEY": SECRET,
        "SCHEDULER_SECONDS": "1",
        "MAIL_SERVER": "",
        **settings,
    }
    return subprocess.Popen([sys.executable, "-m", "flask", "--app", "run", "scheduler"], cwd=ROOT, env=environment)


def wait_until(true: object) -> None:
    end = monotonic() + LONGEST
    while not true():
        assert monotonic() < end, "it did not happen in time"
        sleep(0.2)
        db.session.rollback()


@pytest.fixture
def processes() -> list[subprocess.Popen[bytes]]:
    made: list[subprocess.Popen[bytes]] = []
    yield made
    for process in made:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_three_schedulers_make_one_run_per_moment(app: Flask, federation: Federation, processes: list[subprocess.Popen[bytes]]) -> None:
    with working_as(system_actor("test")):
        usecases.sync_timetable()
        with transaction() as session:
            beside = ["outbox", "reset_links", "seal_trail", "deferred_revenue"]  # the other ones run each night
            session.execute(update(Job).where(Job.name.in_(beside)).values(is_active=False))
            session.execute(update(Job).values(last_tick=clock.now() - timedelta(days=3)))
        processes += [scheduler(app) for _ in range(3)]
        done = select(func.count(JobRun.id)).where(JobRun.state == "done")
        wait_until(lambda: db.session.scalar(done) == 5)
        sleep(2.5)
        db.session.rollback()
        runs = [tuple(row) for row in db.session.execute(select(JobRun.job_name, JobRun.state, JobRun.attempts).order_by(JobRun.job_name))]
        assert runs == [
            (name, "done", 1) for name in ("data_quality", "due_functions", "forget_enrollments", "lapse_mandates", "tidy_runs")
        ]
        for process in processes:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(20) for process in processes] == [0, 0, 0]
        db.session.rollback()
        assert queries.lease_holder("scheduler") is None


def test_a_scheduler_killed_while_it_mails_leaves_a_doubtful_message_and_its_run_to_another(
    app: Flask, federation: Federation, processes: list[subprocess.Popen[bytes]]
) -> None:
    with federation.as_("anna"):
        message_id = queue_message(federation.organisations["A"], "k", "test", "jo@post.example", "Factuur", "Beste Jo")
    inbox = Inbox(delay=60)
    with serving(inbox) as port, working_as(system_actor("test")):
        run_id = usecases.request_run("outbox", {}, None)
        processes.append(scheduler(app, MAIL_SERVER="127.0.0.1", MAIL_PORT=str(port)))
        wait_until(lambda: db.session.scalar(select(Message.state)) == "sending")
        processes[0].kill()
        processes[0].wait()
    app.config["MAIL_SERVER"] = "127.0.0.1"
    with serving(Inbox()) as port, clock.standing_still(clock.now() + LEASE + timedelta(minutes=1)):
        app.config["MAIL_PORT"] = port
        runner.work_off(app, "mail", threading.Event())
    with working_as(system_actor("test")):
        run = db.session.get_one(JobRun, run_id)
        assert (run.state, run.attempts, run.result) == ("done", 2, "1 onzeker")
        assert db.session.get_one(Message, message_id).state == "unknown"
