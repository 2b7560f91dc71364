"""A run before it is made: everything is priced, nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Collection

from app.contributions import explanation
from app.contributions.facts import Charged, Unpriceable
from app.contributions.queries import previous_amounts, previous_season
from app.invoicing import run
from app.invoicing.document import Earlier, family_change_cents
from app.invoicing.preview import Named, Outlier, Preview, compare, find_outliers
from app.invoicing.queries.planning import Plan, plan_run
from app.invoicing.queries.runs import run_settings

WithMandate = Callable[[Collection[int]], Collection[int]]  # of these payers, those with a valid mandate
_NO_MANDATE = "Betaalt met automatische incasso, maar heeft geen geldige machtiging."


def preview_run(run_id: int, with_mandate: WithMandate | None = None) -> Preview:
    """Return what a run would make now. `with_mandate` is asked once who may be collected from. Raises NotFound."""
    plan = plan_run(run_settings(run_id))
    found = Preview()
    amounts: list[tuple[int, int]] = []
    now: dict[tuple[int, int], int] = {}
    why: dict[tuple[int, int], str] = {}
    by_debit: set[int] = set()
    for issue in plan.issues:
        (found.errors if issue.kind == "error" else found.left_out).append(Named(*issue[:2], issue.reason))
    _price(plan, found, amounts, now, why, by_debit)
    found.invoices = len(amounts)
    found.total_cents = sum(cents for _, cents in amounts)
    found.outliers = find_outliers(amounts)
    if with_mandate is not None and by_debit:
        without = by_debit - set(with_mandate(by_debit))
        found.outliers += [Outlier(payer_id, 0, _NO_MANDATE) for payer_id in sorted(without)]
    _compare(plan, found, now, why)
    return found


def _price(
    plan: Plan,
    found: Preview,
    amounts: list[tuple[int, int]],
    now: dict[tuple[int, int], int],
    why: dict[tuple[int, int], str],
    by_debit: set[int],
) -> None:
    settings = plan.settings
    for key, members in plan.groups():
        total, is_made = 0, False
        for entry, outcome in members:
            facts, priced = entry.subject.facts, entry.subject.priced
            who = (facts.relation_id, priced.contribution_id)
            if isinstance(outcome, Unpriceable):
                found.errors.append(Named(*who, explanation.sentence(outcome)))
                continue
            if isinstance(outcome, Charged):
                now[who] = now.get(who, 0) + outcome.amount_cents
            decision = run.decide(
                entry.key,
                outcome,
                plan.known.get(entry.key, ()),
                credits_on_end=entry.subject.credits_on_end,
                makes_charges=settings.makes_charges,
            )
            if decision.reason:
                found.left_out.append(Named(*who, decision.reason))
            for owed in decision.owed:
                is_made = True
                total += owed.amount_cents
                found.charge(priced.contribution_id, owed.rule_id, owed.amount_cents)
                if owed.lines:
                    why[who] = explanation.charge_sentence(owed.lines)
            if decision.owed and facts.payment_method == "direct_debit":
                by_debit.add(entry.subject.payer_id)
        if is_made:
            amounts.append((key[0], total + _family_maximum(plan, key[0], total)))


def _compare(plan: Plan, found: Preview, now: dict[tuple[int, int], int], why: dict[tuple[int, int], str]) -> None:
    settings = plan.settings
    ids = [one.contribution_id for one in settings.contributions]
    earlier = previous_season(settings.season, settings.organisation_id, ids)
    before: dict[tuple[int, int], int] = {}
    if earlier is not None:
        found.previous_season = earlier.name
        for relation_id, contribution_id, _, cents in previous_amounts(settings.organisation_id, ids, earlier.id):
            before[relation_id, contribution_id] = cents
    compare(found, before, now, why)


def _family_maximum(plan: Plan, payer_id: int, cents: int) -> int:
    """Return what the family maximum takes off an invoice, and remember it for the payer's next one."""
    maximum = plan.settings.maximum_cents
    if maximum is None:
        return 0
    before = plan.earlier.get(payer_id, Earlier())
    change = family_change_cents(cents, maximum, before)
    plan.earlier[payer_id] = Earlier(before.charged_cents + cents, before.net_cents + cents + change)
    return change
