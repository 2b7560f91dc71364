"""What is done in the books."""

from app.ledger.usecases.posting import post_entries, post_entry, reverse_entry
from app.ledger.usecases.settling import settle, settle_many, undo_settlement
from app.ledger.usecases.years import block_period, open_book_year, set_up_chart, unblock_period

__all__ = [
    "block_period",
    "open_book_year",
    "post_entries",
    "post_entry",
    "reverse_entry",
    "set_up_chart",
    "settle",
    "settle_many",
    "unblock_period",
    "undo_settlement",
]
