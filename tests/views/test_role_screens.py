"""Roles of one's own: copied from a ready one, changed in ticks, and never a way to more than one has."""

from __future__ import annotations

from datetime import date
from typing import Any
from zlib import crc32

import pytest
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import delete, select

from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.models import AuditRecord
from app.kernel.unit_of_work import transaction, working_as
from security import queries
from security import usecases as access
from security.models import Assignment
from security.permissions import pairs_of
from security.role_changes import ticks_of
from tests.web import PASSWORD, Web


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses: they share one application."""
    return f"Rol {crc32(request.node.name.encode())}"


def give(web: Web, who: str, role: str, code: str) -> None:
    with web.app.app_context(), working_as(system_actor("test")), transaction():
        access.assign(who, role, code, date(2020, 1, 1))


def role_id(web: Web, name: str) -> int:
    with web.as_("system"):
        return db.session.scalars(select(Role.id).where(Role.name == name)).one()


def exists(web: Web, name: str) -> bool:
    with web.as_("system"):
        return db.session.scalar(select(Role.id).where(Role.name == name)) is not None


def may(web: Web, name: str) -> frozenset[tuple[str, str]]:
    with web.as_("system"):
        return queries.permissions_of([db.session.scalars(select(Role.id).where(Role.name == name)).one()])


def copied(web: Web, client: FlaskClient, name: str, of: str = "Penningmeester", password: str = PASSWORD) -> Any:
    answers = {"action": "copy_role", "rowid": role_id(web, of), "answered": "1", "name": name, "own_password": password}
    return client.post("/roleview/action_post", data=answers)


def form_of(web: Web, name: str) -> dict[str, Any]:
    """Return the form of a role as a browser would send it unchanged."""
    held = may(web, name)
    ticks = ticks_of(pairs_of(web.app.appbuilder))
    found: dict[str, Any] = {f"may_{view}": [tick for tick, pairs in of.items() if pairs <= held] for view, of in ticks.items()}
    return {**found, "name": name, "own_password": PASSWORD}


def changed(web: Web, client: FlaskClient, role: str, **answers: Any) -> Any:
    return client.post(f"/roleview/edit/{role_id(web, role)}", data={**form_of(web, role), **answers})


@pytest.fixture
def national(shared_web: Web) -> FlaskClient:
    """A permission administrator at the national level."""
    if "peter" not in shared_web.clients:
        give(shared_web, "peter", "Bevoegdhedenbeheerder", "NL")
    return shared_web.client("peter")


def test_a_copy_may_the_same_and_is_changed_in_ticks(shared_web: Web, national: FlaskClient, name: str) -> None:
    web = shared_web
    assert copied(web, national, name).status_code == 302
    assert may(web, name) == may(web, "Penningmeester")
    page = national.get(f"/roleview/edit/{role_id(web, name)}").text
    assert "Bankregels verwerken" in page
    assert "“Boeken”" in page
    before = form_of(web, name)
    answer = changed(web, national, name, may_BankReconciliationView=[], may_RelationView=[*before["may_RelationView"], "can_edit"])
    assert answer.status_code == 302, answer.text
    now = may(web, name)
    assert not {pair for pair in now if pair[1] == "BankReconciliationView"}
    assert now - may(web, "Penningmeester") == {("can_edit", "RelationView")}
    with web.as_("system"):
        line = db.session.scalars(
            select(AuditRecord).where(AuditRecord.action == "role_changed", AuditRecord.row_id == role_id_here(name))
        ).one()
        assert line.changes["given"] == ["RelationView.can_edit"]
        assert "BankReconciliationView.can_book" in line.changes["taken"]


def role_id_here(name: str) -> int:
    return db.session.scalars(select(Role.id).where(Role.name == name)).one()


def test_a_change_holds_at_the_next_request_of_who_has_the_role(shared_web: Web, national: FlaskClient, name: str) -> None:
    web = shared_web
    copied(web, national, name)
    give(web, "els", name, "A")
    els = web.signed_in("els")
    assert els.get("/bankstatementview/list/").status_code == 200
    assert changed(web, national, name, may_BankStatementView=[]).status_code == 302
    assert els.get("/bankstatementview/list/").status_code == 302  # signed out: what one may has changed
    assert may(web, name) < may(web, "Penningmeester")


@pytest.mark.parametrize("ready", ["Penningmeester", "Systeembeheerder landelijk"])
def test_a_ready_role_is_not_changed_or_deleted(shared_web: Web, national: FlaskClient, ready: str) -> None:
    before = may(shared_web, ready)
    assert changed(shared_web, national, ready, may_RelationView=["see"]).status_code == 403
    assert national.post(f"/roleview/delete/{role_id(shared_web, ready)}").status_code == 403
    assert may(shared_web, ready) == before


def test_nobody_changes_a_role_that_he_has_himself_not_even_under_another_name(shared_web: Web, national: FlaskClient, name: str) -> None:
    web = shared_web
    copied(web, national, name, of="Bevoegdhedenbeheerder")
    give(web, "peter", name, "A1")
    peter = web.signed_in("peter")
    before = may(web, name)
    for other in (name, f"{name} anders"):
        answer = changed(web, peter, name, name=other, may_RelationView=["see", "can_edit"])
        assert answer.status_code == 200
        assert "je eigen rechten kun je niet wijzigen" in answer.text
    assert may(web, name) == before


def test_who_is_no_permission_administrator_puts_in_only_what_he_may_himself(shared_web: Web, national: FlaskClient, name: str) -> None:
    web = shared_web
    copied(web, national, name)
    carla = web.client("carla")  # the national administrator sees invoices and does not post them
    before = form_of(web, name)
    changed(web, national, name, may_InvoiceView=[])
    answer = changed(web, carla, name, may_InvoiceView=before["may_InvoiceView"])
    assert answer.status_code == 200
    assert "dingen die jij zelf niet mag" in answer.text
    assert not {pair for pair in may(web, name) if pair[1] == "InvoiceView"}
    assert changed(web, carla, name, may_InvoiceView=["see"]).status_code == 302


def test_roles_are_changed_at_the_top_only(shared_web: Web, national: FlaskClient, name: str) -> None:
    web = shared_web
    copied(web, national, name)
    province = web.signed_in("peter")
    province.post("/omgeving/", data={"organisation_id": web.federation.organisations["A"]})
    assert changed(web, province, name, may_RelationView=["see", "can_edit"]).status_code == 403
    assert (
        "Alleen het landelijke niveau"
        in province.post(
            "/roleview/action_post",
            data={"action": "copy_role", "rowid": role_id(web, name), "answered": "1", "name": f"{name} 2", "own_password": PASSWORD},
            follow_redirects=True,
        ).text
    )
    assert not exists(web, f"{name} 2")


def test_changing_roles_asks_for_ones_own_password(shared_web: Web, national: FlaskClient, name: str) -> None:
    web = shared_web
    assert copied(web, national, name, password="iets anders dan het is").status_code == 200
    assert not exists(web, name)
    copied(web, national, name)
    before = may(web, name)
    assert changed(web, national, name, may_RelationView=[], own_password="").status_code == 200
    assert changed(web, national, name, may_RelationView=[], own_password="iets anders dan het is").status_code == 200
    assert may(web, name) == before


@pytest.mark.parametrize(
    ("wanted", "says"),
    [("", "Vul"), ("penningmeester", "Er is al een rol"), ("x" * 65, "65 tekens")],
)
def test_a_name_that_cannot_be_is_refused_at_its_field(shared_web: Web, national: FlaskClient, wanted: str, says: str) -> None:
    answer = copied(shared_web, national, wanted)
    assert answer.status_code == 200
    assert says in answer.text


def test_a_role_goes_only_when_nobody_has_or_had_it(shared_web: Web, national: FlaskClient, name: str) -> None:
    web = shared_web
    copied(web, national, name)
    number = role_id(web, name)
    give(web, "dirk", name, "B")
    assert "1 keer toegekend" in national.post(f"/roleview/delete/{number}", follow_redirects=True).text
    with web.as_("system"), transaction() as session:
        session.execute(delete(Assignment).where(Assignment.role_id == number))
    assert "Verwijderd" in national.post(f"/roleview/delete/{number}", follow_redirects=True).text
    assert not exists(web, name)
