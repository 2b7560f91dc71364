"""Measure "what if" and the check before a run for 100,000 members with some 20 rules: next to a season that was charged, all of it explained.

Run: `python -m tests.bench.reporting.bench_what_if [members] [sqlite|postgresql]` (PostgreSQL needs TEST_POSTGRESQL).
Goal: seconds, and under 300 MB for what if on its own (each part in a process of its own: memory is the most it had).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
import uuid
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from app.contributions.usecases import copy_season
from app.invoicing.usecases import make_run, preview_run
from app.kernel.db import db
from app.reporting.queries import what_if
from app.reporting.what_if import Asked
from run import create_app
from tests.bench.invoicing.bench_run import members, peak_mb, rules
from tests.conftest import SETTINGS, migrated
from tests.federation import Federation, build
from tests.invoicing.season import province, season_year

TODAY = date(2026, 11, 24)


def prepared(url: str, count: int) -> dict[str, Any]:
    """Fill a database: members, a season that was charged, and the next one with rules a little dearer."""
    migrated(url)
    flask = create_app({**SETTINGS, "SQLALCHEMY_DATABASE_URI": url}, screens=False)
    with flask.app_context():
        federation = build()
        made = province(federation)
        rules(made)
        members(federation, count)
        later = season_year(federation, 2027)
        with federation.as_("anna"):
            make_run(made.run())
            copy_season(made.organisation_id, made.season_id, later, 1200)
            run_id = made.run(season_id=later, invoice_date=date(2027, 1, 15))
        db.session.remove()
        db.engine.dispose()
    return {
        "organisations": federation.organisations,
        "organisation": made.organisation_id,
        "season": made.season_id,
        "later": later,
        "run": run_id,
    }


def measured(url: str, known: dict[str, Any], part: str) -> str:
    """Do one part and say how long it took and what it needed."""
    flask = create_app({**SETTINGS, "SQLALCHEMY_DATABASE_URI": url}, screens=False)
    federation = Federation(organisations=known["organisations"])
    with flask.app_context(), federation.as_("anna"):
        db.session.connection()
        before, start, spent = peak_mb(), time.perf_counter(), time.process_time()
        if part == "preview":
            found: Any = preview_run(known["run"])
            told = f"{found.invoices} invoices, {len(found.changes)} changes"
        else:
            charged = {"charged": {}, "priced": {"against_id": known["later"], "raise_basis_points": 1500}}[part]
            found = what_if(Asked(known["organisation"], known["later"], **charged), TODAY)
            kept = len(json.dumps(found.as_json()))
            told = (
                f"{found.cube.total.count} charges, {len(found.over)} over the limit, {len(found.reasons)} reasons, {kept // 1024} kB kept"
            )
        seconds, spent = time.perf_counter() - start, time.process_time() - spent
        return f"{part}: {seconds:.1f} s ({spent:.1f} s of processor), memory {peak_mb():.0f} MB (before {before:.0f}); {told}"


def main(kind: str, count: int) -> None:
    """Measure on one kind of database and print a line per part."""
    folder = Path(tempfile.mkdtemp(prefix="bench-what-if-"))
    name = f"bench_{uuid.uuid4().hex[:8]}"
    admin = ""
    url = f"sqlite:///{folder / name}"
    if kind == "postgresql":
        base = make_url(os.environ["TEST_POSTGRESQL"])
        admin = base.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = base.set(database=name).render_as_string(hide_password=False)
    context = get_context("spawn")
    with context.Pool(1, maxtasksperchild=1) as pool:
        known = pool.apply(prepared, (url, count))
        for part in ("charged", "priced", "preview"):
            print(f"{kind}, {count} members, {pool.apply(measured, (url, known, part))}", flush=True)
    if admin:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    shutil.rmtree(folder)


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for one in sys.argv[2:3] or ("sqlite", "postgresql"):
        main(one, size)
