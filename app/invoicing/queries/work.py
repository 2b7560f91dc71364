"""What the background does for a run."""

from __future__ import annotations

from sqlalchemy import select

from app.background.models import JobRun
from app.kernel.db import db

JOBS = {"make": "invoice_run_make", "post": "invoice_run_post", "send": "invoice_run_send"}


def latest_work(run_id: int, verbs: tuple[str, ...] = tuple(JOBS)) -> JobRun | None:
    """Return the last work that was asked for a run, of these kinds, waiting, busy or ended; None when there was none."""
    return db.session.scalar(
        select(JobRun)
        .where(JobRun.job_name.in_([JOBS[verb] for verb in verbs]), JobRun.parameters["run_id"].as_integer() == run_id)
        .order_by(JobRun.id.desc())
        .limit(1)
    )


def is_busy(work: JobRun | None) -> bool:
    """Whether work waits or runs."""
    return work is not None and work.state in ("queued", "running")
