"""Background work: ask for it, let it fall due, do it once."""

from app.background.usecases.requests import ask_stop, change_schedule, request_run, request_system_run, retry_run
from app.background.usecases.results import keep_result, request_answer, tidy_results
from app.background.usecases.runs import (
    ClaimedRun,
    Fenced,
    claim_run,
    extend_lease,
    finish_run,
    note_progress,
    release_run,
    tidy_runs,
)
from app.background.usecases.timetable import hold_lease, let_go, make_ticks, sync_timetable

__all__ = [
    "ClaimedRun",
    "Fenced",
    "ask_stop",
    "change_schedule",
    "claim_run",
    "extend_lease",
    "finish_run",
    "hold_lease",
    "keep_result",
    "let_go",
    "make_ticks",
    "note_progress",
    "release_run",
    "request_answer",
    "request_run",
    "request_system_run",
    "retry_run",
    "sync_timetable",
    "tidy_results",
    "tidy_runs",
]
