"""Mass invoicing in the background: make, post and send a run, each going on where it was."""

from __future__ import annotations

from app.invoicing import usecases
from app.invoicing.queries import the_run
from app.kernel.money import euros
from jobs.work import Work


def make(work: Work) -> str:
    """Make the drafts that are not there yet."""
    made = usecases.make_run(work.parameters["run_id"], work.progress)
    return f"{made.made} conceptfacturen gemaakt, samen {euros(made.total_cents)}; {made.left_out} overgeslagen, {made.errors} fouten."


def post(work: Work) -> str:
    """Post all drafts of a run; a run that was posted just before the last worker went down is done."""
    run_id = work.parameters["run_id"]
    if the_run(run_id).state in ("posted", "sent"):
        return "Deze facturatie was al geboekt."
    posted = usecases.post_run(run_id)
    return f"{posted.count} facturen geboekt, samen {euros(posted.total_cents)}: {posted.first_number} t/m {posted.last_number}."


def send(work: Work) -> str:
    """Put the invoices of a run in the outbox, each with its document."""
    sent = usecases.send_run(work.parameters["run_id"], bool(work.parameters.get("simulate", False)), work.progress)
    return f"{sent.count} facturen klaargezet voor verzending."
