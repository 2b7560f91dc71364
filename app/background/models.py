"""Scheduled jobs and background work: a row is the request, the claim and the report at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from app.background.kinds import KINDS
from app.kernel.db import UtcDateTime
from app.kernel.states import Machine
from app.kernel.tables import Made, Owned, Table, Versioned, one_of
from app.organisations.models import Organisation

JOB_RUN = Machine(
    "de taak",
    {"queued": "Wacht", "running": "Bezig", "done": "Klaar", "failed": "Mislukt", "stopped": "Gestopt"},
    {
        "claim": (("queued",), "running"),
        "finish": (("running",), "done"),
        "fail": (("running",), "failed"),
        "stop": (("queued", "running"), "stopped"),
        "retry": (("failed", "stopped"), "queued"),
    },
)


class Job(Versioned, Table):
    """One line of the timetable. Jobs are of the whole installation; `schedule` is five fields as in cron, Dutch time."""

    __tablename__ = "job"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    schedule: Mapped[str] = mapped_column(String(60))
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    last_tick: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def __str__(self) -> str:
        return self.title


class JobRun(Made, Table):
    """One run of a job: `tick` makes a scheduled moment run once, however many processes there are.

    A run is seen at its organisation; those of the timetable, over all organisations, stand at the top one.
    """

    __tablename__ = "job_run"
    __table_args__ = (UniqueConstraint("job_name", "tick"), one_of("state", JOB_RUN.states), Index("ix_job_run_state", "state", "job_name"))

    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), index=True)
    job_name: Mapped[str] = mapped_column(String(60))
    tick: Mapped[str | None] = mapped_column(String(40))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    requested_by: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10), default="queued")
    stop_asked: Mapped[bool] = mapped_column(Boolean, default=False)
    progress_done: Mapped[int] = mapped_column(Integer, default=0)
    progress_total: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    worker: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[str | None] = mapped_column(Text)

    organisation: Mapped[Organisation | None] = relationship()

    def __str__(self) -> str:
        return f"{self.title} {self.id}"

    @property
    def title(self) -> str:
        """Return what this kind of work is called."""
        return KINDS[self.job_name].title if self.job_name in KINDS else self.job_name


class JobResult(Owned, Made, Table):
    """What a run of background work found, kept for who asked: JSON, compressed. Numbers of rows, never names."""

    __tablename__ = "job_result"

    job_run_id: Mapped[int] = mapped_column(ForeignKey("job_run.id", ondelete="RESTRICT"), unique=True)
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return f"uitkomst van taak {self.job_run_id}"


class Lease(Table):
    """Who does what only one process may do at a time, until when. `fence` grows with each new holder."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(40), unique=True)
    holder: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    fence: Mapped[int] = mapped_column(Integer, default=1)

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"
