"""What is set up for contributions, read once per run and made ready for pricing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from app.contributions import plan_settings
from app.contributions.adjustments.tiers import Settings as TierSettings
from app.contributions.facts import AdjustmentTerms, ContributionTerms, Number, PlanTerms, RuleTerms, SeasonTerms, TierTerms
from app.contributions.fields import Named
from app.contributions.models import Adjustment, BillingPlan, Contribution, ContributionRule, Season
from app.contributions.plans import Timetable
from app.contributions.pricing import PriceList
from app.contributions.queries.fields import named
from app.contributions.queries.names import with_names
from app.functions.models import EndReason, FunctionType, PriceCategory
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.kernel.periods import Period
from app.organisations.models import Organisation

SEASON_PLAN = PlanTerms(months=None, anchor="season")


@dataclass(frozen=True, slots=True)
class Priced:
    """One contribution, ready for a run: its prices, its timetable, and whom it concerns."""

    contribution_id: int
    name: str
    organisation_id: int
    vat_code_id: int | None
    credits_on_end: bool
    prices: PriceList
    ending_prices: PriceList  # for functions whose reason for ending gives the rest back
    timetable: Timetable
    waits_for_issue: bool
    function_type_ids: frozenset[int]
    organisation_ids: frozenset[int]
    kinds: frozenset[str]
    needs_held: bool
    rule_ids: tuple[int, ...]
    named: Named  # the fields that its rules and its plan look at


def season_terms(season_id: int) -> SeasonTerms:
    """Return a season as the engine takes it. Raises NotFound."""
    row = db.session.scalar(select(Season).where(Season.id == season_id))
    if row is None:
        raise NotFound("Dit seizoen bestaat niet (meer). Kies een ander seizoen.")
    return SeasonTerms(row.id, row.name, row.first_day, row.last_day)


def plan_terms(row: BillingPlan | None) -> PlanTerms:
    """Return a billing plan as the engine takes it; without one the season itself is the period.

    Raises DomainError `plan_wrong` when its further settings cannot be read.
    """
    if row is None:
        return SEASON_PLAN
    return PlanTerms(
        months=row.months,
        anchor=row.anchor,
        first_month=row.first_month,
        fixed_dates=tuple(date.fromisoformat(day) for day in row.fixed_dates or ()),
        first_period=row.first_period,
        first_period_months=row.first_period_months,
        turning_point=row.turning_point,
        issue_days=row.issue_days,
        issue_from_end=row.issue_from_end,
        sends_at_once=row.sends_at_once,
        until=row.until,
        **plan_settings.load(row.settings or {}),
    )


def adjustment_terms(row: Adjustment) -> AdjustmentTerms:
    """Return an adjustment as the engine takes it."""
    return AdjustmentTerms(
        row.id, row.kind, row.position, row.settings or {}, row.ledger_account_id, row.text or "", is_own_line=row.is_own_line
    )


def _tier_terms(stored: Sequence[Any]) -> TierTerms | None:
    """Read tiers as they are kept: rows of [upper bound or null, price], or one object with its way beside them."""
    if not stored:
        return None
    first = stored[0]
    if isinstance(first, dict) and "rows" in first:
        made: TierTerms = TierSettings().load(first)
        return made
    if isinstance(first, dict):
        return TierTerms(
            way=first.get("way", "bracket"),
            brackets=tuple((_exact(upper), _exact(price) or 0) for upper, price in first.get("brackets", ())),
            unit_value_cents=first.get("unit_value_cents", 100),
            minimum_cents=first.get("minimum_cents", 0),
        )
    return TierTerms("bracket", tuple((_exact(upper), _exact(price) or 0) for upper, price in stored))


def _exact(stored: int | str | None) -> Number | None:
    """Return a number as it was kept: a whole one, or text for one that is not (150,5 or 301/2)."""
    return Fraction(stored.replace(",", ".")) if isinstance(stored, str) else stored


def rule_terms(row: ContributionRule, adjustments: Iterable[AdjustmentTerms] = ()) -> RuleTerms:
    """Return a rule as the engine takes it."""
    return RuleTerms(
        rule_id=row.id,
        description=row.description,
        amount_cents=row.amount_cents,
        formula=row.formula or "",
        tiers=_tier_terms(row.tiers),
        season_id=row.season_id,
        valid_from=row.valid_from,
        price_category_id=row.price_category_id,
        born_from=row.born_from,
        selection_id=row.target_group_id,
        organisation_id=row.for_organisation_id,
        season_label=row.season_label,
        ledger_account_id=row.ledger_account_id,
        blocks_family_discount=row.blocks_family_discount,
        is_free=row.is_free,
        adjustments=tuple(adjustments),
        adjustments_of_id=row.adjustments_of_id,
    )


def rules_of(contribution_ids: Sequence[int]) -> dict[int, list[RuleTerms]]:
    """Return the rules of contributions with their adjustments, in two statements."""
    rules = db.session.scalars(
        select(ContributionRule).where(ContributionRule.contribution_id.in_(contribution_ids)).order_by(ContributionRule.id)
    ).all()
    steps: dict[int, list[AdjustmentTerms]] = {}
    wanted = select(ContributionRule.id).where(ContributionRule.contribution_id.in_(contribution_ids))
    for row in db.session.scalars(select(Adjustment).where(Adjustment.rule_id.in_(wanted)).order_by(Adjustment.position, Adjustment.id)):
        steps.setdefault(row.rule_id, []).append(adjustment_terms(row))
    found: dict[int, list[RuleTerms]] = {contribution_id: [] for contribution_id in contribution_ids}
    for rule in rules:
        found[rule.contribution_id].append(rule_terms(rule, steps.get(rule.id, ())))
    return found


def _waits_for_issue(plan: PlanTerms) -> bool:
    """Whether periods are charged one by one, when their moment of issue has come: more than one a season, or each on its own day."""
    if plan.anchor == "calendar":
        return plan.months != 12 or bool(plan.interval_field)
    return plan.anchor != "season"


def _types_under(parents: dict[int, int | None], type_id: int) -> frozenset[int]:
    found = {type_id}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return frozenset(found)


def _with_referred(mine: Sequence[RuleTerms], rules: Sequence[RuleTerms]) -> list[RuleTerms]:
    """Return rules with those whose adjustments they take over, which may be of another season."""
    found = {rule.rule_id: rule for rule in mine}
    while more := {rule.adjustments_of_id for rule in found.values() if rule.adjustments_of_id is not None} - set(found):
        added = {rule.rule_id: rule for rule in rules if rule.rule_id in more}
        if not added:
            break
        found |= added
    return list(found.values())


def priced_contributions(
    contribution_ids: Sequence[int], season: SeasonTerms, as_if: Callable[[list[RuleTerms]], list[RuleTerms]] | None = None
) -> list[Priced]:
    """Return contributions ready for pricing, in the order asked; `as_if` changes the rules of each first, for a scenario.

    Raises NotFound when one is not the actor's, and DomainError when a rule or plan cannot be computed.
    """
    rows = {row.id: row for row in db.session.scalars(select(Contribution).where(Contribution.id.in_(contribution_ids)))}
    if set(contribution_ids) - set(rows):
        raise NotFound("Een van de gekozen contributies bestaat niet (meer). Kies opnieuw.")
    types = {row.id: row.parent_id for row in db.session.execute(select(FunctionType.id, FunctionType.parent_id))}
    places = db.session.execute(select(Organisation.id, Organisation.parent_id, Organisation.path)).all()
    parents = {row.id: row.parent_id for row in places}
    paths = {row.id: row.path for row in places}
    reasons_credit = db.session.scalar(select(EndReason.id).where(EndReason.credits_rest.is_(True)).limit(1)) is not None
    categories = {row.id: row.name for row in db.session.execute(select(PriceCategory.id, PriceCategory.name))}
    plan_ids = {row.billing_plan_id for row in rows.values() if row.billing_plan_id is not None}
    plans = {row.id: row for row in db.session.scalars(select(BillingPlan).where(BillingPlan.id.in_(plan_ids)))} if plan_ids else {}
    rules = rules_of(contribution_ids)
    if as_if is not None:
        rules = {key: as_if(terms) for key, terms in rules.items()}
    window = Period(season.first_day, season.last_day)
    found = []
    for row in (rows[number] for number in dict.fromkeys(contribution_ids)):
        plan = plan_terms(plans.get(row.billing_plan_id) if row.billing_plan_id else None)
        terms = ContributionTerms(
            row.id, row.name, row.ledger_account_id, row.price_category_id, row.must_hold_first_id, row.credits_on_end, categories
        )
        mine = [rule for rule in rules[row.id] if rule.season_id in (None, season.season_id)]
        kinds = frozenset(step.kind for rule in rules[row.id] for step in rule.adjustments)
        looked_at = named(row.organisation_id, _with_referred(mine, rules[row.id]), plan)
        base = paths[row.organisation_id]
        with_words = with_names(rules[row.id], looked_at)
        prices = PriceList.prepare(terms, with_words, season, parents)
        also_ending = reasons_credit and not row.credits_on_end
        found.append(
            Priced(
                contribution_id=row.id,
                name=row.name,
                organisation_id=row.organisation_id,
                vat_code_id=row.vat_code_id,
                credits_on_end=row.credits_on_end,
                prices=prices,
                ending_prices=PriceList.prepare(replace(terms, credits_on_end=True), with_words, season, parents)
                if also_ending
                else prices,
                timetable=Timetable(plan, window, (season,)),
                waits_for_issue=_waits_for_issue(plan),
                function_type_ids=_types_under(types, row.function_type_id),
                organisation_ids=frozenset(number for number, path in paths.items() if path.startswith(base)),
                kinds=kinds,
                needs_held=row.must_hold_first_id is not None or bool(kinds & {"condition", "several_activities"}),
                rule_ids=tuple(rule.rule_id for rule in mine),
                named=looked_at,
            )
        )
    return found
