"""What is done with contributions: rules that can be computed are kept, a season is copied, a charge is waived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select, update

from app.contributions import adjustments, explanation, plans, pricing
from app.contributions.facts import AdjustmentTerms, Charged, NotCharged, RuleTerms, Unpriceable
from app.contributions.fields import COUNTED, check_named
from app.contributions.formulas import Formula
from app.contributions.models import CHARGE, Adjustment, BillingPlan, Charge, Contribution, ContributionRule, Season
from app.contributions.prepared import check_with_plan
from app.contributions.queries import fee_years, known_fields, plan_terms, priced_contributions, rules_of, season_terms, subjects
from app.contributions.reasons import reason_sentence
from app.groups.queries import groups_of
from app.kernel import audit
from app.kernel.errors import DomainError, NotFound
from app.kernel.money import percentage_of
from app.kernel.periods import add_months, dutch_date
from app.kernel.unit_of_work import transaction

# What picks a rule: two rules alike in all of these fit equally, and nobody could say which holds.
_PICKS = ("contribution_id", "season_id", "valid_from", "price_category_id", "born_from", "target_group_id", "for_organisation_id")
_COPIED = (
    "organisation_id", "contribution_id", "price_category_id", "target_group_id", "for_organisation_id", "formula", "tiers", "description", "season_label",
    "ledger_account_id", "blocks_family_discount", "is_free",
)  # fmt: skip


def check_rule(rule: dict[str, Any], rule_id: int | None = None) -> None:
    """Refuse a rule that cannot be computed; `rule` holds its columns.

    Raises DomainError `rule_without_amount`, `rule_without_season`, `rule_twice` or `formula_wrong`, each with the field.
    """
    if rule.get("amount_cents") is None and not (rule.get("formula") or "").strip() and not rule.get("tiers") and not rule.get("is_free"):
        raise DomainError("rule_without_amount", "Vul een bedrag in, of een formule, of vink gratis aan.", field="amount_cents")
    if rule.get("season_id") is None and rule.get("valid_from") is None:
        raise DomainError("rule_without_season", "Kies een seizoen, of vul in vanaf welke dag de regel geldt.", field="season")
    with transaction() as session:
        at = session.scalar(select(Contribution.organisation_id).where(Contribution.id == rule.get("contribution_id")))
        if (rule.get("formula") or "").strip():
            try:
                check_formula(rule["formula"], at)
            except DomainError as refusal:
                refusal.parameters.setdefault("field", "formula")
                raise
        _check_group(rule.get("target_group_id"), at, "target_group")
        same = select(ContributionRule).where(
            *(getattr(ContributionRule, name).is_not_distinct_from(rule.get(name)) for name in _PICKS),
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


def check_adjustment(kind: str, settings: dict[str, Any] | None, organisation_id: int | None = None, rule_id: int | None = None) -> None:
    """Refuse settings that the kind cannot compute, names of fields and target groups that the organisation does not have, and with `rule_id`
    what the contribution's plan does already.

    Raises DomainError with the field `settings` or `kind`.
    """
    given = settings or {}
    try:
        made = adjustments.load(kind, given)
        if organisation_id is not None:
            _check_names(kind, made, organisation_id)
    except DomainError as refusal:
        refusal.parameters["field"] = "kind" if refusal.code == "adjustment_kind_unknown" else "settings"
        raise
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
    """Refuse names of fields and target groups that the organisation does not have."""
    if kind == "tick_box":
        check_named(made.field, known_fields(organisation_id), ("yes_no",), "Vinkje op de kaart")
    if kind == "condition":
        if made.formula is not None:
            check_formula(made.formula.text, organisation_id)
        _check_group(made.selection_id, organisation_id, "settings")


def _check_with_plan(plan: BillingPlan, rules: Iterable[RuleTerms], field: str) -> None:
    try:
        check_with_plan(plan_terms(plan), rules)
    except DomainError as refusal:
        refusal.parameters["field"] = field
        raise


def _check_group(group_id: int | None, organisation_id: int | None, field: str) -> None:
    """Refuse a target group that the organisation does not have: there its members could not be seen. Raises `group_unknown`."""
    if group_id is None or organisation_id is None:
        return
    own = {group.id: group.name for group in groups_of(organisation_id)}
    if group_id not in own:
        there = f"Er zijn: {', '.join(own.values())}." if own else "Er zijn er nog geen: maak er eerst een bij Doelgroepen."
        raise DomainError("group_unknown", f"Kies een doelgroep van de organisatie van deze contributie. {there}", field=field)


@dataclass(frozen=True, slots=True)
class SeasonCopied:
    """What copying gave: rules made, rules that were there already, and descriptions that hold a year."""

    made: int
    there: int
    to_check: tuple[str, ...]


def copy_season(organisation_id: int, from_season_id: int, to_season_id: int, raise_basis_points: int = 0) -> SeasonCopied:
    """Copy the rules of one season to another, with their adjustments.

    Amounts are raised by a percentage (250 is 2,5 %), born-from dates move along by the time between the seasons, so that people of
    the same age pay alike; 1 January 1900 stays. What is there already is left alone: copying twice makes nothing new.
    Raises NotFound, and DomainError `season_same`, `season_without_rules`.
    """
    with transaction() as session:
        source, target = session.get(Season, from_season_id), session.get(Season, to_season_id)
        if source is None or target is None:
            raise NotFound("Dit seizoen bestaat niet (meer). Kies een ander seizoen.")
        if source.id == target.id:
            raise DomainError("season_same", "Kies twee verschillende seizoenen.", field="season")
        months = (target.first_day.year - source.first_day.year) * 12 + target.first_day.month - source.first_day.month
        rules = session.scalars(
            select(ContributionRule)
            .where(ContributionRule.organisation_id == organisation_id, ContributionRule.season_id == source.id)
            .order_by(ContributionRule.id)
        ).all()
        if not rules:
            raise DomainError("season_without_rules", f"Seizoen {source.name} heeft geen contributieregels om te kopiëren.")
        made, there, to_check = 0, 0, []
        copies: dict[int, int] = {}
        for rule in rules:
            values = {name: getattr(rule, name) for name in _COPIED}
            values["born_from"] = _moved(rule.born_from, months)
            values["season_id"] = target.id
            if rule.amount_cents is not None:
                values["amount_cents"] = rule.amount_cents + percentage_of(rule.amount_cents, raise_basis_points)
            picks = {name: values.get(name) for name in _PICKS}
            known = select(ContributionRule.id).where(
                *(getattr(ContributionRule, name).is_not_distinct_from(value) for name, value in picks.items())
            )
            if session.scalar(known.limit(1)) is not None:
                there += 1
                continue
            copy = ContributionRule(**values)
            session.add(copy)
            session.flush()
            copies[rule.id] = copy.id
            made += 1
            if any(word.isdigit() and len(word) == 4 for word in rule.description.replace("/", " ").split()):
                to_check.append(rule.description)
        for rule in rules:  # a reference to another rule's adjustments points at that rule's copy
            if rule.id in copies and rule.adjustments_of_id:
                session.get_one(ContributionRule, copies[rule.id]).adjustments_of_id = copies.get(
                    rule.adjustments_of_id, rule.adjustments_of_id
                )
        steps = session.scalars(select(Adjustment).where(Adjustment.rule_id.in_(copies)).order_by(Adjustment.id)).all()
        for step in steps:
            session.add(
                Adjustment(
                    organisation_id=step.organisation_id,
                    rule_id=copies[step.rule_id],
                    position=step.position,
                    kind=step.kind,
                    settings=step.settings,
                    text=step.text,
                    is_own_line=step.is_own_line,
                    ledger_account_id=step.ledger_account_id,
                )
            )
        audit.record("copy_season", Season.__tablename__, target.id, organisation_id, source=source.name, made=made, there=there)
        return SeasonCopied(made, there, tuple(to_check))


def _moved(born_from: date | None, months: int) -> date | None:
    """Move a born-from date along; the first of all bands begins at 1 January 1900 and stays."""
    if born_from is None or born_from.year <= 1900:
        return born_from
    return add_months(born_from, months)


def waive_charge(charge_id: int, reason: str) -> None:
    """Let a charge go that is not on an invoice yet. Raises NotFound, `wrong_state`, and `reason_missing`."""
    if not reason.strip():
        raise DomainError("reason_missing", "Vul in waarom dit wordt kwijtgescholden.", field="reason")
    with transaction() as session:
        changed = session.execute(
            update(Charge)
            .where(Charge.id == charge_id, Charge.state.in_(CHARGE.sources("waive")))
            .values(state="waived", waived_reason=reason.strip()[:200])
        )
        charge = session.get(Charge, charge_id, populate_existing=True)
        if charge is None:
            raise NotFound("Deze regel bestaat niet (meer), of hoort niet bij jouw omgeving.")
        if changed.rowcount != 1:
            raise CHARGE.refusal("waive", charge.state)
        audit.record(
            "waive", Charge.__tablename__, charge_id, charge.organisation_id, reason=reason.strip()[:200], amount_cents=charge.amount_cents
        )


def check_contribution(contribution_id: int) -> list[str]:
    """Return what still stands in the way of charging a contribution, in Dutch; empty when it is ready."""
    with transaction() as session:
        row = session.get(Contribution, contribution_id)
        if row is None:
            raise NotFound("Deze contributie bestaat niet (meer), of hoort niet bij jouw omgeving.")
        found = []
        rules = session.scalars(select(ContributionRule).where(ContributionRule.contribution_id == contribution_id)).all()
        if not rules:
            found.append("Er zijn nog geen regels: voeg er een toe met een bedrag.")
        plan = session.get(BillingPlan, row.billing_plan_id) if row.billing_plan_id is not None else None
        try:
            check_with_plan(plan_terms(plan), rules_of([row.id])[row.id])
        except DomainError as refusal:
            found.append(str(refusal))
        if row.ledger_account_id is None:
            bare = [rule.description for rule in rules if rule.ledger_account_id is None]
            found += [f"Regel “{text}” heeft geen grootboekrekening, en de contributie ook niet." for text in bare]
        for key in {(rule.season_id, rule.valid_from, rule.price_category_id) for rule in rules if rule.born_from}:
            first = min(
                rule.born_from for rule in rules if rule.born_from and (rule.season_id, rule.valid_from, rule.price_category_id) == key
            )
            if first > date(1930, 1, 1) and key[2] in (None, row.price_category_id):
                found.append(
                    f"Wie voor {dutch_date(first)} geboren is, valt buiten de leeftijdsgroepen. Voeg een regel toe vanaf 01-01-1900."
                )
        return found


def check_plan(row: BillingPlan) -> None:
    """Refuse a billing plan that cannot be computed, names fields that do not exist, or does what a rule does already.

    Raises DomainError `plan_wrong`, `field_unknown`, `field_unfit`, and `late_start_counted_twice` at its first period.
    """
    terms = plan_terms(row)
    plans.check(terms)
    for setting, kinds, what in (
        ("interval_field", ("number",), "Het veld voor het aantal maanden"),
        ("start_field", ("date",), "Het veld voor de eerste dag"),
        ("end_field", ("date",), "Het veld voor de laatste dag"),
    ):
        if name := getattr(terms, setting):
            try:
                check_named(name, known_fields(row.organisation_id), kinds, what)
            except DomainError as refusal:
                refusal.parameters["field"] = setting
                raise
    if row.id is None:
        return
    with transaction() as session:
        uses = session.scalars(select(Contribution.id).where(Contribution.billing_plan_id == row.id)).all()
        for rules in rules_of(uses).values():
            _check_with_plan(row, rules, "first_period")


def check_plan_of(contribution_id: int, plan_id: int | None) -> None:
    """Refuse a billing plan that does what a rule of the contribution does already. Raises DomainError with the field `billing_plan`."""
    with transaction() as session:
        plan = session.get(BillingPlan, plan_id) if plan_id is not None else None
        if plan is not None:
            _check_with_plan(plan, rules_of([contribution_id])[contribution_id], "billing_plan")


class TriedOut(NamedTuple):
    """What a relation would pay for one period: `cents` None when nothing; `why` says it in Dutch."""

    first_day: date | None
    last_day: date | None
    cents: int | None
    why: str


def preview_charge(contribution_id: int, season_id: int, relation_id: int) -> list[TriedOut]:
    """Return what one relation owes for a contribution in a season, without making anything. Raises NotFound."""
    season = season_terms(season_id)
    found: list[TriedOut] = []
    priced = priced_contributions([contribution_id], season)
    fees = fee_years(priced, season)
    for subject in subjects(priced, season, [relation_id]):
        due = subject.priced.timetable.due(subject.facts)
        if isinstance(due, NotCharged | Unpriceable):
            found.append(TriedOut(None, None, None, reason_sentence(due.reason, *due.values)))
            continue
        items = [(subject.prices, fees.told(subject, period).facts_on(period), period) for period in due]
        for period, outcome in zip(due, pricing.price_run(items), strict=True):
            cents = outcome.amount_cents if isinstance(outcome, Charged) else None
            found.append(TriedOut(period.first_day, period.last_day, cents, explanation.sentence(outcome)))
    if not found:
        found.append(TriedOut(None, None, None, "De relatie heeft in dit seizoen geen functie waarvoor deze contributie geldt."))
    return found
