"""Answering "what if" in the background: the question is in the parameters, the answer is kept for who asked."""

from __future__ import annotations

from app.background.usecases import keep_result
from app.kernel import clock
from app.kernel.money import euros
from app.reporting.queries import what_if
from app.reporting.what_if import Asked
from jobs.work import Work


def answer(work: Work) -> str:
    """Price everybody by the scenario and keep the figures."""
    asked = Asked.of(work.parameters["asked"])
    found = what_if(asked, clock.today(), progress=work.progress)
    keep_result(work.run.id, asked.organisation_id, found.as_json())
    total = found.cube.total
    return f"{total.count} keer contributie, samen {euros(total.cents)}."
