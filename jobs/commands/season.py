"""`flask season`: next season's rules from the command line."""

from __future__ import annotations

import json

import click
from flask import Flask

from app.contributions.queries.choosing import season_by_name
from app.contributions.raising import Raise
from app.contributions.usecases import copy_season
from app.kernel.errors import DomainError
from app.kernel.money import parse_cents
from app.organisations.queries import by_code
from jobs.commands.acting import acting_in, refusing


def register(flask: Flask) -> None:
    """Hang the commands on the application."""
    flask.cli.add_command(season)


@click.group("season")
def season() -> None:
    """Seizoenen."""


@season.command("copy")
@click.option("--organisation", required=True, help="Code van de organisatie die de boekhouding voert.")
@click.option("--from", "source", required=True, help="Naam van het seizoen waaruit wordt gekopieerd.")
@click.option("--to", "target", required=True, help="Naam van het seizoen waarin de regels komen.")
@click.option("--raise-percent", default="0", help="Verhoging in procenten, bijvoorbeeld 2,5.")
@click.option("--json", "as_json", is_flag=True, help="Schrijf het resultaat als JSON.")
def copy(organisation: str, source: str, target: str, raise_percent: str, as_json: bool) -> None:
    """Kopieer de contributieregels van een seizoen, met hun kortingen; wat er al is, blijft zoals het is."""
    with refusing(), acting_in(organisation):
        organisation_id = by_code(organisation).id
        made = copy_season(
            organisation_id,
            season_by_name(source, organisation_id).id,
            season_by_name(target, organisation_id).id,
            Raise(_basis_points(raise_percent)),
        )
    if as_json:
        click.echo(json.dumps({"made": made.made, "there": made.there, "to_check": made.to_check}, ensure_ascii=False))
        return
    click.echo(f"{made.made} regels gekopieerd van {source} naar {target}; {made.there} waren er al.")
    for text in made.to_check:
        click.echo(f"Kijk de omschrijving na, er staat een jaartal in: {text}")


def _basis_points(text: str) -> int:
    """Return a percentage as it is typed, `2,5` or `2.5`, in basis points. Raises DomainError."""
    try:
        return parse_cents(text.rstrip("% "))
    except DomainError:
        raise DomainError("percentage_unreadable", f"“{text}” is geen percentage. Schrijf bijvoorbeeld 2,5.") from None
