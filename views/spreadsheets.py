"""Hands a spreadsheet over, in portions, and keeps in the trail who took it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flask import Response
from werkzeug.utils import secure_filename

from app.documents.spreadsheet import CONTENT_TYPE, Sheet, workbook
from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.audit import record
from app.kernel.unit_of_work import transaction

_PART = 64 * 1024


def spreadsheet(title: Any, table: str, sheets: Iterable[Sheet]) -> Response:
    """Return the file. `table` is what it is mostly about, for the trail."""
    with transaction():
        record("export", table, None, the_actor().organisation_id, screen=str(title))
    file = workbook(sheets)

    def parts() -> Iterator[bytes]:
        with file:
            while part := file.read(_PART):
                yield part

    answer = Response(parts(), content_type=CONTENT_TYPE)
    answer.call_on_close(file.close)
    name = secure_filename(f"{title}-{clock.today():%Y%m%d}.xlsx") or "overzicht.xlsx"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
