"""What background work found, kept until it is asked again or grows old."""

from __future__ import annotations

import json
import zlib
from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from app.background.models import JobResult, JobRun
from app.background.queries import asked_by, is_busy, latest_asked
from app.background.usecases.requests import request_run
from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.unit_of_work import transaction


def request_answer(job_name: str, key: str, parameters: dict[str, Any], organisation_id: int, *, for_all: bool = False) -> int:
    """Ask the background for an answer that is kept with its run, and return the run's id: the one that waits or runs when there is one.

    The answer is for who asks, or `for_all` who may see the question. Raises DomainError `job_unknown`.
    """
    with transaction():
        work = latest_asked(job_name, organisation_id, key, None if for_all else the_actor().name)
        if work is not None and is_busy(work):
            return work.id
        return request_run(job_name, {**parameters, "key": key, "for_all": for_all}, organisation_id)


def keep_result(run_id: int, organisation_id: int, found: dict[str, Any]) -> None:
    """Keep what a run found. What was found before by the same question gives way: a question has one answer."""
    with transaction() as session:
        run = session.get_one(JobRun, run_id)
        parameters = run.parameters
        asked = asked_by(run.job_name, organisation_id, parameters["key"], None if parameters["for_all"] else run.requested_by)
        gone = delete(JobResult).where(JobResult.organisation_id == organisation_id, JobResult.job_run_id.in_(asked))
        session.execute(gone.execution_options(synchronize_session=False))
        content = zlib.compress(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode())
        session.add(JobResult(organisation_id=organisation_id, job_run_id=run_id, content=content))


def tidy_results(keep: timedelta) -> int:
    """Remove what was found longer than `keep` ago, and return how many. It can be found again."""
    with transaction() as session:
        old = delete(JobResult).where(JobResult.made_at < clock.now() - keep)
        return session.execute(old.execution_options(synchronize_session=False)).rowcount
