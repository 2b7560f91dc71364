"""`flask season copy` from the command line."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import select

from app.contributions.models import ContributionRule
from app.kernel.db import db
from tests.federation import Federation
from tests.invoicing.season import Province, province, season_year

COPY = ["season", "copy", "--organisation", "A", "--from", "2026", "--to", "2027"]


@pytest.fixture
def gelre(federation: Federation) -> Province:
    season_year(federation, 2027)
    return province(federation)


def test_rules_are_copied_and_raised_once(app: Flask, gelre: Province) -> None:
    cli = app.test_cli_runner()
    first = cli.invoke(args=[*COPY, "--raise-percent", "2,5", "--json"])
    assert json.loads(first.stdout) == {"made": 2, "there": 0, "to_check": []}
    again = cli.invoke(args=[*COPY, "--raise-percent", "2,5"])
    assert again.output == "0 regels gekopieerd van 2026 naar 2027; 2 waren er al.\n"
    with gelre.federation.as_("anna"):
        amounts = db.session.scalars(
            select(ContributionRule.amount_cents).where(ContributionRule.season_id != gelre.season_id).order_by(ContributionRule.id)
        ).all()
    assert amounts == [6150, 3075]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([*COPY, "--raise-percent", "veel"], "“veel” is geen percentage"),
        ([*COPY[:5], "1999", *COPY[6:]], "geen seizoen “1999”"),
        ([*COPY[:7], "2026"], "twee verschillende seizoenen"),
        (["season", "copy", "--organisation", "B", *COPY[4:]], "geen contributieregels"),
    ],
)
def test_refusals_are_one_dutch_sentence_and_exit_1(app: Flask, gelre: Province, arguments: list[str], says: str) -> None:
    assert gelre.season_id
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 1
    assert says in result.stderr
