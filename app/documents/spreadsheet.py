"""Spreadsheets: sheets of typed columns, written row by row in constant memory, with nothing in them that a spreadsheet would run.

Amounts and dates are numbers and dates with the Dutch format, so that one can go on reckoning with them; text is always text.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO, Any, Final, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

CONTENT_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS: Final = ("text", "cents", "percent", "number", "date")
RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_FORMATS: Final = {
    "text": {},
    "cents": {"num_format": "[$€-413] #,##0.00;[Red]-[$€-413] #,##0.00"},
    "percent": {"num_format": "0.0%"},
    "number": {"num_format": "#,##0"},
    "date": {"num_format": "dd-mm-yyyy", "align": "left"},
}
_OPTIONS: Final = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_LONGEST_NAME, _LONGEST_TEXT = 31, 32_000


class Column(NamedTuple):
    """One column: `kind` is one of `KINDS`; cents are whole cents, percent basis points. `width` is in characters."""

    label: str
    kind: str = "text"
    width: int = 14


@dataclass(frozen=True)
class Sheet:
    """One sheet: lines of text on top, a head, rows and the cells of a total."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    total: Sequence[Any] = ()
    above: Sequence[str] = ()


def workbook(sheets: Iterable[Sheet]) -> IO[bytes]:
    """Write sheets to a temporary file and return it, at its beginning; it is gone when it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it when it was read
    book = Workbook(file, _OPTIONS)
    try:
        formats = _Formats(book)
        used: set[str] = set()
        for sheet in sheets:
            _write(book.add_worksheet(_name(sheet.name, used)), sheet, formats)
        book.close()
    except BaseException:
        with suppress(Exception):
            book.close()  # lets go of its own temporary files
        file.close()
        raise
    file.seek(0)
    return file


class _Formats:
    """The formats of one workbook: each exists once."""

    def __init__(self, book: Workbook) -> None:
        self.plain = {kind: book.add_format(values) for kind, values in _FORMATS.items()}
        self.total = {kind: book.add_format({**values, "bold": True, "top": 1}) for kind, values in _FORMATS.items()}
        self.harmless = book.add_format({"quote_prefix": True})
        self.head = {kind: book.add_format({"bold": True, "bottom": 1, "align": _side(kind)}) for kind in KINDS}
        self.title = book.add_format({"bold": True})


def _side(kind: str) -> str:
    return "left" if kind in ("text", "date") else "right"


def _write(page: Worksheet, sheet: Sheet, formats: _Formats) -> None:
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width)
    line = 0
    for text in sheet.above:
        _text(page, line, 0, text, formats.title if line == 0 else formats.plain["text"], formats)
        line += 1
    line += bool(sheet.above)
    for place, column in enumerate(sheet.columns):
        page.write_string(line, place, column.label, formats.head[column.kind])
    page.freeze_panes(line + 1, 0)
    for row in sheet.rows:
        line += 1
        _cells(page, line, row, sheet.columns, formats.plain, formats)
    if sheet.total:
        _cells(page, line + 1, sheet.total, sheet.columns, formats.total, formats)


def _cells(page: Worksheet, line: int, row: Sequence[Any], columns: Sequence[Column], styles: dict[str, Format], formats: _Formats) -> None:
    for place, (value, column) in enumerate(zip(row, columns, strict=True)):
        style = styles[column.kind]
        if value is None:
            page.write_blank(line, place, None, style)
        elif isinstance(value, str):
            _text(page, line, place, value, style, formats)
        elif isinstance(value, date):
            page.write_datetime(line, place, value, style)
        elif column.kind in ("cents", "percent"):
            page.write_number(line, place, Decimal(value).scaleb(-2 if column.kind == "cents" else -4), style)
        else:
            page.write_number(line, place, value, style)


def _text(page: Worksheet, line: int, place: int, text: str, style: Format, formats: _Formats) -> None:
    """Write text as text; what a spreadsheet would run once somebody edits the cell gets the mark that keeps it text."""
    page.write_string(line, place, text[:_LONGEST_TEXT], formats.harmless if text.startswith(RUNS) else style)


def _name(wanted: str, used: set[str]) -> str:
    """Return a name that a sheet may have and no other one has."""
    base = re.sub(r"[\[\]:*?/\\']", " ", wanted).strip()[:_LONGEST_NAME] or "Blad"
    name, number = base, 1
    while name.lower() in used:
        number += 1
        name = f"{base[: _LONGEST_NAME - 4]} {number}"
    used.add(name.lower())
    return name
