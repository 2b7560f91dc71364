"""What is done with reports: a large one is asked of the background."""

from __future__ import annotations

from app.background.usecases import request_answer
from app.reporting.what_if import Asked

JOB = "what_if"


def ask_what_if(asked: Asked) -> int:
    """Ask the background to answer, once however often somebody clicks, and return the id of its JobRun."""
    return request_answer(JOB, asked.key, {"asked": asked.as_json()}, asked.organisation_id)
