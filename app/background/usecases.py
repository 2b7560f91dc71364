"""Background work: ask for it, stop it, start it again."""

from __future__ import annotations

from typing import Any

from app.background.kinds import kind_of
from app.background.models import JobRun
from app.kernel.actor import the_actor
from app.kernel.unit_of_work import transaction


def request_run(job_name: str, parameters: dict[str, Any], organisation_id: int | None) -> int:
    """Ask for a run of background work, in the transaction of what causes it, and return the id of its JobRun.

    The run acts as the organisation; without one it is the system's, which only a system actor may ask for.
    Raises DomainError `job_unknown`.
    """
    kind_of(job_name)
    with transaction() as session:
        run = JobRun(job_name=job_name, parameters=parameters, organisation_id=organisation_id, requested_by=the_actor().name)
        session.add(run)
        session.flush()
        return run.id
