"""Prepared rules: settings read and checked once per run, so that pricing a member only computes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.contributions import tiers
from app.contributions.adjustments import KINDS, load
from app.contributions.adjustments.face import Move
from app.contributions.facts import (
    AdjustmentTerms,
    Band,
    CannotCompute,
    ChargePeriod,
    ContributionTerms,
    MemberFacts,
    PlanTerms,
    RawStep,
    RuleTerms,
    SeasonTerms,
)
from app.contributions.fields import labelled
from app.contributions.formulas import Formula
from app.contributions.looks import Look, card_fields, exactly
from app.contributions.rules import EVERYONE_BORN, RuleIndex
from app.kernel.errors import DomainError
from app.kernel.periods import Period


@dataclass(frozen=True, slots=True)
class Action:
    """One adjustment, ready to apply."""

    kind: str
    apply: Callable[[int, MemberFacts, ChargePeriod, Any], Move | None]
    settings: Any
    is_beside: bool
    is_own_line: bool
    also: tuple[str, ...]
    adjustment_id: int
    ledger_account_id: int | None
    text: str
    name: str

    def description(self, text: str) -> str:
        """Return the text of the adjustment's own line."""
        return self.text or text or self.name


@dataclass(frozen=True, slots=True)
class PreparedRule:
    """One rule, ready. `base_step` is the first step of a fixed amount; otherwise `computed` makes it."""

    rule_id: int
    description: str
    amount_cents: int
    base_step: RawStep | None
    computed: Callable[[MemberFacts], RawStep]
    band: Band | None
    title: str | None
    titled: Callable[[ChargePeriod], str]
    ledger_account_id: int | None
    is_free: bool
    blocks_family_discount: bool
    family_place: int | None
    actions: tuple[Action, ...]
    looks: frozenset[Look]


def prepare_rules(
    contribution: ContributionTerms, rules: Sequence[RuleTerms], season: SeasonTerms | None, index: RuleIndex
) -> list[PreparedRule]:
    """Make every rule ready, in the order given. Raises DomainError when one cannot be computed."""
    by_id = {rule.rule_id: rule for rule in rules}
    bands = index.bands(season.first_day if season else date.max)
    return [_prepare(contribution, rule, by_id, season, bands.get(number)) for number, rule in enumerate(rules)]


def _prepare(
    contribution: ContributionTerms,
    rule: RuleTerms,
    by_id: Mapping[int, RuleTerms],
    season: SeasonTerms | None,
    band: Band | None,
) -> PreparedRule:
    check_amount(rule)
    ordered = sorted(_adjustments_of(rule, by_id), key=lambda one: (one.position, one.adjustment_id))
    actions = tuple(_action(one) for one in ordered if not (one.kind == "family" and rule.blocks_family_discount))
    if contribution.credits_on_end:
        actions = _with_end(actions)
    title = _title(rule, season)
    fixed = rule.amount_cents
    return PreparedRule(
        rule_id=rule.rule_id,
        description=rule.description,
        amount_cents=fixed or 0,
        base_step=None if fixed is None else ("rule", (rule.rule_id, title or rule.description), ("=", fixed), 0, fixed, 0),
        computed=_computed(rule),
        band=band or (Band(rule.born_from, None) if rule.born_from and rule.born_from > EVERYONE_BORN else None),
        title=title,
        titled=lambda period: _with_period(rule, Period(period.first_day, period.last_day)),
        ledger_account_id=rule.ledger_account_id if rule.ledger_account_id is not None else contribution.ledger_account_id,
        is_free=rule.is_free,
        blocks_family_discount=rule.blocks_family_discount,
        family_place=next((place for place, action in enumerate(actions) if action.kind == "family"), None),
        actions=actions,
        looks=_looks(rule, actions),
    )


def _looks(rule: RuleTerms, actions: Sequence[Action]) -> frozenset[Look]:
    """Return what of the facts the price of a rule looks at."""
    found: set[Look] = {look for action in actions for look in KINDS[action.kind].looks_at(action.settings)}
    if rule.formula:
        found.add(card_fields(Formula.read(rule.formula).names))
    if rule.tiers is not None:
        found.add(exactly("value_units"))
    return frozenset(found)


def check_amount(rule: RuleTerms) -> None:
    """Raise DomainError `rule_wrong` unless exactly one of amount, formula and tiers is filled in (or the rule is free)."""
    given = (rule.amount_cents is not None) + bool(rule.formula) + (rule.tiers is not None)
    if given > 1 or (given == 0 and not rule.is_free):
        raise DomainError(
            "rule_wrong",
            f"Contributieregel “{rule.description}”: vul precies één van bedrag, formule of staffel in.",
            rule_id=rule.rule_id,
        )
    if rule.tiers is not None and (found := tiers.problems(rule.tiers)):
        raise DomainError("rule_wrong", f"Contributieregel “{rule.description}”: {' '.join(found)}", rule_id=rule.rule_id)


def check_with_plan(plan: PlanTerms, rules: Iterable[RuleTerms]) -> None:
    """Raise DomainError `late_start_counted_twice` when both the plan and a rule let who starts late pay less.

    A plan with a first period pro rata already takes the part before the start off; a short period on the rule would do so again.
    """
    if plan.first_period != "pro_rata":
        return
    for rule in rules:
        if any(step.kind == "short_period" for step in rule.adjustments):
            raise DomainError(
                "late_start_counted_twice",
                f"Wie later begint, zou twee keer minder betalen: de facturatie-instelling rekent de eerste periode al naar rato, en "
                f"contributieregel “{rule.description}” heeft de korting “{KINDS['short_period'].NAME}”. "
                "Haal die korting van de regel, of zet de eerste periode van de facturatie-instelling op volledig.",
                rule_id=rule.rule_id,
            )


def _adjustments_of(rule: RuleTerms, by_id: Mapping[int, RuleTerms]) -> tuple[AdjustmentTerms, ...]:
    """Return the rule's adjustments, or those of the rule it refers to ("same adjustments as")."""
    seen = {rule.rule_id}
    while rule.adjustments_of_id is not None:
        if rule.adjustments_of_id in seen or rule.adjustments_of_id not in by_id:
            raise DomainError(
                "rule_wrong",
                f"Contributieregel “{rule.description}” neemt kortingen over van een regel die er niet is of naar zichzelf verwijst. Kies een andere regel.",
                rule_id=rule.rule_id,
            )
        rule = by_id[rule.adjustments_of_id]
        seen.add(rule.rule_id)
    return rule.adjustments


def _action(adjustment: AdjustmentTerms) -> Action:
    settings = load(adjustment.kind, adjustment.settings)
    kind = KINDS[adjustment.kind]
    return Action(
        kind=adjustment.kind,
        apply=kind.apply,
        settings=settings,
        is_beside=kind.BESIDE,
        is_own_line=adjustment.is_own_line or adjustment.ledger_account_id is not None,
        also=getattr(settings, "also", ()),
        adjustment_id=adjustment.adjustment_id,
        ledger_account_id=adjustment.ledger_account_id,
        text=adjustment.text,
        name=kind.NAME,
    )


def _with_end(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Return actions in which an end inside the period counts: by the rule's own short period, else per day as the last step.

    So a first run and a later one agree, and ending after the charge was made gives exactly the rest back.
    """
    if any(action.kind == "short_period" and action.settings.variant.way == "computed" for action in actions):
        return tuple(
            replace(action, settings=replace(action.settings, counts_end=True))
            if action.kind == "short_period" and action.settings.variant.way == "computed"
            else action
            for action in actions
        )
    rest = _action(AdjustmentTerms(0, "short_period", 0, {"variant": "day", "counts_end": True}))
    return (*actions, replace(rest, settings=replace(rest.settings, counts_start=False)))


def _computed(rule: RuleTerms) -> Callable[[MemberFacts], RawStep]:
    """Return what makes the first step where the amount is not fixed."""
    if rule.formula:
        formula = Formula.read(rule.formula)

        def from_formula(member: MemberFacts) -> RawStep:
            cents = formula.cents(member.fields)
            inputs = (rule.rule_id, rule.description, formula.text, labelled(formula.inputs(member.fields), rule.labels))
            return "formula", inputs, ("=", cents), 0, cents, 0

        return from_formula
    terms = rule.tiers

    def from_tiers(member: MemberFacts) -> RawStep:
        if terms is None or member.value_units is None:
            raise CannotCompute("no_value_units")
        try:
            cents = tiers.tier_cents(terms, member.value_units)
        except tiers.OutsideBrackets:
            raise CannotCompute("outside_brackets", member.value_units) from None
        return "rule_tiers", (rule.rule_id, rule.description, member.value_units, terms.way), ("=", cents), 0, cents, 0

    return from_tiers


def _title(rule: RuleTerms, season: SeasonTerms | None) -> str | None:
    """Return the description with the season's label; None when it depends on the period of the charge."""
    label, description = rule.season_label, rule.description
    if label == "none":
        return description
    if season is None:
        return None
    if label.startswith("period"):
        return _with_period(rule, Period(season.first_day, season.last_day))
    return f"{season.name} {description}" if label == "name_before" else f"{description} {season.name}"


def _with_period(rule: RuleTerms, period: Period) -> str:
    """Return the description with dates before or after it; without a season its name cannot be shown, so the dates are."""
    return f"{period} {rule.description}" if rule.season_label.endswith("before") else f"{rule.description} {period}"
