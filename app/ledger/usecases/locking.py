"""Who writes in the books of one administration stands in line: posting, settling and closing never pass each other."""

from __future__ import annotations

from app.kernel.actor import the_actor
from app.kernel.errors import NotFound
from app.kernel.numbering import take_numbers

CHAIN = "chain"


def lock_books(organisation_id: int) -> int:
    """Hold the books of an administration until the transaction ends and return the next place in its chain.

    Raises NotFound for an organisation that the actor may not write in.
    """
    return take_places(organisation_id, 0)


def take_places(organisation_id: int, count: int) -> int:
    """Take following places in the chain of an administration and return the first; holds the books like `lock_books`."""
    if not the_actor().may_write(organisation_id):
        raise NotFound
    return take_numbers(organisation_id, CHAIN, 0, count)
