"""Keeps what is set up: only rules, adjustments and plans that can be computed, each refusal with its field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import marshmallow as ma
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.contributions import adjustments, plan_settings, plans
from app.contributions.adjustments.settings import called, flat
from app.contributions.adjustments.tiers import Settings as TierSettings
from app.contributions.adjustments.tiers import as_rows
from app.contributions.facts import AdjustmentTerms, RuleTerms
from app.contributions.fields import COUNTED, check_named
from app.contributions.formulas import Formula
from app.contributions.models import Adjustment, BillingPlan, Contribution, ContributionRule
from app.contributions.prepared import check_with_plan
from app.contributions.queries import known_fields, plan_terms, rules_of
from app.groups.queries import groups_of
from app.kernel import audit
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction

# What picks a rule: two rules alike in all of these fit equally, and nobody could say which holds.
PICKS = ("contribution_id", "season_id", "valid_from", "price_category_id", "born_from", "for_organisation_id", "target_group_id")
_WAYS = ("amount_cents", "formula", "tiers")
ADJUSTMENT_GONE = "Deze korting bestaat niet (meer), of hoort niet bij jouw omgeving."


def check_rule(rule: Mapping[str, Any], rule_id: int | None = None) -> None:
    """Refuse a rule that cannot be computed; `rule` holds its columns.

    Raises DomainError `rule_without_amount`, `rule_with_two_amounts`, `rule_without_season`, `rule_refers_to_itself`, `rule_twice`,
    `tiers_wrong`, `formula_wrong`, `field_unfit` or `group_unknown`, each with the field.
    """
    formula = (rule.get("formula") or "").strip()
    given = [name for name in _WAYS if rule.get(name) not in (None, [], "") and (name != "formula" or formula)]
    if not given and not rule.get("is_free"):
        raise DomainError("rule_without_amount", "Vul een bedrag in, of een formule of staffel, of kies gratis.", field="amount_cents")
    if len(given) > 1:
        raise DomainError("rule_with_two_amounts", "Vul precies één van bedrag, formule en staffel in.", field=given[1])
    if rule.get("season_id") is None and rule.get("valid_from") is None:
        raise DomainError("rule_without_season", "Kies een seizoen, of vul in vanaf welke dag de regel geldt.", field="season")
    if rule.get("tiers"):
        _check_tiers(rule["tiers"])
    with transaction() as session:
        at = session.scalar(select(Contribution.organisation_id).where(Contribution.id == rule.get("contribution_id")))
        if formula:
            with refused_at("formula"):
                check_formula(formula, at)
        with refused_at("target_group"):
            _check_group(rule.get("target_group_id"), at)
        _check_reference(session, rule, rule_id)
        same = select(ContributionRule).where(
            *(getattr(ContributionRule, name).is_not_distinct_from(rule.get(name)) for name in PICKS),
            ContributionRule.id != (rule_id or 0),
        )
        other = session.scalar(same.limit(1))
    if other is not None:
        raise DomainError(
            "rule_twice",
            f"Regel “{other.description}” geldt al voor hetzelfde seizoen, dezelfde prijscategorie en dezelfde geboortedatum. "
            "Wijzig die regel, of kies hier iets anders.",
            field="born_from",
        )


def _check_tiers(tiers: Any) -> None:
    kept = tiers[0] if isinstance(tiers, list) else tiers
    if not isinstance(kept, dict):
        return
    try:
        TierSettings().load(as_rows(kept))
    except ma.ValidationError as refused:
        raise _refused("tiers_wrong", "De staffel klopt niet.", TierSettings(), "tiers", refused) from None


def _refused(code: str, beginning: str, schema: Any, column: str, refused: ma.ValidationError) -> DomainError:
    reasons = flat(refused.messages)
    text = " ".join(f"{called(schema, path)}: {reason}" for path, reason in reasons.items())
    return DomainError(
        code, f"{beginning} {text}", fields={f"{column}.{path}".removesuffix("."): reason for path, reason in reasons.items()}
    )


def _check_reference(session: Session, rule: Mapping[str, Any], rule_id: int | None) -> None:
    """Refuse "same adjustments as" that comes back to the rule itself."""
    seen, at = {rule_id}, rule.get("adjustments_of_id")
    while at is not None:
        if at in seen:
            raise DomainError(
                "rule_refers_to_itself", "Deze regel neemt kortingen over van zichzelf. Kies een andere regel.", field="adjustments_of"
            )
        seen.add(at)
        at = session.scalar(select(ContributionRule.adjustments_of_id).where(ContributionRule.id == at))


def check_formula(text: str, organisation_id: int | None) -> None:
    """Refuse a formula that cannot be read, or names what does not exist for this organisation; None: only read it.

    Raises DomainError `formula_wrong` with the place and the nearest name, or `field_unfit` for a field that is no number.
    """
    if organisation_id is None:
        Formula.read(text)
        return
    known = known_fields(organisation_id)
    for name in Formula.read(text, known).names:
        check_named(name, known, COUNTED, f"In de formule “{text}”")


@contextmanager
def refused_at(field: str) -> Iterator[None]:
    """Say at which field of the form a refusal stands."""
    try:
        yield
    except DomainError as refusal:
        refusal.parameters.setdefault("field", field)
        raise


def check_adjustment(kind: str, settings: Mapping[str, Any] | None, organisation_id: int | None = None, rule_id: int | None = None) -> None:
    """Refuse settings that the kind cannot compute, names of fields and target groups that the organisation does not have, and with `rule_id`
    what the contribution's plan does already.

    Raises DomainError: `fields` holds every refusal by its place in the form, `settings.rows.0.number`, or `field` the only place.
    """
    try:
        made = adjustments.load(kind, settings or {})
    except DomainError as refusal:
        if refusal.code == "adjustment_settings_wrong":
            reasons: Any = refusal.parameters["fields"]
            refusal.parameters["fields"] = {f"settings.{path}".removesuffix("."): why for path, why in reasons.items()}
        else:
            refusal.parameters["field"] = "kind"
        raise
    if organisation_id is not None:
        _check_names(kind, made, organisation_id)
    if rule_id is None:
        return
    with transaction() as session:
        found = session.execute(
            select(ContributionRule.description, BillingPlan)
            .join(Contribution, Contribution.id == ContributionRule.contribution_id)
            .join(BillingPlan, BillingPlan.id == Contribution.billing_plan_id)
            .where(ContributionRule.id == rule_id)
        ).first()
        if found is not None:
            step = AdjustmentTerms(0, kind, 1, settings or {})
            _check_with_plan(found[1], [RuleTerms(rule_id, found[0], adjustments=(step,))], "kind")


def _check_names(kind: str, made: Any, organisation_id: int) -> None:
    """Refuse names of fields and target groups that the organisation does not have, each at its place in the form."""
    if kind == "tick_box":
        with refused_at("settings.field"):
            check_named(made.field, known_fields(organisation_id), ("yes_no",), "Vinkje op de kaart")
    if kind == "condition":
        if made.formula is not None:
            with refused_at("settings.formula"):
                check_formula(made.formula.text, organisation_id)
        with refused_at("settings.selection_id"):
            _check_group(made.selection_id, organisation_id)


def _check_with_plan(plan: BillingPlan, rules: Iterable[RuleTerms], field: str) -> None:
    with refused_at(field):
        check_with_plan(plan_terms(plan), rules)


def _check_group(group_id: int | None, organisation_id: int | None) -> None:
    """Refuse a target group that the organisation does not have: there its members could not be seen. Raises `group_unknown`."""
    if group_id is None or organisation_id is None:
        return
    own = {group.id: group.name for group in groups_of(organisation_id)}
    if group_id not in own:
        there = f"Er zijn: {', '.join(own.values())}." if own else "Er zijn er nog geen: maak er eerst een bij Doelgroepen."
        raise DomainError(
            "group_unknown",
            f"Kies een doelgroep van de organisatie van deze contributie, of een die een organisatie erboven beschikbaar stelt. {there}",
        )


def add_adjustment(rule_id: int | None, kind: str, settings: Mapping[str, Any], **values: Any) -> int:
    """Add an adjustment as the last of its rule and return its id. Raises NotFound and the refusals of `check_adjustment`."""
    with transaction() as session:
        rule = session.get(ContributionRule, rule_id) if rule_id else None
        if rule is None:
            raise DomainError("rule_missing", "Kies bij welke contributieregel dit hoort.", field="rule")
        if rule.adjustments_of_id is not None:
            raise DomainError(
                "adjustments_taken_over",
                f"Regel “{rule.description}” heeft dezelfde kortingen als een andere regel. Neem die eerst over om ze te wijzigen.",
                field="rule",
            )
        check_adjustment(kind, settings, rule.organisation_id, rule.id)
        last = session.scalar(select(func.max(Adjustment.position)).where(Adjustment.rule_id == rule.id)) or 0
        row = Adjustment(
            **{**values, "organisation_id": rule.organisation_id}, rule_id=rule.id, kind=kind, settings=dict(settings), position=last + 1
        )
        session.add(row)
        session.flush()
        return row.id


def move_adjustment(adjustment_id: int, by: int) -> None:
    """Move an adjustment so many places down its rule (below zero: up); beyond an end it stays there. Raises NotFound."""
    with transaction() as session:
        row = session.get(Adjustment, adjustment_id)
        if row is None:
            raise NotFound(ADJUSTMENT_GONE)
        rows = list(
            session.scalars(select(Adjustment).where(Adjustment.rule_id == row.rule_id).order_by(Adjustment.position, Adjustment.id))
        )
        at = rows.index(row)
        rows.insert(min(max(at + by, 0), len(rows) - 1), rows.pop(at))
        _number(rows)


def _number(rows: Iterable[Adjustment]) -> None:
    for place, row in enumerate(rows, 1):
        if row.position != place:
            row.position = place


_TAKEN_OVER = ("kind", "settings", "text", "is_own_line", "ledger_account_id")


def take_adjustments(rule_id: int) -> int:
    """Give a rule that has "the same adjustments as" another its own copy of them, so that they can be changed; returns how many.

    Raises NotFound, and DomainError `nothing_taken_over` when the rule has its own.
    """
    with transaction() as session:
        rule = session.get(ContributionRule, rule_id)
        if rule is None:
            raise NotFound("Deze regel bestaat niet (meer), of hoort niet bij jouw omgeving.")
        if rule.adjustments_of_id is None:
            raise DomainError("nothing_taken_over", f"Regel “{rule.description}” heeft al eigen kortingen.")
        source: ContributionRule | None = rule
        seen: set[int] = set()
        while source is not None and source.adjustments_of_id is not None and source.id not in seen:
            seen.add(source.id)
            source = session.get(ContributionRule, source.adjustments_of_id)
        rows = list(source.adjustments) if source is not None else []
        session.add_all(
            Adjustment(
                organisation_id=rule.organisation_id,
                rule_id=rule.id,
                position=place,
                **{name: getattr(row, name) for name in _TAKEN_OVER},
            )
            for place, row in enumerate(rows, 1)
        )
        rule.adjustments_of_id = None
        audit.record("take_adjustments", ContributionRule.__tablename__, rule.id, rule.organisation_id, made=len(rows))
        return len(rows)


def check_plan(row: BillingPlan) -> None:
    """Refuse a billing plan that cannot be computed, names fields that do not exist, or does what a rule does already.

    Raises DomainError `plan_wrong`, `field_unknown`, `field_unfit` and `late_start_counted_twice` (at its first period), each with the
    place in the form: `first_month`, or `settings.first_length` for what is no column of its own.
    """
    try:
        terms = plan_terms(row)
        plans.check(terms)
    except DomainError as refusal:
        _at_settings(refusal)
        raise
    for setting, kinds, what in _PLAN_FIELDS:
        if name := getattr(terms, setting):
            with refused_at(f"settings.{setting}"):
                check_named(name, known_fields(row.organisation_id), kinds, what)
    if row.id is None:
        return
    with transaction() as session:
        uses = session.scalars(select(Contribution.id).where(Contribution.billing_plan_id == row.id)).all()
        for rules in rules_of(uses).values():
            _check_with_plan(row, rules, "first_period")


_PLAN_FIELDS = (
    ("interval_field", ("number",), "Het veld voor het aantal maanden"),
    ("start_field", ("date",), "Het veld voor de eerste dag"),
    ("end_field", ("date",), "Het veld voor de laatste dag"),
)


def _at_settings(refusal: DomainError) -> None:
    """Call the fields of a refused plan as the form does: what is kept in its settings stands under `settings`."""
    if "fields" in refusal.parameters:
        reasons: Any = refusal.parameters["fields"]
        refusal.parameters["fields"] = {f"settings.{path}".removesuffix("."): why for path, why in reasons.items()}
    field = str(refusal.parameters.get("field", ""))
    if field in plan_settings.Settings().fields:
        refusal.parameters["field"] = f"settings.{field}"


def check_plan_of(contribution_id: int, plan_id: int | None) -> None:
    """Refuse a billing plan that does what a rule of the contribution does already. Raises DomainError with the field `billing_plan`."""
    with transaction() as session:
        plan = session.get(BillingPlan, plan_id) if plan_id is not None else None
        if plan is not None:
            _check_with_plan(plan, rules_of([contribution_id])[contribution_id], "billing_plan")
