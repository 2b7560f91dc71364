"""AdminApi, the base of every resource of the REST API."""

from __future__ import annotations

from typing import Any

from flask import Response, g
from flask_appbuilder import ModelRestApi

from views.filters import RequestLocalFilters
from views.interface import ScopedInterface
from views.seeing import hidden_of


class AdminApi(RequestLocalFilters, ModelRestApi):
    """Reading over the REST API: explicit columns, allow-listed order and search, pages of at most 100, rows of the actor.

    Writing goes through the use cases that an area exposes itself, so that its rules hold.
    """

    include_route_methods = {"get", "get_list", "info"}
    max_page_size = 100
    page_size = 25
    allow_browser_login = False

    def _init_properties(self) -> None:
        left_out = [
            name for name in ("list_columns", "show_columns", "search_columns", "order_columns", "base_order") if not getattr(self, name)
        ]
        if left_out or not isinstance(self.datamodel, ScopedInterface):
            raise TypeError(f"{type(self).__name__} must declare {', '.join(left_out) or 'datamodel = ScopedInterface(...)'}")
        self.add_columns = self.edit_columns = ["id"]
        super()._init_properties()

    def pre_get(self, data: Any) -> None:
        """Leave out what the user may not see."""
        self._leave_out(data, data.get("result"))

    def pre_get_list(self, data: Any) -> None:
        """Leave out what the user may not see."""
        self._leave_out(data, *data.get("result", ()))

    def _leave_out(self, data: Any, *rows: Any) -> None:
        hidden = hidden_of(self.datamodel.obj)
        for found in (*rows, data.get("label_columns"), data.get("description_columns")):
            for name in hidden & {*(found or ())}:
                del found[name]
        for name in ("list_columns", "show_columns", "order_columns"):
            if name in data:
                data[name] = [column for column in data[name] if column not in hidden]

    def _handle_order_args(self, rison_args: dict[str, Any]) -> tuple[str, str]:
        column, way = super()._handle_order_args(rison_args)
        return (column, way) if column not in hidden_of(self.datamodel.obj) else ("id", "desc")

    def get_list_headless(self, **kwargs: Any) -> Response:
        """Answer a list; a filter value that cannot be read is refused with what to write instead."""
        answer = super().get_list_headless(**kwargs)
        refusals = g.get("filter_refusals", [])
        return self.response_400(message=" ".join(refusals)) if refusals else answer
