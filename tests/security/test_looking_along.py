"""Looking along: only the national administrator, only reading, only what both may see, an hour at most, and all of it in the trail."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select, update

from app.kernel import clock
from app.kernel.db import db
from app.kernel.models import AuditRecord
from app.kernel.unit_of_work import transaction
from app.relations.models import Relation
from security import usecases
from security.models import Assignment, LookingAlong
from tests.conftest import Databases
from tests.web import PASSWORD, Web, close, make_web

ONLY = "Je kijkt mee"


def number_of(web: Web, who: str) -> int:
    with web.as_("system"):
        return db.session.scalars(select(User.id).where(User.username == who)).one()


def look(web: Web, client: FlaskClient, who: str, at: str, password: str = PASSWORD, **more: Any) -> Any:
    form = {"place": web.federation.organisations[at], "own_password": password, **more}
    return client.post(f"/meekijken/{number_of(web, who)}", data=form)


def looks(client: FlaskClient) -> bool:
    return "Stop met meekijken" in client.get("/").text


def card(web: Web, at: str) -> int:
    with web.app.app_context():
        found = web.federation.relation(at, f"Kaart{at}")
        db.session.remove()
    return found


@pytest.mark.parametrize(
    ("who", "other", "at", "password", "begins"),
    [
        ("carla", "bram", "A1", PASSWORD, True),
        ("carla", "anna", "A2", PASSWORD, True),
        ("carla", "bram", "A1", "fout", False),
        ("carla", "bram", "A2", PASSWORD, False),  # bram does not work there
        ("carla", "carla", "NL", PASSWORD, False),
        ("carla", "nora", "A", PASSWORD, False),  # national too
        ("peter", "bram", "A1", PASSWORD, False),
        ("anna", "bram", "A1", PASSWORD, False),
    ],
)
def test_who_may_look_along_with_whom(shared_web: Web, who: str, other: str, at: str, password: str, begins: bool) -> None:
    if other == "nora":
        with shared_web.as_("system"):
            usecases.add_user("nora", "nora@bond.example", "Nora", "Proef", PASSWORD, is_first=False)
            usecases.assign("nora", "Raadpleger", "NL", date(2020, 1, 1))
    client = shared_web.signed_in(who)
    answer = look(shared_web, client, other, at, password)
    assert answer.status_code < 500
    assert looks(client) is begins
    client.post("/meekijken/stop")
    assert not looks(client)


def test_only_from_the_national_environment(shared_web: Web) -> None:
    carla, places = shared_web.signed_in("carla"), shared_web.federation.organisations
    carla.post("/omgeving/", data={"organisation_id": places["A"]})
    look(shared_web, carla, "bram", "A1")
    assert not looks(carla)
    assert "Meekijken" not in carla.get(f"/userview/show/{number_of(shared_web, 'bram')}").text
    carla.post("/omgeving/", data={"organisation_id": places["NL"]})
    assert "Meekijken" in carla.get(f"/userview/show/{number_of(shared_web, 'bram')}").text


def test_what_is_seen_is_read_only_and_no_more_than_both_may(shared_web: Web) -> None:
    own, elsewhere = card(shared_web, "A1"), card(shared_web, "A2")
    carla = shared_web.signed_in("carla")
    look(shared_web, carla, "bram", "A1")
    page = carla.get(f"/relationview/show/{own}").text
    assert "KaartA1" in page
    assert "bram" in page.lower()
    assert carla.get(f"/relationview/show/{elsewhere}").status_code == 404
    assert carla.get("/invoiceview/list/").status_code == 403, "bram may not"
    assert carla.get("/jobview/list/").status_code == 403
    for closed in (
        "/relationview/export",
        "/account/",
        "/account/tweede-stap",
        "/wachtwoord/",
        f"/meekijken/{number_of(shared_web, 'els')}",
    ):
        assert carla.get(closed).status_code == 403, closed
    with shared_web.as_("system"):
        name = db.session.scalars(select(Relation.surname).where(Relation.id == own)).one()
    form = {"surname": "Anders", "kind": "person", "version_seen": "1", "_env": shared_web.federation.organisations["A1"]}
    for path in (f"/relationview/edit/{own}", "/relationview/add", f"/relationview/delete/{own}", "/omgeving/", "/account/herstelcodes"):
        refused = carla.post(path, data=form)
        assert (refused.status_code, ONLY in refused.text) == (403, True), path
    with shared_web.as_("system"):
        assert db.session.scalars(select(Relation.surname).where(Relation.id == own)).one() == name
    carla.post("/meekijken/stop")
    assert carla.get(f"/relationview/show/{elsewhere}").status_code == 200


def test_all_of_it_is_in_the_trail(shared_web: Web) -> None:
    own, bram = card(shared_web, "A1"), number_of(shared_web, "bram")
    carla = shared_web.signed_in("carla")
    look(shared_web, carla, "bram", "A1")
    carla.get(f"/relationview/show/{own}?zoek=geheim")
    carla.post("/meekijken/stop")
    with shared_web.as_("system"):
        asked = (
            select(AuditRecord).where(AuditRecord.action.like("look_along%"), AuditRecord.row_id == bram).order_by(AuditRecord.id.desc())
        )
        end, page, begin = db.session.scalars(asked.limit(3)).all()
        assert [line.action for line in (begin, page, end)] == ["look_along_began", "look_along_page", "look_along_ended"]
        assert page.changes == {"page": f"/relationview/show/{own}"}
        assert (begin.actor, page.actor) == ("carla", "carla (kijkt mee met bram)")
        assert begin.user_id == page.user_id == end.user_id == number_of_inside("carla")
        assert page.organisation_id == shared_web.federation.organisations["A1"]


def number_of_inside(who: str) -> int:
    return db.session.scalars(select(User.id).where(User.username == who)).one()


@pytest.mark.parametrize("how", ["an hour", "the other lost his rights", "the other is off", "one lost one's own", "signing out"])
def test_it_ends_by_itself(web: Web, how: str) -> None:
    carla, bram = web.signed_in("carla"), number_of(web, "bram")
    look(web, carla, "bram", "A1")
    assert looks(carla)
    with web.as_("system"), transaction() as session:
        who = number_of_inside("carla" if how == "one lost one's own" else "bram")
        if "lost" in how:
            session.execute(update(Assignment).where(Assignment.user_id == who).values(last_day=date(2021, 1, 1)))
        if how == "the other is off":
            session.execute(update(User).where(User.id == bram).values(active=False))
    if how == "signing out":
        carla.post("/logout/")
    with clock.standing_still(clock.now() + timedelta(minutes=61 if how == "an hour" else 0)):
        answer = carla.post("/relationview/add", data={"surname": "Nooit"})
        assert answer.status_code in (302, 403)
        assert not looks(carla)
    with web.as_("system"):
        assert db.session.scalars(select(LookingAlong.ended_at)).one() is not None
        assert db.session.scalar(select(Relation.id).where(Relation.surname == "Nooit")) is None


def test_a_form_seen_while_looking_along_is_worth_nothing_afterwards(databases: Databases) -> None:
    url = databases.new()
    made = make_web(url, WTF_CSRF_ENABLED=True)
    carla, places = made.anonymous(), made.federation.organisations

    def token(path: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', carla.get(path).text)
        assert found
        return found[1]

    carla.post("/login/", data={"username": "carla", "password": PASSWORD, "csrf_token": token("/login/")})
    bram = number_of(made, "bram")
    look(made, carla, "bram", "A1", csrf_token=token(f"/meekijken/{bram}"), _env=places["NL"])
    while_looking = token("/relationview/list/")
    form = {"kind": "person", "surname": "Nooit", "correspondence": "none", "payment_method": "transfer", "language": "nl"}
    assert carla.post("/relationview/add", data={**form, "_env": places["A1"], "csrf_token": while_looking}).status_code == 403
    assert carla.post("/meekijken/stop", data={"csrf_token": while_looking}).status_code == 302
    assert carla.post("/relationview/add", data={**form, "_env": places["A1"], "csrf_token": while_looking}).status_code == 400
    with made.as_("system"):
        assert db.session.scalar(select(Relation.id).where(Relation.surname == "Nooit")) is None
    close(made)
    databases.drop(url)
