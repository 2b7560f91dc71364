"""Which fields formulas may name at an organisation, which ones the settings of a run do name, and where a name is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from app.contributions.facts import PlanTerms, RuleTerms
from app.contributions.fields import BUILT_IN, COUNTED, KIND_WORDS, PREFIXES, FieldTerms, Named
from app.contributions.formulas import Formula
from app.contributions.models import Adjustment, BillingPlan, Contribution, ContributionRule
from app.custom_fields.queries import chain_of, fields_at
from app.groups.queries import groups_of
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.organisations.models import Organisation

PLAN_FIELDS = ("interval_field", "start_field", "end_field")


def known_fields(organisation_id: int, *, only_active: bool = True) -> dict[str, FieldTerms]:
    """Return by name every field that exists for an organisation: built in, its custom fields and target groups, and those from above."""
    found = {terms.name: terms for terms in BUILT_IN}
    for one in fields_at(chain_of(organisation_id), only_active=only_active):
        name = f"{PREFIXES[one.holder]}.{one.code}"
        found[name] = FieldTerms(name, one.label, one.kind, one.help, one.key)
    for group in groups_of(organisation_id):
        name = f"member_of.{group.code}"
        found[name] = FieldTerms(name, f"In doelgroep {group.name}", "yes_no", group.remarks or "", str(group.id))
    return found


def countable(known: Mapping[str, FieldTerms]) -> dict[str, FieldTerms]:
    """Return the fields that a formula can count with."""
    return {name: terms for name, terms in known.items() if terms.kind in COUNTED}


def field_list(organisation_id: int) -> list[tuple[str, str, str, str]]:
    """Return (name as a formula writes it, label, kind, help) of every field that a formula may name, in Dutch."""
    return [
        (f"{{{terms.name}}}", terms.label, KIND_WORDS[terms.kind], terms.help)
        for terms in countable(known_fields(organisation_id)).values()
    ]


def names_in(rules: Iterable[RuleTerms], plan: PlanTerms) -> frozenset[str]:
    """Return the names of the fields that rules with their adjustments, and a plan, look at."""
    found = {name for name in (plan.interval_field, plan.start_field, plan.end_field) if name}
    for rule in rules:
        found |= _formula_names(rule.formula)
        for step in rule.adjustments:
            found |= _names_of_step(step.kind, step.settings)
    return frozenset(found)


def _formula_names(text: str | None) -> set[str]:
    if not (text or "").strip():
        return set()
    try:
        return set(Formula.read(text or "").names)
    except DomainError:  # said by whoever prices with it
        return set()


def _names_of_step(kind: str, settings: Mapping[str, Any]) -> set[str]:
    if kind == "tick_box":
        return {str(settings.get("field", ""))} - {""}
    return _formula_names(str(settings.get("formula") or "")) if kind == "condition" else set()


def group_ids_in(rules: Iterable[RuleTerms]) -> frozenset[int]:
    """Return the target groups by which rules and conditions pick."""
    found = set()
    for rule in rules:
        found |= {rule.selection_id} - {None}
        found |= {_group_of(step.kind, step.settings) for step in rule.adjustments} - {None}
    return frozenset(found)  # type: ignore[arg-type]


def _group_of(kind: str, settings: Mapping[str, Any]) -> int | None:
    number = settings.get("selection_id") if kind == "condition" else None
    return int(number) if number not in (None, "") and str(number).isdigit() else None


def named(organisation_id: int, rules: Iterable[RuleTerms], plan: PlanTerms) -> Named:
    """Return what the rules and plan of a contribution look at; nothing is asked when they name only what every card has.

    A name that does not exist (any more) is left out: pricing says it on each member.
    """
    given = list(rules)
    names = names_in(given, plan)
    built_in = {terms.name: terms for terms in BUILT_IN}
    known = known_fields(organisation_id, only_active=False) if names - set(built_in) else built_in
    return Named(tuple(known[name] for name in sorted(names) if name in known), group_ids_in(given))


# ---------------------------------------------------------------- where a name is used


def named_in(holder: str, code: str, organisation_id: int) -> list[str]:
    """Return in which rules, adjustments and plans a custom field stands, in Dutch, at its organisation and below."""
    name = f"{PREFIXES[holder]}.{code}"
    found = _places(
        _under(organisation_id), lambda formula, kind, settings: name in _formula_names(formula) | _names_of_step(kind, settings)
    )
    plans = db.session.scalars(
        select(BillingPlan).where(BillingPlan.organisation_id.in_(_under(organisation_id))).order_by(BillingPlan.name)
    )
    return found + [
        f"facturatie-instelling “{plan.name}”" for plan in plans if name in [(plan.settings or {}).get(key) for key in PLAN_FIELDS]
    ]


def used_in(group_id: int, code: str, organisation_id: int, *, only_below: bool = False) -> list[str]:
    """Return in which rules and adjustments a target group stands, by its number or its code, in Dutch; or only those below its organisation."""
    name = f"member_of.{code}"
    under = _under(organisation_id, only_below=only_below)
    picked = _rules(under, ContributionRule.target_group_id == group_id)
    return [_rule_text(rule, contribution) for rule, contribution in picked] + _places(
        under,
        lambda formula, kind, settings: (
            name in _formula_names(formula) | _names_of_step(kind, settings) or (group_id != 0 and _group_of(kind, settings) == group_id)
        ),
    )


def _places(under: Any, holds: Any) -> list[str]:
    found = [
        _rule_text(rule, contribution)
        for rule, contribution in _rules(under, ContributionRule.formula.is_not(None))
        if holds(rule.formula, "", {})
    ]
    steps = db.session.execute(
        select(Adjustment, ContributionRule, Contribution)
        .join(ContributionRule, ContributionRule.id == Adjustment.rule_id)
        .join(Contribution, Contribution.id == ContributionRule.contribution_id)
        .where(Adjustment.organisation_id.in_(under), Adjustment.kind.in_(("tick_box", "condition")))
        .order_by(Adjustment.id)
    )
    found += [
        f"een korting van {_rule_text(rule, contribution)}"
        for step, rule, contribution in steps
        if holds("", step.kind, step.settings or {})
    ]
    return list(dict.fromkeys(found))


def _rules(under: Any, condition: Any) -> list[Any]:
    asked = select(ContributionRule, Contribution).join(Contribution, Contribution.id == ContributionRule.contribution_id)
    return list(db.session.execute(asked.where(ContributionRule.organisation_id.in_(under), condition).order_by(ContributionRule.id)))


def _rule_text(rule: ContributionRule, contribution: Contribution) -> str:
    return f"regel “{rule.description}” van {contribution.name}"


def _under(organisation_id: int, *, only_below: bool = False) -> Any:
    path = select(Organisation.path).where(Organisation.id == organisation_id)
    found = select(Organisation.id).where(Organisation.path.startswith(db.session.scalar(path) or "-", autoescape=True))
    return found.where(Organisation.id != organisation_id) if only_below else found
