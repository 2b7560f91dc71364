"""What a run should make, looked up and put in order: everybody's functions and periods, sorted by invoice, next to the charges that exist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import select

from app.contributions import charges, pricing
from app.contributions.facts import ChargePeriod, MemberFacts, NotCharged, Outcome, Unpriceable
from app.contributions.queries import ExistingCharge, Subject, existing_charges, subjects
from app.contributions.queries.settings import Priced
from app.contributions.reasons import reason_sentence
from app.invoicing import run
from app.invoicing.queries.runs import RunSettings, earlier_totals, where_charged
from app.invoicing.run import Known
from app.kernel import clock
from app.kernel.db import db
from app.kernel.periods import dutch_date
from app.relations.models import Relation

UNSEEN_PAYER = "De kaart van de betaler hoort niet bij deze omgeving. Kies een andere betaler, of factureer vanuit een hogere omgeving."
GroupKey = tuple[int, int, int]


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


Group = tuple[GroupKey, list[tuple[Entry, Outcome]]]


@dataclass
class Plan:
    """Everything that a run looks at, before anything is written. `known` are the charges that exist, by key without number."""

    settings: RunSettings
    entries: list[Entry] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    known: dict[str, list[Known]] = field(default_factory=dict)
    last_charge_id: int = 0
    earlier: dict[int, int] = field(default_factory=dict)

    def groups(self) -> Iterator[Group]:
        """Give the members of each invoice with what they owe, priced as they come by."""
        to_price = [(e.subject.priced.prices, e.subject.facts_on(e.period), e.period) for e in self.entries if e.outcome is None]
        outcomes = pricing.price_run(to_price)
        both = ((entry, entry.outcome if entry.outcome is not None else next(outcomes)) for entry in self.entries)
        for key, members in groupby(both, key=lambda pair: pair[0].group):
            yield key, list(members)


def plan_run(settings: RunSettings, relation_ids: Sequence[int] | None = None) -> Plan:
    """Return what the run concerns, for all or for some relations."""
    plan = Plan(settings)
    gone = _existing(plan, relation_ids)
    add, issue, dead_by = plan.entries.append, plan.issues.append, settings.invoice_date
    for subject in subjects(settings.contributions, settings.season, relation_ids):
        facts, priced = subject.facts, subject.priced
        contribution_id = priced.contribution_id
        if run.outside_start(settings.start_filter, settings.start_date, facts.first_day):
            continue
        if settings.entered_after is not None and subject.entered_at <= settings.entered_after:
            continue
        if subject.deceased_on is not None and subject.deceased_on <= dead_by:
            issue(Issue(facts.relation_id, contribution_id, "left_out", f"Is overleden op {dutch_date(subject.deceased_on)}."))
            continue
        due = priced.timetable.due(facts)
        if isinstance(due, NotCharged | Unpriceable):
            kind = "left_out" if isinstance(due, NotCharged) else "error"
            issue(Issue(facts.relation_id, contribution_id, kind, reason_sentence(due.reason, *due.values)))
            continue
        if subject.payer_unseen:
            issue(Issue(facts.relation_id, contribution_id, "error", UNSEEN_PAYER))
            continue
        group = run.group_key(settings.grouping, subject.payer_id, facts.relation_id, facts.function_id)
        for period in due:
            if priced.waits_for_issue and period.issue_on is not None and period.issue_on > settings.invoice_date:
                continue
            key = charges.charge_key(facts.function_id, facts.relation_id, contribution_id, period)
            gone.pop(key, None)
            add(Entry(group, subject, period, key))
    if settings.start_filter == "all" and settings.entered_after is None and settings.makes_charges:
        plan.entries += _ended(settings, gone)
    plan.entries.sort(key=lambda entry: (entry.group, entry.subject.facts.relation_id, entry.key))
    if settings.maximum_cents is not None and settings.source_id is not None:
        plan.earlier = earlier_totals(settings.organisation_id, settings.source_id, settings.season.season_id)
    return plan


def _existing(plan: Plan, relation_ids: Sequence[int] | None) -> dict[str, ExistingCharge]:
    """Fill `known` and return the charges by key without number."""
    settings = plan.settings
    ids = [one.contribution_id for one in settings.contributions]
    found: dict[str, ExistingCharge] = {}
    rows = list(existing_charges(settings.organisation_id, ids, settings.season, relation_ids))
    where = where_charged(settings.organisation_id, ids, settings.season) if rows else {}
    for row in rows:
        on_run, words = where.get(row.charge_id, (None, ""))
        key = charges.base_key(row.key)
        known = Known(row.charge_id, row.key, row.amount_cents, row.state, words, on_run == settings.run_id)
        plan.known.setdefault(key, []).append(known)
        found[key] = row
        plan.last_charge_id = max(plan.last_charge_id, row.charge_id)
    return found


def _ended(settings: RunSettings, gone: dict[str, ExistingCharge]) -> list[Entry]:
    """Return entries for what was charged and is owed no more, where the contribution gives it back."""
    by_id = {one.contribution_id: one for one in settings.contributions if one.credits_on_end}
    left = {key: row for key, row in gone.items() if row.contribution_id in by_id and row.state in ("posted", "invoiced")}
    if not left:
        return []
    payers = {
        row.id: row
        for row in db.session.execute(
            select(Relation.id, Relation.payment_method, Relation.payment_term_id, Relation.number).where(
                Relation.id.in_({row.payer_id for row in left.values()})
            )
        )
    }
    season = settings.season
    found = []
    for key, row in left.items():
        priced: Priced = by_id[row.contribution_id]
        payer = payers.get(row.payer_id)
        if payer is None:
            continue
        facts = MemberFacts(row.relation_id, settings.organisation_id, row.function_term_id, payment_method=payer.payment_method)
        subject = Subject(facts, priced, row.payer_id, payer.payment_term_id, payer.number, None, clock.now())
        group = run.group_key(settings.grouping, row.payer_id, row.relation_id, row.function_term_id)
        period = ChargePeriod(season.first_day, season.last_day)
        found.append(Entry(group, subject, period, key, NotCharged("ended_before", (season.first_day, season.first_day))))
    return found
