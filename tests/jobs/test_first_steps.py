"""An installation without the demo: the first organisation, and one under it."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import working_as
from app.organisations.models import Organisation


def test_organisations_from_the_command_line(app: Flask) -> None:
    cli = app.test_cli_runner()
    assert cli.invoke(args=["organisation", "add", "NL", "Bond van Belangstellenden"]).exit_code == 0
    assert cli.invoke(args=["organisation", "add", "UT", "Provincie Utrecht", "--kind", "province", "--under", "NL"]).exit_code == 0
    refused = cli.invoke(args=["organisation", "add", "X", "X", "--under", "nergens"])
    assert (refused.exit_code, "nergens" in refused.stderr) == (1, True)
    second = cli.invoke(args=["organisation", "add", "BE", "Nog een bond"])
    assert (second.exit_code, "Er is al een bovenste organisatie" in second.stderr) == (1, True)
    with working_as(system_actor("test")):
        top, below = db.session.scalars(select(Organisation).order_by(Organisation.id))
        assert (top.name, below.path) == ("Bond van Belangstellenden", f"/{top.id}/{below.id}/")
