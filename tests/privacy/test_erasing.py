"""Erasing a person: nothing is left but what law keeps, the trail keeps its seals, and what is open is refused with each reason."""

from __future__ import annotations

import json
import logging

import pytest
from sqlalchemy import select

from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.models import AuditRecord
from app.kernel.sealing import check_trail, seal_trail
from app.kernel.unit_of_work import working_as
from app.privacy import usecases
from tests.federation import Federation
from tests.privacy.canaries import dump, person


def left(words: list[str]) -> dict[str, list[str]]:
    """Return the words that still stand somewhere, by table; capitals and JSON do not hide them."""
    found: dict[str, list[str]] = {}
    for table, content in dump().items():
        lowered = content.lower()
        if hits := [word for word in words if word.lower() in lowered or json.dumps(word)[1:-1].lower() in lowered]:
            found[table] = hits
    return found


def test_forty_canaries_fly_away(federation: Federation, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        one = person(federation)
        assert len(set(one.words)) >= 40
        there = left(one.words)
        assert set(one.words) == {word for words in there.values() for word in words}, "a canary that was never there proves nothing"
        with federation.as_("carla"):
            plan = usecases.plan_erasure(one.relation_id)
            assert not plan.refusals, plan.refusals
            assert plan.kept_until is None
            usecases.erase(one.relation_id, "request")
    assert left(one.words) == {}, [line for line in dump()["audit_record"].splitlines() if "Kanarie" in line]
    assert [word for word in one.words if word in caplog.text] == []
    with working_as(system_actor("test")):
        assert check_trail().finding is None
        seal_trail()
        assert check_trail().finding is None
        assert check_trail().wiped > 20
        said = db.session.execute(select(AuditRecord.actor, AuditRecord.changes).where(AuditRecord.action == "erase")).one()
    assert (said.actor, said.changes["reason"]) == ("carla", "request")
    before = dump()
    with federation.as_("carla"):
        assert usecases.erase(one.relation_id, "request").is_erased
    assert dump() == before, "twice is once"
