"""The one door from screens to rows: scope of the session, capped counts, related columns in one go, one unit of work."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import Select, asc, desc, func, select
from sqlalchemy.orm import selectinload

from app.kernel.actor import current_actor
from app.kernel.bulk import among
from app.kernel.db import db
from app.kernel.tables import Lent, OfRelation, Owned, Shared
from app.kernel.unit_of_work import transaction
from views.columns import column_of, link_of
from views.filters import Converter, ListFilters
from views.lookups import row_id

COUNT_CAP = 1000  # beyond this a list says "meer dan 1.000": counting a million rows costs more than it tells


class ScopedInterface(SQLAInterface):
    """Rows of one table as the acting person may see them.

    The session itself adds the scope to every statement (`security/scope.py`); this class takes away what
    Flask-AppBuilder does beside it: reads by number without filters, whole tables in choices, commits of its own.
    """

    filter_converter_class = Converter

    def __init__(self, obj: Any, session: Any = None, *, narrow: Any = None, load: tuple[str, ...] = ()) -> None:
        """Take the table; `narrow(select)` leaves rows out for good, `load` names related columns to read along (dotted goes deeper)."""
        super().__init__(obj, session)
        self.narrow, self.load = narrow, load

    @property
    def session(self) -> Any:
        """Return the session of this request."""
        return db.session

    def get_filters(self, search_columns: Any = None, search_filters: Any = None) -> ListFilters:
        """Return an empty set of filters over these columns."""
        return ListFilters(self.filter_converter_class, self, search_columns, search_filters)

    def rows(self, filters: Any = None) -> Select[Any]:
        """Return the question for the rows that pass the filters."""
        asked = select(self.obj)
        if self.narrow:
            asked = self.narrow(asked)
        return filters.apply_all(_Filtering(asked)).asked if filters else asked

    def counted(self, filters: Any = None) -> int:
        """Return how many rows there are, at most COUNT_CAP + 1."""
        inner = self.rows(filters).with_only_columns(self.obj.id).order_by(None).limit(COUNT_CAP + 1).subquery()
        return self.session.scalar(select(func.count()).select_from(inner)) or 0

    def page_and_count(
        self, filters: Any, order: tuple[str, str] | None, page: int, size: int, columns: tuple[str, ...] | list[str] = ()
    ) -> tuple[list[Any], bool, int]:
        """Return one page, whether there is a next one, and how many rows there are, at most COUNT_CAP + 1.

        What is searched for is looked up once: when the rows that pass can be counted, the page is taken from those.
        """
        if filters is not None and filters.values:
            passing = self.rows(filters).with_only_columns(self.obj.id).order_by(None).limit(COUNT_CAP + 1)
            ids = self.session.scalars(passing).all()
            if len(ids) <= COUNT_CAP:
                asked = self.with_related(self.ordered(select(self.obj).where(among(self.obj.id, ids)), order), columns)
                found = self.session.scalars(asked.offset(page * size).limit(size + 1)).all() if ids else []
                return list(found[:size]), len(found) > size, len(ids)
            rows, has_next = self.page(filters, order, page, size, columns)
            return rows, has_next, len(ids)
        rows, has_next = self.page(filters, order, page, size, columns)
        is_last = not has_next and (rows or page == 0)
        return rows, has_next, page * size + len(rows) if is_last else self.counted(filters)

    def ordered(self, asked: Select[Any], order: tuple[str, str] | None) -> Select[Any]:
        """Return the question with an order that never leaves two rows in doubt."""
        if not order:
            return asked.order_by(self.obj.id)
        way = desc if order[1] == "desc" else asc
        column = self.obj.sort_key if order[0] == "display_name" and hasattr(self.obj, "sort_key") else getattr(self.obj, order[0])
        return asked.order_by(way(column), way(self.obj.id))

    def page(
        self, filters: Any, order: tuple[str, str] | None, page: int, size: int, columns: tuple[str, ...] | list[str] = ()
    ) -> tuple[list[Any], bool]:
        """Return one page of rows with their related columns, and whether there is a next one."""
        asked = self.with_related(self.ordered(self.rows(filters), order), columns)
        found = self.session.scalars(asked.offset(page * size).limit(size + 1)).all()
        return list(found[:size]), len(found) > size

    def with_related(self, asked: Select[Any], columns: tuple[str, ...] | list[str]) -> Select[Any]:
        """Return the question that reads the related columns for all rows at once."""
        paths = [*(column.split(".")[0] for column in columns), *self.load]
        for path in dict.fromkeys(paths):
            option, model = None, self.obj
            for part in path.split("."):
                link = link_of(model, part)
                if link is None:
                    break
                step = getattr(model, part)
                option = selectinload(step) if option is None else option.selectinload(step)
                model = link.mapper.class_
            if option is not None:
                asked = asked.options(option)
        return asked

    def get(self, id: Any, filters: Any = None, select_columns: Any = None, outer_default_load: bool = False) -> Any:  # noqa: A002, ARG002
        """Return the row of this number, or None when there is none for this actor."""
        wanted = row_id(id)
        if wanted is None:
            return None
        return self.session.scalar(self.rows(filters).where(self.obj.id == wanted))

    def get_many(self, ids: list[str]) -> list[Any] | None:
        """Return the rows of all these numbers in their order, or None when one of them is not there for this actor."""
        wanted = list(dict.fromkeys(row_id(text) for text in ids))
        if not wanted or None in wanted:
            return None
        found = {row.id: row for row in self.session.scalars(self.rows().where(self.obj.id.in_(wanted)))}
        return [found[number] for number in wanted] if len(found) == len(wanted) else None

    def may_write(self, item: Any) -> bool:
        """Whether the acting person may change this row: settings of organisations above are only read."""
        actor = current_actor()
        if actor is None:
            return False
        if isinstance(item, OfRelation) or not isinstance(item, Owned | Lent | Shared):
            return column_of(self.obj, "path") is None or actor.may_write(item.id)
        return actor.may_write(item.organisation_id)

    def query(
        self,
        filters: Any = None,
        order_column: str = "",
        order_direction: str = "",
        page: int | None = None,
        page_size: int | None = None,
        select_columns: Any = None,
        outer_default_load: bool = False,  # noqa: ARG002 - the face is Flask-AppBuilder's
    ) -> tuple[int, list[Any]]:
        """Return the capped count and one page: the face that Flask-AppBuilder's API asks."""
        order = (order_column, order_direction) if order_column else None
        rows, _more = self.page(filters, order, page or 0, min(page_size or 100, 100), select_columns or ())
        return self.counted(filters), rows

    def get_related_obj(self, col_name: str, value: Any) -> Any:
        """Return the row that a related column would point at, or None when it is not there for this actor."""
        return type(self)(self.get_related_model(col_name)).get(value)

    def get_related_interface(self, col_name: str) -> ScopedInterface:
        """Return the door to the rows that a column points at."""
        return type(self)(self.get_related_model(col_name))

    def add(self, item: Any, commit: bool = True) -> None:  # noqa: ARG002
        """Keep a new row."""
        with transaction() as session:
            session.add(item)

    def edit(self, item: Any, commit: bool = True) -> None:  # noqa: ARG002
        """Refuse: changes are made inside the unit of work, on a row that was read in it."""
        raise RuntimeError("rows are changed by AdminView._keep, inside transaction()")

    def delete(self, item: Any, commit: bool = True) -> None:  # noqa: ARG002
        """Take a row away."""
        with transaction() as session:
            session.delete(session.get_one(self.obj, item.id))

    def delete_all(self, items: list[Any]) -> None:
        """Take rows away, all or none."""
        with transaction() as session:
            for item in items:
                session.delete(session.get_one(self.obj, item.id))


class _Filtering:
    """Lets filters that say `query.filter(...)` work on a select."""

    def __init__(self, asked: Select[Any]) -> None:
        self.asked = asked

    def filter(self, *conditions: Any) -> _Filtering:
        """Add conditions."""
        return _Filtering(self.asked.where(*conditions))
