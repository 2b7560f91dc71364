"""Questions about the books. What others ask most stands here; items, reports and proofs have their own file."""

from app.ledger.queries.accounts import account_by_number, account_facts, account_for, booking_days, cost_centres_known
from app.ledger.queries.items import OpenItem, item_facts, open_cents_of, open_items

__all__ = [
    "OpenItem",
    "account_by_number",
    "account_facts",
    "account_for",
    "booking_days",
    "cost_centres_known",
    "item_facts",
    "open_cents_of",
    "open_items",
]
