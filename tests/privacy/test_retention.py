"""What was kept long enough goes, kind by kind, and no more; the preview counts the same; what was stopped goes on the next time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from app.background.models import JobRun
from app.bank.models import BankFile, BankStatement, StatementLine
from app.enrollment.models import Enrollment
from app.kernel import audit, clock
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.models import AuditRecord
from app.kernel.sealing import WIPED, check_trail, seal_trail
from app.kernel.unit_of_work import transaction, working_as
from app.ledger.models import BookPeriod, BookYear, JournalEntry, LedgerAccount
from app.mail.models import Message
from app.privacy.models import RetentionRule
from app.privacy.queries import retained
from app.privacy.retention import KINDS, check_months
from app.privacy.usecases import retaining
from app.relations.models import Relation
from app.sepa.models import BankAccount, DebitBatch
from tests.federation import Federation

TODAY = date(2034, 6, 1)


def _things(session: Any, federation: Federation, when: date) -> None:
    """Add one thing of every kind, as old as `when`."""
    at, here, moment = (
        federation.organisations["A"],
        federation.organisations["A1"],
        datetime(when.year, when.month, when.day, 12, tzinfo=UTC),
    )
    tag = when.isoformat()
    session.add(
        Enrollment(organisation_id=at, source="web", state="declined", function_type_id=federation.member, surname=tag, decided_at=moment)
    )
    session.add(Message(organisation_id=at, key=tag, kind="letter", sender_name="A", sender_email="a@bond.example", recipient="b@bond.example", subject="s",
                        body=tag, message_id=f"<{tag}@b>", not_before=moment, made_at=moment, state="sent"))  # fmt: skip
    session.add(JobRun(job_name="what_if", requested_by="carla", state="done", ended_at=moment, made_at=moment))
    session.add(
        Relation(
            organisation_id=here,
            number=int(tag.replace("-", "")),
            surname=tag,
            display_name=tag,
            sort_key=tag,
            search_name=tag,
            end_date=when,
        )
    )
    users = retained.sessions_table().metadata.tables["ab_user"]
    user = session.scalar(select(users.c.id))
    session.execute(insert(retained.sessions_table()).values(user_id=user, token_hash=tag, began_at=moment))
    bank = session.scalars(select(BankAccount)).one()
    year = BookYear(organisation_id=at, name=tag, first_day=date(when.year, 1, 1), last_day=date(when.year, 12, 31))
    session.add(year)
    session.flush()
    session.add(BookPeriod(organisation_id=at, book_year_id=year.id, name=tag, first_day=year.first_day, last_day=year.last_day))
    session.flush()
    entry = JournalEntry(organisation_id=at, journal="bank", book_year_id=year.id, number=1, chain=when.year, entry_date=when, description="x", posted_by="test",
                         previous_hash="0" * 64, hash=tag.ljust(64, "0"))  # fmt: skip
    file = BankFile(organisation_id=at, name=tag, sha256=tag.ljust(64, "0"), content=b"inhoud", imported_by="test")
    session.add_all([entry, file])
    session.add(DebitBatch(organisation_id=at, bank_account_id=bank.id, collect_on=when, state="submitted", message_id=tag, pain_version="08", count=1,
                           total_cents=1, document=b"<x/>", made_by="test"))  # fmt: skip
    session.flush()
    statement = BankStatement(organisation_id=at, bank_account_id=bank.id, file_id=file.id, statement_id=tag, first_day=when, last_day=when, opening_cents=0,
                              closing_cents=1, line_count=1)  # fmt: skip
    session.add(statement)
    session.flush()
    session.add(StatementLine(organisation_id=at, statement_id=statement.id, bank_account_id=bank.id, position=1, entry_key=tag, raw="r", booked_on=when,
                              amount_cents=1, counter_name=tag, description="d", journal_entry_id=entry.id))  # fmt: skip
    session.flush()
    with clock.standing_still(when):
        audit.record("update", "address", int(tag.replace("-", "")), at, street=["oud", "nieuw"])


@pytest.fixture
def old_and_new(federation: Federation, app: Flask) -> Federation:
    """One thing of each kind of ten years ago, and one of last month."""
    from flask_appbuilder.security.sqla.models import User

    at = federation.organisations["A"]
    with clock.standing_still(TODAY), working_as(system_actor("test")), transaction() as session:
        account = LedgerAccount(organisation_id=at, number="1100", name="Bank", type="asset")
        session.add_all([account, User(username="u", first_name="U", last_name="U", email="u@bond.example", active=True)])
        session.flush()
        session.add(BankAccount(organisation_id=at, name="Bank", iban="NL91ABNA0417164300", holder="A", ledger_account_id=account.id))
        session.flush()
        for when in (date(2024, 5, 1), date(2034, 5, 20)):
            _things(session, federation, when)
    return federation


def test_what_is_old_goes_and_what_is_new_stays(old_and_new: Federation) -> None:
    said: list[tuple[int, int]] = []
    with clock.standing_still(TODAY), working_as(system_actor("test")):
        seal_trail()
        retaining.set_up_rules()
        assert retaining.set_up_rules() == 0
        with transaction() as session:
            session.scalars(select(RetentionRule).where(RetentionRule.kind == "ended_relations")).one().is_active = True
        counted = {one.rule.kind: one.gone for one in retaining.preview(TODAY)}
        assert counted == dict.fromkeys(KINDS, 1), counted
        done = retaining.let_go(TODAY, lambda *so_far: said.append(so_far))
        assert {one.rule.kind: (one.gone, one.waiting) for one in done} == dict.fromkeys(KINDS, (1, 0))
        assert said[-1] == (7, 8)
        again = {one.rule.kind: one.gone for one in retaining.let_go(TODAY, lambda *_so_far: None)}
        assert again == {**dict.fromkeys(KINDS, 0)}, "twice is once"
        assert check_trail().finding is None
        found = {
            "enrollments": db.session.scalars(select(Enrollment.surname)).all(),
            "messages": sorted(db.session.scalars(select(Message.body)).all()),
            "runs": db.session.scalar(select(func.count()).select_from(JobRun)),
            "names": sorted(db.session.scalars(select(StatementLine.counter_name).where(StatementLine.counter_name.is_not(None))).all()),
            "files": sorted(map(bytes, db.session.scalars(select(BankFile.content)).all())),
            "cards": sorted(db.session.scalars(select(Relation.surname)).all()),
            "trail": db.session.scalars(select(AuditRecord.changes).where(AuditRecord.row_id == 20240501)).all(),
        }
        assert found == {
            "enrollments": ["2034-05-20"], "messages": ["", "2034-05-20"], "runs": 1, "names": ["2034-05-20"], "files": [b"", b"inhoud"],
            "cards": ["2034-05-20", "Gewiste relatie"], "trail": [{"street": [WIPED, WIPED]}],
        }  # fmt: skip
        told = db.session.scalars(select(AuditRecord.changes).where(AuditRecord.action == "retention")).all()
        assert {one["kind"] for one in told} == set(KINDS) - {"ended_relations", "trail"}


class _StopError(Exception):
    pass


def test_what_was_stopped_goes_on_the_next_time(old_and_new: Federation) -> None:
    def stop_at_three(done: int, _total: int) -> None:
        if done >= 3:
            raise _StopError

    with clock.standing_still(TODAY), working_as(system_actor("test")):
        with pytest.raises(_StopError):
            retaining.let_go(TODAY, stop_at_three)
        left = sum(one.gone for one in retaining.preview(TODAY) if one.rule.is_active)
        assert left == 4, "three of seven are done"
        assert sum(one.gone for one in retaining.let_go(TODAY, lambda *_so_far: None)) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_ready_is_allowed_and_less_than_law_asks_is_not(kind: str) -> None:
    from app.kernel.errors import DomainError

    assert check_months(kind, KINDS[kind].months) == KINDS[kind].months
    with pytest.raises(DomainError) as refusal:
        check_months(kind, KINDS[kind].least - 1)
    assert KINDS[kind].source in refusal.value.message
