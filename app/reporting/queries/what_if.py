"""The answer to "what if": everybody is priced by a scenario and laid beside another season; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import chain

from app.contributions import explanation, pricing
from app.contributions.comparing import Paid, paid, together, why
from app.contributions.facts import Charged, ChargePeriod, NotCharged, Outcome, SeasonTerms, Unpriceable
from app.contributions.pricing import Item
from app.contributions.queries import Subject, fee_years, season_terms, subjects
from app.contributions.queries.comparing import charged_before, paid_before, rule_names
from app.contributions.queries.settings import Priced
from app.contributions.reasons import reason_sentence
from app.invoicing.queries.beside import Beside, beside_charges
from app.invoicing.queries.planning import UNSEEN_PAYER
from app.invoicing.queries.runs import vat_rates
from app.kernel.bulk import collector_at_rest
from app.kernel.periods import dutch_date
from app.reporting.figures import Cell, age_class
from app.reporting.paying import Paying
from app.reporting.queries.labels import name_rows, name_rules
from app.reporting.queries.setting import Setting, season_against, setting_of
from app.reporting.what_if import Asked, Findings, Row

Key = tuple[int, int]  # relation, contribution
Progress = Callable[[int, int], object]
TELL_EVERY = 2_000


def functions_asked(asked: Asked) -> int:
    """Return how many functions a question must price, to tell whether it can be answered at once. Raises as `what_if`."""
    return setting_of(asked).functions


def season_before_of(season_id: int) -> int | None:
    """Return the season that one is compared with when none is asked. Raises NotFound."""
    return season_against(season_terms(season_id))


def what_if(asked: Asked, today: date, progress: Progress | None = None) -> Findings:
    """Return the figures of a scenario. `progress(done, total)` is called now and then, in functions.

    Raises NotFound, and DomainError `run_without_contributions`, `what_if_without_rules`, or what is wrong in a rule or plan.
    """
    with collector_at_rest():
        setting = setting_of(asked)
        found = _begun(asked, setting)
        told = _Told(progress, setting.functions)
        now, before = _Side(asked, setting), _Side(asked, setting)
        _price(setting.priced, setting.season, setting, today, now, found, told, is_now=True)
        found.maximum.cents, found.vat.cents = now.paying.beside()
        found.members = len({relation_id for relation_id, _ in now.paid})
        if setting.against is not None:
            _charges(asked, setting, setting.against, before, found)
            _price(setting.priced_before, setting.against, setting, today, before, found, told, is_now=False)
            beside = Beside(*before.paying.beside())
            if setting.charged:
                beside = beside.and_(beside_charges(asked.organisation_id, sorted(setting.charged), setting.against.season_id))
            found.maximum.before_cents, found.vat.before_cents = beside
            _compare(asked, setting, now, before, found)
        _name_issues(now, before, found)
        return found


class _Told:
    """Tells how far it is, not too often."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def one(self) -> None:
        """Count one price."""
        self._done += 1
        if self._progress is not None and self._done % TELL_EVERY == 0:
            self._progress(min(self._done, self._total), self._total)


class _Side:
    """What everybody pays on one side, and why somebody pays nothing. What was charged is an amount until it must be taken apart."""

    def __init__(self, asked: Asked, setting: Setting) -> None:
        self.paying = Paying(vat_rates(), setting.maximum_cents, asked.grouping)
        self.paid: dict[Key, Paid] = {}
        self.charged: dict[Key, int] = {}
        self.not_charged: dict[Key, str] = {}
        self.errors: dict[Key, str] = {}
        self._same: dict[Paid, Paid] = {}

    def add(self, key: Key, charged: Charged) -> None:
        """Count a price."""
        one = together(self.paid.get(key), paid(charged))
        self.paid[key] = self._same.setdefault(one, one)

    def cents(self, key: Key) -> int | None:
        """Return what is paid, None when nothing."""
        one = self.paid.get(key)
        return one.cents if one is not None else self.charged.get(key)


def _begun(asked: Asked, setting: Setting) -> Findings:
    found = Findings(
        season=setting.season.name,
        against=setting.against.name if setting.against else "",
        was_charged=bool(setting.charged),
        limit_basis_points=asked.limit_basis_points,
        notes=list(setting.notes),
        source=setting.source,
    )
    name_rows(found, setting.contribution_ids)
    defaults = {one.contribution_id: one.prices.contribution.default_price_category_id for one in setting.priced}
    name_rules(found, setting.rules, setting.season.season_id, setting.season.last_day, defaults)
    if setting.against is not None:
        before = {number: setting.rules_before[number] for number in setting.contribution_ids}
        name_rules(found, before, setting.against.season_id, setting.against.last_day, defaults)
    return found


def _price(
    priced: Sequence[Priced],
    season: SeasonTerms,
    setting: Setting,
    today: date,
    side: _Side,
    found: Findings,
    told: _Told,
    *,
    is_now: bool,
) -> None:
    """Price the members of the season asked by the rules of `season`, and count them.

    Streams; only who may have a family discount is held until everybody of the household is known.
    """
    add = found.cube.add_now if is_now else found.cube.add_before

    def count(subject: Subject, item: Item, outcome: Outcome) -> None:
        contribution, facts = item[0].contribution, item[1]
        key = (facts.relation_id, contribution.contribution_id)
        if isinstance(outcome, Charged):
            side.add(key, outcome)
            side.paying.add(facts, subject.payer_id, contribution, subject.priced.vat_code_id, outcome)
            rule_id = outcome.rule_id if is_now else setting.twins.get(outcome.rule_id, outcome.rule_id)
            category = facts.price_category_id or contribution.default_price_category_id or 0
            born = age_class(facts.born, season.first_day)
            add(Cell(contribution.contribution_id, rule_id, facts.organisation_id, category, born), outcome.amount_cents)
        else:
            (side.not_charged if isinstance(outcome, NotCharged) else side.errors)[key] = explanation.sentence(outcome)

    families: list[Item] = []
    theirs: list[Subject] = []
    fees = fee_years(priced, season)
    for subject in subjects(priced, setting.season):
        told.one()
        facts, prices = subject.facts, subject.prices
        due = _due(subject, today, side)
        if prices.has_family_discount and facts.household_id is not None:
            families += [(prices, fees.told(subject, period).facts_on(period), period) for period in due]
            theirs += [subject] * len(due)
            continue
        for period in due:
            own = fees.told(subject, period).facts_on(period)
            count(subject, (prices, own, period), prices.price(own, period))
    for subject, item, outcome in zip(theirs, families, pricing.price_run(families), strict=True):
        count(subject, item, outcome)


def _due(subject: Subject, today: date, side: _Side) -> Sequence[ChargePeriod]:
    """Return the periods that one function is charged for; none, with the reason on `side`, where a run would leave it out."""
    key = (subject.facts.relation_id, subject.priced.contribution_id)
    if subject.deceased_on is not None and subject.deceased_on <= today:
        side.not_charged[key] = f"Is overleden op {dutch_date(subject.deceased_on)}."
        return ()
    due = subject.priced.timetable.due(subject.facts)
    if isinstance(due, NotCharged | Unpriceable):
        (side.not_charged if isinstance(due, NotCharged) else side.errors)[key] = reason_sentence(due.reason, *due.values)
        return ()
    if subject.payer_unseen:
        side.errors[key] = UNSEEN_PAYER
        return ()
    return due


def _charges(asked: Asked, setting: Setting, against: SeasonTerms, side: _Side, found: Findings) -> None:
    """Count what was charged in the season to compare with."""
    if not setting.charged:
        return
    defaults = {one.contribution_id: one.prices.contribution.default_price_category_id or 0 for one in setting.priced}
    for row in charged_before(asked.organisation_id, sorted(setting.charged), against.season_id):
        key = (row.relation_id, row.contribution_id)
        side.charged[key] = side.charged.get(key, 0) + row.cents
        rule_id = setting.twins.get(row.rule_id or 0, row.rule_id or 0)
        category = row.price_category_id or defaults[row.contribution_id]
        cell = Cell(row.contribution_id, rule_id, row.organisation_id, category, age_class(row.born, against.first_day))
        found.cube.add_before(cell, row.cents)


def _compare(asked: Asked, setting: Setting, now: _Side, before: _Side, found: Findings) -> None:
    """Sort everybody into groups, and say why for who pays much more, comes or goes."""
    over: list[Key] = []
    for key in chain(now.paid, (key for key in chain(before.paid, before.charged) if key not in now.paid)):
        if key in now.errors or key in before.errors:
            continue  # what cannot be told is no change
        was, becomes = before.cents(key), now.cents(key)
        group = found.compare(was, becomes)
        if group in ("new", "gone"):
            reason = why(before.paid.get(key), now.paid.get(key), {}, {}, found.against, _said(group, key, now, before))
            found.moved.append(Row(*key, was, becomes, found.reason(reason.words)))
        elif was is not None and becomes is not None and found.is_over(was, becomes):
            over.append(key)
    found.moved.sort(key=lambda row: row[:2])
    _explain(asked, setting, over, now, before, found)


def _said(group: str, key: Key, now: _Side, before: _Side) -> str:
    if group == "new":
        return before.not_charged.get(key, "")
    return now.not_charged.get(key, "") or "Heeft in dit seizoen geen functie meer waarvoor deze contributie geldt."


def _explain(asked: Asked, setting: Setting, over: list[Key], now: _Side, before: _Side, found: Findings) -> None:
    """Keep who pays much more, with the reason, the largest difference first."""
    names = rule_names(setting.contribution_ids)
    rows: list[Row] = []

    def keep(key: Key, was: Paid) -> None:
        reason = why(was, now.paid[key], names, setting.twins, found.against)
        found.over_by_reason[reason.main] = found.over_by_reason.get(reason.main, 0) + 1
        rows.append(Row(*key, was.cents, now.paid[key].cents, found.reason(reason.words)))

    charged = []
    for key in over:
        if key in before.paid:
            keep(key, before.paid[key])
        else:
            charged.append(key)
    if charged and setting.against is not None:
        for key, was in paid_before(asked.organisation_id, sorted(setting.charged), setting.against.season_id, charged):
            keep(key, was)
    found.over = sorted(rows, key=lambda row: ((row.before_cents or 0) - (row.now_cents or 0), row.relation_id, row.contribution_id))
    found.over_relations = len({row.relation_id for row in found.over})


def _name_issues(now: _Side, before: _Side, found: Findings) -> None:
    """Keep who pays nothing on both sides, and what cannot be computed."""
    for key, words in sorted(now.errors.items()):
        found.errors.append(Row(*key, before.cents(key), None, found.reason(words)))
    for key, words in sorted(now.not_charged.items()):
        if key not in now.paid and key not in now.errors and before.cents(key) is None:
            found.left_out.append(Row(*key, None, None, found.reason(words)))
