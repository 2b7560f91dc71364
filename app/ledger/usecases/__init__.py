"""What is done in the books."""

from app.ledger.usecases.accounts import change_account, remove_account
from app.ledger.usecases.by_hand import open_bank_balance, post_memorial, reverse_by_hand
from app.ledger.usecases.clearing import settle_lines, write_off
from app.ledger.usecases.closing import close_book_year, reopen_book_year
from app.ledger.usecases.posting import post_entries, post_entry, reverse_entry
from app.ledger.usecases.settling import settle, settle_many, undo_settlement, undo_settlements
from app.ledger.usecases.years import block_period, block_periods, open_book_year, set_up_chart, unblock_period, unblock_periods

__all__ = [
    "block_period",
    "block_periods",
    "change_account",
    "close_book_year",
    "open_bank_balance",
    "open_book_year",
    "post_entries",
    "post_entry",
    "post_memorial",
    "remove_account",
    "reopen_book_year",
    "reverse_by_hand",
    "reverse_entry",
    "set_up_chart",
    "settle",
    "settle_lines",
    "settle_many",
    "unblock_period",
    "unblock_periods",
    "undo_settlement",
    "undo_settlements",
    "write_off",
]
