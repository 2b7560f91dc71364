"""Bulk inserts keep every type and stay inside the walls."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.bank.models import BankFile
from app.contributions.models import BillingPlan, Season
from app.kernel.bulk import among, insert_rows, json_text, reserve_ids, store_bytes, update_rows
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


def test_json_may_come_as_its_text(federation: Federation) -> None:
    written = {"é": ['a "b"', 1, None]}
    with federation.as_("anna"), transaction() as session:
        columns = (
            "organisation_id", "name", "anchor", "first_month", "fixed_dates", "first_period", "issue_days", "issue_from_end", "sends_at_once",
            "settings", "version",
        )  # fmt: skip
        row = (federation.organisations["A"], "plan", "season", 1, ["01-01"], "full", 0, False, False, json_text(written), 1)
        insert_rows(BillingPlan.__table__, columns, [row], written=("settings",))
        made = session.query(BillingPlan).one()
        assert (made.fixed_dates, made.settings) == (["01-01"], written)


def test_one_of_many_is_asked_with_one_value(federation: Federation) -> None:
    with federation.as_("carla"), transaction() as session:
        home = federation.organisations["NL"]
        rows = [(home, f"s{n}", date(2026, 1, 1), date(2026, 12, 31), 1) for n in range(3)]
        insert_rows(Season.__table__, ("organisation_id", "name", "first_day", "last_day", "version"), rows)
        ids = {name: id_ for id_, name in session.execute(select(Season.id, Season.name))}
        many = [*range(10**6, 10**6 + 40_000), ids["s0"], ids["s2"]]
        assert set(session.scalars(select(Season.name).where(among(Season.id, many)))) == {"s0", "s2"}
        assert set(session.scalars(select(Season.name).where(among(Season.name, ["s1", 'x"y', "a,b", "{}"])))) == {"s1"}
        assert list(session.scalars(select(Season.name).where(among(Season.id, [])))) == []


@pytest.mark.parametrize("content", [b"", b"\x00\xff<xml/>\r\n\\x41", bytes(range(256)) * 9_000])
def test_bytes_are_kept_as_they_are(federation: Federation, content: bytes) -> None:
    with federation.as_("anna"), transaction() as session:
        kept = BankFile(organisation_id=federation.organisations["A"], name="n", sha256="s", content=b"", imported_by="a")
        session.add(kept)
        session.flush()
        store_bytes(BankFile.__table__, "content", kept.id, content)
        session.expire_all()
        assert session.get_one(BankFile, kept.id).content == content


def test_what_is_read_in_pieces_is_planned_for_all_rows(federation: Federation) -> None:
    with federation.as_("anna"):
        if db.engine.dialect.name == "postgresql":
            assert db.session.scalar(text("SHOW cursor_tuple_fraction")) == "1"
        else:
            assert db.session.scalar(text("PRAGMA wal_autocheckpoint")) == 10_000
