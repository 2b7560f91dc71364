"""Does the work that waits: claim, bind who acts, beat while it runs, and say how it ended."""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.background import usecases
from app.background.kinds import KINDS, names_in
from app.background.usecases import ClaimedRun, Fenced
from app.kernel import clock
from app.kernel.actor import Actor, system_actor
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import working_as
from app.mail.usecases import queue_message
from app.organisations import queries as organisations
from jobs.handlers import handler_of
from jobs.work import LeavingError, StopAskedError, Work

log = logging.getLogger("bondgenoot.jobs")
LEASE = timedelta(minutes=3)


def worker_name() -> str:
    """Return the name of this process among all that work on the database."""
    return f"{socket.gethostname()[:24]}:{os.getpid()}"


def work_off(flask: Flask, lane: str, leaving: threading.Event, lease: timedelta = LEASE) -> int:
    """Do the runs of a lane until none waits or the process must end, and return how many."""
    done = 0
    while not leaving.is_set():
        with flask.app_context(), working_as(system_actor("taken")):
            run = usecases.claim_run(names_in(lane), worker_name(), lease)
        if run is None:
            return done
        execute(flask, run, leaving, lease)
        done += 1
    return done


def execute(flask: Flask, run: ClaimedRun, leaving: threading.Event, lease: timedelta = LEASE) -> bool:
    """Do one claimed run and return whether it went well. Every way it can end is written on the run."""
    with flask.app_context(), _heart(flask, run, lease) as lost:
        log.info("job run begins", extra={"run": run.id, "job": run.job_name})
        try:
            with working_as(_actor_of(run)):
                result = handler_of(run.job_name)(Work(run, leaving, lost))
        except StopAskedError:
            return _end(run, "stop", "Gestopt. Wat al klaar was, blijft staan.")
        except LeavingError:
            return _release(run)
        except Fenced as fenced:
            log.warning("job run lost", extra={"run": run.id, "why": str(fenced)})
            return False
        except DomainError as refusal:
            return _fail(run, refusal.message)
        except Exception:
            number = uuid.uuid4().hex[:8]
            log.exception("job run failed", extra={"run": run.id, "job": run.job_name, "number": number})
            return _fail(run, f"Er ging iets mis in het programma. Meld foutnummer {number} aan de systeembeheerder.")
        return _end(run, "finish", result)


def _actor_of(run: ClaimedRun) -> Actor:
    """Say who the run acts as: its organisation, in the name of who asked; for the timetable the named part of the system."""
    if KINDS[run.job_name].schedule or run.organisation_id is None:
        return system_actor(run.job_name)
    with working_as(system_actor("taken")):
        return organisations.actor_for(run.organisation_id, run.requested_by)


def _end(run: ClaimedRun, verb: str, result: str) -> bool:
    try:
        with working_as(system_actor("taken")):
            usecases.finish_run(run, verb, result)
    except Fenced as fenced:
        log.warning("job run lost", extra={"run": run.id, "why": str(fenced)})
        return False
    return verb == "finish"


def _release(run: ClaimedRun) -> bool:
    with working_as(system_actor("taken")):
        usecases.release_run(run)
    return False


def _fail(run: ClaimedRun, reason: str) -> bool:
    """End a run as failed; the mail comes first, so that a crash in between loses neither (its key makes it once)."""
    address = current_app.config["ADMIN_EMAIL"]
    if address:
        with working_as(system_actor("taken")):
            # Work of the timetable mails once a day, not every minute that a fault lasts.
            moment = clock.today().isoformat() if KINDS[run.job_name].schedule else run.id
            key = f"job_failed:{run.job_name}:{moment}"
            title = KINDS[run.job_name].title
            body = (
                f"De taak “{title}” ({run.job_name}, uitvoering {run.id}) is mislukt.\n\n{reason}\n\n"
                "Wat al klaar was, blijft staan. Open in Bondgenoot het scherm Taakuitvoeringen, los de oorzaak op en kies “Opnieuw”.\n"
            )
            organisation_id = run.organisation_id or organisations.root_id()
            queue_message(organisation_id, key, "job_failed", address, f"Taak mislukt: {title}", body)
    return _end(run, "fail", reason)


@contextmanager
def _heart(flask: Flask, run: ClaimedRun, lease: timedelta) -> Iterator[threading.Event]:
    """Keep the lease while the block runs, up to the longest that this work may take; a run that hangs is taken over after it."""
    lost, ended = threading.Event(), threading.Event()
    beats = int(KINDS[run.job_name].longest_minutes * 60 / (lease.total_seconds() / 3))

    def beat() -> None:
        for _ in range(beats):
            if ended.wait(lease.total_seconds() / 3):
                return
            try:
                with flask.app_context(), working_as(system_actor("taken")):
                    usecases.extend_lease(run, lease)
            except Fenced:
                lost.set()
                return
            except SQLAlchemyError:
                log.exception("heartbeat failed, the next one may succeed", extra={"run": run.id})

    thread = threading.Thread(target=beat, name=f"heart-{run.id}", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        ended.set()
        thread.join()
