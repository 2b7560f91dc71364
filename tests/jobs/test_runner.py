"""Runs: once per moment, one worker at a time, fenced when taken over, and honest about how they end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.background import queries, usecases
from app.background.kinds import KINDS
from app.background.models import Job, JobRun
from app.background.usecases import Fenced
from app.kernel import clock
from app.kernel.actor import system_actor, the_actor
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction, working_as
from app.mail.models import Message
from jobs import handlers, runner
from jobs.work import Work
from tests.federation import Federation

LEASE = timedelta(minutes=3)
NAMES = ["invoice_run_make", "invoice_run_post"]

EACH_MINUTE = ["outbox", "reset_links"]
NIGHTLY = ["data_quality", "due_functions", "forget_enrollments", "lapse_mandates", "tidy_runs"]


def request(federation: Federation, at: str = "A", name: str = "invoice_run_make") -> int:
    with federation.as_(at):
        return usecases.request_run(name, {"run_id": 7}, federation.organisations[at])


def claim(worker: str = "one", names: list[str] = NAMES) -> usecases.ClaimedRun | None:
    with working_as(system_actor("test")):
        return usecases.claim_run(names, worker, LEASE)


def state(run_id: int) -> JobRun:
    with working_as(system_actor("test")):
        run = db.session.get_one(JobRun, run_id)
        db.session.refresh(run)
        db.session.expunge(run)
        return run


@pytest.fixture
def does(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Work], str]], None]:
    """Let `invoice_run_make` do something of the test's own."""

    def put(handler: Callable[[Work], str]) -> None:
        monkeypatch.setattr(runner, "handler_of", lambda name: handler)

    return put


def test_every_kind_of_work_is_done_by_somebody() -> None:
    assert set(handlers.HANDLERS) == set(KINDS)
    assert all(callable(handlers.handler_of(name)) for name in KINDS)


def test_a_run_is_claimed_once_and_work_does_not_overlap_itself(federation: Federation) -> None:
    first, second, elsewhere = request(federation), request(federation), request(federation, "B")
    claims = [claim("one"), claim("two"), claim("three")]
    assert [one and one.id for one in claims] == [first, elsewhere, None]
    with working_as(system_actor("test")):
        usecases.finish_run(claims[0], "finish", "Klaar.")
    assert claim().id == second


def test_a_run_whose_worker_is_gone_is_taken_over_and_the_old_worker_is_fenced(federation: Federation) -> None:
    run_id = request(federation)
    old = claim("old")
    with clock.standing_still(clock.now() + LEASE + timedelta(seconds=1)):
        new = claim("new")
    assert old.id == new.id == run_id
    with working_as(system_actor("test")):
        for late in (
            lambda: usecases.note_progress(old, 1, 2),
            lambda: usecases.extend_lease(old, LEASE),
            lambda: usecases.finish_run(old, "finish", "Klaar."),
        ):
            with pytest.raises(Fenced):
                late()
        with pytest.raises(Fenced), transaction() as session:  # what the old worker writes does not count either
            session.execute(update(Job).values(title="oud"))
            usecases.note_progress(old, 2, 2)
        usecases.finish_run(new, "finish", "Klaar.")
    assert state(run_id).state == "done"


def test_a_run_that_brings_down_every_worker_is_given_up(federation: Federation) -> None:
    run_id = request(federation)
    moment = clock.now()
    for attempt in range(6):
        moment += LEASE + timedelta(seconds=1)
        with clock.standing_still(moment):
            assert (claim() is None) == (attempt == 5)
    assert state(run_id).state == "failed"
    assert "5 keer afgebroken" in state(run_id).result


def test_a_run_acts_as_the_organisation_and_in_the_name_of_who_asked(app: Flask, federation: Federation, does: Callable[..., None]) -> None:
    run_id = request(federation)
    seen = []
    does(lambda work: seen.append((the_actor().name, the_actor().organisation_id, work.parameters)) or "3 gemaakt.")
    assert runner.work_off(app, "long", threading.Event()) == 1
    assert seen == [("A", federation.organisations["A"], {"run_id": 7})]
    assert (state(run_id).state, state(run_id).result) == ("done", "3 gemaakt.")


def test_stop_is_obeyed_between_whole_steps(app: Flask, federation: Federation, does: Callable[..., None]) -> None:
    run_id = request(federation)
    steps = []

    def slowly(work: Work) -> str:
        for step in range(5):
            with transaction():
                work.progress(step, 5)
            steps.append(step)
            if step == 1:
                with transaction() as session:
                    session.execute(update(JobRun).where(JobRun.id == run_id).values(stop_asked=True))
        return "alles"

    does(slowly)
    runner.work_off(app, "long", threading.Event())
    found = state(run_id)
    assert (steps, found.state, found.progress_total) == ([0, 1], "stopped", 5)
    with federation.as_("anna"):
        usecases.retry_run(run_id)
    assert state(run_id).state == "queued"


def test_a_waiting_run_stops_at_once_and_only_for_its_own(federation: Federation) -> None:
    run_id = request(federation)
    with federation.as_("dirk"), pytest.raises(NotFound):
        usecases.ask_stop(run_id)
    with federation.as_("anna"):
        usecases.ask_stop(run_id)
        with pytest.raises(DomainError) as refused:
            usecases.ask_stop(run_id)
    assert (state(run_id).state, refused.value.code) == ("stopped", "wrong_state")


def test_a_process_that_must_end_puts_its_run_back(app: Flask, federation: Federation, does: Callable[..., None]) -> None:
    run_id = request(federation)
    leaving = threading.Event()

    def left(work: Work) -> str:
        leaving.set()
        work.progress(1, 9)
        return "nooit"

    does(left)
    runner.work_off(app, "long", leaving)
    assert (state(run_id).state, state(run_id).attempts) == ("queued", 0)


@pytest.mark.parametrize(
    ("fault", "told"),
    [(DomainError("no_rules", "Er zijn geen contributieregels. Voeg ze toe."), "geen contributieregels"), (ValueError("x"), "foutnummer")],
)
def test_a_failure_is_told_on_the_run_and_mailed_once(
    app: Flask, federation: Federation, does: Callable[..., None], fault: Exception, told: str
) -> None:
    app.config["ADMIN_EMAIL"] = "beheer@bond.example"
    run_id = request(federation)

    def fail(_work: Work) -> str:
        raise fault

    does(fail)
    runner.work_off(app, "long", threading.Event())
    assert state(run_id).state == "failed"
    assert told in state(run_id).result
    with federation.as_("anna"):
        mail = db.session.scalars(select(Message)).one()
        assert (mail.recipient, mail.subject) == ("beheer@bond.example", "Taak mislukt: Facturen maken")
        assert told in mail.body
        assert db.session.scalars(queries.failures()).all() == [run_id]
        usecases.retry_run(run_id)
    runner.work_off(app, "long", threading.Event())
    with federation.as_("anna"):
        assert db.session.scalar(select(func.count(Message.id))) == 1


def test_the_heart_keeps_a_long_run_and_notices_a_take_over(app: Flask, federation: Federation, does: Callable[..., None]) -> None:
    run_id = request(federation)
    short = timedelta(seconds=0.6)
    begun = threading.Event()

    def hang(work: Work) -> str:
        begun.set()
        threading.Event().wait(1.5)  # longer than the lease: only the heart keeps the run
        with transaction() as session:
            assert session.scalar(select(JobRun.attempts).where(JobRun.id == run_id)) == 1
            session.execute(update(JobRun).where(JobRun.id == run_id).values(worker="een ander"))
        threading.Event().wait(0.5)
        work.progress(1, 2)
        return "nooit"

    does(hang)
    with working_as(system_actor("test")):
        run = usecases.claim_run(NAMES, "one", short)
    assert runner.execute(app, run, threading.Event(), short) is False
    assert (state(run_id).state, state(run_id).worker) == ("running", "een ander")


def test_a_tick_makes_one_run_and_a_standstill_is_caught_up_once(federation: Federation) -> None:
    with working_as(system_actor("test")):
        monday = datetime(2026, 11, 23, 10, 0, 30, tzinfo=UTC)
        with clock.standing_still(monday):
            usecases.sync_timetable()
            assert usecases.make_ticks() == []
        with clock.standing_still(monday + timedelta(minutes=1)):
            assert usecases.make_ticks() == EACH_MINUTE
            assert usecases.make_ticks() == []
        with clock.standing_still(monday + timedelta(days=3)):
            made = usecases.make_ticks()
        assert made == sorted([*NIGHTLY, "seal_trail"])  # what was made each minute still waits
        ticks = {row.job_name: row.tick for row in db.session.execute(select(JobRun.job_name, JobRun.tick))}
        assert ticks["data_quality"] == "2026-11-26T05:00:00+00:00"


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_nightly_work_runs_once_when_the_clocks_change(federation: Federation, day: datetime) -> None:
    start = day - timedelta(hours=3)
    with working_as(system_actor("test")):
        with clock.standing_still(start):
            usecases.sync_timetable()
        with transaction() as session:
            session.execute(update(Job).where(Job.name == "tidy_runs").values(schedule="30 2 * * *"))
            session.execute(update(Job).where(Job.name.in_([*EACH_MINUTE, "seal_trail"])).values(is_active=False))
        made: list[str] = []
        for quarter in range(40):
            with clock.standing_still(start + timedelta(minutes=15 * quarter)), transaction() as session:
                made += usecases.make_ticks()
                session.execute(update(JobRun).values(state="done"))
    assert sorted(made) == NIGHTLY


def test_a_clock_that_was_wrong_stops_nothing(federation: Federation) -> None:
    now = datetime(2026, 11, 23, 10, 0, 30, tzinfo=UTC)
    with working_as(system_actor("test")):
        with clock.standing_still(now + timedelta(days=1)):
            usecases.sync_timetable()
        with clock.standing_still(now):
            assert usecases.make_ticks() == sorted([*EACH_MINUTE, "seal_trail"])


def test_a_schedule_that_was_changed_stays(federation: Federation) -> None:
    with working_as(system_actor("test")):
        usecases.sync_timetable()
        job_id = db.session.scalar(select(Job.id).where(Job.name == "data_quality"))
        usecases.change_schedule(job_id, " 30  7 * * 1-5", True)
        with pytest.raises(DomainError, match="klopt niet"):
            usecases.change_schedule(job_id, "elke ochtend", True)
        usecases.sync_timetable()
        assert db.session.scalar(select(Job.schedule).where(Job.id == job_id)) == "30 7 * * 1-5"


def test_one_process_holds_the_lease_until_it_lets_go_or_dies(federation: Federation) -> None:
    with working_as(system_actor("test")):
        length = timedelta(seconds=60)
        assert usecases.hold_lease("scheduler", "a", length) == 1
        assert usecases.hold_lease("scheduler", "b", length) is None
        assert usecases.hold_lease("scheduler", "a", length) == 1
        with clock.standing_still(clock.now() + timedelta(seconds=61)):
            assert usecases.hold_lease("scheduler", "b", length) == 2
            assert usecases.hold_lease("scheduler", "a", length) is None
            usecases.let_go("scheduler", "b")
        with clock.standing_still(clock.now() + timedelta(seconds=62)):
            assert usecases.hold_lease("scheduler", "a", length) == 3


def test_old_runs_that_went_well_are_tidied_away(federation: Federation) -> None:
    asked = request(federation)
    with working_as(system_actor("test")):
        with transaction() as session:
            for n, (run_state, tick) in enumerate((("done", True), ("failed", True), ("done", False))):
                ended = clock.now() - timedelta(days=30)
                session.add(JobRun(job_name="outbox", tick=str(n) if tick else None, requested_by="x", state=run_state, ended_at=ended))
        assert usecases.tidy_runs(timedelta(days=14)) == 1
    assert state(asked).state == "queued"
