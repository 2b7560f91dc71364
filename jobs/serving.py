"""`python run.py`: bring the database up to date, then keep the web server and the scheduler running together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic
from types import FrameType

import flask_migrate
from flask import Flask

ROOT = Path(__file__).resolve().parents[1]
FLASK = [sys.executable, "-m", "flask", "--app", "run"]
# A scheduler that keeps falling over is started again ever more slowly; one that ran this long begins afresh.
LONGEST_PAUSE, RAN_WELL = 60.0, 300.0
PATIENCE = 30.0


def prepare(flask: Flask) -> None:
    """Migrate the database and write permissions and ready roles, so that no web process has to."""
    with flask.app_context():
        flask_migrate.upgrade()
    subprocess.run([*FLASK, "setup"], cwd=ROOT, check=True)  # noqa: S603 - our own words only


def gunicorn_command(flask: Flask) -> list[str]:
    """Return the web server: a few processes with a few threads each, so that a browser's idle connection holds nobody up."""
    options = {
        "bind": f"{flask.config['HOST']}:{flask.config['PORT']}",
        "workers": str(flask.config["WEB_PROCESSES"]),
        "worker-class": "gthread",
        "threads": "4",
        "timeout": "300",  # a large bank file is read while its sender waits; everything longer is a job
        "graceful-timeout": "30",
        "log-level": "warning",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [sys.executable, "-m", "gunicorn", *words, "--no-control-socket", "run:create_app()"]


def serve(flask: Flask) -> int:
    """Serve until a signal or the end of the web server, and return the exit code. The scheduler ends with it."""
    prepare(flask)
    stop = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    web = subprocess.Popen(gunicorn_command(flask), cwd=ROOT)  # noqa: S603 - our own words only
    scheduler = _Kept([*FLASK, "scheduler", "--parent", str(os.getpid())])
    print(f"Bondgenoot draait op http://{flask.config['HOST']}:{flask.config['PORT']}", flush=True)  # noqa: T201 - this is the terminal's
    try:
        while not stop.wait(0.5) and web.poll() is None:
            scheduler.keep()
    finally:
        _end(web)
        scheduler.end()
    return 0 if stop.is_set() else web.returncode or 1


class _Kept:
    """A process that is started again when it ends by itself."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.pause, self.not_before = 1.0, 0.0
        self._start()

    def _start(self) -> None:
        self.began = monotonic()
        self.process: subprocess.Popen[bytes] | None = subprocess.Popen(self.command, cwd=ROOT)  # noqa: S603 - our own words only

    def keep(self) -> None:
        """Start the process again when it is gone, after a pause that grows."""
        if self.process is not None and self.process.poll() is not None:
            self.pause = 1.0 if monotonic() - self.began > RAN_WELL else min(self.pause * 2, LONGEST_PAUSE)
            self.not_before, self.process = monotonic() + self.pause, None
        if self.process is None and monotonic() >= self.not_before:
            self._start()

    def end(self) -> None:
        """End the process."""
        if self.process is not None:
            _end(self.process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
