"""Settle functions that end earlier than they were charged for, or go on after all, as soon as that is entered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select, update

from app.contributions.models import Charge
from app.invoicing import run
from app.invoicing.queries.planning import Entry, plan_run
from app.invoicing.queries.runs import settings_without_run
from app.invoicing.run import Owed
from app.invoicing.usecases.dropping import drop_open
from app.kernel import audit
from app.kernel.actor import system_actor, the_actor
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction, working_as
from app.ledger.usecases.locking import lock_books


def settle_ends(function_term_ids: Collection[int], today: date) -> int:
    """Make, lower or drop the open charges that follow from the days of these functions, and return how many.

    A charge that is open says the new amount; what stands on an invoice gets a charge over the difference, which the next run invoices. Only
    what was charged is looked at. Who ends a function may be of a department that does not see the books, so the system does it, after the
    function itself is saved: what cannot be told now (an error in the settings or on the card) is left to the next run, which names it.
    """
    asked_by = the_actor().name
    count = 0
    with working_as(system_actor(f"einde van functies, door {asked_by}"[:100])):
        for organisation_id, season_id, contribution_ids, relation_ids in _charged(function_term_ids):
            try:
                count += _settle(organisation_id, season_id, contribution_ids, relation_ids, frozenset(function_term_ids), today)
            except DomainError:
                continue
    return count


def _charged(function_term_ids: Collection[int]) -> list[tuple[int, int, list[int], list[int]]]:
    """Return by books and season which contributions and relations were charged for these functions."""
    found: dict[tuple[int, int], tuple[set[int], set[int]]] = {}
    rows = db.session.execute(
        select(Charge.organisation_id, Charge.season_id, Charge.contribution_id, Charge.relation_id)
        .where(Charge.function_term_id.in_(function_term_ids), Charge.season_id.is_not(None))
        .distinct()
    )
    for organisation_id, season_id, contribution_id, relation_id in rows:
        contributions, relations = found.setdefault((organisation_id, season_id), (set(), set()))
        contributions.add(contribution_id)
        relations.add(relation_id)
    return [(*key, sorted(contributions), sorted(relations)) for key, (contributions, relations) in sorted(found.items())]


def _settle(
    organisation_id: int,
    season_id: int,
    contribution_ids: Sequence[int],
    relation_ids: Sequence[int],
    term_ids: frozenset[int],
    today: date,
) -> int:
    count = 0
    with transaction():
        lock_books(organisation_id)
        plan = plan_run(settings_without_run(organisation_id, season_id, contribution_ids, today), relation_ids)
        for _, members in plan.groups():
            for entry, outcome in members:
                known = plan.known.get(entry.key)
                if entry.subject.facts.function_id not in term_ids or not known:
                    continue
                decision = run.decide(entry.key, outcome, known, credits_on_end=entry.subject.credits_on_end)
                count += drop_open(organisation_id, decision.dropped)
                count += sum(_keep(organisation_id, season_id, entry, owed) for owed in decision.owed)
    return count


def _keep(organisation_id: int, season_id: int, entry: Entry, owed: Owed) -> int:
    """Keep what is owed as an open charge, or change the one that is open; return how many changed."""
    subject, facts = entry.subject, entry.subject.facts
    first_day, last_day = run.covered(entry.period, facts.last_day, owed)
    why = list(owed.explained())
    values = {"amount_cents": owed.amount_cents, "description": run.cut(why[0]["text"]), "explanation": why}
    with transaction() as session:
        if owed.charge_id is not None:
            if not owed.is_changed:
                return 0
            session.execute(
                update(Charge)
                .where(Charge.id == owed.charge_id, Charge.state == "open")
                .values(**values, rule_id=owed.rule_id, first_day=first_day, last_day=last_day)
                .execution_options(synchronize_session=False)
            )
            charge_id = owed.charge_id
        else:
            row = Charge(
                organisation_id=organisation_id,
                key=owed.key,
                contribution_id=subject.priced.contribution_id,
                rule_id=owed.rule_id,
                season_id=season_id,
                relation_id=facts.relation_id,
                payer_id=subject.payer_id,
                function_term_id=facts.function_id,
                first_day=first_day,
                last_day=last_day,
                state="open",
                **values,
            )
            session.add(row)
            session.flush()
            charge_id = row.id
        audit.record("settle", Charge.__tablename__, charge_id, organisation_id, amount_cents=owed.amount_cents)
        return 1
