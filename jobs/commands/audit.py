"""`flask audit`: prove that the trail is whole."""

from __future__ import annotations

import json

import click
from flask import Flask
from flask.cli import with_appcontext

from app.kernel.actor import system_actor
from app.kernel.sealing import check_trail
from app.kernel.unit_of_work import working_as


def register(flask: Flask) -> None:
    """Hang the commands on the application."""
    flask.cli.add_command(audit)


@click.group("audit")
def audit() -> None:
    """Logboek."""


@audit.command("check")
@click.option("--json", "as_json", is_flag=True, help="Schrijf het resultaat als JSON.")
@with_appcontext
def check(as_json: bool) -> None:
    """Reken elk zegel van het logboek na; eindigt met 1 en noemt de eerste regel die niet klopt.

    Bewaar het laatste zegel af en toe buiten het programma: alleen zo valt op dat het einde van het logboek is weggehaald.
    """
    with working_as(system_actor("logboek")):
        found = check_trail()
    wrong = found.finding
    if as_json:
        report = {"ok": wrong is None, "sealed": found.sealed, "waiting": found.waiting, "head": found.head}
        click.echo(json.dumps({**report, "violation": wrong._asdict() if wrong else None}, ensure_ascii=False))
    else:
        click.echo(f"{found.sealed} regels nagerekend, {found.waiting} wachten op een zegel. Laatste zegel: {found.head}")
        click.echo("Alles klopt." if wrong is None else f"{'Zegel' if wrong.line is None else f'Regel {wrong.line}'}: {wrong.detail}.")
    if wrong is not None:
        raise SystemExit(1)
