"""Nobody raises himself, and nobody gives what he lacks, above where he is or to whom he cannot see."""

from __future__ import annotations

import pytest
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select

from app.kernel.db import db
from security.models import Assignment
from tests.web import Web

READER, TREASURER, NATIONAL = "Raadpleger", "Penningmeester", "Systeembeheerder landelijk"


@pytest.mark.parametrize(
    ("giver", "taker", "role", "at", "said"),
    [
        ("peter", "els", TREASURER, "A1", None),  # the permission administrator gives what he lacks
        ("peter", "bram", "Communicatie", "A", None),
        ("peter", "peter", READER, "A", "eigen rechten"),
        ("peter", "els", READER, "B", ""),  # not his organisation
        ("peter", "els", READER, "NL", ""),  # above him
        ("peter", "dirk", READER, "A", ""),  # somebody he cannot see
        ("carla", "els", READER, "B1", None),
        ("carla", "els", TREASURER, "B1", "dingen die jij zelf niet mag"),
        ("carla", "carla", TREASURER, "A", "eigen rechten"),
        ("anna", "els", READER, "A", ""),  # may not give at all
    ],
)
def test_giving_a_role(shared_web: Web, giver: str, taker: str, role: str, at: str, said: str | None) -> None:
    with shared_web.as_("system"):
        user = db.session.scalar(select(User.id).where(User.username == taker))
        role_id = db.session.scalar(select(Role.id).where(Role.name == role))
        before = _assignments()
    form = {"user": user, "role": role_id, "organisation": shared_web.federation.organisations[at], "first_day": "01-01-2027"}
    answer = shared_web.client(giver).post("/assignmentview/add", data=form)
    with shared_web.as_("system"):
        made = _assignments() - before
    assert answer.status_code < 500
    assert len(made) == (said is None), answer.text
    if said:
        assert said in answer.text


def _assignments() -> set[tuple[int, int, int]]:
    rows = db.session.execute(select(Assignment.user_id, Assignment.role_id, Assignment.organisation_id))
    return {(user_id, role_id, organisation_id) for user_id, role_id, organisation_id in rows}
