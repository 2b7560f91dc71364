"""Comparisons of custom fields in lists: on the value as it is kept with the row."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import BigInteger, cast, or_

from app.custom_fields.values import Field, parse_number
from app.kernel.identifiers import clean_text
from app.kernel.money import parse_cents
from app.kernel.periods import parse_date
from views.filters import ListFilter


class CustomFilter(ListFilter):
    """One comparison of one custom field."""

    field: Field

    def apply(self, query: Any, value: Any) -> Any:
        """Narrow the query."""
        return self.narrowed(query, lambda: self.condition(self.model.custom_values[self.field.key], value))

    def sides(self, column: Any, value: Any) -> tuple[Any, Any]:
        """Return the kept value and what was typed, alike. Raises DomainError."""
        text = clean_text(str(value))
        if self.field.kind in ("number", "amount"):
            return cast(column.as_string(), BigInteger), (parse_number if self.field.kind == "number" else parse_cents)(text)
        if self.field.kind == "date":
            return column.as_string(), parse_date(text).isoformat()
        return column.as_string(), text


class CustomContains(CustomFilter):
    """Has this text in it."""

    name = _("contains")
    arg_name = "ct"

    def condition(self, column: Any, value: Any) -> Any:
        """Return the comparison as SQL."""
        return column.as_string().icontains(clean_text(str(value)), autoescape=True)


class CustomIs(CustomFilter):
    """Is exactly this."""

    name = _("is")
    arg_name = "eq"

    def condition(self, column: Any, value: Any) -> Any:
        """Return the comparison as SQL."""
        kept, asked = self.sides(column, value)
        return kept == asked


class CustomIsNot(CustomFilter):
    """Is something else, or nothing."""

    name = _("is not")
    arg_name = "neq"

    def condition(self, column: Any, value: Any) -> Any:
        """Return the comparison as SQL."""
        kept, asked = self.sides(column, value)
        return or_(kept != asked, column.as_string().is_(None))


class CustomFrom(CustomFilter):
    """Is this or more."""

    name = _("from")
    arg_name = "ge"

    def condition(self, column: Any, value: Any) -> Any:
        """Return the comparison as SQL."""
        kept, asked = self.sides(column, value)
        return kept >= asked


class CustomUntil(CustomFilter):
    """Is this or less."""

    name = _("up to and including")
    arg_name = "le"

    def condition(self, column: Any, value: Any) -> Any:
        """Return the comparison as SQL."""
        kept, asked = self.sides(column, value)
        return kept <= asked


class CustomYesNo(CustomFilter):
    """Is ticked, or not."""

    name = _("is")
    arg_name = "eq"

    def condition(self, column: Any, value: Any) -> Any:
        """Return the comparison as SQL: no is not kept."""
        is_there = column.as_string()
        return is_there.is_not(None) if str(value) in ("y", "ja", "true", "True", "1") else is_there.is_(None)


class CustomHas(CustomFilter):
    """Has this among its choices."""

    name = _("is")
    arg_name = "eq"

    def condition(self, column: Any, value: Any) -> Any:
        """Return the comparison as SQL; the list is kept as JSON, whose letters with accents a database may write in two ways."""
        text = clean_text(str(value))
        written = {json.dumps(text), json.dumps(text, ensure_ascii=False)}
        return or_(*(column.as_string().contains(one, autoescape=True) for one in written))


_BY_KIND: dict[str, tuple[type[CustomFilter], ...]] = {
    "text": (CustomContains, CustomIs, CustomIsNot),
    "choice": (CustomIs, CustomIsNot),
    "choices": (CustomHas,),
    "number": (CustomIs, CustomFrom, CustomUntil, CustomIsNot),
    "amount": (CustomIs, CustomFrom, CustomUntil, CustomIsNot),
    "date": (CustomFrom, CustomUntil, CustomIs),
    "yes_no": (CustomYesNo,),
}


def filters_of(field: Field, name: str, datamodel: Any) -> list[CustomFilter]:
    """Return the comparisons of a field; the first is what its control begins with."""
    made = [kind(name, datamodel) for kind in _BY_KIND[field.kind]]
    for filter_ in made:
        filter_.field = field
    return made
