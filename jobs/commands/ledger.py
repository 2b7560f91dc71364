"""`flask ledger`: prove the books, and print their figures."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click
from flask import Flask
from sqlalchemy import select

from app.bank import queries as bank
from app.invoicing.queries import proofs as invoices
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import working_as
from app.ledger.queries import proofs
from app.organisations.models import Administration, Organisation
from app.organisations.queries import by_code
from jobs.commands import ledger_reports
from jobs.commands.acting import acting_in, refusing

REPORTS = tuple(ledger_reports.REPORTS)
# Each capability that writes in the books proves its own part.
CHECKS = (*proofs.CHECKS, *invoices.CHECKS, *bank.CHECKS)


def register(flask: Flask) -> None:
    """Hang the commands on the application."""
    flask.cli.add_command(ledger)


@click.group("ledger")
def ledger() -> None:
    """Boekhouding."""


@ledger.command("check")
@click.option("--organisation", default=None, help="Code van één organisatie; zonder: alle administraties.")
@click.option("--json", "as_json", is_flag=True, help="Schrijf het resultaat als JSON.")
def check(organisation: str | None, as_json: bool) -> None:
    """Reken elke zekerheid van de boekhouding na; eindigt met 1 als er een gebroken is."""
    with refusing():
        codes = _codes(organisation)
        report: dict[str, Any] = {"ok": True, "administrations": len(codes), "entries": 0, "lines": 0, "violations": [], "heads": []}
        for code in codes:
            with acting_in(code):
                _check_one(code, report)
    report["ok"] = not report["violations"]
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        click.echo(f"{report['administrations']} administraties, {report['entries']} boekingen, {report['lines']} regels nagerekend.")
        for found in report["violations"]:
            click.echo(f"{found['organisation']}: {found['invariant']}: {found['where']}: {found['detail']}")
        click.echo("Alles klopt." if report["ok"] else f"{len(report['violations'])} afwijkingen.")
    if not report["ok"]:
        raise SystemExit(1)


@ledger.command("report")
@click.argument("name", type=click.Choice(REPORTS))
@click.option("--organisation", required=True, help="Code van de organisatie die de boekhouding voert.")
@click.option("--on", "on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Tot en met deze dag, als 2026-12-31.")
@click.option("--json", "as_json", is_flag=True, help="Schrijf het resultaat als JSON.")
def report(name: str, organisation: str, on: datetime, as_json: bool) -> None:
    """Druk een overzicht af: proef- en saldibalans, balans, winst en verlies of debiteuren."""
    figures, table = ledger_reports.REPORTS[name]
    with refusing(), acting_in(organisation):
        found = {"organisation": organisation, "on": on.date().isoformat(), **figures(by_code(organisation).id, on.date())}
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else "\n".join(table(found)))


def _codes(organisation: str | None) -> list[str]:
    """Return the codes of the administrations to check. Raises DomainError for an organisation without books."""
    with working_as(system_actor("opdrachtregel")):
        statement = (
            select(Organisation.code).join(Administration, Administration.organisation_id == Organisation.id).order_by(Organisation.path)
        )
        codes = list(db.session.scalars(statement))
        if organisation is None:
            return codes
        by_code(organisation)
    if organisation not in codes:
        raise DomainError("no_books", f"Organisatie {organisation} voert geen eigen boekhouding. Kies een organisatie die dat wel doet.")
    return [organisation]


def _check_one(code: str, report: dict[str, Any]) -> None:
    organisation_id = by_code(code).id
    entries, lines = proofs.counts(organisation_id)
    report["entries"] += entries
    report["lines"] += lines
    if head := proofs.head(organisation_id):
        report["heads"].append({"organisation": code, "chain": head[0], "hash": head[1]})
    for one in CHECKS:
        for found in one(organisation_id):
            report["violations"].append({"organisation": code, "invariant": found.invariant, "where": found.where, "detail": found.detail})
