"""Mandates that nobody used for 36 months lapse."""

from __future__ import annotations

from app.kernel import clock
from app.sepa.usecases import lapse_mandates
from jobs.work import Work


def lapse(_work: Work) -> str:
    """Let the mandates lapse that were not used for too long."""
    return f"{lapse_mandates(clock.today())} machtigingen vervallen."
