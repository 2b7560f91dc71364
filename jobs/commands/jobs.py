"""`flask job list`, `flask job run NAME` and `flask scheduler`."""

from __future__ import annotations

import json
import threading

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app.background import queries, usecases
from app.background.kinds import KINDS, SCHEDULED
from app.background.models import JOB_RUN, JobRun
from app.background.queries import JobStanding
from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import working_as
from jobs import runner
from jobs.scheduler import SchedulerRole

job = AppGroup("job", help="Taken van het rooster: tonen en nu uitvoeren.")


def register(flask: Flask) -> None:
    """Hang the commands on the application."""
    flask.cli.add_command(job)
    flask.cli.add_command(scheduler)


@job.command("list")
@click.option("--json", "as_json", is_flag=True, help="Schrijf het resultaat als JSON.")
def list_jobs(as_json: bool) -> None:
    """Toon elke taak met zijn schema, de laatste keer en de volgende keer."""
    with working_as(system_actor("job list")):
        usecases.sync_timetable()
        rows = [_shown(standing) for standing in queries.timetable()]
    if as_json:
        click.echo(json.dumps({"jobs": rows}, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['name']:<16}{row['schedule']:<14}{row['next'] or 'uit':<28}{row['last_state'] or '-':<10}{row['title']}")


def _shown(standing: JobStanding) -> dict[str, object]:
    job, last = standing.job, standing.last_run
    return {
        "name": job.name,
        "title": job.title,
        "schedule": job.schedule,
        "active": job.is_active,
        "next": clock.local(standing.next_moment).isoformat() if standing.next_moment else None,
        "last": clock.local(last.made_at).isoformat() if last else None,
        "last_state": last.state if last else None,
        "last_result": last.result if last else None,
    }


@job.command("run")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Schrijf het resultaat als JSON.")
def run_job(name: str, as_json: bool) -> None:
    """Voer een taak van het rooster nu uit en wacht tot hij klaar is."""
    flask = current_app._get_current_object()
    try:
        with working_as(system_actor("job run")):
            if name not in SCHEDULED:
                raise DomainError("job_unknown", f"Er is geen taak “{name}” op het rooster. Kies uit: {', '.join(SCHEDULED)}.")
            run_id = usecases.request_system_run(name)
            claimed = usecases.claim_run([name], runner.worker_name(), runner.LEASE, run_id)
            if claimed is None:
                usecases.ask_stop(run_id)
                raise DomainError("job_busy", f"De taak “{KINDS[name].title}” is al bezig. Wacht tot hij klaar is.")
    except DomainError as refusal:
        click.echo(refusal.message, err=True)
        raise SystemExit(1) from refusal
    went_well = runner.execute(flask, claimed, threading.Event())
    with working_as(system_actor("job run")):
        done = db.session.get_one(JobRun, run_id)
        report = {"run": run_id, "job": name, "state": done.state, "result": done.result}
    click.echo(
        json.dumps(report, ensure_ascii=False) if as_json else f"{JOB_RUN.states[report['state']]}: {report['result']}", err=not went_well
    )
    if not went_well:
        raise SystemExit(1)


@click.command("scheduler")
@click.option("--parent", type=int, help="Stop zodra dit proces weg is (voor `python run.py`).")
def scheduler(parent: int | None) -> None:
    """Draai de taken: het rooster en het werk dat klaarstaat. Meer van deze processen naast elkaar mag."""
    SchedulerRole(current_app._get_current_object(), parent).run()
