"""What is done with mandates and direct-debit batches."""

from app.sepa.usecases.batches import BatchMade, make_batches, submit_batch, withdraw_batch
from app.sepa.usecases.mandates import amend_mandate, change_state, give_mandate, lapse_mandates

__all__ = [
    "BatchMade",
    "amend_mandate",
    "change_state",
    "give_mandate",
    "lapse_mandates",
    "make_batches",
    "submit_batch",
    "withdraw_batch",
]
