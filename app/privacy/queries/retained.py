"""What was kept long enough, kind by kind: the numbers of the rows, lowest first, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Select, Table, func, or_, select

from app.background.models import JobRun
from app.bank.models import StatementLine
from app.enrollment.models import Enrollment
from app.functions.models import FunctionTerm
from app.kernel import clock
from app.kernel.db import db
from app.kernel.models import AuditRecord, AuditRedaction
from app.mail.models import Message
from app.organisations.models import Organisation
from app.privacy.models import Erasure, RetentionRule
from app.privacy.person import PERSON
from app.relations.models import Relation
from app.sepa.models import DebitBatch

_TRAIL_TABLES = tuple(kept.table for kept in PERSON if kept.erase in ("delete", "wipe"))


def moment(day: date) -> datetime:
    """Return when a day begins in the Netherlands."""
    return datetime.combine(day, time(), clock.AMSTERDAM)


def sessions_table() -> Table:
    """Return the table of sign-ins, which only security/ knows as a class."""
    return Model.metadata.tables["user_session"]


def _ended(before: date) -> Select[Any]:
    erased = select(Erasure.id).where(Erasure.relation_id == Relation.id).exists()
    running = select(FunctionTerm.id).where(
        FunctionTerm.relation_id == Relation.id, or_(FunctionTerm.last_day.is_(None), FunctionTerm.last_day >= before)
    )
    return select(Relation.id).where(Relation.end_date < before, ~erased, ~running.exists())


def _enrollments(before: date) -> Select[Any]:
    return select(Enrollment.id).where(Enrollment.state.in_(("accepted", "taken_over", "declined")), Enrollment.decided_at < moment(before))


def _messages(before: date) -> Select[Any]:
    done = Message.state.in_(("sent", "cancelled", "failed"))
    return select(Message.id).where(done, Message.made_at < moment(before), or_(Message.body != "", Message.html.is_not(None)))


def _sessions(before: date) -> Select[Any]:
    # An open session ends by itself long before this: what began earlier is over.
    table = sessions_table()
    return select(table.c.id).where(table.c.began_at < moment(before))


def _job_runs(before: date) -> Select[Any]:
    return select(JobRun.id).where(JobRun.state.in_(("done", "stopped")), JobRun.tick.is_(None), JobRun.ended_at < moment(before))


def _trail(before: date) -> Select[Any]:
    wiped = select(AuditRedaction.id).where(AuditRedaction.line == AuditRecord.id).exists()
    return select(AuditRecord.id).where(AuditRecord.table_name.in_(_TRAIL_TABLES), AuditRecord.at < moment(before), ~wiped)


def _statements(before: date) -> Select[Any]:
    named = or_(StatementLine.counter_iban.is_not(None), StatementLine.counter_name.is_not(None), StatementLine.description != "")
    return select(StatementLine.id).where(StatementLine.booked_on < before, StatementLine.journal_entry_id.is_not(None), named)


def _debit_files(before: date) -> Select[Any]:
    return select(DebitBatch.id).where(DebitBatch.collect_on < before, DebitBatch.state != "made", DebitBatch.document.is_not(None))


_ASKED: dict[str, Callable[[date], Select[Any]]] = {
    "ended_relations": _ended, "enrollments": _enrollments, "messages": _messages, "sessions": _sessions, "job_runs": _job_runs,
    "trail": _trail, "statements": _statements, "debit_files": _debit_files,
}  # fmt: skip


def count(kind: str, before: date) -> int:
    """Return how many things of a kind are older than a day."""
    return db.session.scalar(select(func.count()).select_from(_ASKED[kind](before).order_by(None).subquery())) or 0


def batch(kind: str, before: date, after: int, most: int) -> list[int]:
    """Return the next numbers of what is older than a day, after a number."""
    asked = _ASKED[kind](before)
    column = next(iter(asked.selected_columns))
    return list(db.session.scalars(asked.where(column > after).order_by(column).limit(most)))


def law_ended(today: date) -> list[int]:
    """Return the erased cards of which law asks nothing any more."""
    asked = select(Erasure.relation_id).where(Erasure.completed_at.is_(None), Erasure.kept_until < today)
    return list(db.session.scalars(asked.order_by(Erasure.relation_id)))


def settings() -> dict[str, tuple[int, bool]]:
    """Return what was set at the top of the federation, by kind."""
    top = select(Organisation.id).where(Organisation.parent_id.is_(None))
    rows = db.session.execute(
        select(RetentionRule.kind, RetentionRule.months, RetentionRule.is_active).where(RetentionRule.organisation_id.in_(top))
    )
    return {kind: (months, is_active) for kind, months, is_active in rows}
