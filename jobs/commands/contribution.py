"""`flask contribution`: what contributions would bring in, from the command line."""

from __future__ import annotations

import json
import time
from typing import Any

import click
from flask import Flask
from sqlalchemy import select

from app.contributions.queries.choosing import contributions_of, season_by_name
from app.invoicing.queries import source_by_name
from app.invoicing.run import GROUPINGS
from app.kernel import clock
from app.kernel.db import db
from app.kernel.money import euros
from app.organisations.queries import by_code
from app.relations.models import Relation
from app.reporting.figures import Pair
from app.reporting.queries import what_if
from app.reporting.what_if import GROUPS, Asked, Findings, Row
from jobs.commands.acting import PERCENT, acting_in, refusing

_SHOWN = 20
_KEYS = {
    "contribution": "per_contribution",
    "rule": "per_rule",
    "province": "per_province",
    "department": "per_department",
    "band": "per_age_band",
    "age_class": "per_age_class",
    "category": "per_price_category",
}


def register(flask: Flask) -> None:
    """Hang the commands on the application."""
    flask.cli.add_command(contribution)


@click.group("contribution")
def contribution() -> None:
    """Contributies."""


@contribution.command("what-if")
@click.option("--organisation", required=True, help="Code van de organisatie die de boekhouding voert.")
@click.option("--season", required=True, help="Naam van het seizoen.")
@click.option("--against", help="Naam van het seizoen ernaast; zonder deze optie het seizoen ervoor.")
@click.option("--rules-of", help="Naam van het seizoen waarvan de regels worden genomen; zonder deze optie die van het seizoen zelf.")
@click.option("--contribution", "names", multiple=True, help="Naam van een contributie; zonder deze optie alle actieve.")
@click.option("--raise-percent", type=PERCENT, default="0", help="Alsof alles zoveel procent duurder is, bijvoorbeeld 2,5.")
@click.option("--raise-cents", type=int, default=0, help="Alsof alles zoveel cent duurder is.")
@click.option("--limit-percent", type=PERCENT, default="10", help="Toon wie meer dan zoveel procent meer betaalt.")
@click.option("--source", help="Naam van de factuurbron waarvan het gezinsmaximum meetelt; zonder deze optie geen.")
@click.option(
    "--grouping", type=click.Choice(tuple(GROUPINGS)), default="payer", help="Wat samen op één factuur staat, voor btw en gezinsmaximum."
)
@click.option("--ages-stay", is_flag=True, help="Laat bij overgenomen regels de geboortedatums staan.")
@click.option("--json", "as_json", is_flag=True, help="Schrijf het resultaat als JSON.")
def ask(
    organisation: str,
    season: str,
    against: str | None,
    rules_of: str | None,
    names: tuple[str, ...],
    raise_percent: int,
    raise_cents: int,
    limit_percent: int,
    source: str | None,
    grouping: str,
    ages_stay: bool,
    as_json: bool,
) -> None:
    """Reken de regels van een seizoen door op de leden van nu, naast een ander seizoen. Er wordt niets gemaakt."""
    started = time.monotonic()
    with refusing(), acting_in(organisation):
        organisation_id = by_code(organisation).id
        asked = Asked(
            organisation_id,
            season_by_name(season, organisation_id).id,
            season_by_name(against, organisation_id).id if against else None,
            tuple(row.id for row in contributions_of(organisation_id, names)),
            season_by_name(rules_of, organisation_id).id if rules_of else None,
            raise_percent,
            raise_cents,
            not ages_stay,
            limit_percent,
            source_by_name(source).id if source else None,
            grouping,
        )
        found = what_if(asked, clock.today())
        report = _report(organisation, asked, found)
    report["seconds"] = round(time.monotonic() - started, 2)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _table(report)


def _report(organisation: str, asked: Asked, found: Findings) -> dict[str, Any]:
    """Return the figures in the shape that scripts rely on: whole cents, percentages in basis points."""
    rows = (*found.over, *found.moved, *found.errors, *found.left_out)
    ids = sorted({row.relation_id for row in rows})
    numbers: dict[int, int] = {}
    for start in range(0, len(ids), 5_000):
        asked_numbers = select(Relation.id, Relation.number).where(Relation.id.in_(ids[start : start + 5_000]))
        numbers |= {row.id: row.number for row in db.session.execute(asked_numbers)}

    def person(row: Row) -> dict[str, Any]:
        return {
            "relation": numbers.get(row.relation_id),
            "contribution": found.label("contribution", row.contribution_id),
            "before_cents": row.before_cents,
            "now_cents": row.now_cents,
            "reason": found.reasons[row.reason],
        }

    return {
        "organisation": organisation,
        "season": found.season,
        "against": found.against or None,
        "against_was_charged": found.was_charged,
        "raise_basis_points": asked.raise_basis_points,
        "raise_cents": asked.raise_cents,
        "members": found.members,
        **_pair(found.cube.total),
        "family_maximum_of": found.source or None,
        "to_pay": [{"name": row.label, **_pair(row.pair)} for row in found.to_pay()],
        "notes": found.notes,
        "groups": [{"group": name, **_pair(pair)} for name, pair in found.groups.items()],
        **{key: [{"name": row.label, **_pair(row.pair)} for row in found.table(side)] for side, key in _KEYS.items()},
        "over": {
            "limit_basis_points": found.limit_basis_points,
            "count": found.over_relations,
            "by_reason": found.over_by_reason,
            "relations": [person(row) for row in found.over],
        },
        "new": [person(row) for row in found.moved if row.before_cents is None],
        "gone": [person(row) for row in found.moved if row.now_cents is None],
        "errors": [{"relation": numbers.get(row.relation_id), "error": found.reasons[row.reason]} for row in found.errors],
        "not_charged": [{"relation": numbers.get(row.relation_id), "reason": found.reasons[row.reason]} for row in found.left_out],
    }


def _pair(pair: Pair) -> dict[str, int | None]:
    return {
        "count": pair.count,
        "total_cents": pair.cents,
        "against_count": pair.before_count,
        "against_cents": pair.before_cents,
        "difference_cents": pair.difference_cents,
        "difference_basis_points": pair.difference_basis_points,
    }


def _table(report: dict[str, Any]) -> None:
    """Print what a person wants to know."""
    click.echo(f"Seizoen {report['season']}: {report['count']} keer, {euros(report['total_cents'])}, van {report['members']} leden.")
    if report["against"]:
        click.echo(f"Naast seizoen {report['against']}: {_line(report)}")
    for row in report["to_pay"]:
        click.echo(f"  {row['name']}: {euros(row['total_cents'])}{'; ' + _line(row) if report['against'] else ''}")
    for note in report["notes"]:
        click.echo(f"  Let op: {note}")
    titles = ("contributie", "regel", "provincie", "afdeling", "leeftijdsgroep", "leeftijd", "prijscategorie")
    for key, title in zip(_KEYS.values(), titles, strict=True):
        click.echo(f"Per {title}")
        for row in report[key]:
            click.echo(f"  {row['name']}: {row['count']} keer, {euros(row['total_cents'])}{'; ' + _line(row) if report['against'] else ''}")
    if report["against"]:
        for group in report["groups"]:
            click.echo(f"  {GROUPS[group['group']]}: {group['count'] or group['against_count']}")
        over = report["over"]
        click.echo(f"Meer dan {_percent(over['limit_basis_points'])} meer: {over['count']} relaties")
        for row in over["relations"][:_SHOWN]:
            click.echo(f"  Relatie {row['relation']}: {euros(row['before_cents'])} wordt {euros(row['now_cents'])}. {row['reason']}")
        if len(over["relations"]) > _SHOWN:
            click.echo(f"  … en nog {len(over['relations']) - _SHOWN}; zie het scherm “Wat als: begroting”, of kies --json.")
    for row in report["errors"][:_SHOWN]:
        click.echo(f"  Relatie {row['relation']}: {row['error']}", err=True)
    if len(report["errors"]) > _SHOWN:
        click.echo(f"  … en nog {len(report['errors']) - _SHOWN} die niet uit te rekenen zijn.", err=True)


def _line(row: dict[str, Any]) -> str:
    points = row["difference_basis_points"]
    change = f", {_percent(points, sign=True)}" if points is not None else ""
    return f"was {row['against_count']} keer, {euros(row['against_cents'])}; verschil {euros(row['difference_cents'])}{change}"


def _percent(basis_points: int, *, sign: bool = False) -> str:
    whole, part = divmod(abs(basis_points), 100)
    figures = f"{whole},{part:02d}".rstrip("0").rstrip(",")
    return f"{'−' if basis_points < 0 else '+' if sign and basis_points else ''}{figures} %"
