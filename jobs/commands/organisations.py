"""`flask organisation add`: the first organisation of an installation, and others from a script."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from app.kernel.actor import system_actor
from app.kernel.unit_of_work import working_as
from app.organisations.models import KINDS
from app.organisations.queries import by_code
from app.organisations.usecases import add_organisation
from jobs.commands.acting import refusing

organisation = AppGroup("organisation", help="Organisaties: toevoegen.")


def register(flask: Flask) -> None:
    """Hang the command on the application."""
    flask.cli.add_command(organisation)


@organisation.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--kind", type=click.Choice(list(KINDS)), default="national", show_default=True, help="Soort.")
@click.option("--under", help="Code van de organisatie waar deze onder hangt; anders de bovenste.")
def add(code: str, name: str, kind: str, under: str | None) -> None:
    """Voeg een organisatie toe. Zonder --under is het de bovenste, en daarvan is er één."""
    with refusing(), working_as(system_actor("opdrachtregel")):
        add_organisation(by_code(under).id if under else None, code=code, name=name, kind=kind)
    click.echo(f"Organisatie {code} is toegevoegd.")
