"""`python run.py` on an empty database: tables, permissions, web server and scheduler, and a clean end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 180.0


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    settings = {"BONDGENOOT_VAR": str(tmp_path), "PORT": str(port), "WEB_PROCESSES": "1", "SCHEDULER_SECONDS": "1", "MAIL_SERVER": ""}
    clean = {name: value for name, value in os.environ.items() if name not in ("SQLALCHEMY_DATABASE_URI", "SECRET_KEY")}
    process = subprocess.Popen([sys.executable, "run.py"], cwd=ROOT, env={**clean, **settings}, start_new_session=True)
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ready(port: int) -> dict[str, str]:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            return json.load(answer)
    except (URLError, ConnectionError, TimeoutError):
        return {}


def test_it_prepares_serves_and_ends_with_everything_it_started(server: subprocess.Popen[bytes], port: int) -> None:
    end = monotonic() + LONGEST
    while ready(port).get("scheduler") != "ok":
        assert server.poll() is None, "it ended by itself"
        assert monotonic() < end, "it did not become ready"
        sleep(0.5)
    assert ready(port) == {"status": "ok", "database": "ok", "migrations": "ok", "scheduler": "ok"}
    with urlopen(f"http://127.0.0.1:{port}/login/", timeout=30) as page:
        assert "Content-Security-Policy" in page.headers
    server.send_signal(signal.SIGTERM)
    assert server.wait(60) == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(server.pid, 0)  # web server and scheduler are gone too
