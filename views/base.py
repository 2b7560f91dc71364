"""AdminView, the base of every generated screen: subclasses only declare columns, labels, help and actions.

`FactView` shows what never changes; `AdminApi` is the same for the REST API. Raw Flask-AppBuilder views are refused by a test.
How to declare a screen: docs/views.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Response, abort, flash, g, jsonify, request, url_for
from flask_appbuilder import ModelView, expose, has_access
from flask_appbuilder.actions import action
from flask_appbuilder.security.decorators import permission_name
from flask_babel import lazy_gettext

from views.acting import Acting
from views.addresses import PageAsked, here, page_asked
from views.columns import kind_of, link_of
from views.export import export_rows
from views.filters import ListFilters, RequestLocalFilters
from views.forms import make_form
from views.interface import ScopedInterface
from views.labels import LABELS
from views.listing import ListPart, Row, chips, list_columns, orderable, search_box
from views.lookups import Lookup
from views.questions import File, Question, ask, download
from views.rest import AdminApi
from views.saving import Saving
from views.seeing import seen_of
from views.showing import Showing

__all__ = ["AdminApi", "AdminView", "FactView", "File", "Question", "ScopedInterface", "action", "ask", "download"]

list_ = list  # `list` is a page below
_HIDDEN = {"version", "id", "search_name", "sort_key", "path"}


class AdminView(RequestLocalFilters, Showing, Saving, Acting, ModelView):
    """A generated screen. What a subclass may declare:

    `one`, `many`: the name of a row and of the list. `list_columns`, `search_columns`, `order_columns` (default: all
    list columns the table can order by), `base_order`. `show_columns` or `show_fieldsets`; `add_columns` or `add_fieldsets`;
    `edit_columns` or `edit_fieldsets` (default: as add). `label_columns` over those of `views/labels.py`;
    `description_columns` is the help under a field. `choices`: words of a column that the table leaves free.
    `related_choices`: narrows what may be chosen. `fields`: own form field per column. `formatters_columns`: own way of showing.
    `tabs`: pairs of a title and names of other screens. `parent_columns`: by which column this screen hangs in a tab.
    """

    one: Any = None
    many: Any = None
    empty_text: Any = lazy_gettext("As soon as you add one, it is here.")
    tabs: tuple[tuple[Any, tuple[str, ...]], ...] = ()
    has_history = True
    parent_columns: dict[str, str] = {}
    choices: dict[str, dict[str, Any]] = {}
    related_choices: dict[str, Callable[[Any], Any]] = {}
    required_columns: tuple[str, ...] = ()
    optional_columns: tuple[str, ...] = ()  # may stay empty in the form: `save` fills them in
    scaled_columns: dict[str, int] = {}
    fields: dict[str, Any] = {}
    column_class: dict[str, str] = {}
    facts: tuple[str, ...] = ()
    exclude_route_methods = {"download"}
    can_change = True

    list_template = "bondgenoot/list.html"
    show_template = "bondgenoot/show.html"

    # ---------------------------------------------------------------- declared and checked

    def _init_properties(self) -> None:
        self.view_name = type(self).__name__
        self._check_declared()
        own = dict(self.label_columns or {})
        self.edit_fieldsets = self.edit_fieldsets or (self.add_fieldsets if not self.edit_columns else None)
        if not self.edit_fieldsets and not self.edit_columns:
            self.edit_columns = self.add_columns
        self.show_fieldsets = self.show_fieldsets or None
        for kind in ("show", "add", "edit"):
            fieldsets = getattr(self, f"{kind}_fieldsets")
            columns = (
                [name for _title, content in fieldsets for name in content["fields"]] if fieldsets else getattr(self, f"{kind}_columns")
            )
            setattr(self, f"{kind}_columns", list(columns or []))
        self.label_columns = {**LABELS, **{name: choice.label for name, choice in self.one_of.items()}, **own}
        self.description_columns = dict(self.description_columns or {})
        self.formatters_columns = dict(self.formatters_columns or {})
        self.validators_columns = {}
        self.order_columns = list(self.order_columns or orderable(self.datamodel.obj, self.list_columns))
        self.related_views, self._related_views = [], []
        self._base_filters = self.datamodel.get_filters()
        self._filters = self.datamodel.get_filters(self.search_columns)
        model = self.datamodel.obj
        self.badges = {name for name in {*self.list_columns, *self.show_columns} if name == "state" or name.endswith("_state")}
        self._formatters = {name: self._formatter(model, name) for name in {*self.list_columns, *self.show_columns, *self.facts}}
        self._check_columns()

    def _check_declared(self) -> None:
        wanted = ["one", "many", "list_columns", "search_columns", "base_order"]
        left_out = [name for name in wanted if getattr(self, name) is None]
        kinds = ("show", "add") if self.can_change else ("show",)
        left_out += [
            f"{kind}_columns or {kind}_fieldsets"
            for kind in kinds
            if not (getattr(self, f"{kind}_columns") or getattr(self, f"{kind}_fieldsets"))
        ]
        if not isinstance(self.datamodel, ScopedInterface):
            left_out.append("datamodel = ScopedInterface(...)")
        if left_out:
            raise TypeError(f"{self.view_name} must declare {', '.join(left_out)}")

    def _check_columns(self) -> None:
        shown = [*self.list_columns, *self.show_columns, *self.add_columns, *self.edit_columns, *self.search_columns]
        unnamed = sorted({name for name in shown if name not in self.label_columns and name.partition(".")[0] not in self.shapes})
        if unnamed:
            raise TypeError(f"{self.view_name}: no label for {unnamed}: add them to views/labels.py or label_columns")
        hidden = sorted(_HIDDEN & {*self.add_columns, *self.edit_columns, *self.search_columns})
        if hidden:
            raise TypeError(f"{self.view_name}: {hidden} may not be filled in or searched")
        unordered = sorted(
            {*self.order_columns, self.base_order[0]}
            - {"id"}
            - {*orderable(self.datamodel.obj, [*self.order_columns, self.base_order[0]])}
            - {"path"}
        )
        if unordered:
            raise TypeError(f"{self.view_name}: the table cannot order by {unordered}")
        for name in {*self.list_columns, *self.show_columns}:
            if kind_of(self.datamodel.obj, name) == "computed" and not (hasattr(self.datamodel.obj, name) or name in self.computed):
                raise TypeError(f"{self.view_name}: there is no column {name}")

    def _init_forms(self) -> None:
        self.search_form = None
        self.lookups: dict[str, Lookup] = {}
        for name in dict.fromkeys([*self.add_columns, *self.edit_columns, *self.search_columns]):
            link = link_of(self.datamodel.obj, name)
            if link is not None:
                self.lookups[name] = Lookup(link.mapper.class_, self.related_choices.get(name))
        if self.can_change:
            self.add_form = make_form(self, self.add_columns, is_new=True, shapes=self.shapes)
            self.edit_form = make_form(self, self.edit_columns, is_new=False, shapes=self.shapes)
        for of, lookup in self.references.rows.items():
            self.lookups[f"number.{of}"] = lookup

    def _init_titles(self) -> None:
        self.list_title = self.title = self.many
        self.add_title = lazy_gettext("Add %(what)s", what=self.one)
        self.edit_title, self.show_title = self.one, self.one

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.base_permissions = [f"can_{name}" if name in self.actions else name for name in self.base_permissions]

        def line(item: Any) -> int:
            return getattr(item.func, "__func__", item.func).__code__.co_firstlineno  # actions stand as declared

        self.actions = dict(sorted(self.actions.items(), key=lambda pair: line(pair[1])))
        for name, item in self.actions.items():
            asking = getattr(item.func, "_ask", None)
            for question in asking.questions if asking else ():
                self.lookups |= question.lookups(name)

    def get_uninit_inner_views(self) -> list[Any]:
        """Return nothing: tabs name other screens, which are registered by themselves."""
        return []

    is_main_screen = True

    def is_main_screen_of(self, model: type) -> bool:
        """Whether links to rows of this table lead here."""
        return self.is_main_screen and self.datamodel.obj is model

    # ---------------------------------------------------------------- list

    @expose("/list/")
    @has_access
    def list(self) -> Any:
        """Show the list."""
        filters = self.read_filters()
        part = self.list_part(filters, page_asked(self.view_name, self.seen(self.order_columns)))
        for refusal in g.get("filter_refusals", []):
            flash(refusal, "danger")
        return self.render_template(self.list_template, title=str(self.many), view=self, part=part)

    def list_part(self, filters: ListFilters, page: PageAsked, parent: tuple[str, int] | None = None) -> ListPart:
        """Return one page of the list, also for a tab of another record (`parent`: the column and its number)."""
        order, shown = page.order or self.first_order(), self.seen(self.list_columns)
        rows, has_next, count = self.datamodel.page_and_count(filters, order, page.number, page.size, shown)
        leave_out = parent[0] if parent else None
        boxes = {} if parent else {**{column: search_box(self, column) for column in self.seen(self.search_columns)}, **self.more_boxes()}
        columns = list_columns(self, page, boxes, leave_out)
        may_show, may_edit, may_delete = (self.may(f"can_{verb}") for verb in ("show", "edit", "delete"))
        back = here()
        made = []
        for item, values in zip(rows, self.shown_values(rows, shown, brief=True), strict=True):
            writable = (may_edit or may_delete) and self.can_change and self.datamodel.may_write(item)
            edit = url_for(f"{self.endpoint}.edit", pk=item.id, terug=back) if may_edit and writable else None
            delete = url_for(f"{self.endpoint}.delete", pk=item.id) if may_delete and writable and parent else None
            show = url_for(f"{self.endpoint}.show", pk=item.id) if may_show else None
            made.append(Row(item.id, [values[column.name] for column in columns], str(item), show, edit, delete))
        add = None
        if self.can_change and self.may("can_add"):
            arguments = {parent[0]: parent[1], "terug": back} if parent else {}
            add = url_for(f"{self.endpoint}.add", **arguments)
        return ListPart(
            view=self,
            name=self.view_name,
            columns=columns,
            rows=made,
            count=count,
            page=page,
            has_next=has_next,
            actions=[] if parent else [item for item in self.actions.values() if item.multiple and self.may(f"can_{item.name}")],
            chips=chips(self, filters, boxes),
            searches=[*boxes.values()],
            is_related=parent is not None,
            add=add,
        )

    def seen(self, columns: Iterable[str]) -> list_[str]:
        """Return these columns without those that the user may not see."""
        return seen_of(self.datamodel.obj, columns)

    def first_order(self) -> tuple[str, str]:
        """Return the order to begin with; one on a column that the user may not see would tell what is in it."""
        return self.base_order if self.seen([self.base_order[0]]) else ("id", "desc")

    def more_boxes(self) -> dict[str, Any]:
        """Return the search controls of `more_filters`, by name."""
        return {}

    def more_export(self) -> list[tuple[str, Callable[[Any], str]]]:
        """Return what the file of a list has beside its columns: a head and what gives the text of a row."""
        return []

    def list_buttons(self) -> list[tuple[str, str, str]]:
        """Return the buttons on top of the list beside adding: text, icon and address."""
        found = []
        for item in self.actions.values():
            asking = getattr(item.func, "_ask", None)
            if asking and not asking.needs_rows and self.may(f"can_{item.name}"):
                found.append((str(item.text), item.icon, url_for(f"{self.endpoint}.do", name=item.name, terug=here())))
        return found

    @expose("/export")
    @has_access
    @permission_name("export")
    def export(self) -> Response:
        """Give the whole list, as filtered, as a file for a spreadsheet."""
        return export_rows(self, self.read_filters())

    @expose("/lookup/<string:key>")
    @has_access
    @permission_name("list")
    def lookup(self, key: str) -> Response:
        """Answer a field that asks for choices while one types."""
        found = self.lookups.get(key)
        if found is None:
            abort(404)
        page = request.args.get("page", "1")
        rows, more = found.search(request.args.get("term", ""), int(page) - 1 if page.isdigit() and 0 < int(page[:6]) < 500 else 0)
        return jsonify(results=[{"id": row.id, "text": str(row)} for row in rows], pagination={"more": more})

    def update_redirect(self) -> None:
        """Keep no history in the session: return addresses travel with links and forms."""

    def get_redirect(self) -> str:
        """Return the list: where an action goes when nothing says otherwise."""
        return url_for(f"{self.endpoint}.list")


class FactView(AdminView):
    """A screen of facts: list, record, actions and files; nothing to add, change or delete by hand."""

    can_change = False
    exclude_route_methods = {"download", "add", "edit", "delete"}
    empty_text = lazy_gettext("Nothing has happened here yet.")
