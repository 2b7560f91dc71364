"""`flask privacy`: all data of a person, forgetting, and what was kept long enough."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.periods import dutch_date
from app.kernel.unit_of_work import working_as
from app.privacy import usecases
from app.privacy.models import REASONS
from app.privacy.queries.erased import by_number, erased_cards
from app.privacy.retention import KINDS
from app.privacy.usecases import retaining
from jobs.commands.acting import acting_in, refusing

privacy = AppGroup("privacy", help="Persoonsgegevens: uitvoeren, vergeten, bewaartermijnen.")
IN = click.option("--in", "code", required=True, help="Code van de organisatie waarin je werkt.")


def register(flask: Flask) -> None:
    """Hang the commands on the application."""
    flask.cli.add_command(privacy)


@privacy.command("export")
@click.argument("number", type=int)
@IN
@click.option("--form", type=click.Choice(["json", "pdf"]), default="json", show_default=True, help="Soort bestand.")
@click.option(
    "--out", "folder", type=click.Path(file_okay=False, exists=True, path_type=Path), default=Path(), help="Map voor het bestand."
)
def export(number: int, code: str, form: str, folder: Path) -> None:
    """Schrijf alles wat van relatie NUMBER bewaard wordt naar een bestand."""
    with refusing(), acting_in(code):
        taken = usecases.export_person(by_number(number), form)
    (folder / taken.name).write_bytes(taken.content)
    click.echo(f"{folder / taken.name} geschreven.")


@privacy.command("erase")
@click.argument("number", type=int)
@IN
@click.option("--reason", type=click.Choice(list(REASONS)), default="request", show_default=True, help="Waarom.")
@click.option("--yes", is_flag=True, help="Wis echt; zonder dit zie je alleen wat er zou gaan.")
def erase(number: int, code: str, reason: str, yes: bool) -> None:
    """Vergeet relatie NUMBER: wat de fiscus vraagt blijft, de rest gaat."""
    with refusing(), acting_in(code):
        relation_id = by_number(number)
        plan = usecases.erase(relation_id, reason) if yes else usecases.plan_erasure(relation_id)
    if plan.is_erased:
        click.echo("Deze relatie is al gewist.")
        return
    for line in plan.lines:
        until = f", tot en met {dutch_date(line.until)}" if line.until else ""
        click.echo(f"{line.title}: {line.goes} {'weg' if yes else 'gaat weg'}, {line.stays} blijft{until}")
    for refusal in plan.refusals:
        click.echo(f"Kan nog niet: {refusal}")
    if plan.refusals:
        raise SystemExit(1)


@privacy.command("erased")
def erased() -> None:
    """Noem elke gewiste relatie als JSON: bewaar deze lijst buiten het programma, voor na een teruggezette kopie."""
    with working_as(system_actor("opdrachtregel")):
        click.echo(json.dumps(erased_cards(), ensure_ascii=False))


@privacy.command("erase-again")
@click.argument("file", type=click.File())
def erase_again(file: click.utils.LazyFile) -> None:
    """Wis opnieuw wie in FILE staat (van `flask privacy erased`), nadat een oudere kopie is teruggezet."""
    wrong = 0
    with working_as(system_actor("opdrachtregel")):
        for one in json.load(file):
            try:
                with refusing():
                    plan = usecases.erase(by_number(one["number"]), one["reason"])
                click.echo(f"{one['number']}: {'was al gewist' if plan.is_erased else 'gewist'}")
            except click.ClickException as refusal:
                wrong += 1
                click.echo(f"{one['number']}: {refusal.message}", err=True)
    if wrong:
        raise SystemExit(1)


@privacy.command("retention")
@click.option("--run", "do_it", is_flag=True, help="Laat echt gaan; zonder dit zie je alleen wat er zou gaan.")
def retention(do_it: bool) -> None:
    """Toon wat lang genoeg bewaard is, of laat het gaan."""
    with refusing(), working_as(system_actor("bewaartermijnen")):
        outcomes = retaining.let_go(clock.today(), lambda _done, _total: None) if do_it else retaining.preview(clock.today())
        for one in outcomes:
            off = "" if one.rule.is_active else " (staat uit)"
            click.echo(f"{one}, van voor {dutch_date(one.before)}; termijn {one.rule.months} maanden{off}. {KINDS[one.rule.kind].source}.")
