"""The table of removed defences still fits the program: what it takes away is there, once, and the tests that must see it exist."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.security.defects import DEFECTS, ROOT, Defect


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_what_a_defect_takes_away_stands_there_once(defect: Defect) -> None:
    assert (ROOT / defect.file).read_text(encoding="utf-8").count(defect.text) == 1
    assert defect.text != defect.without
    path, _colon, test = defect.tests.split()[0].partition("::")
    assert f"def {test}" in (ROOT / path).read_text(encoding="utf-8")


def test_there_are_sixty_and_each_has_its_name() -> None:
    assert len(DEFECTS) >= 60
    assert not [name for name, count in Counter(defect.name for defect in DEFECTS).items() if count > 1]
