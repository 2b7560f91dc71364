"""What every screen must keep to: no raw Flask-AppBuilder views, explicit columns, no preloaded tables, no hidden columns."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from flask_appbuilder import ModelRestApi, ModelView
from flask_appbuilder.baseviews import BaseCRUDView
from flask_babel import lazy_gettext
from wtforms import SelectField

from app.functions.models import PriceCategory
from app.relations.models import Relation
from tests.web import Web
from views import menu
from views.base import AdminApi, AdminView, ScopedInterface
from views.fields import RelatedField

ROOT = Path(__file__).resolve().parents[2]
RAW = {
    "ModelView",
    "ModelRestApi",
    "SQLAInterface",
    "MasterDetailView",
    "MultipleView",
    "SimpleFormView",
    "PublicFormView",
    "CompactCRUDMixin",
}


def test_only_our_bases_touch_the_raw_views() -> None:
    bad = []
    for path in [*(ROOT / "views").rglob("*.py"), *(ROOT / "security").rglob("*.py")]:
        if path.name in ("base.py", "interface.py", "rest.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("flask_appbuilder"):
                bad += [f"{path.name}: {alias.name}" for alias in node.names if alias.name in RAW]
    assert not bad, f"{bad}: use AdminView, FactView or AdminApi of views/base.py"


class TestRegistered:
    """The screens of the running application."""

    @pytest.fixture
    def views(self, shared_web: Web) -> list[AdminView]:
        raw = [v for v in shared_web.app.appbuilder.baseviews if isinstance(v, BaseCRUDView | ModelView | ModelRestApi)]
        strange = [type(v).__name__ for v in raw if not isinstance(v, AdminView | AdminApi)]
        assert not strange, f"{strange} are not of views/base.py"
        return [v for v in raw if isinstance(v, AdminView)]

    def test_no_action_or_file_takes_the_place_of_a_route(self, views: list[AdminView]) -> None:
        routes = {name for name in dir(AdminView) if hasattr(getattr(AdminView, name), "_urls")}
        for view in views:
            taken = {name for name in routes if not hasattr(getattr(type(view), name), "_urls")}
            assert not taken, f"{view.view_name}: {taken} are routes; give the method another name"

    def test_no_form_loads_a_table(self, views: list[AdminView]) -> None:
        for view in views:
            for form in filter(None, (view.add_form, view.edit_form)):
                for name in dir(form):
                    field = getattr(form, name)
                    kind = getattr(field, "field_class", None)
                    assert kind is None or "Query" not in kind.__name__, f"{view.view_name}.{name}"
                    if kind and issubclass(kind, SelectField) and not issubclass(kind, RelatedField):
                        assert len(field.kwargs.get("words") or {}) < 60, f"{view.view_name}.{name}"

    def test_order_and_search_name_columns_of_the_table_only(self, views: list[AdminView]) -> None:
        for view in views:
            for name in [*view.order_columns, *view.search_columns]:
                assert "." not in name
                assert name not in ("password", "version", "token_hash", "sort_key", "search_name"), f"{view.view_name}.{name}"

    def test_every_tab_names_a_screen(self, views: list[AdminView]) -> None:
        names = {view.view_name for view in views}
        later = {"InvoiceView", "ChargeView", "MandateView"}
        for view in views:
            for _title, tabs in view.tabs:
                assert set(tabs) <= names | later, f"{view.view_name}: {set(tabs) - names}"

    def test_every_tab_knows_its_column(self, views: list[AdminView]) -> None:
        by_name = {view.view_name: view for view in views}
        for view in views:
            for name in [name for _title, names in view.tabs for name in names if name in by_name]:
                assert by_name[name].parent_column(view.datamodel.obj) in by_name[name].label_columns

    def test_every_line_of_the_menu_asks_for_a_permission(self, shared_web: Web) -> None:
        with shared_web.app.app_context():
            entries = [entry for entries in menu._entries.values() for entry in entries]
        bare = [type(e.view).__name__ for e in entries if not hasattr(getattr(e.view, e.view.default_view, None), "_permission_name")]
        assert entries
        assert not bare, f"{bare}: their first page asks for no permission, so nobody sees it"

    def test_no_screen_serves_the_upload_folder(self, shared_web: Web) -> None:
        assert not [rule.rule for rule in shared_web.app.url_map.iter_rules() if "/download/" in rule.rule]


BASE = {
    "datamodel": ScopedInterface(PriceCategory),
    "one": lazy_gettext("Price category"),
    "many": lazy_gettext("Price categories"),
    "list_columns": ["name"],
    "search_columns": ["name"],
    "base_order": ("name", "asc"),
    "show_columns": ["name"],
    "add_columns": ["name"],
}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"list_columns": None}, "list_columns"),
        ({"search_columns": None}, "search_columns"),
        ({"base_order": None}, "base_order"),
        ({"add_columns": None}, "add_columns"),
        ({"show_columns": None}, "show_columns"),
        ({"one": None}, "one"),
        ({"datamodel": None}, "ScopedInterface"),
        ({"list_columns": ["nmae"]}, "nmae"),
        ({"add_columns": ["version"]}, "version"),
        ({"datamodel": ScopedInterface(Relation), "search_columns": ["search_name"], "list_columns": ["number"]}, "search_name"),
        ({"order_columns": ["organisation"]}, "organisation"),
    ],
)
def test_a_screen_that_leaves_something_out_does_not_start(changed: dict[str, object], says: str) -> None:
    with pytest.raises((TypeError, AttributeError), match=says):
        type("WrongView", (AdminView,), {**BASE, **changed})()
