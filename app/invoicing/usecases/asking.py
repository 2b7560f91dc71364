"""Ask the background to make, post or send a run: once, however often somebody clicks."""

from __future__ import annotations

from sqlalchemy import select

from app.background.usecases import request_answer, request_run
from app.invoicing.models import RUN, InvoiceRun
from app.invoicing.queries import the_run
from app.invoicing.queries.previewing import PREVIEW, preview_key
from app.invoicing.queries.work import JOBS, is_busy, latest_work
from app.kernel.unit_of_work import transaction


def ask_work(run_id: int, verb: str) -> int:
    """Ask to `make`, `post` or `send` a run and return the id of its JobRun: the one that waits or runs when there is one.

    Raises NotFound, and DomainError `wrong_state` when the run is not ready for it.
    """
    with transaction() as session:
        run = the_run(run_id)
        session.scalar(select(InvoiceRun.id).where(InvoiceRun.id == run_id).with_for_update())
        session.refresh(run)
        work = latest_work(run_id)
        if work is not None and is_busy(work):
            return work.id
        RUN.target(verb, run.state)
        return request_run(JOBS[verb], {"run_id": run_id}, run.organisation_id)


def ask_preview(run_id: int) -> int:
    """Ask what a run would make, for a run too large to price while somebody waits, and return the id of its JobRun. Raises NotFound."""
    run = the_run(run_id)
    return request_answer(PREVIEW, preview_key(run_id), {"run_id": run_id}, run.organisation_id, for_all=True)
