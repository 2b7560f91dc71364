"""Numbers without a gap and without a double, however many write at once and whoever of them fails."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from app.kernel.db import db
from app.kernel.models import NumberSeries
from app.kernel.numbering import take_numbers
from app.kernel.unit_of_work import transaction, working_as
from tests.federation import Federation

WRITERS = 64


def test_numbers_follow_each_other_per_series_and_year(federation: Federation) -> None:
    home = federation.organisations["A"]
    with federation.as_("anna"), transaction():
        assert [take_numbers(home, "proef", 2026), take_numbers(home, "proef", 2026, 5), take_numbers(home, "proef", 2026)] == [1, 2, 7]
        assert take_numbers(home, "proef", 2027) == 1
        assert take_numbers(home, "anders", 2026) == 1
        assert take_numbers(federation.organisations["A1"], "proef", 2026) == 1
    with federation.as_("anna"), pytest.raises(RuntimeError, match="inside the transaction"):
        take_numbers(home, "proef", 2026)


def test_64_writers_at_once_leave_no_gap_and_no_double(app: Flask, federation: Federation) -> None:
    """Every fourth writer takes numbers and fails: his are given to the next."""
    home, actor = federation.organisations["A"], federation.actor("anna")

    def write(which: int) -> range:
        with app.app_context(), working_as(actor):
            try:
                with transaction():
                    count = which % 3 + 1
                    first = take_numbers(home, "proef", 2026, count)
                    if which % 4 == 0:
                        raise InterruptedError
                    return range(first, first + count)
            except InterruptedError:
                return range(0)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(WRITERS) as pool:
        given = sorted(number for numbers in pool.map(write, range(WRITERS)) for number in numbers)
    assert given == list(range(1, len(given) + 1))
    assert len(given) == sum(which % 3 + 1 for which in range(WRITERS) if which % 4)
    with federation.as_("anna"):
        assert db.session.scalar(select(NumberSeries.last_number).where(NumberSeries.series == "proef")) == len(given)
