"""Unbroken numbers: one row per series, counted inside the transaction that uses the number."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from app.kernel.db import is_sqlite
from app.kernel.models import NumberSeries
from app.kernel.unit_of_work import in_transaction, transaction


def take_numbers(organisation_id: int, series: str, year: int, count: int = 1) -> int:
    """Give out `count` following numbers of a series and return the first.

    The row stays locked until the transaction ends, so writers stand in line and a failed one leaves no gap.
    Series that go on over the years use year 0. Raises RuntimeError outside a transaction.
    """
    if not in_transaction():
        raise RuntimeError("numbers are taken inside the transaction that uses them")
    with transaction() as session:
        key = {"organisation_id": organisation_id, "series": series, "year": year}
        insert = sqlite.insert if is_sqlite(session.connection()) else postgresql.insert
        session.execute(insert(NumberSeries).values(**key, last_number=0).on_conflict_do_nothing(index_elements=list(key)))
        last = session.execute(
            update(NumberSeries)
            .where(NumberSeries.organisation_id == organisation_id, NumberSeries.series == series, NumberSeries.year == year)
            .values(last_number=NumberSeries.last_number + count)
            .returning(NumberSeries.last_number)
            .execution_options(synchronize_session=False)
        ).scalar_one()
        return last - count + 1
