"""What was found before, and what the mails list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.data_quality.mailing import Listed
from app.data_quality.models import DataIssue
from app.kernel.db import db
from app.organisations.models import Organisation
from app.relations.models import Relation


@dataclass(frozen=True, slots=True)
class Known:
    """An issue as it was left the last time."""

    id: int
    state: str
    text: str


def known_issues(rule: str) -> dict[tuple[int, int], Known]:
    """Return every issue of a rule by organisation and card."""
    columns = (DataIssue.organisation_id, DataIssue.relation_id, DataIssue.id, DataIssue.state, DataIssue.text)
    rows = db.session.execute(select(*columns).where(DataIssue.rule == rule))
    return {(row[0], row[1]): Known(row[2], row[3], row[4]) for row in rows}


def open_issues_of(organisation_ids: Sequence[int]) -> Iterator[Listed]:
    """Return the open issues of these organisations: new ones first, by rule and name."""
    query = (
        select(DataIssue.id, Relation.id, Relation.display_name, Relation.number, DataIssue.rule, DataIssue.text, DataIssue.mailed_at)
        .join(Relation, Relation.id == DataIssue.relation_id)
        .where(DataIssue.organisation_id.in_(organisation_ids), DataIssue.state == "open")
        .order_by(DataIssue.mailed_at.is_not(None), DataIssue.rule, Relation.sort_key)
    )
    for *columns, mailed_at in db.session.execute(query):
        yield Listed(*columns, is_new=mailed_at is None)


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation with open issues, and the ids from the root to itself."""

    id: int
    path: str
    name: str


def places_with_open_issues() -> list[Place]:
    """Return each organisation that has open issues."""
    having = select(DataIssue.organisation_id).where(DataIssue.state == "open").distinct()
    query = select(Organisation.id, Organisation.path, Organisation.name).where(Organisation.id.in_(having)).order_by(Organisation.path)
    return [Place(*row) for row in db.session.execute(query)]


def notification_addresses() -> dict[int, tuple[str, str]]:
    """Return the notification address and name of each organisation that has one."""
    query = select(Organisation.id, Organisation.notification_email, Organisation.name).where(Organisation.notification_email.is_not(None))
    return {row[0]: (row[1], row[2]) for row in db.session.execute(query)}
