"""Seals on the audit trail: whole when nothing happened; any change, deletion, insertion or swap is found, and the line named."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.kernel import audit, clock, sealing
from app.kernel.actor import acting_as, system_actor
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.models import AuditRecord, AuditSeal
from app.kernel.redacting import redact
from app.kernel.unit_of_work import transaction, working_as


def write(count: int) -> None:
    with working_as(system_actor("test")), transaction():
        for number in range(count):
            audit.record("test", "relation", number, None, name=[f"Oud {number}", f"Nieuw é {number}"])


def seal() -> int:
    with working_as(system_actor("test")):
        return sealing.seal_trail()


def checked() -> sealing.Checked:
    with working_as(system_actor("test")):
        return sealing.check_trail()


def behind_the_back(*statements: str) -> None:
    """Change rows as somebody with the database in hands could: guards off."""
    engine = db.engine
    with acting_as(system_actor("test")), engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for table in ("audit_record", "audit_seal", "audit_redaction"):
                for verb in ("update", "delete"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
        else:
            for table in ("audit_record", "audit_seal", "audit_redaction"):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
                connection.execute(text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
            connection.execute(text("SET LOCAL app.system = 'on'"))
        for statement in statements:
            connection.execute(text(statement))


@pytest.fixture
def sealed(app: Flask) -> list[int]:
    """Three seals over thirty lines; the numbers of the lines."""
    for _ in range(3):
        write(10)
        seal()
    with working_as(system_actor("test")):
        return list(db.session.scalars(select(AuditRecord.id).where(AuditRecord.action == "test").order_by(AuditRecord.id)))


def test_an_untouched_trail_is_whole(sealed: list[int]) -> None:
    found = checked()
    assert found.finding is None
    assert (found.sealed >= len(sealed), found.waiting) == (True, 0)
    assert seal() == 0, "sealing twice is once"
    write(4)
    assert (checked().waiting, checked().finding) == (4, None)
    assert seal() == 4
    assert checked().head != found.head


WAYS: list[tuple[str, Callable[[list[int]], list[str]], int | None]] = [
    ("changed", lambda ids: [f"UPDATE audit_record SET actor = 'iemand anders' WHERE id = {ids[14]}"], 14),
    (
        "changed in what it says",
        lambda ids: [f"UPDATE audit_record SET changes = '{json.dumps({'name': ['a', 'b']})}' WHERE id = {ids[3]}"],
        3,
    ),
    ("moved in time", lambda ids: [f"UPDATE audit_record SET at = '2020-01-01 00:00:00+00:00' WHERE id = {ids[29]}"], 29),
    ("deleted", lambda ids: [f"DELETE FROM audit_record WHERE id = {ids[0]}"], 0),
    (
        "swapped",
        lambda ids: [
            f"UPDATE audit_record SET id = -1 WHERE id = {ids[11]}",
            f"UPDATE audit_record SET id = {ids[11]} WHERE id = {ids[12]}",
            f"UPDATE audit_record SET id = {ids[12]} WHERE id = -1",
        ],
        11,
    ),
    ("a seal taken out", lambda ids: [f"DELETE FROM audit_seal WHERE until_line = {ids[19]}"], None),
    ("a seal rewritten", lambda ids: [f"UPDATE audit_seal SET hash = '{'f' * 64}' WHERE until_line = {ids[19]}"], None),
]


@pytest.mark.parametrize(("way", "statements", "place"), WAYS, ids=[way for way, _, _ in WAYS])
def test_whatever_is_done_behind_the_back_is_found(sealed: list[int], way: str, statements: Any, place: int | None) -> None:
    behind_the_back(*statements(sealed))
    finding = checked().finding
    assert finding is not None, way
    assert finding.line == (None if place is None else sealed[place])
    assert "buiten het programma om" in finding.detail or "weggehaald" in finding.detail


def test_a_line_slipped_in_among_the_old_is_found(sealed: list[int]) -> None:
    with clock.standing_still(clock.now() + timedelta(hours=2)):
        write(1)
        seal()
    with clock.standing_still(clock.now() + timedelta(hours=4)):
        write(1)
        behind_the_back(
            "INSERT INTO audit_record (id, at, actor, address, action, table_name, changes) "
            "VALUES (-5, '2026-01-01 00:00:00+00:00', 'x', '', 'test', 'relation', '{}')"
        )
        finding = checked().finding
    assert finding == sealing.Finding(-5, "deze regel is er na het verzegelen tussen gezet")


def test_a_line_that_was_committed_late_comes_into_a_later_seal(app: Flask) -> None:
    write(6)
    with working_as(system_actor("test")):
        late = db.session.scalars(select(AuditRecord.id).order_by(AuditRecord.id.desc()).offset(2)).first()
    values = "'2026-01-01 00:00:00+00:00', 'x', '', 'test', 'relation', '{}'"
    behind_the_back(f"DELETE FROM audit_record WHERE id = {late}")  # its transaction is still open: nobody sees it
    assert seal() > 0
    behind_the_back(f"INSERT INTO audit_record (id, at, actor, address, action, table_name, changes) VALUES ({late}, {values})")
    assert seal() == 1
    assert checked().finding is None


def test_nobody_changes_a_seal(sealed: list[int]) -> None:
    with working_as(system_actor("test")), pytest.raises(Exception, match="facts are never changed"), transaction() as session:
        session.execute(text("UPDATE audit_seal SET hash = 'x'"))
    with working_as(system_actor("test")):
        assert db.session.scalars(select(AuditSeal.hash)).all()


def test_the_command_tells_and_ends_with_one_when_something_is_wrong(app: Flask, sealed: list[int]) -> None:
    run = app.test_cli_runner().invoke
    good = run(args=["audit", "check"])
    assert (good.exit_code, "Alles klopt." in good.output) == (0, True)
    behind_the_back(f"UPDATE audit_record SET actor = 'x' WHERE id = {sealed[7]}")
    bad = run(args=["audit", "check", "--json"])
    assert bad.exit_code == 1
    assert json.loads(bad.output)["violation"]["line"] == sealed[7]


def wipe(numbers: list[int]) -> int:
    with working_as(system_actor("test")):
        return redact(numbers, None, "test")


def test_values_can_be_wiped_and_the_chain_holds(sealed: list[int]) -> None:
    write(3)  # these have no seal yet
    with working_as(system_actor("test")):
        fresh = list(db.session.scalars(select(AuditRecord.id).order_by(AuditRecord.id.desc()).limit(2)))
    assert wipe([*sealed[4:8], *fresh]) == 6
    assert wipe(sealed[4:8]) == 0, "twice is once"
    with working_as(system_actor("test")):
        line = db.session.get_one(AuditRecord, sealed[5])
        assert (line.changes, line.salt, line.actor, line.action) == ({"name": [sealing.WIPED] * 2}, None, "systeem:test", "test")
    assert (checked().finding, checked().wiped) == (None, 6)
    seal()
    assert (checked().finding, checked().waiting) == (None, 0)


def test_a_line_from_before_there_was_a_salt_is_wiped_too(app: Flask) -> None:
    write(2)
    behind_the_back("UPDATE audit_record SET salt = NULL, device = NULL WHERE action = 'test'")
    seal()
    with working_as(system_actor("test")):
        numbers = list(db.session.scalars(select(AuditRecord.id).where(AuditRecord.action == "test")))
    wipe(numbers[:1])
    assert (checked().finding, checked().wiped) == (None, 1)


AFTER_WIPING: list[tuple[str, str]] = [
    ("another person", "UPDATE audit_record SET actor = 'iemand anders' WHERE id = {line}"),
    ("values put back in", 'UPDATE audit_record SET changes = \'{{"name": ["a", "b"]}}\' WHERE id = {line}'),
    ("the redaction forgotten", "DELETE FROM audit_redaction WHERE line = {line}"),
    ("a redaction that nobody told", "UPDATE audit_redaction SET told_in = 1 WHERE line = {line}"),
]


@pytest.mark.parametrize(("what", "statement"), AFTER_WIPING, ids=[one[0] for one in AFTER_WIPING])
def test_wiping_hides_no_change(sealed: list[int], what: str, statement: str) -> None:
    wipe(sealed[4:8])
    seal()
    behind_the_back(statement.format(line=sealed[5]))
    finding = checked().finding
    assert finding is not None
    assert finding.line in sealed[4:8]


def test_a_changed_line_is_not_wiped(sealed: list[int]) -> None:
    behind_the_back(f"UPDATE audit_record SET actor = 'iemand anders' WHERE id = {sealed[5]}")
    with pytest.raises(DomainError) as refusal:
        wipe(sealed[4:8])
    assert refusal.value.code == "trail_broken"


@pytest.mark.parametrize("change", ["changes = '{}'", "actor = 'x'", "salt = NULL"])
def test_the_database_lets_nobody_wipe_in_silence(sealed: list[int], change: str) -> None:
    with working_as(system_actor("test")), pytest.raises(DatabaseError, match="never changed"), transaction() as session:
        session.execute(text(f"UPDATE audit_record SET {change} WHERE id = {sealed[0]}"))
    wipe(sealed[:1])
    with working_as(system_actor("test")), pytest.raises(DatabaseError, match="never changed"), transaction() as session:
        session.execute(text(f"UPDATE audit_record SET actor = 'x' WHERE id = {sealed[0]}"))
