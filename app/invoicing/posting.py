"""From drafts to entries: what an invoice writes in the books, and how it is numbered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from app.ledger.entries import EntryDraft, LineDraft

_YEAR_SPAN = 10_000_000  # a book year has room for so many invoices in a payment reference


def invoice_number(prefix: str, year: int, place: int) -> str:
    """Return the number of the `place`-th invoice of a book year: `2026-00012`, wider once it has to be."""
    return f"{prefix}{year}-{place:05d}"


def reference_sequence(year: int, place: int) -> int:
    """Return the number that a payment reference counts with: two figures of the book year, then the place in its series."""
    return year % 100 * _YEAR_SPAN + place


def invoice_entry(
    *,
    invoice_id: int,
    number: str,
    noun: str,
    debtor_id: int,
    invoice_date: date,
    due_date: date,
    total_cents: int,
    vat_cents: int,
    revenue: Iterable[tuple[int, int | None, int]],
    debtors_account_id: int,
    vat_account_id: int | None,
) -> EntryDraft | None:
    """Return what an invoice writes: the debtor for the total, revenue per account and cost centre, and VAT; None when nothing is left.

    `revenue` is (account, cost centre, cents without VAT). The debtor's line comes first, when there is one.
    """
    text = f"{noun} {number}"
    lines: list[LineDraft] = []
    if total_cents:
        lines.append(LineDraft(debtors_account_id, total_cents, text, debtor_id, number, due_date))
    lines += [LineDraft(account_id, -cents, text, None, None, None, centre) for account_id, centre, cents in revenue if cents]
    if vat_cents and vat_account_id is not None:
        lines.append(LineDraft(vat_account_id, -vat_cents, text))
    if not lines:
        return None
    return EntryDraft("sales", invoice_date, text, tuple(lines), "invoice", invoice_id)


def open_item(total_cents: int, entry_line_ids: Sequence[int]) -> int | None:
    """Return the id of the debtor's line, which is the invoice's open item; None for an invoice of nothing."""
    return entry_line_ids[0] if total_cents and entry_line_ids else None
