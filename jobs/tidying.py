"""Keeps the list of runs readable: the outbox alone makes 1,440 a day."""

from __future__ import annotations

from datetime import timedelta

from app.background import usecases
from jobs.work import Work

KEEP = timedelta(days=14)


def tidy(_work: Work) -> str:
    """Remove old runs that went well, and what work found that long ago; failed runs and what people asked for stay."""
    usecases.tidy_results(KEEP)
    return f"{usecases.tidy_runs(KEEP)} uitvoeringen van meer dan {KEEP.days} dagen oud opgeruimd."
