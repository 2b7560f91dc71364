"""Filters of lists: parsed the Dutch way, on allow-listed columns, kept per request."""

from __future__ import annotations

import copy
import re
from datetime import date, datetime, time
from typing import Any

from flask import g, has_request_context, request
from flask_appbuilder.models.filters import BaseFilter, BaseFilterConverter, FilterRelation, Filters
from flask_babel import lazy_gettext
from sqlalchemy import false, inspect
from werkzeug.exceptions import BadRequest

from app.kernel import clock
from app.kernel.errors import DomainError
from app.kernel.identifiers import clean_text, folded
from app.kernel.money import parse_cents
from app.kernel.periods import parse_date
from app.relations.models import Relation
from app.relations.queries import matching
from views.columns import key_of, kind_of, words_of
from views.lookups import row_id
from views.seeing import hidden_of

_ARGUMENT = re.compile(r"^_flt_(\d)_([a-z_0-9]+)$")


def parsed(model: Any, name: str, value: Any) -> Any:
    """Read what a user typed to filter a column. Raises DomainError when it cannot be that."""
    text = clean_text(str(value))
    kind = kind_of(model, name)
    if kind == "cents":
        return parse_cents(text)
    if kind in ("date", "moment"):
        return parse_date(text)
    if kind == "boolean":
        return text in ("y", "ja", "true", "True", "1")
    if kind == "choice" and text not in words_of(model, name):
        raise DomainError("unknown_choice", f"“{text}” is geen van de keuzes. Kies er een uit de lijst.", value=text)
    if kind in ("number", "percent"):
        if row_id(text.lstrip("-")) is None:
            raise DomainError("number_unreadable", f"“{text}” is geen geheel getal. Schrijf bijvoorbeeld 12.", value=text)
        return int(text)
    return text


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=clock.AMSTERDAM)


class ListFilter(BaseFilter):
    """One comparison; a value that cannot be read gives no rows and a sentence that says why."""

    def apply(self, query: Any, value: Any) -> Any:
        """Narrow the query."""
        return self.narrowed(query, lambda: self.condition(getattr(self.model, self.column_name), value))

    def narrowed(self, query: Any, condition: Any) -> Any:
        """Narrow the query by what `condition` gives; when it refuses, to nothing, with the sentence."""
        try:
            return query.filter(condition())
        except DomainError as refusal:
            if has_request_context() and refusal.message not in g.setdefault("filter_refusals", []):
                g.filter_refusals.append(refusal.message)
            return query.filter(false())

    def condition(self, column: Any, value: Any) -> Any:
        """Return the comparison as SQL. Raises DomainError."""
        raise NotImplementedError

    def read(self, value: Any) -> Any:
        """Read the value for this column. Raises DomainError."""
        return parsed(self.model, self.column_name, value)

    def bounds(self, value: Any) -> tuple[Any, Any]:
        """Return the value twice; of a day against a moment, its first moment and that of the next day."""
        found = self.read(value)
        if kind_of(self.model, self.column_name) != "moment":
            return found, found
        return _midnight(found), _midnight(found + clock.days(1))


class Contains(ListFilter):
    """Has this text in it; names are found without capitals and accents."""

    name = lazy_gettext("contains")
    arg_name = "ct"

    def condition(self, column: Any, value: Any) -> Any:
        """Return the comparison as SQL."""
        text = clean_text(str(value))
        if self.model is Relation and self.column_name == "display_name" and (found := matching(text)) is not None:
            return found  # any part: also number, e-mail, town, phone and IBAN
        if self.column_name in ("display_name", "name") and "search_name" in inspect(self.model).column_attrs:
            return self.model.search_name.contains(folded(text), autoescape=True)
        return column.icontains(text, autoescape=True)


class Begins(ListFilter):
    """Begins with this text."""

    name = lazy_gettext("begins with")
    arg_name = "sw"

    def condition(self, column: Any, value: Any) -> Any:
        """Return the comparison as SQL."""
        text = clean_text(str(value))
        if self.column_name == "display_name" and "sort_key" in inspect(self.model).column_attrs:
            return self.model.sort_key.startswith(folded(text.replace(",", "")), autoescape=True)
        return column.istartswith(text, autoescape=True)


class Is(ListFilter):
    """Is exactly this."""

    name = lazy_gettext("is")
    arg_name = "eq"

    def condition(self, column: Any, value: Any) -> Any:
        """Return the comparison as SQL."""
        low, high = self.bounds(value)
        return column == low if low == high else (column >= low) & (column < high)


class IsNot(ListFilter):
    """Is something else, or nothing."""

    name = lazy_gettext("is not")
    arg_name = "neq"

    def condition(self, column: Any, value: Any) -> Any:
        """Return the comparison as SQL."""
        low, high = self.bounds(value)
        other = column != low if low == high else (column < low) | (column >= high)
        return other | column.is_(None)


class From(ListFilter):
    """Is this or more."""

    name = lazy_gettext("from")
    arg_name = "ge"

    def condition(self, column: Any, value: Any) -> Any:
        """Return the comparison as SQL."""
        return column >= self.bounds(value)[0]


class Until(ListFilter):
    """Is this or less."""

    name = lazy_gettext("up to and including")
    arg_name = "le"

    def condition(self, column: Any, value: Any) -> Any:
        """Return the comparison as SQL."""
        low, high = self.bounds(value)
        return column <= low if low == high else column < high


class RelatedIs(FilterRelation):
    """Points at this row."""

    name = lazy_gettext("is")
    arg_name = "rel_o_m"

    def apply(self, query: Any, value: Any) -> Any:
        """Narrow the query to rows that point at the row with this number; an impossible number gives none."""
        number = row_id(value)
        return query.filter(false() if number is None else getattr(self.model, key_of(self.model, self.column_name)) == number)


class Converter(BaseFilterConverter):
    """Which comparisons each kind of column has; the first is what a column head uses."""

    by_kind = {
        "text": (Contains, Begins, Is, IsNot),
        "long_text": (Contains,),
        "choice": (Is, IsNot),
        "boolean": (Is, IsNot),
        "number": (Is, From, Until, IsNot),
        "cents": (Is, From, Until, IsNot),
        "percent": (Is, From, Until),
        "date": (From, Until, Is),
        "moment": (From, Until, Is),
        "related": (RelatedIs,),
    }

    def convert(self, col_name: str) -> list[BaseFilter]:
        """Return the comparisons of a column."""
        return [made(col_name, self.datamodel) for made in self.by_kind.get(kind_of(self.datamodel.obj, col_name), ())]


class ListFilters(Filters):
    """The comparisons in force; only those of search columns are taken from outside."""

    def read(self, arguments: Any) -> None:
        """Take the filters of an address: `_flt_<comparison>_<column>=value`."""
        self.clear_filters()
        for key in arguments:
            found = _ARGUMENT.match(key)
            offered = self._search_filters.get(found[2]) if found else None
            if found and offered and int(found[1]) < len(offered):
                for value in arguments.getlist(key):
                    if value.strip():
                        self._add_filter(offered[int(found[1])], value)

    def rest_add_filters(self, data: list[dict[str, Any]]) -> None:
        """Take the filters of an API request. Raises BadRequest for a column or comparison that is not offered."""
        for asked in data:
            offered = self._search_filters.get(str(asked.get("col")), [])
            fitting = next((filter_ for filter_ in offered if filter_.arg_name == asked.get("opr")), None)
            if fitting is None:
                raise BadRequest(f"Op “{asked.get('col')}” kan hier niet zo gefilterd worden. Kijk bij _info wat kan.")
            self._add_filter(fitting, asked.get("value"))


class RequestLocalFilters:
    """Keeps the filters per request: Flask-AppBuilder keeps one set per screen, shared by all who look at once."""

    datamodel: Any
    _filters_pattern: Any = None

    @property
    def _filters(self) -> Any:
        if self._filters_pattern is None or not has_request_context():
            return self._filters_pattern
        kept = g.setdefault("list_filters", {})
        if id(self) not in kept:
            own = copy.copy(self._filters_pattern)
            own.filters, own.values = [], []
            hidden = hidden_of(self.datamodel.obj)
            known = {name: offered for name, offered in own._search_filters.items() if name not in hidden}
            own._search_filters = {**known, **self.more_filters()}
            kept[id(self)] = own
        return kept[id(self)]

    @_filters.setter
    def _filters(self, value: Any) -> None:
        self._filters_pattern = value

    def more_filters(self) -> dict[str, list[Any]]:
        """Return comparisons beside those of the search columns, by name. Override it for what depends on who looks."""
        return {}

    def read_filters(self) -> Any:
        """Return the filters of this request's address."""
        self._filters.read(request.args)
        return self._filters
