"""Post a season: entries through `post_entries` next to the bare driver writing the same rows, on both databases.

    TEST_POSTGRESQL=postgresql+psycopg://… python -m tests.bench.ledger.bench_posting [entries]

The bare driver writes into the same schema with its keys and indexes, without triggers, policies, numbers, checks or hashes.
"""

from __future__ import annotations

import gc
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
from sqlalchemy import insert, make_url

from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import transaction, working_as
from app.ledger import queries
from app.ledger.entries import EntryDraft, LineDraft
from app.ledger.models import JournalEntry, JournalLine
from app.ledger.usecases import open_book_year, post_entries, set_up_chart
from app.organisations.queries import actor_for
from app.relations.models import Relation
from run import create_app
from tests.conftest import SETTINGS, Databases
from tests.federation import build

TABLES = (JournalEntry.__table__, JournalLine.__table__)


def drafts(count: int, accounts: dict[str, int], relations: range) -> Iterator[EntryDraft]:
    """Give invoices of four or five lines: 4.71 on average, as a season has."""
    for i in range(count):
        parts = 4 if i % 100 < 71 else 3
        credit = tuple(LineDraft(accounts["8000"], -1500 - i % 7, "Contributie 2026 volwassenen") for _ in range(parts))
        total = -sum(line.amount_cents for line in credit)
        debit = LineDraft(accounts["1300"], total, "Factuur", relations[i % len(relations)], f"2026-{i:06d}", date(2026, 2, 14))
        yield EntryDraft("sales", date(2026, 1, 15), f"Factuur 2026-{i:06d}", (debit, *credit), "invoice", i + 1)


def prepare() -> tuple[int, dict[str, int], range]:
    """Fill a database with an administration and 10,000 relations."""
    federation = build()
    organisation_id = federation.organisations["A"]
    with federation.as_("anna"), transaction() as session:
        set_up_chart(organisation_id)
        open_book_year(organisation_id, 2026)
        face = {"organisation_id": organisation_id, "surname": "X", "display_name": "X", "sort_key": "x", "search_name": "x"}
        ids = list(session.scalars(insert(Relation).returning(Relation.id), [{**face, "number": n} for n in range(1, 10_001)]))
        accounts = {fact.number: fact.id for fact in queries.account_facts(organisation_id).values()}
    return organisation_id, accounts, range(min(ids), max(ids) + 1)


def post(url: str, count: int) -> tuple[float, list[list[tuple[object, ...]]]]:
    """Return the seconds that posting takes and the rows it wrote, as the driver gives them."""
    flask = create_app({**SETTINGS, "SQLALCHEMY_DATABASE_URI": url}, screens=False)
    with flask.app_context():
        organisation_id, accounts, relations = prepare()
        with working_as(system_actor("bench")):
            actor = actor_for(organisation_id, "bench")
        with working_as(actor):
            gc.collect()
            start = time.perf_counter()
            post_entries(organisation_id, drafts(count, accounts, relations))
            seconds = time.perf_counter() - start
        with working_as(system_actor("bench")):
            connection = db.session.connection()
            rows = [[tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table.name} ORDER BY id")] for table in TABLES]
        db.session.remove()
        db.engine.dispose()
    return seconds, rows


def bare_sqlite(url: str, rows: list[list[tuple[object, ...]]]) -> float:
    """Return the seconds that `executemany` takes for the same rows."""
    with sqlite3.connect(make_url(url).database or "", isolation_level=None) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        start = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        for table, part in zip(TABLES, rows, strict=True):
            connection.executemany(f"INSERT INTO {table.name} VALUES ({','.join('?' * len(part[0]))})", part)
        connection.execute("COMMIT")
        return time.perf_counter() - start


def bare_postgresql(url: str, rows: list[list[tuple[object, ...]]]) -> float:
    """Return the seconds that COPY takes for the same rows, as the owner of the tables."""
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
        connection.commit()
        start = time.perf_counter()
        for table, part in zip(TABLES, rows, strict=True):
            with connection.cursor() as cursor, cursor.copy(f"COPY {table.name} FROM STDIN") as copy:
                for row in part:
                    copy.write_row(row)
        connection.commit()
        return time.perf_counter() - start


def measure(kind: str, count: int) -> None:
    """Print the ratio on one database."""
    with tempfile.TemporaryDirectory() as folder:
        databases = Databases(kind, Path(folder))
        ours, theirs = databases.new(), databases.new()
        seconds, rows = post(ours, count)
        flask = create_app({**SETTINGS, "SQLALCHEMY_DATABASE_URI": theirs}, screens=False)
        with flask.app_context():
            prepare()
            db.session.remove()
            db.engine.dispose()
        bare = (bare_sqlite if kind == "sqlite" else bare_postgresql)(theirs, rows)
        print(
            f"{kind}: {len(rows[0]):,} entries, {len(rows[1]):,} lines: post_entries {seconds:.2f} s, bare driver {bare:.2f} s, "
            f"ratio {seconds / bare:.2f}; peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB (with the rows kept for the driver)"
        )
        for url in (ours, theirs):
            databases.drop(url)
        if kind == "postgresql":
            databases.drop(make_url(ours).set(database=databases.template).render_as_string(hide_password=False))


if __name__ == "__main__":
    for name in ("sqlite", "postgresql"):
        measure(name, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
