"""The scheduler role: any number of processes may have it; one makes the ticks, all do the work that waits."""

from __future__ import annotations

import logging
import os
import signal
import threading
import uuid
from datetime import timedelta
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask

from app.background import usecases
from app.background.kinds import LANES
from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.unit_of_work import working_as
from jobs import runner

# A beat that comes while the former one is still at work is skipped on purpose: no reason for a line in the log each time.
logging.getLogger("apscheduler").setLevel(logging.ERROR)
LEASE_NAME = "scheduler"
LEASE = timedelta(seconds=60)


class SchedulerRole:
    """One process in the scheduler role, from `run` until a signal or the end of its parent."""

    def __init__(self, flask: Flask, parent: int | None = None) -> None:
        self.flask = flask
        self.parent = parent
        self.holder = f"{runner.worker_name()}:{uuid.uuid4().hex[:8]}"
        self.leaving = threading.Event()
        # Every job of APScheduler is idempotent and looks in the database, so a beat that was missed is simply the next one.
        settings = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self.clockwork = BlockingScheduler(
            timezone=clock.AMSTERDAM, job_defaults=settings, executors={"default": ThreadPoolExecutor(1 + len(LANES))}
        )

    def run(self) -> None:
        """Watch and work until told to stop; a run that is under way goes back in line."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._leave)
        seconds = self.flask.config["SCHEDULER_SECONDS"]
        first = clock.now()
        self.clockwork.add_job(self.beat, "interval", seconds=seconds, next_run_time=first)
        for lane in LANES:
            self.clockwork.add_job(runner.work_off, "interval", (self.flask, lane, self.leaving), seconds=seconds, next_run_time=first)
        threading.Thread(target=self._end_when_leaving, name="leaving", daemon=True).start()
        self.clockwork.start()
        with self.flask.app_context(), working_as(system_actor("rooster")):
            usecases.let_go(LEASE_NAME, self.holder)

    def beat(self) -> list[str]:
        """Make the ticks that are due when this process holds the lease; return what was made."""
        if self.parent is not None and os.getppid() != self.parent:
            self.leaving.set()
            return []
        with self.flask.app_context(), working_as(system_actor("rooster")):
            if usecases.hold_lease(LEASE_NAME, self.holder, LEASE) is None:
                return []
            usecases.sync_timetable()
            return usecases.make_ticks()

    def _leave(self, _number: int, _frame: FrameType | None) -> None:
        self.leaving.set()

    def _end_when_leaving(self) -> None:
        self.leaving.wait()
        self.clockwork.shutdown(wait=True)
