"""A run before it is made: everything is priced, nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Collection

from app.contributions import explanation
from app.contributions.comparing import Paid, counterparts, paid, together
from app.contributions.facts import Charged, SeasonTerms, Unpriceable
from app.contributions.queries import functions_touched, previous_amounts, previous_season, season_terms
from app.contributions.queries.comparing import paid_before, rule_names
from app.contributions.queries.settings import rules_of
from app.contributions.scenario import Scenario
from app.invoicing import run
from app.invoicing.document import Earlier, Line, document
from app.invoicing.preview import Named, Outlier, Preview, Sides, compare, find_outliers
from app.invoicing.queries.beside import beside_charges
from app.invoicing.queries.planning import Entry, Plan, plan_run
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
        plan = plan_run(run_settings(run_id))
        found = Preview()
        for issue in plan.issues:
            (found.errors if issue.kind == "error" else found.left_out).append(Named(*issue[:2], issue.reason))
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
        """Price everybody, invoice by invoice."""
        plan, found, done, told = self._plan, self._found, 0, 0
        for key, members in plan.groups():
            lines: list[Line] = []
            is_made = False
            for entry, outcome in members:
                facts, priced = entry.subject.facts, entry.subject.priced
                who = (facts.relation_id, priced.contribution_id)
                if isinstance(outcome, Unpriceable):
                    found.errors.append(Named(*who, explanation.sentence(outcome)))
                    continue
                if isinstance(outcome, Charged):
                    one = together(self.now.get(who), paid(outcome))
                    self.now[who] = self._same.setdefault(one, one)
                decision = run.decide(
                    entry.key,
                    outcome,
                    plan.known.get(entry.key, ()),
                    credits_on_end=entry.subject.credits_on_end,
                    makes_charges=plan.settings.makes_charges,
                )
                if decision.reason:
                    found.left_out.append(Named(*who, decision.reason))
                for owed in decision.owed:
                    is_made = True
                    lines += self._lines(entry, owed)
                    found.charge(priced.contribution_id, owed.rule_id, owed.amount_cents)
                    if who not in self._before and (explained := owed.explained()):
                        self.new_words[who] = explanation.charge_sentence(explained, entry.period.first_day)
                if decision.owed and facts.payment_method == "direct_debit":
                    self.by_debit.add(entry.subject.payer_id)
            if is_made:
                self.amounts.append((key[0], self._invoice(key[0], members[0][0], lines)))
            done += len(members)
            if self._progress is not None and done - told >= TELL_EVERY:
                told = done
                self._progress(done, len(plan.entries))

    def _lines(self, entry: Entry, owed: Owed) -> list[Line]:
        """Return the lines of one charge, as far as the invoice adds up by them."""
        priced, accounts = entry.subject.priced, self._plan.settings.accounts
        number = priced.contribution_id
        days = run.covered(entry.period, entry.subject.facts.last_day, owed)
        return [
            Line("", cents, account or accounts.get(number, 0), priced.vat_code_id, None, number, None, *days)
            for _text, cents, account in owed.priced()
        ]

    def _invoice(self, payer_id: int, entry: Entry, lines: list[Line]) -> int:
        """Return what an invoice comes to, and remember for the payer's next one what counts for the family maximum."""
        plan, found = self._plan, self._found
        settings, before = plan.settings, plan.earlier.get(payer_id, Earlier())
        made = document(lines, settings.rates, settings.term_for(entry.subject.payment_term_id), settings.maximum_cents, before)
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
    sides.paid_before = dict(paid_before(settings.organisation_id, ids, earlier.season_id, sides.differing()))
    sides.rule_names = rule_names(ids)
    months = Scenario(settings.season, earlier).months
    twins: dict[int, int] = {}
    for rules in rules_of(ids).values():
        held = [[rule for rule in rules if rule.season_id in (None, season.season_id)] for season in (earlier, settings.season)]
        twins |= counterparts(held[0], held[1], months)
    sides.counterparts = twins
