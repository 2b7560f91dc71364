"""Lets go of what was kept long enough: a batch at a time, each whole; what is stopped half-way goes on the next time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select, update

from app.background.models import JobResult, JobRun
from app.bank.models import BankFile, BankStatement, StatementLine
from app.enrollment.models import Enrollment
from app.kernel import audit, clock
from app.kernel.bulk import among
from app.kernel.errors import DomainError
from app.kernel.redacting import redact
from app.kernel.unit_of_work import transaction
from app.mail.models import Message
from app.organisations.queries import root_id
from app.privacy.models import RetentionRule
from app.privacy.person import BY_TABLE
from app.privacy.queries import person, retained
from app.privacy.retention import KINDS, Rule, rules_with
from app.privacy.usecases.erasing import complete, erase
from app.sepa.models import DebitBatch

_BATCH = 500
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, or would be done now, for one kind: how many, and how many had to stay because something is open."""

    rule: Rule
    before: date
    gone: int
    waiting: int = 0

    def __str__(self) -> str:
        kind = KINDS[self.rule.kind]
        waits = f" ({self.waiting} nog niet: er staat iets open)" if self.waiting else ""
        return f"{kind.title}: {self.gone}{waits}"


def set_up_rules() -> int:
    """Put a rule for each kind at the top of the federation, as it comes ready, and return how many were new. Twice is once."""
    with transaction() as session:
        top = root_id()
        there = set(session.scalars(select(RetentionRule.kind).where(RetentionRule.organisation_id == top)))
        new = [name for name in KINDS if name not in there]
        for name in new:
            session.add(RetentionRule(organisation_id=top, kind=name, months=KINDS[name].months, is_active=KINDS[name].is_on))
        return len(new)


def preview(today: date) -> list[Outcome]:
    """Return what would go now, kind by kind; writes nothing. Kinds that are switched off are counted too."""
    rules = rules_with(retained.settings())
    return [Outcome(rule, rule.before(today), retained.count(rule.kind, rule.before(today))) for rule in rules]


def let_go(today: date, progress: Progress) -> list[Outcome]:
    """Let go of all that was kept long enough, and return what was done per kind. For a system actor; it can be stopped between batches."""
    rules = [rule for rule in rules_with(retained.settings()) if rule.is_active]
    total = sum(retained.count(rule.kind, rule.before(today)) for rule in rules)
    done, outcomes = 0, []
    for rule in rules:
        before, after, gone, waiting = rule.before(today), 0, 0, 0
        while ids := retained.batch(rule.kind, before, after, _BATCH):
            progress(done, total)
            went = _GO[rule.kind](ids)
            gone, waiting, after = gone + went, waiting + len(ids) - went, ids[-1]
            done += len(ids)
        outcomes.append(Outcome(rule, before, gone, waiting))
    for relation_id in retained.law_ended(today):
        complete(relation_id)
    return outcomes


def _erase(ids: list[int]) -> int:
    gone = 0
    for relation_id in ids:
        try:
            erase(relation_id, "ended")
        except DomainError as refusal:
            if refusal.code != "still_open":
                raise
        else:
            gone += 1
    return gone


def _enrollments(ids: list[int]) -> int:
    with transaction() as session:
        lines = person.lines_about("enrollment", ids)
        session.execute(delete(Enrollment).where(among(Enrollment.id, ids)).execution_options(synchronize_session=False))
        redact(lines, None, "retention")
        return _told("enrollment", "enrollments", len(ids))


def _messages(ids: list[int]) -> int:
    with transaction() as session:
        wiped = update(Message).where(among(Message.id, ids)).values(body="", html=None, response=None)
        session.execute(wiped.execution_options(synchronize_session=False))
        return _told("message", "messages", len(ids))


def _sessions(ids: list[int]) -> int:
    with transaction() as session:
        table = retained.sessions_table()
        session.execute(delete(table).where(table.c.id.in_(ids)))
        return _told("user_session", "sessions", len(ids))


def _job_runs(ids: list[int]) -> int:
    with transaction() as session:
        for statement in (delete(JobResult).where(among(JobResult.job_run_id, ids)), delete(JobRun).where(among(JobRun.id, ids))):
            session.execute(statement.execution_options(synchronize_session=False))
        return _told("job_run", "job_runs", len(ids))


def _trail(ids: list[int]) -> int:
    redact(ids, None, "retention")
    return len(ids)


def _statements(ids: list[int]) -> int:
    with transaction() as session:
        values = {**BY_TABLE["statement_line"].wipe, "version": StatementLine.version + 1}
        session.execute(
            update(StatementLine).where(among(StatementLine.id, ids)).values(**values).execution_options(synchronize_session=False)
        )
        files = (
            select(BankStatement.file_id)
            .join(StatementLine, StatementLine.statement_id == BankStatement.id)
            .where(among(StatementLine.id, ids))
        )
        emptied = update(BankFile).where(BankFile.id.in_(files)).values(content=b"")
        session.execute(emptied.execution_options(synchronize_session=False))
        return _told("statement_line", "statements", len(ids))


def _debit_files(ids: list[int]) -> int:
    with transaction() as session:
        emptied = update(DebitBatch).where(among(DebitBatch.id, ids)).values(document=None, version=DebitBatch.version + 1)
        session.execute(emptied.execution_options(synchronize_session=False))
        return _told("debit_batch", "debit_files", len(ids))


def _told(table: str, kind: str, count: int) -> int:
    audit.record("retention", table, None, None, kind=kind, count=count, on=clock.today())
    return count


_GO: dict[str, Callable[[list[int]], int]] = {
    "ended_relations": _erase, "enrollments": _enrollments, "messages": _messages, "sessions": _sessions, "job_runs": _job_runs,
    "trail": _trail, "statements": _statements, "debit_files": _debit_files,
}  # fmt: skip
