"""Functions and addresses that start or end today, and functions that begin on the day of their first payment."""

from __future__ import annotations

from app.functions.usecases import apply_due_functions
from app.invoicing.usecases import follow_payments
from app.kernel import clock
from app.kernel.errors import DomainError
from app.organisations.queries import administrations
from jobs.work import Work


def take_effect(_work: Work) -> str:
    """Let what was entered for today take effect; books in which a start cannot go back are named, and the others go on."""
    done = apply_due_functions(clock.today())
    moved, refused = 0, []
    for organisation_id, name in administrations().items():
        try:
            moved += follow_payments(organisation_id)
        except DomainError as refusal:
            refused.append(f" {name}: {refusal.message}")
    said = f"{done.changes} wijzigingen ingegaan, {done.memberships} lidmaatschappen op de kaart bijgewerkt."
    starts = f" {moved} functies beginnen op een andere dag door hun eerste betaling." if moved else ""
    return said + starts + "".join(refused)
