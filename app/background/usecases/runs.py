"""The life of a run: claimed by one worker with a lease, fenced when it is taken over, finished by who holds it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, or_, select, text, update
from sqlalchemy.orm import aliased

from app.background.kinds import SCHEDULED
from app.background.models import JOB_RUN, JobRun
from app.kernel import clock
from app.kernel.db import is_sqlite
from app.kernel.unit_of_work import transaction

# A run that brought its worker down this often does not get another one.
MOST_ATTEMPTS = 5
_CLAIM_LOCK = 0x626F6E64  # any number that nobody else uses


class Fenced(Exception):
    """Another worker has this run now: whatever this one still does must not count."""


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """A run that this worker alone may do. `worker` is different for each claim, so that an old one is known."""

    id: int
    job_name: str
    organisation_id: int | None
    parameters: dict[str, Any]
    requested_by: str
    worker: str


def claim_run(names: Sequence[str], worker: str, lease: timedelta, run_id: int | None = None) -> ClaimedRun | None:
    """Claim the oldest run of these kinds that waits or whose worker is gone; None when there is none.

    A job of the timetable never overlaps itself, other work not within an organisation. With `run_id` only that run is claimed.
    """
    with transaction() as session:
        if not is_sqlite(session.connection()):
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CLAIM_LOCK})
        now = clock.now()
        _give_up(now)
        other = aliased(JobRun)
        same = or_(JobRun.job_name.in_(SCHEDULED), other.organisation_id == JobRun.organisation_id)
        overlapping = exists().where(other.job_name == JobRun.job_name, same, other.state == "running", other.id != JobRun.id)
        free = or_(JobRun.state == "queued", (JobRun.state == "running") & (JobRun.lease_until < now))
        found = select(JobRun).where(JobRun.job_name.in_(names), free, ~overlapping).order_by(JobRun.id).limit(1)
        row = session.scalar(found if run_id is None else found.where(JobRun.id == run_id))
        if row is None:
            return None
        token = f"{worker[:40]}:{uuid.uuid4().hex}"
        values = {"state": "running", "worker": token, "lease_until": now + lease, "attempts": row.attempts + 1, "result": None}
        _update(JobRun.id == row.id, **values, started_at=row.started_at or now)
        return ClaimedRun(row.id, row.job_name, row.organisation_id, row.parameters, row.requested_by, token)


def _give_up(now: Any) -> None:
    """Fail the runs that took down their worker too often."""
    lost = (JobRun.state == "running") & (JobRun.lease_until < now) & (JobRun.attempts >= MOST_ATTEMPTS)
    why = f"De taak is {MOST_ATTEMPTS} keer afgebroken zonder bericht. Kijk in het logboek van de server en start hem daarna opnieuw."
    _update(lost, state="failed", ended_at=now, lease_until=None, result=why)


def extend_lease(run: ClaimedRun, lease: timedelta) -> None:
    """Say that the worker is still at it. Raises Fenced."""
    with transaction():
        _as_holder(run, lease_until=clock.now() + lease)


def note_progress(run: ClaimedRun, done: int, total: int) -> bool:
    """Write down how far the run is, and return whether somebody asked it to stop.

    Inside the transaction of the work itself it also fences: who lost the run cannot commit. Raises Fenced.
    """
    with transaction() as session:
        _as_holder(run, progress_done=done, progress_total=total)
        return bool(session.scalar(select(JobRun.stop_asked).where(JobRun.id == run.id)))


def finish_run(run: ClaimedRun, verb: str, result: str) -> None:
    """End a run with `finish`, `fail` or `stop`, and what there is to say about it in Dutch. Raises Fenced."""
    with transaction():
        _as_holder(run, state=JOB_RUN.target(verb, "running"), result=result[:10_000], ended_at=clock.now(), lease_until=None)


def release_run(run: ClaimedRun) -> None:
    """Put a run back in line because the worker itself must end; it goes on elsewhere where it was. Raises Fenced."""
    with transaction():
        _as_holder(run, state="queued", worker=None, lease_until=None, attempts=JobRun.attempts - 1)


def tidy_runs(keep: timedelta) -> int:
    """Remove the runs of the timetable that went well before `keep` ago, and return how many. What people asked for stays."""
    with transaction() as session:
        old = delete(JobRun).where(JobRun.tick.is_not(None), JobRun.state == "done", JobRun.ended_at < clock.now() - keep)
        return session.execute(old.execution_options(synchronize_session=False)).rowcount


def _as_holder(run: ClaimedRun, **values: Any) -> None:
    if _update((JobRun.id == run.id) & (JobRun.worker == run.worker) & (JobRun.state == "running"), **values) != 1:
        raise Fenced(f"run {run.id} of {run.job_name} was taken over")


def _update(which: ColumnElement[bool], **values: Any) -> int:
    with transaction() as session:
        return session.execute(update(JobRun).where(which).values(**values).execution_options(synchronize_session=False)).rowcount
