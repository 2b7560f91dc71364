"""A run that is killed at any moment leaves whole invoices, and the next one ends where an undisturbed one ends."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.contributions.models import Charge
from app.invoicing.models import Invoice, InvoiceLine
from app.invoicing.usecases import make_run, post_run
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import working_as
from app.ledger.models import JournalEntry, JournalLine
from tests.invoicing.season import Province

ROOT = Path(__file__).parents[2]
TRIALS = 5  # per database
_CHILD = """
import sys
import app.invoicing.usecases.batch as batch
import app.invoicing.usecases.making as making
from app.kernel.actor import system_actor
from app.kernel.unit_of_work import working_as
from app.organisations.queries import actor_for
from run import create_app
from tests.conftest import SETTINGS
making.BATCH, batch.SHARED_FROM = 4, 2  # on PostgreSQL two sessions write
flask = create_app({**SETTINGS, "SQLALCHEMY_DATABASE_URI": sys.argv[1]}, screens=False)
with flask.app_context():
    with working_as(system_actor("test")):
        actor = actor_for(int(sys.argv[3]), "anna")
    with working_as(actor):
        print("ready", flush=True)
        making.make_run(int(sys.argv[2]))
        from app.invoicing.usecases import post_run
        post_run(int(sys.argv[2]))
"""


def state() -> list[tuple[str, int, str | None]]:
    """Return (key, total, number) of every invoice, in order of its key."""
    return [
        (row[0], row[1], row[2])
        for row in db.session.execute(select(Invoice.run_key, Invoice.total_cents, Invoice.number).order_by(Invoice.run_key))
    ]


def whole() -> None:
    """Every invoice has its lines, every line its charge, and no charge stands alone."""
    sums = db.session.execute(
        select(Invoice.total_cents, func.sum(InvoiceLine.amount_cents))
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .group_by(Invoice.id)
    ).all()
    assert all(total == lines for total, lines in sums)
    invoices = db.session.scalar(select(func.count(Invoice.id)))
    assert len(sums) == invoices == db.session.scalar(select(func.count(Charge.id)))
    assert db.session.scalar(select(func.count(JournalEntry.id))) in (0, invoices)
    assert not db.session.scalar(select(func.sum(JournalLine.amount_cents)))


@pytest.mark.parametrize("trial", range(TRIALS))
def test_killed_at_any_moment(app: Flask, gelre: Province, trial: int) -> None:
    for number in range(30):
        gelre.member(f"Lid {number:02d}")
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, url, str(run_id), str(gelre.organisation_id)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(random.Random(trial).random() * 0.5)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with working_as(system_actor("test")):
        whole()
    with gelre.federation.as_("anna"):
        if db.session.scalar(select(func.count(Invoice.id)).where(Invoice.state == "posted")) == 0:
            make_run(run_id)
            post_run(run_id)
        whole()
        ids = [row[0] for row in db.session.execute(select(Invoice.debtor_id).order_by(Invoice.number))]
        assert [(total, number) for _, total, number in sorted(state(), key=lambda row: row[2] or "")] == [
            (6000, f"2026-{place:05d}") for place in range(1, 31)
        ]
        assert ids == sorted(ids)
