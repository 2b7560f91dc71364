"""`flask contribution what-if` from the command line, in the shape that scripts rely on."""

from __future__ import annotations

import json
from datetime import date

import pytest
from flask import Flask

from tests.federation import Federation
from tests.invoicing.season import Province, province, season_year

ASK = ["contribution", "what-if", "--organisation", "A", "--season", "2027"]


@pytest.fixture
def gelre(federation: Federation) -> Province:
    made = province(federation)
    season_year(federation, 2027)
    made.member("Aalders")
    made.member("Grens", date(2008, 6, 1), at="A2")
    made.member("Zonderdag", born=None)
    return made


def test_figures_as_json(app: Flask, gelre: Province) -> None:
    result = app.test_cli_runner().invoke(args=[*ASK, "--raise-percent", "2,5", "--json"])
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    figures = {
        "count": 2,
        "total_cents": 12_300,
        "against_count": 2,
        "against_cents": 9_000,
        "difference_cents": 3_300,
        "difference_basis_points": 3667,
    }
    assert {key: report[key] for key in figures} == figures
    assert report["per_contribution"] == [{"name": "Contributie", **figures}]
    for key in ("per_rule", "per_province", "per_department", "per_age_band", "per_age_class", "per_price_category", "groups"):
        assert sum(row["total_cents"] for row in report[key]) == 12_300, key
        assert sum(row["against_cents"] for row in report[key]) == 9_000, key
    assert [row["name"] for row in report["per_department"]] == ["department A1", "department A2"]
    assert (report["over"]["count"], report["over"]["by_reason"]) == (1, {"other_rule": 1})
    assert [(row["before_cents"], row["now_cents"]) for row in report["over"]["relations"]] == [(3000, 6150)]
    assert ["geboortedatum" in row["error"] for row in report["errors"]] == [True]
    assert gelre.season_id


def test_figures_for_people(app: Flask, gelre: Province) -> None:
    result = app.test_cli_runner().invoke(args=[*ASK, "--raise-cents", "100", "--limit-percent", "200"])
    told = result.stdout.replace("\u00a0", " ")
    assert result.exit_code == 0
    assert "Seizoen 2027: 2 keer, € 122,00, van 2 leden." in told
    assert "Naast seizoen 2026: was 2 keer, € 90,00; verschil € 32,00, +35,56 %" in told
    assert "Let op: Gerekend met de regels van seizoen 2026" in told
    assert "Meer dan 200 % meer: 0 relaties" in told
    assert "geboortedatum" in result.stderr
    assert gelre.season_id


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([*ASK[:5], "1999"], 1, "Er is geen seizoen “1999”"), ([*ASK, "--against", "1999"], 1, "Er is geen seizoen “1999”"),
        ([*ASK, "--raise-percent", "-200"], 1, "tussen −100 en 1.000"), ([*ASK, "--raise-percent", "veel"], 2, "geen percentage"),
        ([*ASK[:3], "Z", *ASK[4:]], 1, "code “Z”"), (ASK[:4], 2, "--season"), ([*ASK, "--contribution", "Onbekend"], 1, "“Onbekend”"),
    ],
)  # fmt: skip
def test_refusals(app: Flask, gelre: Province, arguments: list[str], code: int, said: str) -> None:
    result = app.test_cli_runner().invoke(args=arguments)
    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr
    assert result.stdout == ""
    assert gelre.season_id
