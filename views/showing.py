"""Shows rows: values ready to read, the card of one row, its tabs and its history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, url_for
from flask_appbuilder import expose, has_access
from sqlalchemy import inspect

from views import formats
from views.addresses import page_asked
from views.columns import kind_of, words_of
from views.filters import RelatedIs
from views.formats import BY_KIND, choice, scaled
from views.history import lines_of
from views.links import related
from views.listing import ListPart
from views.panels import Panel
from views.seeing import seen_sets


class Showing:
    """The card of a generated screen, and the values on cards and lists."""

    view_name: str
    datamodel: Any
    label_columns: Any

    seen: Callable[[Any], list[str]]
    computed: dict[str, Callable[[Any], Any]] = {}

    def kind(self, name: str) -> str:
        """Return what kind of column this is on this screen."""
        found = kind_of(self.datamodel.obj, name)
        return "cents" if found == "computed" and name.endswith("_cents") else found

    def _formatter(self, model: type, name: str) -> Callable[[Any], Any]:
        if name in self.formatters_columns:
            return self.formatters_columns[name]
        if name in self.scaled_columns:
            return lambda value: scaled(value, self.scaled_columns[name])
        kind = self.kind(name)
        if kind in ("related", "several"):
            return related
        words = {**words_of(model, name), **self.choices.get(name, {})}
        if kind == "json" and words:
            return lambda value: BY_KIND["json"]([str(words.get(item, item)) for item in value or []])
        if words:
            return choice(words, is_state=name in self.badges)
        return BY_KIND.get(kind, BY_KIND["computed"])

    def formatter(self, name: str) -> Callable[[Any], Any]:
        """Return what shows a value of this column."""
        return self._formatters.get(name) or self._formatter(self.datamodel.obj, name)

    def more_values(self, items: list[Any]) -> dict[str, dict[int, Any]]:  # noqa: ARG002 - for subclasses
        """Return values that need a question of their own, by column and number of the row: one question for all rows."""
        return {}

    def shown_values(self, items: list[Any], columns: list[str], *, brief: bool = False) -> list[dict[str, Any]]:
        """Return the values of rows, ready to show; `brief` keeps JSON to one line."""
        more = self.more_values(items) if items else {}
        made = []
        for item in items:
            values = {}
            for name in columns:
                if name in more:
                    value = more[name].get(item.id)
                else:
                    value = self.computed[name](item) if name in self.computed else getattr(item, name)
                    value = value() if callable(value) else value
                in_one_line = brief and self.kind(name) == "json" and name not in self.choices and name not in self.formatters_columns
                values[name] = formats.brief(value) if in_one_line else self.formatter(name)(value)
            made.append(values)
        return made

    def more_facts(self, item: Any) -> list[tuple[Any, list[tuple[str, Any, Any]]]]:  # noqa: ARG002 - for subclasses
        """Return cards of facts beside the declared ones: a title with (name, label, shown value) of each."""
        return []

    @expose("/show/<pk>")
    @has_access
    def show(self, pk: str) -> Any:
        """Show one row with its tabs."""
        item = self.datamodel.get(pk)
        if item is None:
            abort(404)
        values = self.shown_values([item], self.seen(dict.fromkeys([*self.show_columns, *self.facts])))[0]
        more = self.more_facts(item)
        values |= {name: value for _title, facts in more for name, _label, value in facts}
        writable = self.can_change and self.datamodel.may_write(item)
        return self.render_template(
            self.show_template,
            title=str(item),
            view=self,
            item=item,
            header=self.header(item, values),
            fieldsets=[
                *seen_sets(self.datamodel.obj, self.show_fieldsets or [("", {"fields": self.show_columns})]),
                *((title, {"fields": [name for name, _label, _value in facts]}) for title, facts in more),
            ],
            labels={**self.label_columns, **{name: label for _title, facts in more for name, label, _value in facts}},
            values=values,
            actions=[
                one for one in self.actions.values() if one.single and self.may(f"can_{one.name}") and self.action_shown(one.name, item)
            ],
            files=[(name, *method._download[1:]) for name, method in self.downloads().items()] if self.may("can_download") else [],
            edit=url_for(f"{self.endpoint}.edit", pk=item.id) if writable and self.may("can_edit") else None,
            delete=url_for(f"{self.endpoint}.delete", pk=item.id) if writable and self.may("can_delete") else None,
            tabs=self.tab_parts(item),
            panels=self.panels(item),
            history=lines_of(self, item) if self.has_history else [],
        )

    def named(self, item: Any) -> str:
        """Return what a row is called where somebody decides about it alone."""
        return str(item)

    def header(self, item: Any, values: dict[str, Any]) -> dict[str, Any]:
        """Return the head of the card: title, sub lines, badges and key facts. Override it to say more."""
        return {
            "title": str(item),
            "sub": [str(self.one)],
            "badges": [values[name] for name in self.seen(self.show_columns) if name in self.badges and "bn-badge" in str(values[name])],
            "facts": [(self.label_columns[name], values[name], "") for name in self.seen(self.facts)],
        }

    def panels(self, item: Any) -> list[Panel]:  # noqa: ARG002 - for subclasses
        """Return tabs of groups of cards, before the lists: what a list cannot say. Override it to add some."""
        return []

    def tab_parts(self, item: Any) -> list[tuple[str, list[ListPart]]]:
        """Return the tabs that the user may see, each with its lists."""
        screens = {type(view).__name__: view for view in self.appbuilder.baseviews}
        made = []
        for title, names in self.tabs:
            parts = [self._tab_list(screens[name], item) for name in names if name in screens and screens[name].may("can_list")]
            if parts:
                made.append((str(title), parts))
        return made

    def _tab_list(self, screen: Any, item: Any) -> ListPart:
        column = screen.parent_column(self.datamodel.obj)
        filters = screen.datamodel.get_filters()
        filters.add_filter(column, RelatedIs, item.id)
        return screen.list_part(filters, page_asked(screen.view_name, screen.seen(screen.order_columns)), (column, item.id))

    def parent_column(self, parent: Any) -> str:
        """Return by which column this screen hangs in a tab of another table's record."""
        model, name = self.datamodel.obj, parent.__tablename__
        links = [link.key for link in inspect(model).relationships if link.mapper.class_ is parent and not link.uselist]
        if name in self.parent_columns:
            return self.parent_columns[name]
        if name in links or len(links) == 1:
            return name if name in links else links[0]
        raise TypeError(f"{self.view_name}: say in parent_columns by which of {links} it belongs to {name}")
