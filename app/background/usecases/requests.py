"""What people do with background work: ask for it, stop it, start it again, change its moment."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from app.background.kinds import kind_of
from app.background.models import JOB_RUN, Job, JobRun
from app.background.schedule import parse_schedule
from app.kernel import audit
from app.kernel.actor import system_actor, the_actor
from app.kernel.errors import NotAllowed, NotFound
from app.kernel.unit_of_work import transaction, working_as
from app.organisations.queries import root_id


def request_run(job_name: str, parameters: dict[str, Any], organisation_id: int | None) -> int:
    """Ask for a run of background work, in the transaction of what causes it, and return the id of its JobRun.

    The run acts as the organisation. Work of the timetable acts as the system, and only a system actor may ask for it.
    Raises DomainError `job_unknown`, NotAllowed.
    """
    if kind_of(job_name).schedule and not the_actor().is_system:
        raise NotAllowed
    with transaction() as session:
        run = JobRun(job_name=job_name, parameters=parameters, organisation_id=organisation_id, requested_by=the_actor().name)
        session.add(run)
        session.flush()
        return run.id


def request_system_run(job_name: str) -> int:
    """Ask for a job of the timetable now, for a system administrator, and return the id of its JobRun.

    The run is the system's, seen at the top organisation, and keeps the name of who asked. Raises DomainError `job_unknown`.
    """
    asked_by = the_actor().name
    with working_as(system_actor(f"taken, gevraagd door {asked_by}"[:100])):
        return request_run(job_name, {}, root_id() or None)


def ask_stop(run_id: int) -> None:
    """Ask a run to stop: a waiting one stops at once, a running one at its next whole step. Raises NotFound, DomainError `wrong_state`."""
    with transaction():
        run = _run(run_id)
        stopped = _step(run, "stop", ("queued",), state="stopped", result="Gestopt voor het begon.")
        if not stopped and not _step(run, "stop", ("running",), stop_asked=True):
            raise JOB_RUN.refusal("stop", run.state)


def retry_run(run_id: int) -> None:
    """Put a failed or stopped run back in line: it goes on where it was. Raises NotFound, DomainError `wrong_state`."""
    with transaction():
        run = _run(run_id)
        fresh = {"state": "queued", "stop_asked": False, "attempts": 0, "worker": None, "lease_until": None, "ended_at": None}
        if not _step(run, "retry", JOB_RUN.sources("retry"), **fresh):
            raise JOB_RUN.refusal("retry", run.state)


def change_schedule(job_id: int, schedule: str, is_active: bool) -> None:
    """Change when a job of the timetable runs. Raises NotFound, DomainError `schedule_unreadable`."""
    parse_schedule(schedule)
    with transaction() as session:
        job = session.get(Job, job_id)
        if job is None:
            raise NotFound
        job.schedule, job.is_active = " ".join(schedule.split()), is_active


def _run(run_id: int) -> JobRun:
    with transaction() as session:
        run = session.scalar(select(JobRun).where(JobRun.id == run_id))
        if run is None:
            raise NotFound
        return run


def _step(run: JobRun, verb: str, sources: tuple[str, ...], **values: Any) -> bool:
    with transaction() as session:
        statement = update(JobRun).where(JobRun.id == run.id, JobRun.state.in_(sources)).values(**values)
        if session.execute(statement.execution_options(synchronize_session=False)).rowcount != 1:
            return False
        audit.record(verb, "job_run", run.id, run.organisation_id, state=[run.state, values.get("state", run.state)])
        return True
