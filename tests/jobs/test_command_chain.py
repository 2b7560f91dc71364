"""A treasurer's year from the command line: every step's JSON as scripts rely on it, right to the cent."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.invoicing.models import Invoice
from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import working_as
from app.relations.models import RelationAccount
from app.sepa.calendar import earliest_collection_date
from app.sepa.models import BankAccount, DebitBatch
from jobs.demo import building
from tests.bank.camt_builder import Line, Stmt, Tx, camt, plain


def _run(app: Flask, *arguments: str, code: int = 0) -> Any:
    answer = app.test_cli_runner().invoke(args=[*arguments, "--json"])
    assert answer.exit_code == code, answer.output
    return json.loads(answer.stdout.splitlines()[0])


def _statement(batch_id: int, day: str) -> bytes:
    """The bank has the batch, one payment by reference and one of a stranger."""
    with working_as(system_actor("test")):
        batch = db.session.get(DebitBatch, batch_id)
        organisation_id = batch.organisation_id
        account = db.session.scalar(select(BankAccount.iban).where(BankAccount.organisation_id == organisation_id))
        payer = db.session.execute(
            select(Invoice.reference, Invoice.total_cents, RelationAccount.iban)
            .join(RelationAccount, RelationAccount.relation_id == Invoice.debtor_id)
            .where(Invoice.organisation_id == organisation_id, Invoice.payment_method == "transfer")
            .limit(1)
        ).one()
        return camt(
            Stmt(
                [
                    Line(
                        plain(batch.total_cents),
                        day=day,
                        details=[Tx(group_id=f"{batch.message_id}-RCUR")],
                        batch_id=f"{batch.message_id}-RCUR",
                        reference="1",
                    ),
                    Line(
                        plain(payer.total_cents),
                        day=day,
                        details=[Tx(iban=payer.iban, reference=payer.reference, issuer="ISO")],
                        reference="2",
                    ),
                    Line("3.21", day=day, details=[Tx(name="Vreemde", text=["hallo"])], reference="3"),
                ],
                iban=account,
                day=day,
            )
        )


def test_the_chain(app: Flask, tmp_path: Path) -> None:
    today = clock.today()
    with working_as(system_actor("test")):
        building.build(400, 3, today)
    run = ("invoice", "run", "--organisation", "NL", "--season", str(today.year), "--date", today.isoformat(), "--post")
    first = _run(app, *run)
    assert first["made"] == first["posted"] > 250
    assert first["total_cents"] == sum(row["total_cents"] for row in first["per_contribution"])
    again = _run(app, *run)
    assert (again["made"], again["posted"]) == (0, 0)

    out = tmp_path / "incasso.xml"
    collect_on = earliest_collection_date(today, 2)
    batches = _run(app, "sepa", "batch", "--organisation", "NL", "--collect-on", collect_on.isoformat(), "--out", str(out))
    made = batches["batches"][0]
    assert out.stat().st_size > 10_000 and made["collections"] > 100
    assert all(row["reason"] for row in batches["left_out"])

    file = tmp_path / "afschrift.xml"
    file.write_bytes(_statement(made["id"], (today - timedelta(days=0)).isoformat()))
    statement = _run(app, "bank", "import", "--organisation", "NL", str(file), "--book-certain")["statements"][0]
    assert [line["certainty"] for line in statement["lines"]] == ["certain", "certain", "unknown"]
    assert [line["kind"] for line in statement["lines"]] == ["batch", "invoice", "unknown"]
    assert (
        sum(target["amount_cents"] for line in statement["lines"] for target in line["targets"])
        == statement["closing_cents"] - statement["opening_cents"] - 321
    )
    refused = _run(app, "bank", "import", "--organisation", "NL", str(file), code=1)
    assert refused["statements"] == [] and refused["refused"][0]["reason"]

    debtors = _run(app, "ledger", "report", "debtors", "--organisation", "NL", "--on", today.isoformat())
    paid = made["total_cents"] + statement["lines"][1]["amount_cents"]
    assert debtors["total_cents"] == first["total_cents"] - paid == sum(row["open_cents"] for row in debtors["debtors"])
    balance = _run(app, "ledger", "report", "trial-balance", "--organisation", "NL", "--on", today.isoformat())
    assert balance
    check = _run(app, "ledger", "check", "--organisation", "NL")
    assert check["ok"] and check["violations"] == [] and check["entries"] > 250


def test_refusals_are_exit_1_in_dutch_and_wrong_usage_is_exit_2(app: Flask, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    with working_as(system_actor("test")):
        building.build(20, 3, clock.today())
    empty = tmp_path / "leeg.xml"
    empty.write_bytes(b"")
    for arguments, word in (
        (["bank", "import", "--organisation", "NL", str(empty)], "leeg"),
        (["bank", "import", "--organisation", "XX", str(empty)], "XX"),
        (["invoice", "run", "--organisation", "NL", "--season", "1999", "--date", "2026-01-01"], "1999"),
        (["sepa", "batch", "--organisation", "NL", "--collect-on", "2026-01-01", "--out", str(tmp_path / "x.xml")], "01-01-2026"),
    ):
        answer = runner.invoke(args=arguments)
        assert answer.exit_code == 1, answer.output
        assert word in answer.stderr
    assert not (tmp_path / "x.xml").exists()
    for arguments in (
        ["sepa", "batch"],
        ["bank", "import"],
        ["invoice", "run", "--organisation", "NL"],
        ["ledger", "report", "raadsel", "--organisation", "NL", "--on", "2026-01-01"],
    ):
        assert runner.invoke(args=arguments).exit_code == 2, arguments
