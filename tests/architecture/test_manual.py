"""The manual shows pictures that exist, and no picture lies unused."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_picture_of_the_manual_exists_and_is_shown() -> None:
    shown = {
        name
        for page in (DOCS / "handleiding").glob("*.md")
        for name in re.findall(r"!\[[^\]]+\]\(\.\./pictures/([^)]+)\)", page.read_text())
    }
    assert shown == {path.name for path in (DOCS / "pictures").glob("*.png")}
