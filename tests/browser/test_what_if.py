"""A treasurer asks what next season would bring in: figures, a chart and a file, on a wide screen and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.browser.site import NARROW, WIDE, Person

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_budget_with_a_chart_and_a_file(someone: Callable[..., Person], tmp_path: Path, width: int) -> None:
    anna = someone("anna", width=width)
    page = anna.page
    anna.open("/wat-als/list/")
    page.get_by_label("Alsof duurder: procent").fill("3")
    anna.press("Tonen")
    assert "naast de regels van seizoen" in page.locator(".bn-sum").inner_text()
    assert page.locator(".bn-sum-v").first.inner_text().startswith("€")

    charts = page.locator("svg.bn-chart")
    assert charts.count() == 2
    assert charts.first.locator("rect").count() > 2
    box = charts.first.bounding_box()
    assert box is not None
    assert 150 < box["width"] <= width
    assert page.locator("div.sr-only caption").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    with page.expect_download() as download:
        anna.press("Excel")
    path = tmp_path / "wat-als.xlsx"
    download.value.save_as(path)
    book = load_workbook(path)
    figures = book["Per contributie"]
    totals = [row for row in figures.values if row[0] == "Totaal"]
    assert len(totals) == 1
    shown = page.locator(".bn-sum-v").first.inner_text().replace(".", "").replace(",", ".").lstrip("€\u00a0 ")
    assert f"{totals[0][2]:.2f}" == shown
    book.close()
