"""Choosing one row of another table: found by typing, only among the actor's rows, never a whole table at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, inspect, or_, select

from app.kernel.db import db
from app.kernel.identifiers import folded
from app.kernel.tables import Shared
from app.relations.models import Relation
from app.relations.queries import matching

PAGE = 20
LONGEST_TERM = 100
LARGEST_ID = 2**31 - 1
_NAMES = ("name", "title", "display_name", "code", "reference", "iban", "surname", "username", "first_name", "last_name", "description")
_NUMBERS = ("number", "year")
_OWNERS = {"invoice": "debtor_id"}  # also found by the name of whom it is of
_ORDER = ("sort_key", "name", "number", "title", "code", "username")
# Tables that stay small in every installation, besides the settings (`Shared`): their choices show without typing.
SMALL = {
    "organisation",
    "season",
    "book_year",
    "bank_account",
    "household_role",
    "ab_role",
    "job",
    "administration",
    "vat_code",
    "cost_centre",
    "target_group",
}


def row_id(text: Any) -> int | None:
    """Return the number of a row as it comes from an address or form, or None when it cannot be one."""
    found = str(text)
    if not found.isascii() or not found.isdigit() or int(found) > LARGEST_ID:
        return None
    return int(found)


@dataclass(frozen=True)
class Lookup:
    """The rows of `model` that may be chosen; `narrow` leaves out what does not fit."""

    model: Any
    narrow: Callable[[Select[Any]], Select[Any]] | None = None

    @property
    def minimum(self) -> int:
        """Return how many characters are typed before choices show."""
        small = issubclass(self.model, Shared) or self.model.__tablename__ in SMALL
        return 0 if small else 2

    def rows(self) -> Select[Any]:
        """Return the question for all that may be chosen; the session adds the actor's scope."""
        asked = select(self.model)
        return self.narrow(asked) if self.narrow else asked

    def find(self, number: Any) -> Any:
        """Return the row of this number, or None when it is not there for this actor."""
        wanted = row_id(number)
        return None if wanted is None else db.session.scalar(self.rows().where(self.model.id == wanted))

    def search(self, term: str, page: int) -> tuple[list[Any], bool]:
        """Return a page of the rows that fit what was typed, and whether there are more."""
        term = term.replace("\x00", "").strip()[:LONGEST_TERM]
        if len(term) < self.minimum:
            return [], False
        asked = self.rows()
        if self.model is Relation and (found := matching(term)) is not None:
            asked = asked.where(found)
        else:
            for word in term.split():
                asked = asked.where(self._fits(word))
        found = db.session.scalars(asked.order_by(*self._nearest(term), *self._order()).offset(page * PAGE).limit(PAGE + 1)).all()
        return list(found[:PAGE]), len(found) > PAGE

    def _fits(self, word: str) -> Any:
        columns = inspect(self.model).column_attrs
        if "search_name" in columns:
            tests = [self.model.search_name.contains(folded(word), autoescape=True)]
        else:
            tests = [getattr(self.model, name).icontains(word, autoescape=True) for name in _NAMES if name in columns]
        for name in _NUMBERS:
            if name not in columns:
                continue
            column = getattr(self.model, name)
            if columns[name].columns[0].type.python_type is str:
                tests.append(column.istartswith(word, autoescape=True))
                if self.model.__tablename__ in _OWNERS:
                    tests.append(column.iendswith(word, autoescape=True))  # the last figures are what one remembers
            elif (number := row_id(word)) is not None:
                tests.append(column == number)
        if owner := _OWNERS.get(self.model.__tablename__):
            named = select(Relation.id).where(Relation.search_name.contains(folded(word), autoescape=True))
            tests.append(getattr(self.model, owner).in_(named))
        return or_(*tests) if tests else self.model.id == (row_id(word) or 0)

    def _nearest(self, term: str) -> list[Any]:
        """Put what is called exactly so first, then what begins so: who types “Lid” and Enter means Lid, not Bestuurslid."""
        name = next((one for one in _ORDER if one in ("name", "title") and one in inspect(self.model).column_attrs), None)
        if not term or name is None:
            return []
        column = getattr(self.model, name)
        exact, begins = func.lower(column) == term.lower(), column.istartswith(term, autoescape=True)
        return [case((exact, 0), (begins, 1), else_=2)]

    def _order(self) -> list[Any]:
        columns = inspect(self.model).column_attrs
        return [*(getattr(self.model, name) for name in _ORDER if name in columns), self.model.id]
