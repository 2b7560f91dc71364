"""Propose what each payment of a statement is for: strong evidence for all payments first, then weaker.

Certain is only what two independent facts say (a checked reference and the amount or payer; payer and amount).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import NamedTuple

from app.bank.by_likeness import by_likeness
from app.bank.by_own_orders import by_own_orders, by_rule
from app.bank.by_payer import by_payer
from app.bank.by_reference import by_reference
from app.bank.knowledge import Knowledge
from app.bank.proposals import Proposal
from app.bank.statement import Entry, Payment


class Incoming(NamedTuple):
    """One payment to be explained, with the day it was booked."""

    payment: Payment
    booked_on: date


def payments_of(entries: Iterable[Entry]) -> list[Incoming]:
    """Return the payments of entries, in order."""
    return [Incoming(payment, entry.booked_on) for entry in entries for payment in entry.payments]


def propose(payments: Sequence[Incoming], known: Knowledge) -> list[Proposal]:
    """Return one proposal per payment, in the same order; the same input gives the same answer.

    Own orders (returns, batches, refunds) and references of all payments go first, then rules that a person set, then known
    payers, then likeness; within each step the order of the statement. What one proposal takes is no longer open for the next.
    """
    found: list[Proposal | None] = [None] * len(payments)
    steps: tuple[Callable[[Incoming], Proposal | None], ...] = (
        lambda p: by_own_orders(p.payment, p.booked_on, known),
        lambda p: by_reference(p.payment, known),
        lambda p: by_rule(p.payment, known, is_set=True),
        lambda p: by_payer(p.payment, known),
        lambda p: by_rule(p.payment, known, is_set=False),
        lambda p: by_likeness(p.payment, known),
    )
    for step in steps:
        for index, incoming in enumerate(payments):
            if found[index] is not None:
                continue
            proposal = step(incoming)
            if proposal is None:
                continue
            found[index] = proposal
            for target in proposal.targets:
                if target.kind == "invoice":
                    known.take(target.id, target.cents)
                elif target.kind in ("return", "batch"):
                    known.used.add((target.kind, target.id))
    nothing = Proposal("unknown", "unknown", reasons=("Niets in deze betaling wijst naar een openstaande post.",))
    return [proposal or nothing for proposal in found]
