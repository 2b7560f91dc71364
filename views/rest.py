"""AdminApi, the base of every resource of the REST API, and the description of all of them (OpenAPI)."""

from __future__ import annotations

import secrets
import sys
from typing import Any

from apispec import APISpec
from flask import Response, g
from flask_appbuilder import ModelRestApi
from flask_appbuilder.api import BaseApi, expose, protect, safe
from flask_appbuilder.api.manager import OpenApi
from werkzeug.exceptions import BadRequest

from security import errors
from views.columns import kind_of
from views.filters import RequestLocalFilters
from views.interface import ScopedInterface
from views.seeing import hidden_of, seen_of


class DutchAnswers(BaseApi):
    """Refusals as everywhere: what is wrong and what to do, in Dutch, and never what is inside."""

    def _refused(self, status: int, message: str | None = None, **more: Any) -> Response:
        return self.response(status, error=f"http_{status}", message=message or errors.TEXTS[status][1], **more)

    def response_400(self, message: str | None = None) -> Response:
        """Answer that the question is not understood."""
        return self._refused(400, (message or "").removeprefix("400 Bad Request: ") or None)

    def response_401(self) -> Response:
        """Answer that a token is needed."""
        return self._refused(401, "Stuur een geldig token mee: Authorization: Bearer …. Je maakt het bij Mijn account.")

    def response_403(self) -> Response:
        """Answer that the token does not open this."""
        return self._refused(403, "Dit token opent dit onderdeel niet, of je hebt er in deze omgeving geen rechten voor.")

    def response_404(self) -> Response:
        """Answer that it is not there, or not for this asker."""
        return self._refused(404)

    def response_500(self, message: str | None = None) -> Response:  # noqa: ARG002 - what Flask-AppBuilder says of it is not for askers
        """Answer that something went wrong on our side, with the number under which it is in the log."""
        reference = secrets.token_hex(4).upper()
        errors.log_fault(sys.exc_info()[1], reference)
        return self._refused(500, f"Er ging iets mis aan onze kant. Meld het bij je beheerder met nummer {reference}.", reference=reference)


class DescriptionApi(DutchAnswers, OpenApi):
    """What there is to read, as OpenAPI 3."""

    resource_name = "description"


class AdminApi(RequestLocalFilters, DutchAnswers, ModelRestApi):
    """Reading over the REST API: explicit columns, allow-listed order and search, pages of at most 100, rows of the actor.

    Writing goes through the use cases that an area exposes itself, so that its rules hold.
    """

    include_route_methods = {"get", "get_list", "info"}
    max_page_size = 100
    page_size = 25
    allow_browser_login = True  # who asks is known by the token (security/web.py), not by Flask-AppBuilder's own

    def _init_properties(self) -> None:
        left_out = [
            name for name in ("list_columns", "show_columns", "search_columns", "order_columns", "base_order") if not getattr(self, name)
        ]
        if left_out or not isinstance(self.datamodel, ScopedInterface):
            raise TypeError(f"{type(self).__name__} must declare {', '.join(left_out) or 'datamodel = ScopedInterface(...)'}")
        self.add_columns = self.edit_columns = ["id"]
        super()._init_properties()

    # ---------------------------------------------------------------- made when first asked for: nobody reads all resources

    def _init_model_schemas(self) -> None:
        """Make nothing yet."""

    def _prepare(self) -> None:
        """Say how rows are written, in a list and alone."""
        made = self.model2schemaconverter.convert
        if self.list_model_schema is None:
            self.list_model_schema = made(self.list_columns, parent_schema_name=self.list_model_schema_name)
        if self.show_model_schema is None:
            self.show_model_schema = made(self.show_columns, parent_schema_name=self.show_model_schema_name)

    def add_apispec_components(self, api_spec: APISpec) -> None:
        """Describe what can be read; nothing can be written."""
        self._prepare()
        super(ModelRestApi, self).add_apispec_components(api_spec)
        api_spec.components.schema(self.list_model_schema_name, schema=self.list_model_schema)
        api_spec.components.schema(self.show_model_schema_name, schema=self.show_model_schema)

    # ---------------------------------------------------------------- answers

    @expose("/_info", methods=["GET"])
    @protect()
    @safe
    def info(self, **_kwargs: Any) -> Response:
        """Tell the columns, by which one can order, and the comparisons of each that one can filter on.
        ---
        get:
          responses:
            200:
              description: What can be read, ordered and filtered
              content:
                application/json:
                  schema:
                    type: object
        """
        model = self.datamodel.obj
        hidden = hidden_of(model)
        return self.response(
            200,
            columns=[
                {"name": name, "label": str(self.label_columns.get(name, name)), "kind": kind_of(model, name)}
                for name in seen_of(model, self.show_columns)
            ],
            order_columns=seen_of(model, self.order_columns),
            filters={
                name: [{"operator": one.arg_name, "name": str(one.name)} for one in offered]
                for name, offered in self._filters.get_search_filters().items()
                if name not in hidden
            },
        )

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
        column = rison_args.get("order_column", "")
        if column and column not in seen_of(self.datamodel.obj, self.order_columns):
            raise BadRequest(f"Op “{column}” kan hier niet geordend worden. Kijk bij _info wat kan.")
        column, way = super()._handle_order_args(rison_args)
        return (column, way) if column not in hidden_of(self.datamodel.obj) else ("id", "desc")

    def get_list_headless(self, **kwargs: Any) -> Response:
        """Answer a list; a filter value that cannot be read is refused with what to write instead."""
        self._prepare()
        answer = super().get_list_headless(**kwargs)
        refusals = g.get("filter_refusals", [])
        return self.response_400(message=" ".join(refusals)) if refusals else answer

    def get_headless(self, pk: Any, **kwargs: Any) -> Response:
        """Answer one row."""
        self._prepare()
        return super().get_headless(pk, **kwargs)
