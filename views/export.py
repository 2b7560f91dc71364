"""A list as a file for a spreadsheet: streamed, with the filters of the screen, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from flask import Response, stream_with_context
from sqlalchemy import func, select
from werkzeug.utils import secure_filename

from app.kernel import clock
from app.kernel.actor import acting_as, the_actor
from app.kernel.audit import record
from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from views.formats import as_text

_BATCH = 500
_SENSITIVE = {"iban", "original_iban", "counter_iban", "birth_date"}  # who takes these in bulk is told by name in the trail
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """Return text that a spreadsheet shows and never runs; numbers stay numbers."""
    if text.startswith(_FORMULA) and not text.lstrip("-").replace(".", "").replace(",", "").isdigit():
        return "'" + text
    return text


def _filters_in(filters: Any) -> list[list[str]]:
    """Return the filters of a list as the trail keeps them: column, how, value."""
    return [[filter_.column_name, type(filter_).__name__, str(value)[:80]] for filter_, value in filters.get_filters_values()]


def export_rows(view: Any, filters: Any) -> Response:
    """Return the file, and keep in the trail who took it."""
    actor = the_actor()
    more, shown = view.more_export(), view.seen(view.list_columns)
    told = {"screen": view.view_name, "filter": _filters_in(filters), "sensitive": sorted(_SENSITIVE & set(shown))}
    with transaction() as session:
        counted = view.datamodel.rows(filters).with_only_columns(view.datamodel.obj.id).order_by(None).subquery()
        rows = session.scalar(select(func.count()).select_from(counted))
        record("export", view.datamodel.obj.__tablename__, None, actor.organisation_id, rows=rows, **told)

    def lines() -> Iterator[str]:
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
        buffer.write("\ufeff")
        writer.writerow([safe_cell(str(view.label_columns[name])) for name in shown] + [safe_cell(head) for head, _text in more])
        with acting_as(actor):
            asked = view.datamodel.with_related(view.datamodel.ordered(view.datamodel.rows(filters), view.first_order()), shown)
            for rows in db.session.scalars(asked.execution_options(yield_per=_BATCH)).partitions():
                for item, values in zip(rows, view.shown_values(list(rows), shown), strict=True):
                    cells = [as_text(values[name]) for name in shown] + [text(item) for _head, text in more]
                    writer.writerow([safe_cell(cell) for cell in cells])
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue()

    name = secure_filename(f"{view.many}-{clock.today():%Y%m%d}.csv") or "lijst.csv"
    answer = Response(stream_with_context(lines()), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
