"""What was charged and is owed no more, because the function ended or begins later; and what a plan is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Row, select

from app.contributions.facts import ChargePeriod, MemberFacts, NotCharged, Outcome
from app.contributions.queries import ExistingCharge, Subject
from app.functions.models import EndReason, FunctionTerm
from app.invoicing import run
from app.invoicing.queries.runs import RunSettings
from app.kernel import clock
from app.kernel.db import db
from app.relations.models import Relation

GroupKey: TypeAlias = tuple[int, int, int]
Gone: TypeAlias = dict[tuple[int | None, int], dict[str, ExistingCharge]]  # by (function, contribution), then by key without number
IN_ONE_QUESTION = 10_000


class Entry(NamedTuple):
    """One period of one function, with the invoice it belongs on. `outcome` is set where pricing has nothing to say."""

    group: GroupKey
    subject: Subject
    period: ChargePeriod
    key: str
    outcome: Outcome | None = None


class Issue(NamedTuple):
    """Who is left out, or cannot be charged, and why. `kind` is `left_out` or `error`."""

    relation_id: int
    contribution_id: int | None
    kind: str
    reason: str


def with_households(relation_ids: Sequence[int]) -> list[int]:
    """Return these relations and all who share a household with one of them."""
    card = Relation.__table__.c
    found = set(relation_ids)
    for part in _parts(relation_ids):
        homes = select(card.household_id).where(card.id.in_(part), card.household_id.is_not(None))
        found |= set(db.session.connection().execute(select(card.id).where(card.household_id.in_(homes))).scalars())
    return sorted(found)


def ended_entries(settings: RunSettings, gone: Gone, reasons: Mapping[tuple[int | None, int], NotCharged]) -> list[Entry]:
    """Return entries for charges of functions that ended before the period, or now begin after it, or are not due by `reasons`.

    Whether what stands is given back, the contribution or the reason for ending says; what is open is dropped.
    """
    by_id = {one.contribution_id: one for one in settings.contributions}
    left = [(key, row) for rows in gone.values() for key, row in rows.items()]
    terms = _terms([row.function_term_id for _, row in left if row.function_term_id is not None])
    payers = _payers([row.payer_id for _, row in left])
    found = []
    for key, row in left:
        term, payer = terms.get(row.function_term_id or 0), payers.get(row.payer_id)
        if term is None or payer is None:
            continue
        why = _why(term, row) or reasons.get((row.function_term_id, row.contribution_id))
        if why is None:
            continue
        facts = MemberFacts(row.relation_id, term.organisation_id, row.function_term_id, payment_method=payer.payment_method)
        credits_rest = bool(term.credits_rest)
        subject = Subject(
            facts,
            by_id[row.contribution_id],
            row.payer_id,
            payer.payment_term_id,
            payer.number,
            None,
            clock.now(),
            reason_credits=credits_rest,
        )
        group = run.group_key(settings.grouping, row.payer_id, row.relation_id, row.function_term_id)
        found.append(Entry(group, subject, ChargePeriod(row.first_day, row.last_day), key, why))
    return found


def _why(term: Row[Any], row: ExistingCharge) -> NotCharged | None:
    first, last = row.first_day, row.last_day
    if term.last_day is not None and term.last_day < first:
        return NotCharged("ended_before", (term.last_day, first))
    return NotCharged("starts_later", (term.first_day, last)) if term.first_day > last else None


def _terms(ids: Sequence[int]) -> dict[int, Row[Any]]:
    term, reason = FunctionTerm.__table__, EndReason.__table__
    asked = select(term.c.id, term.c.organisation_id, term.c.first_day, term.c.last_day, reason.c.credits_rest).select_from(
        term.outerjoin(reason, reason.c.id == term.c.end_reason_id)
    )
    return {row.id: row for part in _parts(ids) for row in db.session.connection().execute(asked.where(term.c.id.in_(part)))}


def _payers(ids: Sequence[int]) -> dict[int, Row[Any]]:
    asked = select(Relation.id, Relation.payment_method, Relation.payment_term_id, Relation.number)
    return {row.id: row for part in _parts(ids) for row in db.session.execute(asked.where(Relation.id.in_(part)))}


def _parts(ids: Sequence[int]) -> list[list[int]]:
    ordered = sorted(set(ids))
    return [ordered[start : start + IN_ONE_QUESTION] for start in range(0, len(ordered), IN_ONE_QUESTION)]


__all__ = ["Entry", "Gone", "GroupKey", "Issue", "ended_entries", "with_households"]
