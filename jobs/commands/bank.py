"""`flask bank`: read statements from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy import select

from app.bank.models import BankStatement, StatementLine, StatementTarget
from app.bank.queries import targets_by_line
from app.bank.usecases import book_statement, import_file
from app.invoicing.models import Invoice
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import DomainError, FileRefused
from app.kernel.money import euros
from app.ledger.models import LedgerAccount
from app.organisations.queries import by_code
from app.relations.models import Relation
from app.sepa.models import BankAccount, Collection, DebitBatch
from jobs.commands.acting import acting_in, refusing


def register(flask: Flask) -> None:
    """Hang the commands on the application."""
    flask.cli.add_command(bank)


@click.group("bank")
def bank() -> None:
    """Bankafschriften."""


@bank.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organisation", required=True, help="Code van de organisatie die de boekhouding voert.")
@click.option("--book-certain", is_flag=True, help="Boek meteen: wat zeker is zoals voorgesteld, de rest op vraagposten.")
@click.option("--accept-gaps", is_flag=True, help="Ga door als er een afschrift ontbreekt.")
@click.option("--json", "as_json", is_flag=True, help="Schrijf het resultaat als JSON.")
def import_(file: Path, organisation: str, book_certain: bool, accept_gaps: bool, as_json: bool) -> None:
    """Lees CAMT.053 (of een ZIP ervan) in en stel per regel een boeking voor."""
    with refusing(), acting_in(organisation):
        try:
            made = import_file(by_code(organisation).id, file.name, file.read_bytes(), clock.today(), accepts_gaps=accept_gaps)
        except DomainError as refusal:
            if as_json:
                click.echo(json.dumps({"statements": [], "refused": _refused(file.name, refusal)}, ensure_ascii=False))
            raise
        if book_certain:
            for statement_id in made.statement_ids:
                book_statement(statement_id, rest_to_suspense=True)
        statements = [_statement(statement_id) for statement_id in made.statement_ids]
    if as_json:
        click.echo(json.dumps({"statements": statements, "refused": []}, ensure_ascii=False))
        return
    for statement in statements:
        counts = {word: sum(line["certainty"] == word for line in statement["lines"]) for word in ("certain", "probable", "unknown")}
        click.echo(
            f"{statement['account']} {statement['from']} t/m {statement['until']}: {euros(statement['opening_cents'])} → {euros(statement['closing_cents'])}, "
            f"{len(statement['lines'])} regels: {counts['certain']} herkend, {counts['probable']} kies zelf, {counts['unknown']} onbekend"
        )


def _refused(name: str, refusal: DomainError) -> list[dict[str, str]]:
    if isinstance(refusal, FileRefused):
        return [{"file": refusal.file, "where": r.where, "reason": str(r)} for r in refusal.refusals]
    return [{"file": name, "where": "", "reason": refusal.message}]


def _statement(statement_id: int) -> dict[str, Any]:
    row = db.session.get_one(BankStatement, statement_id)
    lines = db.session.scalars(
        select(StatementLine).where(StatementLine.statement_id == statement_id).order_by(StatementLine.position)
    ).all()
    targets = targets_by_line(statement_id)
    shown = _Shown([target for found in targets.values() for target in found])
    return {
        "id": row.id,
        "account": db.session.get_one(BankAccount, row.bank_account_id).iban,
        "from": row.first_day.isoformat(),
        "until": row.last_day.isoformat(),
        "opening_cents": row.opening_cents,
        "closing_cents": row.closing_cents,
        "booked": row.state == "booked",
        "lines": [
            {
                "line": line.position,
                "amount_cents": line.amount_cents,
                "kind": line.kind,
                "targets": [shown.target(target) for target in targets.get(line.id, [])],
                "certainty": line.certainty,
                "reasons": line.reasons,
                **({"return_code": line.return_code} if line.return_code else {}),
            }
            for line in lines
        ],
    }


class _Shown:
    """Numbers by id for everything that targets point at, a statement per table."""

    def __init__(self, targets: list[StatementTarget]) -> None:
        self.invoices = self._names(Invoice.id, Invoice.number, {t.invoice_id for t in targets})
        self.accounts = self._names(LedgerAccount.id, LedgerAccount.number, {t.ledger_account_id for t in targets})
        self.relations = self._names(Relation.id, Relation.number, {t.relation_id for t in targets})
        self.batches = self._names(DebitBatch.id, DebitBatch.message_id, {t.batch_id for t in targets})
        ids = {t.collection_id for t in targets} - {None}
        self.collections = dict(
            db.session.execute(
                select(Collection.id, Invoice.number).join(Invoice, Invoice.id == Collection.invoice_id).where(Collection.id.in_(ids))
            ).all()
        )

    @staticmethod
    def _names(key: Any, name: Any, ids: set[int | None]) -> dict[int, Any]:
        wanted = sorted(i for i in ids if i is not None)
        found: dict[int, Any] = {}
        for start in range(0, len(wanted), 10_000):
            found.update(db.session.execute(select(key, name).where(key.in_(wanted[start : start + 10_000]))).all())
        return found

    def target(self, target: StatementTarget) -> dict[str, Any]:
        """Return a target as scripts see it."""
        shown: dict[str, Any] = {"amount_cents": target.amount_cents}
        if target.invoice_id:
            shown["invoice"] = self.invoices[target.invoice_id]
        elif target.ledger_account_id:
            shown["account"] = self.accounts[target.ledger_account_id]
        elif target.relation_id:
            shown["debtor"] = self.relations[target.relation_id]
        elif target.batch_id:
            shown["batch"] = self.batches[target.batch_id]
        elif target.collection_id:
            shown["invoice"] = self.collections[target.collection_id]
        return shown
