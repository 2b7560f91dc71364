"""Keep rules, adjustments and plans, checked by pricing itself before they are saved."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.contributions import plans
from app.contributions.adjustments import load
from app.contributions.models import Adjustment, BillingPlan, Contribution, ContributionRule
from app.contributions.queries.settings import plan_terms, rule_terms, rules_of
from app.contributions.rule_checks import check_rule
from app.kernel.unit_of_work import transaction


def keep_rule(row: ContributionRule, changes: dict[str, Any]) -> ContributionRule:
    """Keep a new or changed rule. Raises DomainError as `rule_checks.check_rule`."""
    with transaction() as session:
        for name, value in changes.items():
            setattr(row, name, value)
        with session.no_autoflush:
            contribution = session.scalar(
                select(Contribution).where(Contribution.id == (row.contribution_id or getattr(row.contribution, "id", 0)))
            )
            if contribution is not None:
                row.organisation_id = contribution.organisation_id
            others = rules_of([contribution.id])[contribution.id] if contribution else []
            has_account = row.ledger_account_id is not None or (contribution is not None and contribution.ledger_account_id is not None)
            terms = rule_terms(_filled(row))
            check_rule(terms, [one for one in others if one.rule_id != row.id], has_account=has_account)
        session.add(row)
        session.flush()
        return row


def _filled(row: ContributionRule) -> ContributionRule:
    """Fill in what the database would, so that a new row can be checked before it is there."""
    row.tiers = row.tiers or []
    row.is_free = bool(row.is_free)
    row.blocks_family_discount = bool(row.blocks_family_discount)
    row.season_label = row.season_label or "name_after"
    return row


def keep_adjustment(row: Adjustment, changes: dict[str, Any]) -> Adjustment:
    """Keep a new or changed adjustment. Raises DomainError `adjustment_settings_wrong` with every field that is wrong."""
    with transaction() as session:
        for name, value in changes.items():
            setattr(row, name, value)
        load(row.kind, row.settings or {})
        with session.no_autoflush:
            rule = session.scalar(select(ContributionRule).where(ContributionRule.id == (row.rule_id or getattr(row.rule, "id", 0))))
            if rule is not None:
                row.organisation_id = rule.organisation_id
        session.add(row)
        session.flush()
        return row


def keep_plan(row: BillingPlan, changes: dict[str, Any]) -> BillingPlan:
    """Keep a new or changed billing plan. Raises DomainError `plan_wrong`."""
    with transaction() as session:
        for name, value in changes.items():
            setattr(row, name, value)
        row.anchor = row.anchor or "season"
        row.first_month = row.first_month or 1
        row.first_period = row.first_period or "full"
        row.issue_days = row.issue_days or 0
        plans.check(plan_terms(row))
        session.add(row)
        session.flush()
        return row
