"""The REST API: tokens of one's own, rows of the actor, allow-listed order and search, pages that end, and nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import prison
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import working_as
from app.relations.models import Relation
from security.models import ApiToken
from tests.conftest import Databases
from tests.security.probes import AROUND, MISSING
from tests.security.seeding import forbidden_marks, mark, seed
from tests.web import PASSWORD, Web, close, make_web
from views.base import AdminApi, ScopedInterface
from views.menu import GROUPS

ALL_AREAS = [*GROUPS]


@pytest.fixture(scope="module")
def seeded(databases: Databases) -> Iterator[tuple[Web, dict[str, dict[str, int]]]]:
    url = databases.new()
    made = make_web(url)
    with made.app.app_context():
        rows = seed(made.federation)
        with working_as(system_actor("test")):
            made.federation.relation("A1", "Eigen")
            made.federation.relation("B1", "Vreemd")
        db.session.remove()
    yield made, rows
    close(made)
    databases.drop(url)


@pytest.fixture
def web(seeded: tuple[Web, dict[str, dict[str, int]]]) -> Web:
    return seeded[0]


def made(web: Web, who: str, areas: list[str] | None = None, days: int = 30, name: str = "Website", password: str = PASSWORD) -> Any:
    last_day = f"{clock.today() + timedelta(days=days):%d-%m-%Y}"
    form = {"answered": "1", "name": name, "areas": areas or ALL_AREAS, "last_day": last_day, "own_password": password}
    return web.client(who).post("/apitokenview/do/make", data=form)


def token_of(web: Web, who: str, areas: list[str] | None = None, days: int = 30) -> str:
    text = made(web, who, areas, days).text
    assert "bg_" in text, text
    return "bg_" + text.split("bg_")[1].split("<")[0]


class Program:
    """A program with a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)


def program(web: Web, who: str, areas: list[str] | None = None) -> Program:
    return Program(web.anonymous(), token_of(web, who, areas))


def asked(resource: str = "relation", **query: object) -> str:
    return f"/api/v1/{resource}/?q={quote(prison.dumps(query))}"


# --- tokens


def test_a_token_opens_the_api_and_nothing_else_and_a_cookie_opens_no_api(web: Web) -> None:
    bram = program(web, "bram")
    assert bram.get("/api/v1/relation/").status_code == 200
    assert bram.get("/relationview/list/").status_code == 302
    assert web.client("bram").get("/api/v1/relation/").status_code == 401
    for sent in ("Bearer x", "Bearer bg_x", "Basic bg_x", f"Bearer bg_{'x' * 5000}", "bg_", "Bearer bg_\xe9"):
        answer = web.anonymous().get("/api/v1/relation/", headers={"Authorization": sent})
        assert answer.status_code == 401
        assert answer.json["message"].startswith("Log in")


def test_a_token_opens_only_its_parts_and_never_more_than_its_owner_may(web: Web) -> None:
    relations_only = program(web, "els", ["relations"])
    assert relations_only.get("/api/v1/relation/").status_code == 200
    refused = relations_only.get("/api/v1/journal_entry/")
    assert refused.status_code == 403
    assert "opent dit onderdeel niet" in refused.json["message"]
    everything = program(web, "bram")
    assert everything.get("/api/v1/journal_entry/").status_code == 403  # he may not see them himself


def test_a_token_ends(web: Web) -> None:
    token = token_of(web, "anna", days=2)
    anna = Program(web.anonymous(), token)
    assert anna.get("/api/v1/relation/").status_code == 200
    with clock.standing_still(clock.today() + timedelta(days=2)):
        assert anna.get("/api/v1/relation/").status_code == 200
    with clock.standing_still(clock.today() + timedelta(days=3)):
        assert anna.get("/api/v1/relation/").status_code == 401
    with web.as_("system"):
        row = db.session.scalars(select(ApiToken).order_by(ApiToken.id.desc())).first()
        assert row is not None
        number, kept = row.id, (row.token_hash, row.begins_with, row.used_on)
    assert token not in str(kept)
    page = web.client("anna").get("/apitokenview/list/").text
    assert kept[1] in page
    assert token not in page
    assert web.client("els").post(f"/apitokenview/action/revoke/{number}").status_code == 404  # not hers
    assert anna.get("/api/v1/relation/").status_code == 200
    web.client("anna").post(f"/apitokenview/action/revoke/{number}")
    assert anna.get("/api/v1/relation/").status_code == 401


def test_a_token_dies_with_the_account(web: Web) -> None:
    from flask_appbuilder.security.sqla.models import User
    from sqlalchemy import update

    from app.kernel.unit_of_work import transaction

    els = program(web, "els")
    assert els.get("/api/v1/relation/").status_code == 200
    with web.as_("system"), transaction() as session:
        session.execute(update(User).where(User.username == "els").values(active=False))
    assert els.get("/api/v1/relation/").status_code == 401
    with web.as_("system"), transaction() as session:
        session.execute(update(User).where(User.username == "els").values(active=True))
    assert els.get("/api/v1/relation/").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": " "}, "Vul"),
        ({"days": 400}, "hooguit een jaar"),
        ({"days": -1}, "hooguit een jaar"),
        ({"areas": ["alles"]}, "geen van de keuzes"),
        ({"password": "iets anders dan het is"}, "klopt niet"),
    ],
)
def test_a_token_that_cannot_be_is_refused_at_its_field(web: Web, wrong: dict[str, Any], says: str) -> None:
    answer = made(web, "dirk", **wrong)
    assert answer.status_code == 200
    assert says in answer.text
    assert "bg_" not in answer.text


# --- what it answers


def test_a_list_holds_own_rows_only(web: Web) -> None:
    answer = program(web, "bram").get(asked(page_size=100000))
    assert answer.status_code == 200, answer.text
    names = [row["display_name"] for row in answer.json["result"]]
    assert "Eigen, Jo" in names
    assert "Vreemd, Jo" not in names
    assert answer.json["label_columns"]["number"] == "Nummer"


def test_a_foreign_row_is_not_there(web: Web) -> None:
    with web.as_("system"):
        theirs = db.session.query(Relation.id).filter_by(surname="Vreemd").scalar()
    answer = program(web, "bram").get(f"/api/v1/relation/{theirs}")
    assert answer.status_code == 404
    assert "hoort niet bij jouw omgeving" in answer.json["message"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"filters": [{"col": "number", "opr": "eq", "value": "twaalf"}]}, "geen geheel getal"),
        ({"order_column": "surname", "order_direction": "asc"}, "kan hier niet geordend"),
        ({"filters": [{"col": "remarks", "opr": "ct", "value": "x"}]}, "kan hier niet zo gefilterd"),
    ],
)
def test_other_columns_neither_order_nor_filter(web: Web, query: dict[str, object], says: str) -> None:
    answer = program(web, "bram").get(asked(**query))
    assert answer.status_code == 400
    assert says in answer.json["message"]
    assert "Bad Request" not in answer.json["message"]


def test_a_hidden_field_is_neither_told_nor_ordered_nor_filtered(web: Web) -> None:
    els, anna = program(web, "els"), program(web, "anna")
    assert "iban" in anna.get("/api/v1/mandate/").json["result"][0]
    answer = els.get("/api/v1/mandate/").json
    assert answer["result"]
    assert "iban" not in answer["result"][0]
    assert "iban" not in answer["label_columns"]
    assert "iban" not in {column["name"] for column in els.get("/api/v1/mandate/_info").json["columns"]}
    assert els.get(asked("mandate", order_column="iban", order_direction="asc")).status_code == 400
    assert els.get(asked("mandate", filters=[{"col": "iban", "opr": "ct", "value": "NL"}])).status_code == 400
    assert els.get("/api/v1/relation_account/").status_code == 403


def test_nothing_can_be_written(web: Web) -> None:
    bram = program(web, "bram")
    for method in ("post", "put", "delete", "patch"):
        answer = getattr(bram.client, method)(
            "/api/v1/relation/1", data=json.dumps({}), content_type="application/json", headers=bram.headers
        )
        assert answer.status_code in (404, 405)


def test_a_fault_is_told_in_dutch_with_a_number_and_without_its_inside(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("geheim van binnen")

    monkeypatch.setattr(ScopedInterface, "query", broken)
    answer = program(web, "bram").get("/api/v1/relation/")
    assert answer.status_code == 500
    assert answer.json["reference"] in answer.json["message"]
    assert "geheim" not in answer.text


def test_a_base_that_leaves_something_out_does_not_start() -> None:
    with pytest.raises(TypeError, match="order_columns"):
        type("WrongApi", (AdminApi,), {"datamodel": ScopedInterface(Relation), "list_columns": ["id"]})()


# --- all of it, from its own description


@pytest.mark.parametrize("who", ["bram", "carla", "els"])
def test_every_resource_keeps_to_its_own(seeded: tuple[Web, dict[str, dict[str, int]]], who: str) -> None:
    """Every path of the description × own, child, parent, sister, foreign, missing row × hostile questions, with a token for everything."""
    web, rows = seeded
    one = program(web, who)
    with web.app.app_context():
        actor = web.federation.actor(who)
        db.session.remove()
    forbidden = forbidden_marks(web.federation, set(actor.organisation_ids), set(actor.readable_ids))
    own = {mark("o", code) for code, number in web.federation.organisations.items() if number in actor.organisation_ids}
    described = one.get("/api/v1/_openapi").json["paths"]
    tables = {api.resource_name: api.datamodel.obj.__tablename__ for api in web.app.appbuilder.baseviews if isinstance(api, AdminApi)}
    wrong: list[str] = []
    count = seen_own = 0
    for path, methods in described.items():
        if set(methods) - {"parameters"} != {"get"}:
            wrong.append(f"{path} offers {sorted(methods)}")
        resource = path.removeprefix("/api/v1/").split("/")[0]
        if resource not in tables:
            continue
        table = rows.get(tables[resource], {})
        statuses = {}
        for address, relation in _addresses(path, resource, table, AROUND[who]):
            answer = one.get(address)
            count += 1
            statuses[relation] = answer.status_code
            text = answer.text
            seen_own += any(token in text for token in own)
            if answer.status_code >= 500 or answer.status_code == 422:
                wrong.append(f"{answer.status_code} on {address}")
            if leaked := sorted(token for token in forbidden if token in text):
                wrong.append(f"{address} shows {leaked}")
        wrong += [
            f"{path}: a {relation} row answers {statuses[relation]}, a missing one {statuses['missing']}"
            for relation in ("sister", "foreign")
            if relation in statuses and statuses[relation] != statuses["missing"]
        ]
    print(f"{who}: {count} probes, {seen_own} showed own rows")
    assert not wrong, "\n".join(wrong[:40])
    assert count > 300
    assert seen_own > 5


def _addresses(path: str, resource: str, table: dict[str, int], around: dict[str, str]) -> Iterator[tuple[str, str]]:
    if "{pk}" in path:
        for relation, code in around.items():
            if code in table:
                yield path.replace("{pk}", str(table[code])), relation
        yield path.replace("{pk}", str(MISSING)), "missing"
        yield path.replace("{pk}", "9" * 25), "too large"
    elif path.endswith("_info"):
        yield path, ""
    else:
        for query in (
            {"page_size": 100},
            {"page": 99999999, "page_size": -1},
            {"order_column": "x"},
            {"filters": "x"},
            {"columns": ["id", "token_hash"]},
        ):
            yield asked(resource, **query), ""
        yield f"{path}?q=(((", ""
