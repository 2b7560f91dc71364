"""A run before it is made: everything is priced, nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from app.contributions import explanation
from app.contributions.comparing import Paid, counterparts, paid, together
from app.contributions.facts import OWN_FACTS, Charged, ChargePeriod, Outcome, SeasonTerms, Unpriceable
from app.contributions.queries import functions_touched, previous_amounts, previous_season, season_terms
from app.contributions.queries.comparing import paid_before, rule_names
from app.contributions.queries.settings import rules_of
from app.contributions.scenario import Scenario
from app.invoicing import run
from app.invoicing.document import Earlier, Line, document
from app.invoicing.preview import Named, Outlier, Preview, Sides, compare, find_outliers
from app.invoicing.queries.beside import beside_charges
from app.invoicing.queries.planning import Entry, GroupKey, Plan, read_entries
from app.invoicing.queries.runs import run_settings
from app.invoicing.run import Owed
from app.kernel.bulk import collector_at_rest

WithMandate = Callable[[Collection[int]], Collection[int]]  # of these payers, those with a valid mandate
Progress = Callable[[int, int], object]
TELL_EVERY = 1_000
PREVIEW = "invoice_run_preview"
_NO_MANDATE = "Betaalt met automatische incasso, maar heeft geen geldige machtiging."
Key = tuple[int, int]


def functions_in(run_id: int) -> int:
    """Return how many functions a run looks at, to tell whether it can be previewed at once. Raises NotFound."""
    settings = run_settings(run_id)
    return sum(functions_touched(settings.contributions, settings.season).values())


def preview_key(run_id: int) -> str:
    """Return by what name the preview of a run is asked and kept."""
    return f"run.{run_id}"


def preview_run(run_id: int, with_mandate: WithMandate | None = None, progress: Progress | None = None) -> Preview:
    """Return what a run would make now. `with_mandate` is asked once who may be collected from. Raises NotFound.

    `progress(done, total)` is called now and then, in charges.
    """
    with collector_at_rest():
        plan = Plan(run_settings(run_id))
        found = Preview()
        earlier, before = _before(plan)
        pricing = _Pricing(plan, found, before, progress)
        pricing.price()
        found.invoices = len(pricing.amounts)
        found.total_cents = sum(cents for _, cents in pricing.amounts)
        found.outliers = find_outliers(pricing.amounts)
        if with_mandate is not None and pricing.by_debit:
            without = pricing.by_debit - set(with_mandate(pricing.by_debit))
            found.outliers += [Outlier(payer_id, 0, _NO_MANDATE, "no_mandate") for payer_id in sorted(without)]
        sides = Sides(before, pricing.now, new_words=pricing.new_words)
        if earlier is not None:
            found.previous_season = earlier.name
            ids = [one.contribution_id for one in plan.settings.contributions]
            beside = beside_charges(plan.settings.organisation_id, ids, earlier.season_id)
            found.previous_maximum_cents, found.previous_vat_cents = beside
            _explain(plan, earlier, sides)
        compare(found, sides)
        return found


class _Told(NamedTuple):
    """What the preview keeps of a charge to be until all are priced: the facts of the member are let go."""

    group: GroupKey
    relation_id: int
    key: str
    contribution_id: int
    payer_id: int
    by_debit: bool
    credits_on_end: bool
    period: ChargePeriod
    last_day: date | None
    vat_code_id: int | None
    payment_term_id: int | None
    whose: tuple[Any, ...]  # `OWN_FACTS`, for the explanation


def _told(entry: Entry) -> _Told:
    subject, facts = entry.subject, entry.subject.facts
    return _Told(
        entry.group,
        facts.relation_id,
        entry.key,
        subject.priced.contribution_id,
        subject.payer_id,
        facts.payment_method == "direct_debit",
        subject.credits_on_end,
        entry.period,
        facts.last_day,
        subject.priced.vat_code_id,
        subject.payment_term_id,
        facts[OWN_FACTS],
    )


class _Pricing:
    """Everybody's price, next to what there was before."""

    def __init__(self, plan: Plan, found: Preview, before: dict[Key, int], progress: Progress | None) -> None:
        self._plan, self._found, self._before, self._progress = plan, found, before, progress
        self.amounts: list[tuple[int, int]] = []
        self.now: dict[Key, Paid] = {}
        self.new_words: dict[Key, str] = {}
        self.by_debit: set[int] = set()
        self._same: dict[Paid, Paid] = {}

    def price(self) -> None:
        """Price everybody, and count invoice by invoice."""
        priced = self._priced()
        for issue in self._plan.issues:
            (self._found.errors if issue.kind == "error" else self._found.left_out).append(Named(*issue[:2], issue.reason))
        done = told = 0
        for group, members in groupby(priced, key=lambda pair: pair[0].group):
            its = list(members)
            made = [lines for one, outcome in its if (lines := self._count(one, outcome)) is not None]
            done += len(its)
            if made:
                self.amounts.append((group[0], self._invoice(its[0][0], [line for lines in made for line in lines])))
            if self._progress is not None and done - told >= TELL_EVERY:
                told = done
                self._progress(done, len(priced))

    def _priced(self) -> list[tuple[_Told, Outcome]]:
        """Return what is kept of everybody, priced while being read, by invoice."""
        told: list[_Told] = []
        apart: list[tuple[_Told, Outcome]] = []

        def to_price() -> Iterator[Entry]:
            for entry in read_entries(self._plan):
                if entry.outcome is not None:
                    apart.append((_told(entry), entry.outcome))
                else:
                    told.append(_told(entry))
                    yield entry

        outcomes = list(self._plan.price(to_price()))
        return sorted([*zip(told, outcomes, strict=False), *apart], key=lambda pair: pair[0][:3])  # what is beside comes last

    def _count(self, one: _Told, outcome: Outcome) -> list[Line] | None:
        """Count one charge to be; return its lines, as far as the invoice adds up by them, or None when it makes nothing."""
        found, who = self._found, (one.relation_id, one.contribution_id)
        if isinstance(outcome, Unpriceable):
            found.errors.append(Named(*who, explanation.sentence(outcome)))
            return None
        if isinstance(outcome, Charged):
            now = together(self.now.get(who), paid(outcome))
            self.now[who] = self._same.setdefault(now, now)
            outcome = outcome.whose_is(one.whose)
        known = self._plan.known.get(one.key, ())
        decision = run.decide(one.key, outcome, known, credits_on_end=one.credits_on_end, makes_charges=self._plan.settings.makes_charges)
        if decision.reason:
            found.left_out.append(Named(*who, decision.reason))
        for owed in decision.owed:
            found.charge(one.contribution_id, owed.rule_id, owed.amount_cents)
            if who not in self._before and (explained := owed.explained()):
                self.new_words[who] = explanation.charge_sentence(explained, one.period.first_day)
        if not decision.owed:
            return None
        if one.by_debit:
            self.by_debit.add(one.payer_id)
        return [line for owed in decision.owed for line in self._lines(one, owed)]

    def _lines(self, one: _Told, owed: Owed) -> list[Line]:
        number, accounts = one.contribution_id, self._plan.settings.accounts
        days = run.covered(one.period, one.last_day, owed)
        return [
            Line("", cents, account or accounts.get(number, 0), one.vat_code_id, None, number, None, *days)
            for _text, cents, account in owed.priced()
        ]

    def _invoice(self, first: _Told, lines: list[Line]) -> int:
        """Return what an invoice comes to, and remember for the payer's next one what counts for the family maximum."""
        plan, found, payer_id = self._plan, self._found, first.group[0]
        settings, before = plan.settings, plan.earlier.get(payer_id, Earlier())
        made = document(lines, settings.rates, settings.term_for(first.payment_term_id), settings.maximum_cents, before)
        found.vat_cents += made.vat_cents
        if settings.maximum_cents is not None:
            charged = sum(line.amount_cents for line in lines)
            change = sum(line.amount_cents for line in made.lines[len(lines) :] if line.contribution_id is not None)
            found.maximum_cents += change
            plan.earlier[payer_id] = Earlier(before.charged_cents + charged, before.net_cents + charged + change)
        return made.total_cents


def _before(plan: Plan) -> tuple[SeasonTerms | None, dict[Key, int]]:
    """Return the last season in which these contributions were charged, and what everybody paid then."""
    settings = plan.settings
    ids = [one.contribution_id for one in settings.contributions]
    earlier = previous_season(settings.season, settings.organisation_id, ids)
    if earlier is None:
        return None, {}
    rows = previous_amounts(settings.organisation_id, ids, earlier.id)
    return season_terms(earlier.id), {(relation_id, contribution_id): cents for relation_id, contribution_id, _, cents in rows}


def _explain(plan: Plan, earlier: SeasonTerms, sides: Sides) -> None:
    """Take the amounts that differ apart, and say which rule took the place of which."""
    settings = plan.settings
    ids = [one.contribution_id for one in settings.contributions]
    same: dict[Paid, Paid] = {}
    rows = paid_before(settings.organisation_id, ids, earlier.season_id, sides.differing())
    sides.paid_before = {key: same.setdefault(one, one) for key, one in rows}
    sides.rule_names = rule_names(ids)
    months = Scenario(settings.season, earlier).months
    twins: dict[int, int] = {}
    for rules in rules_of(ids).values():
        held = [[rule for rule in rules if rule.season_id in (None, season.season_id)] for season in (earlier, settings.season)]
        twins |= counterparts(held[0], held[1], months)
    sides.counterparts = twins
