"""`flask invoice`: mass invoicing from the command line."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

import click
from flask import Flask

from app.contributions.queries.choosing import contributions_of, season_by_name
from app.invoicing import queries
from app.invoicing.models import InvoiceRun
from app.invoicing.usecases import make_run, post_run, send_run, set_up_run
from app.invoicing.usecases.making import issues_of
from app.kernel.money import euros
from app.organisations.queries import by_code
from jobs.commands.acting import acting_in, refusing

_UNFINISHED = ("set_up", "making", "made")


def register(flask: Flask) -> None:
    """Hang the commands on the application."""
    flask.cli.add_command(invoice)


@click.group("invoice")
def invoice() -> None:
    """Factureren."""


@invoice.command("run")
@click.option("--organisation", required=True, help="Code van de organisatie die de boekhouding voert.")
@click.option("--season", required=True, help="Naam van het seizoen.")
@click.option("--date", "on_date", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Factuurdatum.")
@click.option("--contribution", "contributions", multiple=True, help="Naam van een contributie; zonder deze optie alle actieve.")
@click.option("--post", is_flag=True, help="Boek de facturen.")
@click.option("--send", is_flag=True, help="Boek de facturen en zet ze klaar in de uitgaande post.")
@click.option("--json", "as_json", is_flag=True, help="Schrijf het resultaat als JSON.")
def run(organisation: str, season: str, on_date: datetime, contributions: tuple[str, ...], post: bool, send: bool, as_json: bool) -> None:
    """Maak de facturen van een seizoen. Wat er al is wordt niet nog eens gemaakt; een afgebroken run gaat verder waar hij was."""
    started = time.monotonic()
    with refusing(), acting_in(organisation):
        organisation_id = by_code(organisation).id
        chosen = contributions_of(organisation_id, contributions)
        ids = [one.id for one in chosen]
        names = {one.id: one.name for one in chosen}
        season_id = season_by_name(season, organisation_id).id
        unfinished = queries.same_parameters(
            organisation_id, season_id, on_date.date(), ids, (*_UNFINISHED, "posted") if send else _UNFINISHED
        )
        run_id = (
            unfinished.id
            if unfinished
            else set_up_run(organisation_id, season_id=season_id, contribution_ids=ids, invoice_date=on_date.date())
        )
        report = _carried_out(run_id, names, post=post or send, send=send)
    report["seconds"] = round(time.monotonic() - started, 2)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _table(report)


def _carried_out(run_id: int, names: dict[int, str], *, post: bool, send: bool) -> dict[str, Any]:
    """Make, post and send as asked, and return what came of it in the shape that scripts rely on."""
    is_posted = queries.the_run(run_id).state == "posted"
    made = None if is_posted else make_run(run_id)
    per_contribution = [
        {"name": names[key], "count": count, "total_cents": cents} for key, count, cents in (made.per_contribution if made else ())
    ]
    report: dict[str, Any] = {
        "run": run_id,
        "made": made.made if made else 0,
        "posted": 0,
        "sent": 0,
        "total_cents": made.total_cents if made else 0,
        "per_contribution": per_contribution,
    }
    if post and not is_posted and _count(run_id):
        posted = post_run(run_id)
        report["posted"], report["total_cents"] = posted.count, posted.total_cents
        report["per_contribution"] = [
            {"name": name, "count": count, "total_cents": cents} for name, count, cents in queries.totals_per_contribution(run_id) if name
        ]
    if send and (report["posted"] or is_posted):
        sent = send_run(run_id, simulate=False)
        report["sent"] = sent.mailed
        report["to_print"] = sent.to_print
    issues = [(number, kind, reason) for number, kind, reason in issues_of(run_id)]
    report["left_out"] = [{"relation": number, "reason": reason} for number, kind, reason in issues if kind == "left_out"]
    report["errors"] = [{"relation": number, "error": reason} for number, kind, reason in issues if kind == "error"]
    return report


def _count(run_id: int) -> int:
    found: InvoiceRun = queries.the_run(run_id)
    return found.made_count


def _table(report: dict[str, Any]) -> None:
    """Print what a person wants to know."""
    click.echo(
        f"Facturatie {report['run']}: {report['made']} gemaakt, {report['posted']} geboekt, {report['sent']} klaargezet om te mailen."
    )
    for row in report["per_contribution"]:
        click.echo(f"  {row['name']}: {row['count']} keer, {euros(row['total_cents'])}")
    click.echo(f"  Totaal: {euros(report['total_cents'])}, {len(report['left_out'])} overgeslagen, {len(report['errors'])} kan niet.")
    for row in report["errors"][:20]:
        click.echo(f"  Relatie {row['relation']}: {row['error']}", err=True)
    if len(report["errors"]) > 20:
        click.echo(f"  … en nog {len(report['errors']) - 20}; zie het scherm Facturaties.", err=True)
