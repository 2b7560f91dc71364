"""Find what is wrong on cards, mail who can mend it, and accept what is meant to be so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from sqlalchemy import select, update

from app.data_quality.mailing import Listed, written
from app.data_quality.models import DATA_ISSUE, DataIssue
from app.data_quality.queries import finders, issues
from app.data_quality.rules import RULES
from app.kernel import audit, clock
from app.kernel.actor import the_actor
from app.kernel.bulk import insert_rows
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction
from app.mail.usecases import queue_message
from app.organisations import tree

_PART = 1_000
_COLUMNS = ("organisation_id", "relation_id", "rule", "text", "state", "first_seen", "last_seen", "version")


@dataclass(frozen=True, slots=True)
class FoundResult:
    """What a search changed, and how many issues stand open after it."""

    new: int
    solved: int
    open: int


def find_issues(today: date, progress: Callable[[int, int], object] | None = None) -> FoundResult:
    """Look at every card with every rule, as a system actor.

    An issue appears once per card and rule, comes back open when the fault returns, stays accepted when it was accepted, and
    is solved by itself. Each rule is one transaction.
    """
    new = solved = is_open = 0
    for done, rule in enumerate(RULES):
        if progress:
            progress(done, len(RULES))
        found = {(one.organisation_id, one.relation_id): _text(rule, one.detail) for one in finders.FINDERS[rule](today)}
        counts = _keep(rule, found)
        new, solved, is_open = new + counts.new, solved + counts.solved, is_open + counts.open
    return FoundResult(new, solved, is_open)


def _text(rule: str, detail: str) -> str:
    return (f"{RULES[rule].title}: {detail}" if detail else RULES[rule].title)[:300]


def _keep(rule: str, found: dict[tuple[int, int], str]) -> FoundResult:
    with transaction():
        now = clock.now()
        known = issues.known_issues(rule)
        fresh = [key for key in found if key not in known]
        back = [known[key].id for key in found if key in known and known[key].state == "solved"]
        gone = [one.id for key, one in known.items() if one.state != "solved" and key not in found]
        other = [(known[key].id, text) for key, text in found.items() if key in known and known[key].text != text]
        insert_rows(DataIssue.__table__, _COLUMNS, ((*key, rule, found[key], "open", now, now, 1) for key in fresh))
        _set(back, state="open", first_seen=now, mailed_at=None, accepted_reason=None, accepted_by=None, version=DataIssue.version + 1)
        _set(gone, state="solved", version=DataIssue.version + 1)
        for issue_id, text in other:
            _set([issue_id], text=text)
        _update(DataIssue.rule == rule, DataIssue.state != "solved", last_seen=now)
        if fresh or back or gone:
            audit.record("find", "data_issue", None, None, rule=rule, new=len(fresh) + len(back), solved=len(gone))
        still_open = sum(1 for key in found if key not in known or known[key].state != "accepted")
        return FoundResult(len(fresh) + len(back), len(gone), still_open)


@dataclass(frozen=True, slots=True)
class MailedResult:
    """How many mails were put in the outbox, and which organisations have issues and nobody to tell."""

    messages: int
    without_address: tuple[str, ...]


def mail_new_issues(today: date) -> MailedResult:
    """Mail each organisation its new and open issues, as a system actor; nothing new and nothing open is no mail.

    Issues of an organisation without a notification address go to the nearest one above it that has one. A day mails once.
    """
    addresses = issues.notification_addresses()
    groups: dict[int, list[int]] = {}
    nobody = []
    for place in issues.places_with_open_issues():
        told = next((above for above in reversed(tree.ids_in(place.path)) if above in addresses), None)
        if told is None:
            nobody.append(place.name)
        else:
            groups.setdefault(told, []).append(place.id)
    for told, places in groups.items():
        _mail(told, *addresses[told], places, today)
    return MailedResult(len(groups), tuple(nobody))


def _mail(organisation_id: int, address: str, name: str, places: Sequence[int], today: date) -> None:
    with transaction():
        listed: list[Listed] = list(issues.open_issues_of(places))
        subject, body = written(name, listed, current_app.config["BASE_URL"].rstrip("/"))
        queue_message(organisation_id, f"data_issues:{today.isoformat()}", "data_issues", address, subject, body)
        _set([issue.id for issue in listed if issue.is_new], mailed_at=clock.now())


def accept_issue(issue_id: int, reason: str) -> None:
    """Say that this is meant to be so. Raises NotFound, DomainError `reason_missing` or `wrong_state`."""
    if not reason.strip():
        raise DomainError("reason_missing", "Vul in waarom dit zo hoort, dan weet de volgende beheerder het ook.")
    with transaction():
        row = _issue(issue_id)
        row.state = DATA_ISSUE.target("accept", row.state)
        row.accepted_reason, row.accepted_by = reason.strip()[:200], the_actor().name


def reopen_issue(issue_id: int) -> None:
    """Take an acceptance back. Raises NotFound, DomainError `wrong_state`."""
    with transaction():
        row = _issue(issue_id)
        if row.state != "accepted":
            raise DATA_ISSUE.refusal("reopen", row.state)
        row.state, row.accepted_reason, row.accepted_by = "open", None, None


def _issue(issue_id: int) -> DataIssue:
    with transaction() as session:
        row = session.scalar(select(DataIssue).where(DataIssue.id == issue_id))
        if row is None:
            raise NotFound
        return row


def _set(ids: Sequence[int], **values: Any) -> None:
    for start in range(0, len(ids), _PART):
        _update(DataIssue.id.in_(ids[start : start + _PART]), **values)


def _update(*which: Any, **values: Any) -> None:
    with transaction() as session:
        session.execute(update(DataIssue).where(*which).values(**values).execution_options(synchronize_session=False))
