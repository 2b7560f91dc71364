"""The parts of a list page: columns with order and search, rows ready to show, pager, filter chips."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from views.addresses import SIZES, PageAsked, here
from views.columns import column_of, kind_of, words_of
from views.formats import CLASSES, number
from views.interface import COUNT_CAP


@dataclass(frozen=True)
class SearchBox:
    """How one column is searched: `name` is the argument, `kind` the sort of control."""

    column: str
    label: str
    kind: str
    name: str
    value: str
    comparisons: list[tuple[str, str]]
    choices: list[tuple[str, str]] = field(default_factory=list)
    lookup: str = ""
    minimum: int = 0
    chosen: Any = None


@dataclass(frozen=True)
class ListColumn:
    """One column of a list."""

    name: str
    label: str
    css: str
    order_link: str | None
    order_state: str
    search: SearchBox | None


@dataclass(frozen=True)
class Row:
    """One row, its cells ready to show."""

    pk: int
    cells: list[Any]
    label: str
    show: str | None
    edit: str | None
    delete: str | None


@dataclass(frozen=True)
class Chip:
    """One filter in force, and the address without it."""

    label: str
    comparison: str
    value: str
    without: str


@dataclass(frozen=True)
class ListPart:
    """All that the template needs to draw a list."""

    view: Any
    name: str
    columns: list[ListColumn]
    rows: list[Row]
    count: int
    page: PageAsked
    has_next: bool
    actions: list[Any]
    chips: list[Chip]
    searches: list[SearchBox]
    is_related: bool
    add: str | None

    @property
    def count_text(self) -> str:
        """Return the number of rows in words: beyond the cap only that there are more."""
        return _("more than %(count)s", count=number(COUNT_CAP)) if self.count > COUNT_CAP else str(number(self.count))

    @property
    def is_counted(self) -> bool:
        """Whether the number of rows is known."""
        return self.count <= COUNT_CAP

    @property
    def first(self) -> int:
        """Return the place of the first row on this page."""
        return self.page.number * self.page.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Return the place of the last row on this page."""
        return self.page.number * self.page.size + len(self.rows)

    @property
    def page_count(self) -> int:
        """Return how many pages there are, as far as counted."""
        return -(-min(self.count, COUNT_CAP) // self.page.size)

    def link_page(self, page: int) -> str:
        """Return the address of another page."""
        return here(**{f"page_{self.name}": page})

    def sizes(self) -> list[tuple[int, str]]:
        """Return the page sizes with their addresses."""
        return [(size, here(without=(f"page_{self.name}",), **{f"psize_{self.name}": size})) for size in SIZES]

    @property
    def query(self) -> str:
        """Return the filters of this list as an address has them, for acting on all rows that pass."""
        return request.query_string.decode("ascii", "ignore")


def search_box(view: Any, column: str) -> SearchBox:
    """Return how a column of a screen is searched, with what the address asks now."""
    model = view.datamodel.obj
    offered = view._filters.get_search_filters().get(column, [])
    names = [f"_flt_{index}_{column}" for index in range(len(offered))]
    asked = next((name for name in names if request.args.get(name)), names[0] if names else "")
    value = request.args.get(asked, "")
    kind = kind_of(model, column)
    choices: list[tuple[str, str]] = []
    if kind == "choice":
        choices = list({**words_of(model, column), **view.choices.get(column, {})}.items())
    if kind == "boolean":
        choices = [("y", _("yes")), ("n", _("no"))]
    lookup = view.lookups.get(column)
    return SearchBox(
        column=column,
        label=str(view.label_columns[column]),
        kind=kind,
        name=asked,
        value=value,
        comparisons=[(name, str(filter_.name)) for name, filter_ in zip(names, offered, strict=True)],
        choices=choices,
        lookup=url_for(f"{view.endpoint}.lookup", key=column) if lookup else "",
        minimum=lookup.minimum if lookup else 0,
        chosen=lookup.find(value) if lookup and value else None,
    )


def chips(view: Any, filters: Any, boxes: dict[str, SearchBox]) -> list[Chip]:
    """Return the filters in force in words."""
    found = []
    for filter_, value in filters.get_filters_values():
        box = boxes.get(filter_.column_name)
        if box is None:
            continue
        shown = dict(box.choices).get(value, value)
        if box.kind == "related":
            shown = str(box.chosen) if box.chosen is not None else _("something that is not there")
        without = tuple(key for key in request.args if key.startswith("_flt_") and key.endswith(f"_{filter_.column_name}"))
        found.append(Chip(box.label, str(filter_.name), shown, here(without=(*without, f"page_{view.view_name}"))))
    return found


def list_columns(view: Any, page: PageAsked, boxes: dict[str, SearchBox], leave_out: str | None) -> list[ListColumn]:
    """Return the columns of a screen's list; inside a tab the one that points back says nothing."""
    made = []
    order = page.order or view.first_order()
    orders = view.seen(view.order_columns)
    for name in view.seen(view.list_columns):
        if name == leave_out:
            continue
        state = order[1] if order and order[0] == name else ""
        link = None
        if name in orders:
            turned = "desc" if state == "asc" else "asc"
            link = here(without=(f"page_{view.view_name}",), **{f"_oc_{view.view_name}": name, f"_od_{view.view_name}": turned})
        css = view.column_class.get(name) or CLASSES.get(view.kind(name), "")
        if name in view.badges:
            css = "bn-c-badge"
        made.append(ListColumn(name, str(view.label_columns[name]), css, link, state, boxes.get(name)))
    return made


def orderable(model: type, columns: list[str]) -> list[str]:
    """Return the columns of a list that a table can order by: its own, never hidden or related ones."""
    return [name for name in columns if column_of(model, name) is not None and kind_of(model, name) not in ("json", "bytes", "long_text")]
