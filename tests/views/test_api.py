"""The base of the REST API: rows of the actor, allow-listed order and search, pages that end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import prison
import pytest

from app.kernel.actor import system_actor
from app.kernel.unit_of_work import working_as
from app.relations.models import Relation
from security import permissions
from tests.conftest import Databases
from tests.web import Web, close, make_web
from views import SCREENS, apis
from views.base import AdminApi, ScopedInterface


class RelationApi(AdminApi):
    """Cards, for the test."""

    resource_name = "relation"
    allow_browser_login = True
    class_permission_name = "RelationView"
    method_permission_name = {"get_list": "list", "get": "show", "info": "list"}
    datamodel = ScopedInterface(Relation)
    list_columns = ["id", "display_name", "number"]
    show_columns = ["id", "display_name", "number"]
    search_columns = ["display_name", "number"]
    order_columns = ["number"]
    base_order = ("number", "asc")


@pytest.fixture
def web(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setattr(apis, "APIS", [RelationApi])
    url = databases.new()
    made = make_web(url, FAB_API_ALLOW_BROWSER_LOGIN=True)
    with made.app.app_context():
        made.federation.relation("A1", "Eigen")
        made.federation.relation("B1", "Vreemd")
        with working_as(system_actor("test")):
            permissions.install(permissions.pairs_of(made.app.appbuilder))
    yield made
    close(made)
    databases.drop(url)


def asked(**query: object) -> str:
    return f"/api/v1/relation/?q={quote(prison.dumps(query))}"


def test_a_list_holds_own_rows_only(web: Web) -> None:
    answer = web.client("bram").get(asked(page_size=100000))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert [row["display_name"] for row in answer.json["result"]] == ["Eigen, Jo"]


def test_a_foreign_row_is_not_there(web: Web) -> None:
    with web.as_("system"):
        from app.kernel.db import db

        theirs = db.session.query(Relation.id).filter_by(surname="Vreemd").scalar()
    assert web.client("bram").get(f"/api/v1/relation/{theirs}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"filters": [{"col": "number", "opr": "eq", "value": "twaalf"}]},
        {"order_column": "surname", "order_direction": "asc"},
        {"filters": [{"col": "remarks", "opr": "ct", "value": "x"}]},
    ],
)
def test_other_columns_neither_order_nor_filter(web: Web, query: dict[str, object]) -> None:
    assert web.client("bram").get(asked(**query)).status_code == 400


def test_nothing_can_be_written(web: Web) -> None:
    for method in ("post", "put", "delete"):
        answer = getattr(web.client("bram"), method)("/api/v1/relation/1", data=json.dumps({}), content_type="application/json")
        assert answer.status_code in (404, 405)


def test_a_base_that_leaves_something_out_does_not_start() -> None:
    with pytest.raises(TypeError, match="order_columns"):
        type("WrongApi", (AdminApi,), {"datamodel": ScopedInterface(Relation), "list_columns": ["id"]})()
    assert SCREENS
