"""What invoices of a season came to beside the charges themselves: the family maximum, and VAT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from app.invoicing.models import Invoice, InvoiceLine, InvoiceRun
from app.invoicing.queries.runs import vat_rates
from app.kernel.db import db
from app.kernel.money import percentage_of

_LINE, _INVOICE, _RUN = InvoiceLine.__table__.c, Invoice.__table__.c, InvoiceRun.__table__.c


class Beside(NamedTuple):
    """Cents beside the charges; the family maximum takes off, so it is below zero."""

    maximum_cents: int = 0
    vat_cents: int = 0

    def and_(self, other: Beside) -> Beside:
        """Return both together."""
        return Beside(self.maximum_cents + other.maximum_cents, self.vat_cents + other.vat_cents)


def beside_charges(organisation_id: int, contribution_ids: Sequence[int], season_id: int) -> Beside:
    """Return what the runs of a season put on invoices beside the charges of these contributions, with their credit notes."""
    origin = Invoice.__table__.alias("origin")
    lines = (
        InvoiceLine.__table__.join(Invoice.__table__, _INVOICE.id == _LINE.invoice_id)
        .outerjoin(origin, origin.c.id == _INVOICE.credits_id)
        .join(InvoiceRun.__table__, _RUN.id == func.coalesce(_INVOICE.run_id, origin.c.run_id))
    )
    mine = (_INVOICE.organisation_id == organisation_id, _RUN.season_id == season_id, _LINE.contribution_id.in_(contribution_ids))
    connection = db.session.connection()
    maximum = connection.execute(select(func.sum(_LINE.amount_cents)).select_from(lines).where(*mine, _LINE.charge_id.is_(None))).scalar()
    rates = {code: rate for code, rate in vat_rates().items() if rate}
    vat = 0
    if rates:
        per_invoice = (
            select(_LINE.vat_code_id, func.sum(_LINE.amount_cents))
            .select_from(lines)
            .where(*mine, _LINE.vat_code_id.in_(rates))
            .group_by(_LINE.invoice_id, _LINE.vat_code_id)
        )
        vat = sum(percentage_of(int(cents), rates[code]) for code, cents in connection.execute(per_invoice))
    return Beside(int(maximum or 0), vat)
