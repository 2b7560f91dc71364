"""The monthly round over what was kept long enough."""

from __future__ import annotations

from app.kernel import clock
from app.privacy.usecases.retaining import let_go
from jobs.work import Work


def let_go_of_old(work: Work) -> str:
    """Let go of what was kept long enough, and report per kind what went."""
    return "; ".join(str(outcome) for outcome in let_go(clock.today(), work.progress)) + "."
