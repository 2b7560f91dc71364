"""The province of the stories."""

from __future__ import annotations

import pytest

from tests.federation import Federation
from tests.invoicing.season import Province, province


@pytest.fixture
def gelre(federation: Federation) -> Province:
    return province(federation)
