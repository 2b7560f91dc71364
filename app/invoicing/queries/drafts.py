"""Drafts as posting takes them: heads in the order of their numbers, and what they earn per account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, select, text

from app.invoicing.models import Invoice, InvoiceLine
from app.invoicing.queries.deferring import CONTRIBUTION_OF_LINE, POSTED_ON
from app.kernel.db import db

_INVOICE, _LINE = Invoice.__table__.c, InvoiceLine.__table__.c


class DraftHead(NamedTuple):
    """A draft as posting takes it."""

    id: int
    debtor_id: int
    invoice_date: date
    due_date: date
    total_cents: int
    vat_cents: int
    kind: str
    version: int


def _chosen(organisation_id: int, run_id: int | None, invoice_ids: Sequence[int] | None) -> list[Any]:
    found = [_INVOICE.organisation_id == organisation_id, _INVOICE.state == "draft"]
    if run_id is not None:
        found.append(_INVOICE.run_id == run_id)
    if invoice_ids is not None:
        found.append(_INVOICE.id.in_(invoice_ids))
    return found


def drafts_of(organisation_id: int, run_id: int | None = None, invoice_ids: Sequence[int] | None = None) -> list[DraftHead]:
    """Return the drafts of a run, or these, in the order in which they get their numbers: by invoice date."""
    rows = db.session.connection().execute(
        select(
            _INVOICE.id,
            _INVOICE.debtor_id,
            _INVOICE.invoice_date,
            _INVOICE.due_date,
            _INVOICE.total_cents,
            _INVOICE.vat_cents,
            _INVOICE.kind,
            _INVOICE.version,
        )
        .where(*_chosen(organisation_id, run_id, invoice_ids))
        .order_by(_INVOICE.invoice_date, _INVOICE.id)
    )
    return [DraftHead(*row) for row in rows]


def revenue_of(
    organisation_id: int, run_id: int | None = None, invoice_ids: Sequence[int] | None = None
) -> Iterator[tuple[int, int, int | None, int]]:
    """Give (invoice, ledger account, cost centre, cents without VAT) of these drafts, in the order of `drafts_of`.

    `cents` are summed per account and cost centre; sums of zero are left out. Income that is spread over its months is on the deferral account.
    """
    cents = func.sum(_LINE.amount_cents)
    rows = db.session.connection().execute(
        select(_LINE.invoice_id, POSTED_ON.label("account_id"), _LINE.cost_centre_id, cents)
        .select_from(InvoiceLine.__table__.join(Invoice.__table__, _INVOICE.id == _LINE.invoice_id).outerjoin(*CONTRIBUTION_OF_LINE))
        .where(*_chosen(organisation_id, run_id, invoice_ids))
        .group_by(_INVOICE.invoice_date, _LINE.invoice_id, text("account_id"), _LINE.cost_centre_id)
        .having(cents != 0)
        .order_by(_INVOICE.invoice_date, _LINE.invoice_id, text("account_id"))
        .execution_options(yield_per=10_000)
    )
    for invoice_id, account_id, cost_centre_id, amount in rows:
        yield invoice_id, account_id, cost_centre_id, int(amount)
