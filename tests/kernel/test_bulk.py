"""Bulk inserts keep every type and stay inside the walls."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.exc import DBAPIError

from app.contributions.models import BillingPlan, Season
from app.kernel.bulk import insert_rows, reserve_ids, update_rows
from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from app.mail.models import Message
from tests.federation import Federation


def test_every_type_comes_back_as_it_went_in(federation: Federation) -> None:
    moment = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    with federation.as_("anna"), transaction():
        home = federation.organisations["A"]
        ids = reserve_ids(BillingPlan.__table__, 2)
        columns = (
            "id",
            "organisation_id",
            "name",
            "anchor",
            "first_month",
            "fixed_dates",
            "first_period",
            "issue_days",
            "issue_from_end",
            "sends_at_once",
            "until",
            "settings",
            "version",
        )
        rows = [
            (ids[i], home, f"plan é {i}", "season", 1, ["01-01"], "full", 0, bool(i), False, date(2026, 1, 1) if i else None, {"a": i}, 1)
            for i in (0, 1)
        ]
        assert insert_rows(BillingPlan.__table__, columns, rows) == 2
        mail = (
            "organisation_id",
            "key",
            "kind",
            "sender_name",
            "sender_email",
            "recipient",
            "subject",
            "body",
            "message_id",
            "state",
            "attempts",
            "not_before",
            "made_at",
        )
        insert_rows(
            Message.__table__,
            mail,
            [(home, "k", "test", "A", "a@b.example", "c@d.example", "s", "t", "<1@x>", "queued", 0, moment, moment)],
        )
    with federation.as_("anna"):
        plans = db.session.query(BillingPlan).order_by(BillingPlan.id).all()
        assert [(p.fixed_dates, p.issue_from_end, p.until, p.settings) for p in plans] == [
            (["01-01"], False, None, {"a": 0}),
            (["01-01"], True, date(2026, 1, 1), {"a": 1}),
        ]
        assert db.session.query(Message).one().not_before == moment


def test_a_foreign_organisation_is_refused_by_the_database(federation: Federation) -> None:
    with federation.as_("anna"), pytest.raises(DBAPIError), transaction():
        insert_rows(
            Season.__table__,
            ("organisation_id", "name", "first_day", "last_day", "version"),
            [(federation.organisations["B"], "2026", date(2026, 1, 1), date(2026, 12, 31), 1)],
        )


def test_awkward_texts_come_back_as_they_went_in(federation: Federation) -> None:
    texts = ['a "quoted" {word}', "back\\slash, comma", "", "NULL", "twee\nregels", "é ∑ 😀", "'; DROP TABLE season; --", "%s"]
    with federation.as_("carla"), transaction() as session:
        home = federation.organisations["NL"]
        day = date(2026, 1, 1)
        rows = [(home, text[:40] or "leeg", day, date(2026, 12, 31), 1) for text in texts]
        insert_rows(Season.__table__, ("organisation_id", "name", "first_day", "last_day", "version"), rows)
        assert {row.name for row in session.query(Season)} == {text or "leeg" for text in texts}
        found = [(row.id, row.name + "!", day, day.replace(month=6)) for row in session.query(Season)]
        session.expire_all()
        assert update_rows(Season.__table__, ("name", "first_day", "last_day"), found) == len(texts)
        assert {row.name for row in session.query(Season)} == {(text or "leeg") + "!" for text in texts}
