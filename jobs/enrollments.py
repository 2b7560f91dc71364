"""Enrollments are not kept longer than needed."""

from __future__ import annotations

from app.enrollment.usecases import forget_old
from app.kernel import clock
from jobs.work import Work


def forget(_work: Work) -> str:
    """Remove what enrollments no longer need to hold."""
    return f"{forget_old(clock.today())} inschrijvingen vergeten."
