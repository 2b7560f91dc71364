"""Making, posting and sending in the background: the run's id is the parameter `run_id`."""

from __future__ import annotations

from app.background.usecases import keep_result
from app.invoicing import usecases
from app.invoicing.queries import the_run
from app.kernel.money import euros
from app.sepa.queries import payers_with_mandate
from jobs.work import Work


def make(work: Work) -> str:
    """Make the drafts of a run; a stop leaves whole invoices, and a next run goes on."""
    made = usecases.make_run(int(work.parameters["run_id"]), progress=work.progress)
    return f"{made.made} conceptfacturen gemaakt, {euros(made.total_cents)}; {made.left_out} overgeslagen, {made.errors} kan niet."


def preview(work: Work) -> str:
    """Work out what a run would make, and keep it with the run."""
    run_id = int(work.parameters["run_id"])
    organisation_id = the_run(run_id).organisation_id
    found = usecases.preview_run(run_id, lambda _payers: payers_with_mandate(organisation_id), progress=work.progress)
    keep_result(work.run.id, organisation_id, found.as_json())
    return f"{found.invoices} facturen te maken, samen {euros(found.total_cents)}; {len(found.left_out)} overgeslagen, {len(found.errors)} kan niet."


def post(work: Work) -> str:
    """Post the drafts of a run: all or none. A run that was posted just before its worker went down is done."""
    run_id = int(work.parameters["run_id"])
    if the_run(run_id).state in ("posted", "sent"):
        return "De facturen waren al geboekt."
    posted = usecases.post_run(run_id)
    return f"{posted.count} facturen geboekt, {posted.first_number} tot en met {posted.last_number}, samen {euros(posted.total_cents)}."


def send(work: Work) -> str:
    """Send the invoices of a run."""
    sent = usecases.send_run(int(work.parameters["run_id"]), simulate=False, progress=work.progress)
    failed = f" {len(sent.failed)} niet: {sent.failed[0][1]}" if sent.failed else ""
    return f"{sent.mailed} facturen naar uitgaande post, {sent.to_print} om te printen.{failed}"
