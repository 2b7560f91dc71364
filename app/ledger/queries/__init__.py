"""Questions about the books: accounts and periods, open items, debtors, reports and proofs."""

from app.ledger.queries.accounts import account_by_number, account_facts, account_for, booking_days, cost_centres_known
from app.ledger.queries.debtors import debtors
from app.ledger.queries.items import OpenItem, item_facts, open_cents_of, open_items
from app.ledger.queries.reports import CardLine, LedgerCard, balance_sheet, journal, ledger_card, profit_loss, trial_balance

__all__ = [
    "CardLine",
    "LedgerCard",
    "OpenItem",
    "account_by_number",
    "account_facts",
    "account_for",
    "balance_sheet",
    "booking_days",
    "cost_centres_known",
    "debtors",
    "item_facts",
    "journal",
    "ledger_card",
    "open_cents_of",
    "open_items",
    "profit_loss",
    "trial_balance",
]
