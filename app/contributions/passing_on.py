"""Passing on: what of a charge is due to another organisation, and to which.

A fixed amount is due as long as anything of the charge is left; a share follows what is left. So what a credit takes back follows
from the same rule, whatever the order in which invoices and credit notes are posted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from app.kernel.money import percentage_of


class PassingOnTerms(NamedTuple):
    """One row of a contribution: exactly one of `amount_cents` and `share_basis_points` is filled; it holds for periods from these days."""

    passing_on_id: int
    contribution_id: int
    payee: str
    ledger_account_id: int
    amount_cents: int | None = None
    share_basis_points: int | None = None
    for_organisation_id: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    description: str = ""

    def holds(self, period_first_day: date) -> bool:
        """Whether it holds for a charge whose period begins on this day."""
        return (self.first_day is None or self.first_day <= period_first_day) and (
            self.last_day is None or period_first_day <= self.last_day
        )


def due_cents(terms: PassingOnTerms, charged_cents: int) -> int:
    """Return what is due of a charge of which `charged_cents` are left after credits; nothing of nothing, never below zero."""
    if charged_cents <= 0:
        return 0
    if terms.amount_cents is not None:
        return terms.amount_cents
    return percentage_of(charged_cents, terms.share_basis_points or 0)


def payee_of(terms: PassingOnTerms, function_organisation_id: int | None, books_id: int, parents: Mapping[int, int | None]) -> int | None:
    """Return the organisation to which it is due, or None: a function at the books' own organisation has no department, the top nothing above."""
    found = {
        "department": function_organisation_id,
        "above": parents.get(books_id),
        "organisation": terms.for_organisation_id,
    }[terms.payee]
    return None if found == books_id else found
