"""Questions about the books: accounts and periods, open items, debtors, reports and proofs."""

from app.ledger.queries.accounts import account_by_number, account_facts, account_for, booking_days, cost_centres_known
from app.ledger.queries.cards import balances_of, parts_of_line, parts_of_settlement, reversing, settled_cents_of, totals_of, undoing
from app.ledger.queries.debtors import debtor_totals, debtors, name_of
from app.ledger.queries.items import OpenItem, item_facts, open_cents_of, open_items
from app.ledger.queries.reports import (
    CardLine,
    LedgerCard,
    balance_sheet,
    first_day_of_year,
    journal,
    ledger_card,
    profit_loss,
    trial_balance,
)

__all__ = [
    "CardLine",
    "LedgerCard",
    "OpenItem",
    "account_by_number",
    "account_facts",
    "account_for",
    "balance_sheet",
    "balances_of",
    "booking_days",
    "cost_centres_known",
    "debtor_totals",
    "debtors",
    "first_day_of_year",
    "item_facts",
    "journal",
    "ledger_card",
    "name_of",
    "open_cents_of",
    "open_items",
    "parts_of_line",
    "parts_of_settlement",
    "profit_loss",
    "reversing",
    "settled_cents_of",
    "totals_of",
    "trial_balance",
    "undoing",
]
