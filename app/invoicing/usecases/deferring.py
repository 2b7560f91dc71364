"""Spread income over the months of its period: keep what was posted to a deferral account, and move each month's part to income."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.invoicing.models import Deferral, DeferralRelease
from app.invoicing.queries import deferring
from app.invoicing.queries.passing import in_scope
from app.kernel import clock
from app.kernel.bulk import insert_rows
from app.kernel.periods import month_of
from app.kernel.unit_of_work import transaction
from app.ledger.entries import EntryDraft, LineDraft
from app.ledger.usecases import post_entry
from app.ledger.usecases.locking import lock_books

_COLUMNS = (
    "organisation_id", "deferral_account_id", "ledger_account_id", "cost_centre_id", "first_day", "last_day", "amount_cents", "line_count", "made_at",
)  # fmt: skip
_MONTHS = ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december")


def keep_deferred(organisation_id: int, *, run_id: int | None = None, invoice_ids: Sequence[int] | None = None) -> None:
    """Keep what these invoices, just posted, put on deferral accounts; called once, in the transaction that posts them."""
    with transaction():
        found = deferring.deferred_lines(in_scope(organisation_id, run_id, invoice_ids))
        now = clock.now()
        insert_rows(
            Deferral.__table__,
            _COLUMNS,
            ((organisation_id, *one.pair, one.first_day, one.last_day, one.cents, one.count, now) for one in found),
        )


def move_deferred(organisation_id: int, month: date) -> int:
    """Move to income what belongs to the months up to and including this one, and return it in cents.

    It is what should have been moved minus what was: twice is once, and an invoice that was posted late is caught up. The entry is dated
    on the first day of the month. Raises DomainError of `post_entries` for a closed period.
    """
    first = month_of(month).first_day or month
    with transaction() as session:
        lock_books(organisation_id)
        should, was = deferring.due_until(organisation_id, first), deferring.moved(organisation_id)
        changes = {pair: cents for pair in sorted(should, key=str) if (cents := should[pair] - was.get(pair, 0))}
        if not changes:
            return 0
        text = f"Vooruitontvangen {_MONTHS[first.month - 1]} {first.year}"
        lines = []
        for (account_id, income_id, centre_id), cents in changes.items():
            lines += [LineDraft(account_id, cents, text), LineDraft(income_id, -cents, text, cost_centre_id=centre_id)]
        entry = post_entry(organisation_id, EntryDraft("memorial", first, text, tuple(lines), "deferral"))
        for (account_id, income_id, centre_id), cents in changes.items():
            session.add(
                DeferralRelease(
                    organisation_id=organisation_id,
                    month=first,
                    deferral_account_id=account_id,
                    ledger_account_id=income_id,
                    cost_centre_id=centre_id,
                    amount_cents=cents,
                    journal_entry_id=entry.id,
                )
            )
        session.flush()
        return sum(changes.values())
