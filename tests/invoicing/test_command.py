"""`flask invoice run` from the command line, in the shape that scripts rely on."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask

from tests.invoicing.season import Province

RUN = ["invoice", "run", "--organisation", "A", "--season", "2026", "--date", "2026-01-15"]


def called(app: Flask, *extra: str) -> tuple[int, dict[str, Any], str]:
    result = app.test_cli_runner().invoke(args=[*RUN, "--json", *extra])
    return result.exit_code, json.loads(result.stdout) if result.exit_code == 0 else {}, result.stderr


def test_make_and_post_then_twice_is_nothing_new(app: Flask, gelre: Province) -> None:
    gelre.member("Aalders")
    gelre.member("Berends", born=None)
    code, report, _ = called(app, "--post")
    assert code == 0
    assert {key: report[key] for key in ("made", "posted", "sent", "total_cents", "per_contribution")} == {
        "made": 1,
        "posted": 1,
        "sent": 0,
        "total_cents": 6000,
        "per_contribution": [{"name": "Contributie", "count": 1, "total_cents": 6000}],
    }
    assert [set(row) for row in report["errors"]] == [{"relation", "error"}]
    code, again, _ = called(app, "--post")
    assert (code, again["made"], again["posted"], again["total_cents"]) == (0, 0, 0, 0)
    assert [row["reason"] for row in again["left_out"]] == ["Is al berekend: factuur 2026-00001."]


def test_drafts_first_and_posted_later_is_the_same_run(app: Flask, gelre: Province) -> None:
    gelre.member("Aalders")
    _, first, _ = called(app)
    _, second, _ = called(app, "--post", "--contribution", "Contributie")
    assert (first["made"], second["made"], second["posted"], second["run"]) == (1, 0, 1, first["run"])


def test_refusals_are_one_dutch_sentence_and_exit_1(app: Flask, gelre: Province) -> None:
    code, _, words = called(app, "--contribution", "Onbekend")
    assert code == 1
    assert "geen actieve contributie “Onbekend”" in words
    result = app.test_cli_runner().invoke(args=[*RUN[:5], "1999", *RUN[6:]])
    assert result.exit_code == 1
    assert "geen seizoen “1999”" in result.stderr
    assert app.test_cli_runner().invoke(args=["invoice", "run"]).exit_code == 2
