"""`flask demo`: an invented federation to look at, to teach with and to measure on."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
from flask import Flask, current_app
from sqlalchemy import func, select

from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import working_as
from app.organisations.models import Organisation
from jobs.demo import building
from security import permissions


def register(flask: Flask) -> None:
    """Hang the command on the application."""
    flask.cli.add_command(demo)


@click.command("demo")
@click.option("--members", type=click.IntRange(1, 2_000_000), default=2000, show_default=True, help="Aantal verzonnen leden.")
@click.option("--seed", type=int, default=1, show_default=True, help="Hetzelfde getal geeft dezelfde gegevens.")
@click.option("--if-empty", is_flag=True, help="Doe niets als er al gegevens zijn.")
@click.option("--json", "as_json", is_flag=True, help="Schrijf het resultaat als JSON.")
def demo(members: int, seed: int, if_empty: bool, as_json: bool) -> None:
    """Vul een lege database met een verzonnen bond."""
    started = time.monotonic()
    with working_as(system_actor("demo")):
        if db.session.scalar(select(func.count()).select_from(Organisation)):
            if if_empty:
                return
            raise click.ClickException("Deze database is niet leeg. Het voorbeeld wordt alleen in een lege database gemaakt.")
        made = building.build(members, seed, clock.today())
        permissions.install(permissions.pairs_of(current_app.appbuilder))
    logins = building.logins(clock.today().year)
    report = {
        "members": members,
        "organisations": made.organisations,
        "seasons": made.seasons,
        "logins": logins,
        "seconds": round(time.monotonic() - started, 1),
    }
    target = Path(current_app.config["VAR"]) / "demo-logins.txt"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(f"{row['user']:<28}{row['password']:<22}{row['role']} ({row['organisation']})\n" for row in logins))
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    click.echo(f"{members} leden in {len(made.organisations)} organisaties, in {report['seconds']} seconden. Inloggen:")
    click.echo(target.read_text(), nl=False)
