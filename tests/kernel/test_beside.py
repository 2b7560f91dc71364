"""What is written side by side is kept in order, inside the walls, and the first so many or none."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.kernel.beside import Hands, can_share
from app.kernel.bulk import insert_rows
from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from app.ledger.models import CostCentre
from tests.federation import Federation

pytestmark = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)  # SQLite has one writer
_COLUMNS = ("organisation_id", "code", "name", "is_active", "version")


def codes() -> list[str]:
    return list(db.session.scalars(select(CostCentre.code).order_by(CostCentre.id)))


def written(organisation_id: int, *given: str) -> Callable[[], int]:
    return lambda: insert_rows(CostCentre.__table__, _COLUMNS, [(organisation_id, code, code, True, 1) for code in given])


@pytest.fixture
def home(federation: Federation) -> int:
    with federation.as_("anna"):
        assert can_share()
    return federation.organisations["A"]


def test_a_later_part_waits_for_the_one_before_it(federation: Federation, home: int) -> None:
    first_may_end = Event()

    def first() -> None:
        assert first_may_end.wait(30)
        written(home, "one")()

    with federation.as_("anna"):
        with transaction(), Hands() as hands:
            hands.give(first)
            hands.give(written(home, "two"))
            assert codes() == []
            first_may_end.set()
        assert sorted(codes()) == ["one", "two"]


def test_a_part_that_fails_takes_the_later_ones_with_it(federation: Federation, home: int) -> None:
    with federation.as_("anna"):
        with pytest.raises(IntegrityError), transaction(), Hands() as hands:
            written(home, "own")()
            hands.give(written(home, "one"))
            hands.give(written(home, "two", "two"))
            hands.give(written(home, "three"))
        assert codes() == ["one"]
        with transaction(), Hands() as hands:
            hands.give(written(home, "four"))
        assert codes() == ["one", "four"]


def test_parts_stay_inside_the_walls_of_who_gave_them(federation: Federation, home: int) -> None:
    with federation.as_("anna"), pytest.raises(DBAPIError), Hands() as hands:
        hands.give(written(federation.organisations["B"], "elsewhere"))


def test_a_caller_who_fails_waits_for_what_it_gave(federation: Federation, home: int) -> None:
    with federation.as_("anna"):
        with pytest.raises(ValueError, match="afterwards"), Hands() as hands:
            hands.give(written(home, "one"))
            raise ValueError("afterwards")
        assert codes() == ["one"]
