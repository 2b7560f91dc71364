"""`flask privacy`: to a file, forgetting with a look first, the list for after a restore, and what was kept long enough."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask

from tests.federation import Federation


def test_the_commands_of_privacy(app: Flask, federation: Federation, tmp_path: Path) -> None:
    federation.relation("A1", "Opdracht")
    number = str(federation.next_number)
    federation.holds(federation.relation("A1", "Lopend"), "A1")
    running = str(federation.next_number)
    cli = app.test_cli_runner()

    def run(*words: str, code: int = 0) -> str:
        result = cli.invoke(args=["privacy", *words])
        assert result.exit_code == code, result.output
        return result.output

    run("export", number, "--in", "A1", "--out", str(tmp_path))
    assert json.loads((tmp_path / f"persoonsgegevens-{number}.json").read_text())["relatienummer"] == int(number)
    assert "in deze omgeving" in run("export", number, "--in", "B1", code=1)
    assert "Kaart: 1 gaat weg, 0 blijft" in run("erase", number, "--in", "A1")
    assert "loopt nog" in run("erase", running, "--in", "A1", code=1)
    assert run("erased") == "[]\n"
    assert "Kaart: 1 weg" in run("erase", number, "--in", "A1", "--yes")
    assert "al gewist" in run("erase", number, "--in", "A1", "--yes")
    (tmp_path / "lijst.json").write_text(run("erased"))
    assert [one["number"] for one in json.loads((tmp_path / "lijst.json").read_text())] == [int(number)]
    assert run("erase-again", str(tmp_path / "lijst.json")) == f"{number}: was al gewist\n"
    assert "Afgehandelde inschrijvingen: 0" in run("retention")
    assert "Afgehandelde inschrijvingen: 0" in run("retention", "--run")
