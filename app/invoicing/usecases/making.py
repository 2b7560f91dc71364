"""Make the drafts of a run, batch by batch: each batch is whole, and starting again goes on where it was.

Prices are told outside the transactions; a batch takes the books' lock, looks at what others made meanwhile, and
writes charges, invoices and lines in a few statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import delete, func, select, update

from app.contributions import explanation
from app.contributions.models import Charge
from app.invoicing.models import RUN, Invoice, InvoiceLine, InvoiceRun, InvoiceRunIssue
from app.invoicing.queries import run_settings, the_run
from app.invoicing.queries.planning import Group, Plan, plan_run
from app.invoicing.usecases.batch import BatchWriter, Tally, first_error
from app.kernel import audit, clock
from app.kernel.beside import Hands
from app.kernel.bulk import collector_at_rest, refresh_statistics
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction
from app.ledger.usecases.locking import lock_books
from app.relations.models import Relation

BATCH = 4_000  # invoices per transaction
Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Made:
    """What one call made. `per_contribution` is (id, number of charges, cents); `is_whole` is False after a stop."""

    run_id: int
    made: int
    total_cents: int
    left_out: int
    errors: int
    per_contribution: tuple[tuple[int, int, int], ...]
    is_whole: bool = True


def make_run(run_id: int, progress: Progress | None = None) -> Made:
    """Make the drafts that are not there yet and return what this call made.

    `progress(done, total)` is called between batches, in members; when it returns False the run stops there, and a next call
    goes on. An exception from it stops the run the same way.

    Raises NotFound; DomainError `wrong_state` for a run that is posted, and `run_stopped_at_error` for a run that stops at the first error.
    """
    with collector_at_rest():
        return _make(run_id, progress)


def _make(run_id: int, progress: Progress | None) -> Made:
    _claim(run_id)
    settings = run_settings(run_id)
    plan = plan_run(settings)
    writer, tally = BatchWriter(plan), Tally()
    with transaction() as session:
        session.execute(delete(InvoiceRunIssue).where(InvoiceRunIssue.run_id == run_id), execution_options={"synchronize_session": False})
        writer.write_issues(plan.issues)
    stopped = _write_all(plan, writer, tally, progress)
    if not stopped:
        _finish(run_id)
    left_out, errors = _issue_counts(run_id)
    per_contribution = tuple((key, *value) for key, value in tally.per_contribution.items())
    return Made(run_id, tally.made, tally.total_cents, left_out, errors, per_contribution, is_whole=not stopped)


def _claim(run_id: int) -> None:
    """Put the run on "making": one conditional update, so that nobody posts or withdraws it at the same moment."""
    with transaction() as session:
        state = the_run(run_id).state
        RUN.target("make", state)
        changed = session.execute(
            update(InvoiceRun)
            .where(InvoiceRun.id == run_id, InvoiceRun.state.in_(RUN.sources("make")))
            .values(state="making", version=InvoiceRun.version + 1)
            .execution_options(synchronize_session=False)
        ).rowcount
        if changed != 1:
            raise RUN.refusal("make", state)


def _write_all(plan: Plan, writer: BatchWriter, tally: Tally, progress: Progress | None) -> bool:
    """Write batch after batch; return whether it was stopped."""
    total, done = len(plan.entries), 0
    stops = plan.settings.stops_at_first_error
    groups: Iterator[Group] = plan.groups()
    priced = _priced(groups)
    while batch := priced.result():
        place = next((place for place, group in enumerate(batch) if stops and first_error(group)), None)
        with transaction():
            lock_books(plan.settings.organisation_id)  # the books before the run, as deleting a draft does
            _still_making(plan.settings.run_id)
            with Hands() as hands:
                writer.write(batch if place is None else batch[:place], tally, hands)
                ahead = _priced(groups) if hands.are_busy and place is None else None
        if place is not None:
            raise _stopped(batch[place])
        done += sum(len(members) for _, members in batch)
        if progress is not None and progress(done, total) is False:
            return done < total
        priced = ahead or _priced(groups)
    return False


def _priced(groups: Iterator[Group]) -> Future[list[Group]]:
    """Return the next batch, or what went wrong: it is priced while the one before it is written, and must not undo that."""
    found: Future[list[Group]] = Future()
    try:
        found.set_result(list(islice(groups, BATCH)))
    except Exception as error:  # noqa: BLE001 - told by result()
        found.set_exception(error)
    return found


def _still_making(run_id: int) -> None:
    """Refuse to go on with a run that somebody withdrew or posted since."""
    state = db.session.scalar(select(InvoiceRun.state).where(InvoiceRun.id == run_id).with_for_update(key_share=True))
    if state != "making":
        raise RUN.refusal("made", state or "withdrawn")


def _stopped(group: Group) -> DomainError:
    pair = first_error(group)
    if pair is None:  # pragma: no cover - the caller found one
        raise RuntimeError("stopped without an error")
    entry, outcome = pair
    number = entry.subject.number
    return DomainError(
        "run_stopped_at_error",
        f"Gestopt bij relatie {number}: {explanation.sentence(outcome)} Los het op en maak de facturen opnieuw; wat er al is blijft staan.",
        relation=number,
    )


def _finish(run_id: int) -> None:
    with transaction() as session:
        lock_books(the_run(run_id).organisation_id)
        _still_making(run_id)
        count, cents = session.execute(
            select(func.count(Invoice.id), func.coalesce(func.sum(Invoice.total_cents), 0)).where(Invoice.run_id == run_id)
        ).one()
        run = the_run(run_id)
        run.state, run.made_count, run.total_cents, run.done_at = "made", count, int(cents), clock.now()
        refresh_statistics(count, Charge, Invoice, InvoiceLine)
        audit.record("make", "invoice_run", run_id, run.organisation_id, invoices=count, total_cents=int(cents))


def _issue_counts(run_id: int) -> tuple[int, int]:
    rows = db.session.execute(
        select(InvoiceRunIssue.kind, func.count(InvoiceRunIssue.id)).where(InvoiceRunIssue.run_id == run_id).group_by(InvoiceRunIssue.kind)
    )
    counts = {row[0]: row[1] for row in rows}
    return counts.get("left_out", 0), counts.get("error", 0)


def issues_of(run_id: int) -> Iterator[tuple[int, str, str]]:
    """Give (relation number, kind, reason) of a run, errors first."""
    yield from db.session.execute(
        select(Relation.number, InvoiceRunIssue.kind, InvoiceRunIssue.reason)
        .join(Relation, Relation.id == InvoiceRunIssue.relation_id)
        .where(InvoiceRunIssue.run_id == run_id)
        .order_by(InvoiceRunIssue.kind, Relation.number, InvoiceRunIssue.id)
    )
