"""Look at books of a season: 100,000 open items, 471,000 lines. Prints the seconds of each question.

TEST_POSTGRESQL=postgresql+psycopg://… python -m tests.bench.ledger.bench_reports [entries]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import make_url, text

from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import transaction, working_as
from app.ledger import queries
from app.ledger.entries import EntryDraft, LineDraft
from app.ledger.queries import proofs
from app.ledger.usecases import post_entries, settle_many
from app.organisations.queries import actor_for
from run import create_app
from tests.bench.ledger.bench_posting import drafts, prepare
from tests.conftest import SETTINGS, Databases

ON = date(2026, 6, 30)


def timed(name: str, ask: Callable[[], Any]) -> Any:
    """Print how long a question takes."""
    db.session.rollback()
    start = time.perf_counter()
    found = ask()
    print(f"    {name}: {time.perf_counter() - start:.2f} s")
    return found


def measure(kind: str, count: int) -> None:
    """Print each question on one database."""
    with tempfile.TemporaryDirectory() as folder:
        databases = Databases(kind, Path(folder))
        url = databases.new()
        flask = create_app({**SETTINGS, "SQLALCHEMY_DATABASE_URI": url}, screens=False)
        print(kind)
        with flask.app_context():
            home, accounts, relations = prepare()
            with working_as(system_actor("bench")):
                actor = actor_for(home, "bench")
            with working_as(actor):
                posted = timed("post", lambda: post_entries(home, drafts(count, accounts, relations)))
                with transaction() as session:
                    session.execute(text("ANALYZE"))
                items = {item.line_id: item for item in timed("open items", lambda: queries.open_items(home))}
                timed("debtors, first page", lambda: queries.debtors(home, ON, limit=201))
                timed("debtors, all", lambda: queries.debtors(home, ON))
                timed("foot of the debtors", lambda: queries.debtor_totals(home, ON))
                timed("one debtor", lambda: queries.open_items(home, [relations[5]], ON))
                timed("trial balance", lambda: queries.trial_balance(home, ON))
                timed("ledger card, first page", lambda: queries.ledger_card(home, accounts["1300"], date(2026, 1, 1), ON))
                half = [entry.line_ids[0] for entry in posted[: count // 2]]
                back = timed(
                    "post payments",
                    lambda: post_entries(
                        home,
                        (_payment(items[line_id], accounts) for line_id in half),
                    ),
                )
                groups = [
                    ((line_id, items[line_id].open_cents), (entry.line_ids[1], -items[line_id].open_cents))
                    for line_id, entry in zip(half, back, strict=True)
                ]
                timed("settle", lambda: settle_many(home, groups, ON))
                timed("debtors, first page, half settled", lambda: queries.debtors(home, ON, limit=201))
                for check in proofs.CHECKS:
                    assert timed(check.__name__, lambda check=check: list(check(home))) == []
            db.session.remove()
            db.engine.dispose()
        databases.drop(url)
        if kind == "postgresql":
            databases.drop(make_url(url).set(database=databases.template).render_as_string(hide_password=False))


def _payment(item: queries.OpenItem, accounts: dict[str, int]) -> EntryDraft:
    lines = (LineDraft(accounts["1100"], item.open_cents), LineDraft(item.account_id, -item.open_cents, relation_id=item.relation_id))
    return EntryDraft("bank", date(2026, 3, 1), "Betaling", lines)


if __name__ == "__main__":
    for name in sys.argv[2:] or ("sqlite", "postgresql"):
        measure(name, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
