"""`flask setup` and `flask user`: permissions and roles once per release, and the users that an installation begins with."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.unit_of_work import working_as
from jobs.commands.acting import refusing
from security import permissions, usecases


def register(flask: Flask) -> None:
    """Hang the commands on the application."""
    flask.cli.add_command(setup)
    flask.cli.add_command(user)


@click.command("setup")
@with_appcontext
def setup() -> None:
    """Zet de rechten van alle schermen en de meegeleverde rollen klaar; eigen rollen blijven zoals ze zijn."""
    pairs = permissions.pairs_of(current_app.appbuilder)
    with working_as(system_actor("setup")):
        permissions.install(pairs)
    click.echo(f"{len(pairs)} rechten en {len(permissions.ROLES)} rollen staan klaar.")


user = AppGroup("user", help="Gebruikers: toevoegen, een rol geven, wachtwoord zetten, deblokkeren.")


def _do(verb: Any, *values: Any) -> Any:
    with working_as(system_actor("beheer")), refusing():
        return verb(*values)


@user.command("add")
@click.argument("username")
@click.argument("email")
@click.option("--first-name", required=True, help="Voornaam.")
@click.option("--last-name", required=True, help="Achternaam.")
@click.password_option(prompt="Wachtwoord", confirmation_prompt="Nog eens")
def add(username: str, email: str, first_name: str, last_name: str, password: str) -> None:
    """Voeg een gebruiker toe, die nog niets mag."""
    _do(usecases.add_user, username, email, first_name, last_name, password)
    click.echo(f"Gebruiker {username} is toegevoegd. Geef hem een rol met: flask user assign {username} ROL CODE")


@user.command("assign")
@click.argument("username")
@click.argument("role")
@click.argument("organisation_code")
@click.option("--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), help="Eerste dag; anders vandaag.")
def assign(username: str, role: str, organisation_code: str, first_day: Any) -> None:
    """Geef een gebruiker een rol bij een organisatie en alles daaronder."""
    day: date = first_day.date() if first_day else clock.today()
    _do(usecases.assign, username, role, organisation_code, day)
    click.echo(f"{username} is {role} bij {organisation_code} vanaf {day:%d-%m-%Y}.")


@user.command("password")
@click.argument("username")
@click.password_option(prompt="Nieuw wachtwoord", confirmation_prompt="Nog eens")
def password(username: str, password: str) -> None:
    """Zet een nieuw wachtwoord; alle sessies van de gebruiker eindigen."""
    _do(usecases.set_password_of, username, password)
    click.echo(f"Het wachtwoord van {username} is gezet. Overal waar {username} was ingelogd is dat beëindigd.")


@user.command("unblock")
@click.argument("name")
def unblock(name: str) -> None:
    """Laat een geblokkeerde gebruiker (naam of e-mailadres) weer inloggen."""
    click.echo(f"{_do(usecases.unblock, name)} kan weer inloggen.")
