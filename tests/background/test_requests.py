"""Work is asked for inside the walls."""

from __future__ import annotations

import pytest

from app.background.models import JobRun
from app.background.usecases import request_run, request_system_run
from app.kernel.db import db
from app.kernel.errors import DomainError, NotAllowed
from security.scope import OutOfScopeError
from tests.federation import Federation


def test_a_run_waits_in_the_name_of_who_asked(federation: Federation) -> None:
    with federation.as_("anna"):
        run = db.session.get_one(JobRun, request_run("invoice_run_make", {"run_id": 3}, federation.organisations["A"]))
        assert (run.state, run.parameters, run.requested_by, run.tick) == ("queued", {"run_id": 3}, "anna", None)


def test_unknown_work_is_refused(federation: Federation) -> None:
    with federation.as_("anna"), pytest.raises(DomainError, match="geen taak"):
        request_run("koffie", {}, federation.organisations["A"])


def test_work_of_the_timetable_is_asked_for_as_the_system_and_seen_at_the_top(federation: Federation) -> None:
    with federation.as_("carla"), pytest.raises(NotAllowed):
        request_run("data_quality", {}, federation.organisations["NL"])
    with federation.as_("carla"):
        run_id = request_system_run("data_quality")
    with federation.as_("carla"):
        run = db.session.get_one(JobRun, run_id)
        assert (run.organisation_id, run.requested_by) == (federation.organisations["NL"], "systeem:taken, gevraagd door carla")
    with federation.as_("anna"):
        assert db.session.get(JobRun, run_id) is None


@pytest.mark.parametrize("at", ["B", None])
def test_nobody_asks_for_work_elsewhere(federation: Federation, at: str | None) -> None:
    with federation.as_("anna"), pytest.raises(OutOfScopeError):
        request_run("invoice_run_make", {}, at and federation.organisations[at])
