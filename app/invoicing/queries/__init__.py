"""Questions about runs and invoices."""

from app.invoicing.queries.drafts import DraftHead, drafts_of, revenue_of
from app.invoicing.queries.invoices import credited_cents_of, invoice_by_number, the_invoice, totals_per_contribution
from app.invoicing.queries.runs import RunSettings, earlier_totals, run_settings, same_parameters, term_of, the_run, where_charged

__all__ = [
    "DraftHead",
    "RunSettings",
    "credited_cents_of",
    "drafts_of",
    "earlier_totals",
    "invoice_by_number",
    "revenue_of",
    "run_settings",
    "same_parameters",
    "term_of",
    "the_invoice",
    "the_run",
    "totals_per_contribution",
    "where_charged",
]
