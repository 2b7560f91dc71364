"""The commands of the timetable."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from app.background import usecases
from app.background.kinds import SCHEDULED
from app.kernel.actor import system_actor
from app.kernel.unit_of_work import working_as
from jobs import runner
from run import _command_of
from tests.federation import Federation


def test_the_list_shows_schedule_next_moment_and_last_run(app: Flask, federation: Federation) -> None:
    cli = app.test_cli_runner()
    assert cli.invoke(args=["job", "run", "tidy_runs"]).output == "Klaar: 0 uitvoeringen van meer dan 14 dagen oud opgeruimd.\n"
    shown = json.loads(cli.invoke(args=["job", "list", "--json"]).output)["jobs"]
    row = next(row for row in shown if row["name"] == "tidy_runs")
    assert sorted(row["name"] for row in shown) == sorted(SCHEDULED)
    assert (row["schedule"], row["last_state"], row["active"]) == ("30 3 * * *", "done", True)
    assert "T03:30:00+0" in row["next"]
    assert "outbox" in cli.invoke(args=["job", "list"]).output


def test_a_run_by_hand_says_how_it_went(app: Flask, federation: Federation) -> None:
    result = app.test_cli_runner().invoke(args=["job", "run", "outbox", "--json"])
    report = json.loads(result.output)
    assert (result.exit_code, report["state"]) == (0, "done")
    assert "geen mailserver ingesteld" in report["result"]


@pytest.mark.parametrize("name", ["koffie", "invoice_run_make"])
def test_work_that_is_not_on_the_timetable_is_refused(app: Flask, federation: Federation, name: str) -> None:
    result = app.test_cli_runner().invoke(args=["job", "run", name])
    assert result.exit_code == 1
    assert "Kies uit: outbox" in result.stderr


def test_a_job_that_is_busy_is_not_started_twice(app: Flask, federation: Federation) -> None:
    with working_as(system_actor("test")):
        usecases.request_run("outbox", {}, None)
        usecases.claim_run(["outbox"], "een ander", runner.LEASE)
    result = app.test_cli_runner().invoke(args=["job", "run", "outbox"])
    assert (result.exit_code, "al bezig" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["/venv/bin/flask", "--app", "run", "db", "upgrade"], "db"),
        (["/lib/flask/__main__.py", "--app", "run", "scheduler", "--parent", "1"], "scheduler"),
        (["/venv/bin/flask", "--debug", "-A", "db", "invoice", "run"], "invoice"),
        (["/venv/bin/flask"], ""),
        (["/venv/bin/pytest", "db"], ""),
    ],
)
def test_the_command_is_read_from_the_words_of_flask(words: list[str], command: str) -> None:
    assert _command_of(words) == command
