"""Measure a season run: drafts made and posted for 100,000 members with some 20 rules, next to the bare driver writing the same rows.

Run: `python -m tests.bench.invoicing.bench_run [members] [sqlite|postgresql]`; it starts a PostgreSQL of its own. Goal: at most 3 x, under 500 MB.

The bare driver gets the finished rows handed to it (raw `executemany` on SQLite, COPY on PostgreSQL, one transaction, keys and foreign keys
on, the guards off): it prices nothing, numbers nothing, seals nothing and keeps no trail.
"""

from __future__ import annotations

import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from app.functions.models import FunctionTerm
from app.invoicing.usecases import make_run, post_run
from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.bulk import insert_rows, reserve_ids
from app.kernel.db import db
from app.kernel.identifiers import folded
from app.kernel.unit_of_work import transaction, working_as
from app.relations.models import Relation
from run import create_app
from tests.bench.bench_chain import url_of
from tests.conftest import SETTINGS, migrated
from tests.federation import Federation, build
from tests.invoicing.season import Province, province

TABLES = ("charge", "journal_entry", "journal_line", "invoice", "invoice_line")  # who is pointed at comes first
CHUNK = 5_000
_NAMES = ("Jansen", "Dijkstra", "Bakker", "Visser", "Smit", "Mulder", "Bos", "Vos", "Kuipers", "Hoekstra")


def members(federation: Federation, count: int) -> None:
    """Add members to the departments of province A: one in ten comes late, one in eight is young, seven in ten pay by direct debit."""
    chance = random.Random(7)
    places = [federation.organisations["A1"], federation.organisations["A2"]]
    now = clock.now()
    with working_as(system_actor("bench")), transaction():
        ids = list(reserve_ids(Relation.__table__, count))
        cards, terms = [], []
        for n, relation_id in enumerate(ids):
            name = f"{_NAMES[n % 10]} {n}"
            born = date(chance.randrange(1940, 2018), chance.randrange(1, 13), chance.randrange(1, 29))
            method = "direct_debit" if chance.random() < 0.7 else "transfer"
            place = places[n % 2]
            cards.append((
                relation_id, place, 100_000 + n, "person", name, name, folded(name), folded(name), born, "nl", "mail", method, True, now, 1,
            ))  # fmt: skip
            first = date(2026, chance.randrange(2, 12), chance.randrange(1, 29)) if chance.random() < 0.1 else date(2020, 1, 1)
            terms.append((place, relation_id, federation.member, first, 1, "administrator", now, 1))
        insert_rows(
            Relation.__table__,
            (
                "id", "organisation_id", "number", "kind", "surname", "display_name", "sort_key", "search_name", "birth_date", "language",
                "correspondence", "payment_method", "follows_household_address", "made_at", "version",
            ),
            cards,
        )  # fmt: skip
        insert_rows(
            FunctionTerm.__table__,
            ("organisation_id", "relation_id", "function_type_id", "first_day", "quantity", "origin", "made_at", "version"),
            terms,
        )


def rules(made: Province) -> None:
    """Bring the rules to twenty: bands of birth dates, each with its adjustments."""
    for place in range(18):
        name = f"Contributie groep {place + 1}"
        made.rule(name, 2500 + 250 * place, born_from=date(1930 + 4 * place, 7, 1))
        made.adjust(name, "short_period", {"variant": "half_month"})
        rows = [{"method": "direct_debit", "discount_cents": 500}]
        made.adjust(name, "payment_method", {"rows": rows}, position=2, text="incassokorting")


def peak_mb() -> float:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bare_sqlite(source: Path, target: Path) -> tuple[float, dict[str, int]]:
    """Write the finished rows of one file into another with the driver alone."""
    reading = sqlite3.connect(source)
    writing = sqlite3.connect(target, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        writing.execute(f"PRAGMA {pragma}")
    for (name,) in writing.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        writing.execute(f"DROP TRIGGER {name}")
    parts = []
    for table in TABLES:
        rows = reading.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
        parts.append((table, rows, f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})"))
    writing.execute("BEGIN IMMEDIATE")
    seconds = _timed(lambda: [writing.executemany(statement, rows) for _, rows, statement in parts] and writing.execute("COMMIT"))
    return seconds, {table: len(rows) for table, rows, _ in parts}


def bare_postgresql(source: str, target: str) -> tuple[float, dict[str, int]]:
    """Write the finished rows of one database into another with COPY."""
    with psycopg.connect(source) as reading, psycopg.connect(target) as writing:
        for table in TABLES:
            writing.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        writing.commit()
        parts, counts = [], {}
        for table in TABLES:
            cursor = reading.execute(f"SELECT * FROM {table} ORDER BY id")
            names = ", ".join(column.name for column in cursor.description or ())
            rows = [tuple(psycopg.types.json.Json(v) if isinstance(v, list | dict) else v for v in row) for row in cursor.fetchall()]
            parts.append((f"COPY {table} ({names}) FROM STDIN", rows))
            counts[table] = len(rows)

        def write() -> None:
            for statement, rows in parts:
                with writing.cursor() as cursor, cursor.copy(statement) as copy:
                    for row in rows:
                        copy.write_row(row)
            writing.commit()

        return _timed(write), counts


def _timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measured(kind: str, count: int) -> None:
    """Measure on one kind of database and print a line."""
    folder = Path(tempfile.mkdtemp(prefix="bench-run-"))
    name, twin = f"bench_{uuid.uuid4().hex[:8]}", f"bench_{uuid.uuid4().hex[:8]}"
    if kind == "sqlite":
        url = f"sqlite:///{folder / name}"
    else:
        base = make_url(url_of(kind, folder))
        admin = base.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = base.set(database=name).render_as_string(hide_password=False)
    migrated(url)
    flask = create_app({**SETTINGS, "SQLALCHEMY_DATABASE_URI": url}, screens=False)
    with flask.app_context():
        federation = build()
        made = province(federation)
        rules(made)
        members(federation, count)
        with federation.as_("anna"):
            run_id = made.run()
        db.session.remove()
        db.engine.dispose()
        if kind == "sqlite":
            sqlite3.connect(folder / name).execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copyfile(folder / name, folder / twin)
        else:
            with psycopg.connect(admin, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {twin} TEMPLATE {name}")
            with psycopg.connect(
                make_url(url).set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
            ) as connection:
                connection.execute("ANALYZE")
        before = peak_mb()
        with federation.as_("anna"):
            making = _timed(lambda: make_run(run_id))
            posting = _timed(lambda: post_run(run_id))
        peak = peak_mb()
        db.session.remove()
        db.engine.dispose()
    if kind == "sqlite":
        bare, counts = bare_sqlite(folder / name, folder / twin)
    else:
        plain = [make_url(url).set(drivername="postgresql", database=one).render_as_string(hide_password=False) for one in (name, twin)]
        bare, counts = bare_postgresql(*plain)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
            connection.execute(f"DROP DATABASE {twin} WITH (FORCE)")
    shutil.rmtree(folder)
    total = making + posting
    print(
        f"{kind}: {count} members, made {making:.1f} s, posted {posting:.1f} s, together {total:.1f} s ({count / total:.0f}/s); "
        f"bare driver {bare:.1f} s for {counts}; {total / bare:.2f} x; memory {peak:.0f} MB (before {before:.0f})"
    )


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    if sys.argv[2:]:
        measured(sys.argv[2], size)
    else:  # each in a process of its own, so that its peak memory is its own
        for one in ("sqlite", "postgresql"):
            subprocess.run([sys.executable, "-m", "tests.bench.invoicing.bench_run", str(size), one], check=True)
