"""All or nothing, one commit, and a trail that stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.contributions.models import Season
from app.functions.models import PriceCategory
from app.kernel.db import db
from app.kernel.models import AuditRecord
from app.kernel.unit_of_work import savepoint, transaction
from tests.federation import Federation


def _category(federation: Federation, code: str) -> PriceCategory:
    return PriceCategory(organisation_id=federation.organisations["A"], code=code, name=code)


def _codes() -> list[str]:
    return list(db.session.scalars(select(PriceCategory.code).order_by(PriceCategory.code)))


def test_a_failure_undoes_everything_and_inner_blocks_join(federation: Federation) -> None:
    with federation.as_("anna"):
        with pytest.raises(ZeroDivisionError), transaction() as session:
            with transaction() as inner:
                inner.add(_category(federation, "a"))
            session.flush()
            1 / 0  # noqa: B018
        assert _codes() == []


def test_a_swallowed_inner_failure_blocks_the_commit(federation: Federation) -> None:
    with federation.as_("anna"):
        with pytest.raises(RuntimeError, match="swallowed"), transaction() as session:
            session.add(_category(federation, "a"))
            try:
                with transaction():
                    raise ValueError
            except ValueError:
                pass
        assert _codes() == []


def test_a_savepoint_loses_only_its_own_item(federation: Federation) -> None:
    with federation.as_("anna"):
        with transaction() as session:
            for code in ("a", "bad", "c"):
                try:
                    with savepoint(), transaction():
                        session.add(_category(federation, code))
                        session.flush()
                        if code == "bad":
                            raise ValueError
                except ValueError:
                    continue
        assert _codes() == ["a", "c"]


def test_a_commit_inside_is_refused_and_unsaved_work_is_not_lost(federation: Federation) -> None:
    with federation.as_("anna"):
        with pytest.raises(RuntimeError, match="inside a unit of work"), transaction() as session:
            session.commit()
        db.session.add(_category(federation, "early"))
        with pytest.raises(RuntimeError, match="unsaved"), transaction():
            pass
        db.session.rollback()


def test_the_trail_says_who_changed_what_and_stays(federation: Federation) -> None:
    with federation.as_("anna"):
        with transaction() as session:
            row = _category(federation, "x")
            session.add(row)
        with transaction() as session:
            session.get(PriceCategory, row.id).name = "Student"
        lines = db.session.scalars(select(AuditRecord).where(AuditRecord.table_name == "price_category").order_by(AuditRecord.id)).all()
        assert [(line.action, line.actor) for line in lines] == [("insert", "anna"), ("update", "anna")]
        assert lines[1].changes == {"name": ["x", "Student"]}
        with pytest.raises(DBAPIError), transaction() as session:
            session.execute(text("UPDATE audit_record SET actor = 'iemand'"))
        with pytest.raises(DBAPIError), transaction() as session:
            session.execute(text("DELETE FROM audit_record"))


def test_a_second_editor_with_an_old_version_loses_nothing(federation: Federation) -> None:
    from sqlalchemy.orm.exc import StaleDataError

    with federation.as_("anna"), pytest.raises(StaleDataError), transaction() as session:
        from datetime import date

        season = Season(organisation_id=federation.organisations["A"], name="2026", first_day=date(2026, 1, 1), last_day=date(2026, 12, 31))
        session.add(season)
        session.flush()
        session.connection().execute(text("UPDATE season SET version = 9"))
        season.name = "2027"
        session.flush()
