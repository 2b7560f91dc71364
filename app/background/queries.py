"""Questions about scheduled and background work."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.background.models import Job, JobResult, JobRun, Lease
from app.background.schedule import next_moment, parse_schedule
from app.kernel import clock
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class JobStanding:
    """One line of the timetable and how it last went."""

    job: Job
    next_moment: datetime | None
    last_run: JobRun | None


def next_moment_of(job: Job) -> datetime | None:
    """Return when a job runs next; None when it is switched off."""
    return next_moment(parse_schedule(job.schedule), clock.now()) if job.is_active else None


def timetable() -> list[JobStanding]:
    """Return every job with its next moment and last run. For system actors."""
    latest = select(func.max(JobRun.id)).where(JobRun.job_name.in_(select(Job.name))).group_by(JobRun.job_name)
    runs = {run.job_name: run for run in db.session.scalars(select(JobRun).where(JobRun.id.in_(latest)))}
    jobs = db.session.scalars(select(Job).order_by(Job.name)).all()
    return [JobStanding(job, next_moment_of(job), runs.get(job.name)) for job in jobs]


def failures() -> Select[tuple[int]]:
    """Return the ids of the runs that failed while no later run of the same work went well since: what somebody must look at."""
    later = aliased(JobRun)
    same = or_(later.organisation_id == JobRun.organisation_id, later.organisation_id.is_(None) & JobRun.organisation_id.is_(None))
    mended = exists().where(later.job_name == JobRun.job_name, same, later.id > JobRun.id, later.state == "done")
    return select(JobRun.id).where(JobRun.state == "failed", ~mended)


def time_left(run: JobRun) -> timedelta | None:
    """Return how long a run will still take at the pace so far; None before there is a pace."""
    if run.state != "running" or not run.started_at or not 0 < run.progress_done < run.progress_total:
        return None
    spent = clock.now() - run.started_at
    return spent * (run.progress_total - run.progress_done) / run.progress_done


def asked_by(job_name: str, organisation_id: int, key: str, requested_by: str | None = None) -> Select[tuple[int]]:
    """Return the ids of the work of a kind that was asked for an organisation by the same question; by one person, or by anybody."""
    asked = select(JobRun.id).where(
        JobRun.job_name == job_name, JobRun.organisation_id == organisation_id, JobRun.parameters["key"].as_string() == key
    )
    return asked if requested_by is None else asked.where(JobRun.requested_by == requested_by)


def latest_asked(job_name: str, organisation_id: int, key: str, requested_by: str | None = None) -> JobRun | None:
    """Return the last work of a kind that was asked for an organisation by the same question, or None."""
    ids = asked_by(job_name, organisation_id, key, requested_by)
    return db.session.scalar(select(JobRun).where(JobRun.id.in_(ids)).order_by(JobRun.id.desc()).limit(1))


def found_by(run_id: int) -> tuple[dict[str, Any], datetime] | None:
    """Return what a run found and when, or None when that is not kept (any more) or is not the actor's."""
    row = db.session.execute(select(JobResult.content, JobResult.made_at).where(JobResult.job_run_id == run_id)).first()
    return (json.loads(zlib.decompress(row.content)), row.made_at) if row is not None else None


def is_busy(run: JobRun | None) -> bool:
    """Whether work waits or runs."""
    return run is not None and run.state in ("queued", "running")


def lease_holder(name: str) -> str | None:
    """Return which process holds a lease now."""
    return db.session.scalar(select(Lease.holder).where(Lease.name == name, Lease.until > clock.now()))
