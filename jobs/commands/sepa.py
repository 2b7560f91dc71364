"""`flask sepa`: the direct-debit file from the command line."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click
from flask import Flask

from app.bank.queries import bank_accounts
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.kernel.identifiers import parse_iban
from app.kernel.money import euros
from app.kernel.periods import dutch_date
from app.organisations.queries import by_code
from app.sepa.models import PAIN_VERSIONS, DebitBatch
from app.sepa.usecases import make_batches, submit_batch
from jobs.commands.acting import acting_in, refusing


def register(flask: Flask) -> None:
    """Hang the commands on the application."""
    flask.cli.add_command(sepa)


@click.group("sepa")
def sepa() -> None:
    """Incasso."""


@sepa.command("batch")
@click.option("--organisation", required=True, help="Code van de organisatie die de boekhouding voert.")
@click.option("--collect-on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Dag waarop de bank incasseert.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Bestand voor de bank; meer batches krijgen -2, -3 …"
)
@click.option("--account", default=None, help="IBAN van de rekening, als er meer zijn.")
@click.option("--version", type=click.Choice(sorted(PAIN_VERSIONS)), default=None, help="Versie van pain.008.001.")
@click.option("--keep", is_flag=True, help="Maak de batch en het bestand, maar boek nog niet dat de bank het heeft.")
@click.option("--json", "as_json", is_flag=True, help="Schrijf het resultaat als JSON.")
def batch(organisation: str, collect_on: datetime, out: Path, account: str | None, version: str | None, keep: bool, as_json: bool) -> None:
    """Zet openstaande facturen met machtiging in een incassobestand en boek ze op 1150 incasso onderweg."""
    with refusing(), acting_in(organisation):
        organisation_id = by_code(organisation).id
        made = make_batches(
            organisation_id, collect_on.date(), clock.today(), version=version, bank_account_id=_account(organisation_id, account)
        )
        batches = []
        for place, batch_id in enumerate(made.batch_ids, start=1):
            path = out if place == 1 else out.with_stem(f"{out.stem}-{place}")
            row = db.session.get(DebitBatch, batch_id)
            path.write_bytes(row.document or b"")
            report = {
                "id": row.id,
                "file": str(path),
                "collections": row.count,
                "total_cents": row.total_cents,
                "collect_on": row.collect_on.isoformat(),
                "sha256": row.sha256,
            }
            batches.append(report)
            if not keep:
                submit_batch(batch_id, clock.today())
    left_out = [{"invoice": number, "reason": reason} for number, reason in made.left_out]
    if as_json:
        click.echo(json.dumps({"batches": batches, "left_out": left_out}, ensure_ascii=False))
        return
    for report in batches:
        click.echo(
            f"{report['file']}: {report['collections']} incasso's, {euros(report['total_cents'])}, op {dutch_date(collect_on.date())}"
        )
    if not batches:
        click.echo("Er is niets te incasseren.")
    for row in left_out:
        click.echo(f"Overgeslagen {row['invoice']}: {row['reason']}")


def _account(organisation_id: int, iban: str | None) -> int | None:
    """Return the bank account with an IBAN, or None to take the only one. Raises NotFound."""
    if iban is None:
        return None
    found = bank_accounts(organisation_id).get(parse_iban(iban))
    if found is None:
        raise NotFound(f"Deze administratie heeft geen bankrekening {iban}. Controleer het IBAN.")
    return found.id
