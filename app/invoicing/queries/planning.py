"""What a run should make, looked up and put in order: everybody's functions and periods, sorted by invoice, next to the charges that exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby

from app.contributions import charges, pricing
from app.contributions.facts import Charged, ChargePeriod, NotCharged, Outcome, Unpriceable
from app.contributions.family import Settled
from app.contributions.queries import ExistingCharge, FeeYears, Subject, existing_charges, fee_years, settled_places, subjects
from app.contributions.reasons import reason_sentence
from app.invoicing import run
from app.invoicing.document import Earlier
from app.invoicing.queries.ended import Entry, Gone, GroupKey, Issue, ended_entries, with_households
from app.invoicing.queries.runs import RunSettings, earlier_totals, taken_back, where_charged
from app.invoicing.run import Known
from app.kernel.periods import dutch_date

UNSEEN_PAYER = "De kaart van de betaler hoort niet bij deze omgeving. Kies een andere betaler, of factureer vanuit een hogere omgeving."
PAID_FOR = "Is al berekend en betaald; de functie begint op de dag van die betaling."


Group = tuple[GroupKey, list[tuple[Entry, Outcome]]]


@dataclass
class Plan:
    """Everything that a run looks at, before anything is written. `known` are the charges that exist, by key without number.

    `beside` are family members whom the run does not charge, but whose prices settle who has the family discount.
    """

    settings: RunSettings
    entries: list[Entry] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    known: dict[str, list[Known]] = field(default_factory=dict)
    last_charge_id: int = 0
    earlier: dict[int, Earlier] = field(default_factory=dict)
    beside: list[pricing.Item] = field(default_factory=list)
    families: dict[int, list[Settled]] = field(default_factory=dict)

    def groups(self) -> Iterator[Group]:
        """Give the members of each invoice with what they owe, priced as they come by."""
        outcomes = self.price(entry for entry in self.entries if entry.outcome is None)
        both = ((entry, entry.outcome if entry.outcome is not None else _own(entry, next(outcomes))) for entry in self.entries)
        for key, members in groupby(both, key=lambda pair: pair[0].group):
            yield key, list(members)

    def price(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        """Give what each of these owes, in order, and then what those beside would; members who are alike share an outcome."""
        to_price = ((entry.subject.prices, entry.subject.facts_on(entry.period), entry.period) for entry in entries)
        return pricing.price_run(chain(to_price, self.beside), self.families)


def _own(entry: Entry, outcome: Outcome) -> Outcome:
    """Return an outcome as it is told of the member of an entry."""
    return outcome.of(entry.subject.facts) if isinstance(outcome, Charged) else outcome


def plan_run(settings: RunSettings, relation_ids: Sequence[int] | None = None) -> Plan:
    """Return what the run concerns, for all or for some relations, by invoice; families are looked at whole."""
    plan = Plan(settings)
    plan.entries += read_entries(plan, relation_ids)
    plan.entries.sort(key=lambda entry: (entry.group, entry.subject.facts.relation_id, entry.key))
    return plan


def read_entries(plan: Plan, relation_ids: Sequence[int] | None = None) -> Iterator[Entry]:
    """Give what the run concerns as it is read, in no order, and fill in the rest of the plan meanwhile."""
    settings = plan.settings
    gone = _existing(plan, relation_ids)
    not_due: dict[tuple[int | None, int], NotCharged] = {}
    kinds = frozenset(kind for one in settings.contributions for kind in one.kinds)
    places = settled_places(settings.organisation_id, settings.season, kinds)
    plan.families.update(places.families)
    if settings.maximum_cents is not None and settings.source_id is not None:
        plan.earlier = earlier_totals(settings.organisation_id, settings.source_id, settings.season.season_id)
    fees = fee_years(settings.contributions, settings.season)
    whole = with_households(relation_ids) if relation_ids is not None and "family" in kinds else relation_ids
    asked = None if relation_ids is None else frozenset(relation_ids)
    for subject in subjects(settings.contributions, settings.season, whole):
        function = (subject.facts.function_id, subject.priced.contribution_id)
        is_asked = (asked is None or subject.facts.relation_id in asked) and not _outside(settings, subject)
        due = _refusal(settings, subject, is_charged=function in gone) or subject.priced.timetable.due(subject.facts)
        if not isinstance(due, NotCharged | Unpriceable | Issue):
            yield from _entries(plan, places.with_activities(subject), due, fees, gone.get(function, {}) if is_asked else None)
            continue
        if isinstance(due, NotCharged):
            not_due[function] = due
        else:
            gone.pop(function, None)  # whether it is still owed cannot be told
        if is_asked:
            plan.issues.append(due if isinstance(due, Issue) else _issue(subject, due))
    if settings.start_filter == "all" and settings.entered_after is None:
        yield from ended_entries(settings, gone, not_due)


def _entries(
    plan: Plan, subject: Subject, due: Sequence[ChargePeriod], fees: FeeYears, gone: dict[str, ExistingCharge] | None
) -> Iterator[Entry]:
    """Give the periods of one function; `gone` None when the run is not for it, so that it only counts in its family."""
    settings, priced, facts = plan.settings, subject.priced, subject.facts
    group = run.group_key(settings.grouping, subject.payer_id, facts.relation_id, facts.function_id)
    for period in due:
        told = fees.told(subject, period)
        if gone is None:
            if facts.household_id is not None and priced.prices.has_family_discount:
                plan.beside.append((told.prices, told.facts_on(period), period))
            continue
        agreed, days = subject.agreed_first_day, (period[0], period[1])
        if agreed is not None:
            days = priced.timetable.agreed(facts, agreed, period)
        key = charges.charge_key(facts.function_id, facts.relation_id, priced.contribution_id, days)
        gone.pop(key, None)
        if agreed is not None and _is_paid_for(subject, period, plan.known.get(key, ())):
            plan.issues.append(Issue(facts.relation_id, priced.contribution_id, "left_out", PAID_FOR))
            continue
        if key not in plan.known and _has_died(settings, subject):
            continue
        if priced.waits_for_issue and period.issue_on is not None and period.issue_on > settings.invoice_date:
            continue
        yield Entry(group, told, period, key)


def _is_paid_for(subject: Subject, period: ChargePeriod, known: Sequence[Known]) -> bool:
    """Whether a first period moved with the first payment: its price was agreed and paid, and is told anew only to give back the rest."""
    if not (period.is_first and subject.priced.timetable.counts_from_start and any(one.state != "open" for one in known)):
        return False
    last_day = subject.facts.last_day
    return last_day is None or last_day >= period.last_day or not subject.credits_on_end


def _outside(settings: RunSettings, subject: Subject) -> bool:
    """Whether a function falls outside what the run is for."""
    if run.outside_start(settings.start_filter, settings.start_date, subject.facts.first_day):
        return True
    return settings.entered_after is not None and subject.entered_at <= settings.entered_after


def _refusal(settings: RunSettings, subject: Subject, *, is_charged: bool) -> Issue | None:
    """Return why a function is not looked at, or None. What was charged to who died is looked at once the function has ended."""
    who = (subject.facts.relation_id, subject.priced.contribution_id)
    is_settling = is_charged and subject.facts.last_day is not None
    if _has_died(settings, subject) and not is_settling:
        return Issue(*who, "left_out", f"Is overleden op {dutch_date(subject.deceased_on or settings.invoice_date)}.")
    return Issue(*who, "error", UNSEEN_PAYER) if subject.payer_unseen else None


def _has_died(settings: RunSettings, subject: Subject) -> bool:
    return subject.deceased_on is not None and subject.deceased_on <= settings.invoice_date


def _issue(subject: Subject, due: NotCharged | Unpriceable) -> Issue:
    kind = "left_out" if isinstance(due, NotCharged) else "error"
    return Issue(subject.facts.relation_id, subject.priced.contribution_id, kind, reason_sentence(due.reason, *due.values))


def _existing(plan: Plan, relation_ids: Sequence[int] | None) -> Gone:
    """Fill `known` and return the charges by function and contribution, then by key without number: the first one of each."""
    settings = plan.settings
    ids = [one.contribution_id for one in settings.contributions]
    found: Gone = {}
    rows = list(existing_charges(settings.organisation_id, ids, settings.season, relation_ids))
    where = where_charged(settings.organisation_id, ids, settings.season) if rows else {}
    back = taken_back(settings.organisation_id, ids, settings.season) if rows else {}
    for row in rows:
        on_run, words = where.get(row.charge_id, (None, ""))
        key = charges.base_key(row.key)
        known = Known(row.charge_id, row.key, row.amount_cents, row.state, words, on_run == settings.run_id, back.get(row.charge_id, 0))
        plan.known.setdefault(key, []).append(known)
        if row.function_term_id is not None:
            found.setdefault((row.function_term_id, row.contribution_id), {}).setdefault(key, row)
        plan.last_charge_id = max(plan.last_charge_id, row.charge_id)
    return found


__all__ = ["Entry", "Group", "GroupKey", "Issue", "Plan", "plan_run", "read_entries"]
