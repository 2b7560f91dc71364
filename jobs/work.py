"""What a job is given: its run, and the way to say how far it is."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Any

from app.background import usecases
from app.background.usecases import ClaimedRun, Fenced
from app.kernel.unit_of_work import in_transaction

_SECONDS_BETWEEN = 1.0


class StopAskedError(Exception):
    """Somebody pressed stop: what is whole stays, the rest is not begun."""


class LeavingError(Exception):
    """This process must end: the run goes on in another one."""


class Work:
    """One run as its job sees it. `leaving` and `lost` are set from outside, by a signal and by the heartbeat."""

    def __init__(self, run: ClaimedRun, leaving: threading.Event, lost: threading.Event) -> None:
        self.run = run
        self._leaving, self._lost = leaving, lost
        self._told_at = 0.0

    @property
    def parameters(self) -> dict[str, Any]:
        """Return what was asked for."""
        return self.run.parameters

    def progress(self, done: int, total: int) -> None:
        """Tell how far the work is; called between whole steps, or inside the transaction of one.

        Inside a transaction it always writes, which keeps a worker that lost its run from committing; else once a second.
        Raises StopAskedError, LeavingError or Fenced, which undo the transaction they fall in.
        """
        if self._lost.is_set():
            raise Fenced(f"run {self.run.id} was taken over")
        if self._leaving.is_set():
            raise LeavingError
        if not in_transaction() and monotonic() - self._told_at < _SECONDS_BETWEEN and done < total:
            return
        self._told_at = monotonic()
        if usecases.note_progress(self.run, done, total):
            raise StopAskedError
