"""Measure the relations list at 100,000 relations as a province's member administrator: first page, searches, and the form to add.

    python -m tests.bench.views.bench_lists [members] [sqlite|postgresql] ...

Through Flask's test client, so with routing, rights, scope and templates, but without network and web server. Goal: p95 below 300 ms
and at most 8 statements for each; a form that preloads a table would show in both. Processor time is told beside the clock, which a
busy machine stretches.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.bench_chain import KINDS, url_of

REQUESTS = int(os.environ.get("REQUESTS", "200"))
USER = "lotte"  # member administrator of a province in the demo
NAMES = ("jansen", "visser", "de vries", "smit", "bakker", "van dijk", "mulder", "bos", "peters", "xyzzy")
PAGES = {
    "list": ("/relationview/list/",),
    "page 40": ("/relationview/list/?page_RelationView=40",),
    "search": tuple(f"/relationview/list/?_flt_0_display_name={name}" for name in NAMES),
    "number": tuple(f"/relationview/list/?_flt_0_number={100_000 + 37 * place}" for place in range(10)),
    "add form": ("/relationview/add",),
    "lookup": tuple(f"/relationview/lookup/payer?term={name}" for name in NAMES),
}


def measured() -> list[dict[str, Any]]:
    """Ask every page two hundred times in this process and return what it took."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    from app.kernel import clock
    from app.kernel.actor import system_actor
    from app.kernel.unit_of_work import working_as
    from jobs.demo.building import PASSWORD, logins
    from run import create_app
    from security import permissions

    flask = create_app(
        {"SECRET_KEY": "bench-" + "x" * 40, "WTF_CSRF_ENABLED": False, "RATELIMIT_ENABLED": False, "FAB_UPDATE_PERMS": False}
    )
    with flask.app_context():
        with working_as(system_actor("bench")):
            permissions.install(permissions.pairs_of(flask.appbuilder))
        logins(clock.today().year)
    counted = [0]

    @event.listens_for(Engine, "before_cursor_execute")
    def count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        counted[0] += not statement.startswith(("BEGIN", "SET LOCAL"))  # those open the transaction and say who acts

    client = flask.test_client()
    signed_in = client.post("/login/", data={"username": USER, "password": PASSWORD})
    if signed_in.status_code != 302:
        raise SystemExit(f"{USER} cannot sign in: {signed_in.status_code}")
    found = []
    for page, addresses in PAGES.items():
        seconds, processor, statements = [], [], []
        for turn in range(REQUESTS + 5):
            counted[0] = 0
            began, worked = time.perf_counter(), time.process_time()
            answer = client.get(addresses[turn % len(addresses)])
            took, ticked = time.perf_counter() - began, time.process_time() - worked
            if answer.status_code != 200:
                raise SystemExit(f"{addresses[turn % len(addresses)]}: {answer.status_code}")
            if turn >= 5:
                seconds.append(took)
                processor.append(ticked)
                statements.append(counted[0])
        seconds.sort()
        processor.sort()
        found.append({
            "page": page, "p50": seconds[REQUESTS // 2], "p95": seconds[REQUESTS * 95 // 100], "cpu95": processor[REQUESTS * 95 // 100],
            "statements": max(statements), "bytes": len(answer.data),
        })  # fmt: skip
    return found


def main(arguments: list[str]) -> None:
    """Fill a database of each kind with the demo, measure, and print a table."""
    members = int(arguments[0]) if arguments and arguments[0].isdigit() else 100_000
    for kind in [word for word in arguments if word in KINDS] or KINDS:
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "SQLALCHEMY_DATABASE_URI": url_of(kind, Path(folder)), "BONDGENOOT_VAR": folder}
            _run(["-m", "tests.bench.bench_chain", "--step", "demo", str(members)], environment)
            print(f"{kind}, {members} members, load {os.getloadavg()[0]:.1f}")
            for row in json.loads(_run(["-m", "tests.bench.views.bench_lists", "--measure"], environment)):
                print(
                    f"  {row['page']:10} p50 {1000 * row['p50']:6.0f} ms  p95 {1000 * row['p95']:6.0f} ms  processor p95 {1000 * row['cpu95']:5.0f} ms"
                    f"  {row['statements']:3} statements  {row['bytes']:7} bytes"
                )


def _run(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout.splitlines()[-1]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measured()))
    else:
        main(sys.argv[1:])
