"""Functions and addresses that start or end today."""

from __future__ import annotations

from app.functions.usecases import apply_due_functions
from app.kernel import clock
from jobs.work import Work


def take_effect(_work: Work) -> str:
    """Let what was entered for today take effect."""
    done = apply_due_functions(clock.today())
    return f"{done.changes} wijzigingen ingegaan, {done.memberships} lidmaatschappen op de kaart bijgewerkt."
