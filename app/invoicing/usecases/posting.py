"""Post drafts: numbers in one unbroken series per book year, references, entries and open items, all in one transaction or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from app.contributions.models import Charge
from app.documents.references import Form, payment_reference
from app.invoicing import posting
from app.invoicing.models import INVOICE_KINDS, RUN, Invoice, InvoiceLine, InvoiceRun
from app.invoicing.queries import DraftHead, drafts_of, revenue_of, the_run
from app.invoicing.usecases.deferring import keep_deferred
from app.invoicing.usecases.passing import pass_on
from app.kernel import audit, clock
from app.kernel.bulk import collector_at_rest, refresh_statistics, update_rows
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.numbering import take_numbers
from app.kernel.unit_of_work import transaction
from app.ledger import queries as ledger
from app.ledger.entries import EntryDraft
from app.ledger.models import JournalEntry, JournalLine
from app.ledger.usecases import post_entries
from app.ledger.usecases.locking import lock_books
from app.organisations.queries import administration_of

SERIES = "invoice"
_IN_ONE_QUESTION = 10_000
_FIXED = ("state", "number", "reference", "journal_entry_id", "open_item_id", "posted_at", "version")
Revenue = tuple[int, int, int | None, int]  # invoice, account, cost centre, cents


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted: how many, their total with VAT, and the first and last number."""

    count: int
    total_cents: int
    first_number: str = ""
    last_number: str = ""


def post_run(run_id: int) -> Posted:
    """Post all drafts of a run and return what was posted.

    Raises NotFound; DomainError `wrong_state` when the run is not made or already posted, `run_empty` when it has no drafts, and those of
    `app.ledger.usecases.post_entries` (a closed period by name): then nothing is posted.
    """
    with collector_at_rest(), transaction() as session:
        run = the_run(run_id)
        lock_books(run.organisation_id)
        changed = session.execute(
            update(InvoiceRun)
            .where(InvoiceRun.id == run_id, InvoiceRun.state.in_(RUN.sources("post")))
            .values(state="posted", version=InvoiceRun.version + 1)
            .execution_options(synchronize_session=False)
        ).rowcount
        if changed != 1:
            raise RUN.refusal("post", run.state)
        drafts = drafts_of(run.organisation_id, run_id=run_id)
        if not drafts:
            raise DomainError("run_empty", f"“{run.name}” heeft geen conceptfacturen om te boeken. Maak eerst facturen.", run_id=run_id)
        posted = _post(run.organisation_id, drafts, revenue_of(run.organisation_id, run_id=run_id))
        line, invoice = InvoiceLine.__table__.c, Invoice.__table__.c
        _mark_charges(
            select(line.charge_id)
            .select_from(InvoiceLine.__table__.join(Invoice.__table__, invoice.id == line.invoice_id))
            .where(invoice.run_id == run_id, invoice.state == "posted", line.charge_id.is_not(None))
        )
        _follow_up(run.organisation_id, run_id=run_id)
        audit.record(
            "post", "invoice_run", run_id, run.organisation_id, invoices=posted.count, total_cents=posted.total_cents,
            first=posted.first_number, last=posted.last_number,
        )  # fmt: skip
        refresh_statistics(posted.count, Invoice, JournalEntry, JournalLine)
        return posted


def post_invoices(organisation_id: int, invoice_ids: Sequence[int]) -> Posted:
    """Post these drafts together and return what was posted.

    Raises DomainError `invoice_not_draft` when one is posted already, gone, or of another administration, and those of `post_entries`.
    """
    ids = list(dict.fromkeys(invoice_ids))
    with transaction():
        lock_books(organisation_id)
        drafts: list[DraftHead] = []
        for start in range(0, len(ids), _IN_ONE_QUESTION):
            drafts += drafts_of(organisation_id, invoice_ids=ids[start : start + _IN_ONE_QUESTION])
        if len(drafts) != len(ids):
            raise DomainError(
                "invoice_not_draft",
                f"{len(ids) - len(drafts)} van de {len(ids)} gekozen facturen is geen concept (meer). Ververs de lijst en kies opnieuw.",
            )
        drafts.sort(key=lambda draft: (draft.invoice_date, draft.id))
        revenue: list[Revenue] = []
        for start in range(0, len(ids), _IN_ONE_QUESTION):
            revenue += revenue_of(organisation_id, invoice_ids=ids[start : start + _IN_ONE_QUESTION])
        places = {draft.id: place for place, draft in enumerate(drafts)}
        revenue.sort(key=lambda row: places[row[0]])
        posted = _post(organisation_id, drafts, iter(revenue))
        line = InvoiceLine.__table__.c
        for start in range(0, len(ids), _IN_ONE_QUESTION):
            _mark_charges(
                select(line.charge_id).where(line.invoice_id.in_(ids[start : start + _IN_ONE_QUESTION]), line.charge_id.is_not(None))
            )
        for start in range(0, len(ids), _IN_ONE_QUESTION):
            _follow_up(organisation_id, invoice_ids=ids[start : start + _IN_ONE_QUESTION])
        single = ids[0] if len(ids) == 1 else None
        audit.record(
            "post", "invoice", single, organisation_id, invoices=posted.count, total_cents=posted.total_cents, first=posted.first_number
        )
        return posted


def _follow_up(organisation_id: int, *, run_id: int | None = None, invoice_ids: Sequence[int] | None = None) -> None:
    """Do what follows from posting: income to be spread is kept, and what is due to other organisations is booked."""
    keep_deferred(organisation_id, run_id=run_id, invoice_ids=invoice_ids)
    pass_on(organisation_id, run_id=run_id, invoice_ids=invoice_ids)


def _mark_charges(of_invoices: Any) -> None:
    charge = Charge.__table__
    db.session.connection().execute(update(charge).where(charge.c.state == "invoiced", charge.c.id.in_(of_invoices)).values(state="posted"))


def _post(organisation_id: int, drafts: list[DraftHead], revenue: Iterator[Revenue]) -> Posted:
    """Number, post and fix these drafts, which come in the order of their numbers; `revenue` comes in the same order."""
    books = administration_of(organisation_id)
    places = _places(organisation_id, drafts)
    numbers = [posting.invoice_number(books.invoice_prefix, year, place) for year, place in places]
    empty: set[int] = set()  # drafts that leave nothing in the books
    lines = post_entries(organisation_id, _entries(organisation_id, drafts, numbers, revenue, empty))
    given = iter(lines)
    form: Form = "kenmerk" if books.reference_kind == "kenmerk" else "rf"
    now = clock.now()

    def fixed() -> Iterator[tuple[Any, ...]]:
        for draft, number, (year, place) in zip(drafts, numbers, places, strict=True):
            entry = None if draft.id in empty else next(given)
            reference = payment_reference(organisation_id, posting.reference_sequence(year, place), form)
            item = posting.open_item(draft.total_cents, entry.line_ids) if entry else None
            yield draft.id, "posted", number, reference, entry.id if entry else None, item, now, draft.version + 1

    found = update_rows(Invoice.__table__, _FIXED, fixed())
    if found != len(drafts):
        raise RuntimeError(f"{len(drafts)} drafts were to be posted and {found} were found")
    return Posted(len(drafts), sum(draft.total_cents for draft in drafts), numbers[0], numbers[-1])


def _places(organisation_id: int, drafts: list[DraftHead]) -> list[tuple[int, int]]:
    """Return (book year, place in its series) of each draft; a day outside every open period is refused by name."""
    days = ledger.booking_days(organisation_id)
    years = [days.place(draft.invoice_date).year_first_day.year for draft in drafts]
    following = {year: take_numbers(organisation_id, SERIES, year, count) for year, count in sorted(Counter(years).items())}
    places = []
    for year in years:
        places.append((year, following[year]))
        following[year] += 1
    return places


def _entries(
    organisation_id: int, drafts: list[DraftHead], numbers: list[str], revenue: Iterator[Revenue], empty: set[int]
) -> Iterator[EntryDraft]:
    """Give what each draft writes in the books, while it is posted."""
    debtors = ledger.account_for(organisation_id, "debtors").id
    vat = ledger.account_for(organisation_id, "vat_due").id if any(draft.vat_cents for draft in drafts) else None
    for draft, number, earned in zip(drafts, numbers, _per_draft(drafts, revenue), strict=True):
        entry = posting.invoice_entry(
            invoice_id=draft.id,
            number=number,
            noun=INVOICE_KINDS[draft.kind],
            debtor_id=draft.debtor_id,
            invoice_date=draft.invoice_date,
            due_date=draft.due_date,
            total_cents=draft.total_cents,
            vat_cents=draft.vat_cents,
            revenue=earned,
            debtors_account_id=debtors,
            vat_account_id=vat,
        )
        if entry is None:
            empty.add(draft.id)
        else:
            yield entry


def _per_draft(drafts: list[DraftHead], revenue: Iterator[Revenue]) -> Iterator[list[tuple[int, int | None, int]]]:
    """Give the revenue of each draft, in their order; some have none."""
    row = next(revenue, None)
    for draft in drafts:
        mine = []
        while row is not None and row[0] == draft.id:
            mine.append(row[1:])
            row = next(revenue, None)
        yield mine
    if row is not None:
        raise RuntimeError("revenue came in another order than the drafts")
