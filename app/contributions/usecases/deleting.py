"""Deletes what was set up and never used, many at once; what is used stays and is told by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.contributions.models import Adjustment, Charge, Contribution, ContributionRule
from app.kernel.unit_of_work import savepoint, transaction


@dataclass(frozen=True, slots=True)
class Deleted:
    """How many were deleted, and what stays with the reason."""

    count: int
    kept: tuple[str, ...]


def delete_rules(rule_ids: Sequence[int]) -> Deleted:
    """Delete rules that no charge was made with and that no other rule takes its adjustments from."""
    with transaction() as session:
        return _delete(session, ContributionRule, rule_ids, _in_use_rule)


def delete_adjustments(adjustment_ids: Sequence[int]) -> Deleted:
    """Delete adjustments of rules that no charge was made with."""
    with transaction() as session:
        return _delete(session, Adjustment, adjustment_ids, _in_use_adjustment)


def delete_contributions(contribution_ids: Sequence[int]) -> Deleted:
    """Delete contributions that nothing was charged for, with their rules."""
    with transaction() as session:
        return _delete(session, Contribution, contribution_ids, _in_use_contribution)


def _delete(session: Session, model: Any, numbers: Sequence[int], in_use: Callable[[Session, Any], str]) -> Deleted:
    count, kept = 0, []
    for row in session.scalars(select(model).where(model.id.in_(numbers)).order_by(model.id)).all():
        label = str(row) if model is not Adjustment else f"{row.rule.description}: {row.text or row.kind_name}"
        if reason := in_use(session, row):
            kept.append(f"{label} ({reason})")
            continue
        try:
            with savepoint():
                _with_children(session, row)
                session.delete(row)
                session.flush()
            count += 1
        except IntegrityError:
            kept.append(f"{label} (wordt nog ergens gebruikt)")
    return Deleted(count, tuple(kept))


def _with_children(session: Session, row: Any) -> None:
    if isinstance(row, Contribution):
        mine = select(ContributionRule.id).where(ContributionRule.contribution_id == row.id)
        session.execute(delete(Adjustment).where(Adjustment.rule_id.in_(mine)))
        session.execute(delete(ContributionRule).where(ContributionRule.contribution_id == row.id))
    if isinstance(row, ContributionRule):
        session.execute(delete(Adjustment).where(Adjustment.rule_id == row.id))


def _charges(session: Session, *conditions: Any) -> str:
    count = session.scalar(select(func.count()).select_from(Charge).where(*conditions)) or 0
    return f"{count} te factureren regel{'s' if count != 1 else ''} mee gemaakt" if count else ""


def _in_use_rule(session: Session, row: ContributionRule) -> str:
    other = session.scalar(select(ContributionRule.description).where(ContributionRule.adjustments_of_id == row.id).limit(1))
    return _charges(session, Charge.rule_id == row.id) or (f"“{other}” heeft dezelfde kortingen als deze regel" if other else "")


def _in_use_adjustment(session: Session, row: Adjustment) -> str:
    return _charges(session, Charge.rule_id == row.rule_id)


def _in_use_contribution(session: Session, row: Contribution) -> str:
    return _charges(session, Charge.contribution_id == row.id)
