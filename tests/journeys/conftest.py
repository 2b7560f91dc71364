"""The clock and the stage of the stories."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.kernel import clock
from tests.federation import Federation
from tests.journeys.story import TODAY, Story, begin


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.standing_still(TODAY):
        yield


@pytest.fixture
def story(app: Flask, federation: Federation) -> Story:
    """A province where nothing has happened yet."""
    return begin(app, federation)
