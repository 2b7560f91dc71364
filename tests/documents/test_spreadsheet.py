"""Spreadsheets, read back with another library: types, formats, and nothing that runs."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from app.documents.spreadsheet import Column, Sheet, workbook

COLUMNS = (
    Column("Naam", width=30),
    Column("Bedrag", "cents"),
    Column("Verschil", "percent"),
    Column("Aantal", "number"),
    Column("Dag", "date"),
)


@contextmanager
def read(*sheets: Sheet) -> Iterator[tuple[Any, Any]]:
    """Give the file and what the other library reads in it."""
    with workbook(sheets) as file:
        book = load_workbook(file)
        file.seek(0)
        yield file, book
        book.close()


def test_values_keep_their_kind() -> None:
    rows = [("Bos", 123_456, -250, 12, date(2026, 12, 31)), ("Vos", None, None, 0, None)]
    with read(Sheet("Leden", COLUMNS, rows, ("Totaal", 123_456, None, 12, None), ("Wat als", "2027"))) as (_, book):
        page = book["Leden"]
        assert [cell.value for cell in page[4]] == ["Naam", "Bedrag", "Verschil", "Aantal", "Dag"]
        assert [cell.value for cell in page[5]][:4] == ["Bos", 1234.56, -0.025, 12]
        assert page["E5"].value.date() == date(2026, 12, 31)
        assert [cell.number_format for cell in page[5]][1:] == ["[$€-413] #,##0.00;[Red]-[$€-413] #,##0.00", "0.0%", "#,##0", "dd-mm-yyyy"]
        assert [cell.value for cell in page[6]] == ["Vos", None, None, 0, None]
        assert page["B7"].value == 1234.56
        assert page["A1"].value == "Wat als"
        assert page.freeze_panes == "A5"


@pytest.mark.parametrize("text", ["=1+1", "+31612345678", "-2", "@SUM(A1)", "\tx", '=HYPERLINK("http://evil.example")', "＝1"])
def test_what_looks_like_a_formula_stays_text(text: str) -> None:
    with read(Sheet("X", (Column("A"),), [(text,)])) as (file, book):
        cell = book["X"]["A2"]
        assert (cell.value, cell.data_type) == (text, "s")
        assert cell.quotePrefix
        with zipfile.ZipFile(file) as parts:
            inside = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in inside
    assert "<hyperlink" not in inside


def test_names_of_sheets_are_made_to_fit() -> None:
    names = ["Per afdeling/provincie: alles wat er is in 2027", "per afdeling provincie  alles wa", "", "A"]
    with read(*[Sheet(name, (Column("A"),), []) for name in names]) as (_, book):
        assert len({name.lower() for name in book.sheetnames}) == 4
        assert all(len(name) <= 31 for name in book.sheetnames)


def test_a_sheet_that_cannot_be_written_leaves_no_file() -> None:
    with pytest.raises(ValueError, match="zip"):
        workbook([Sheet("X", (Column("A"),), [("een", "te veel")])])
