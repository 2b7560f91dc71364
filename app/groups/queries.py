"""Questions about target groups."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from app.groups.models import TargetGroup, TargetGroupMember
from app.kernel.db import db
from app.kernel.errors import NotFound


def groups_of(organisation_id: int) -> list[TargetGroup]:
    """Return the target groups of an organisation, by name."""
    return list(db.session.scalars(select(TargetGroup).where(TargetGroup.organisation_id == organisation_id).order_by(TargetGroup.name)))


def membership(group_id: int, relation_id: int) -> int:
    """Return the id of the row that a relation has in a group. Raises NotFound."""
    found = db.session.scalar(
        select(TargetGroupMember.id).where(TargetGroupMember.target_group_id == group_id, TargetGroupMember.relation_id == relation_id)
    )
    if found is None:
        raise NotFound
    return found


def counts(group_ids: Sequence[int]) -> dict[int, int]:
    """Return how many relations these groups hold."""
    asked = select(TargetGroupMember.target_group_id, func.count()).where(TargetGroupMember.target_group_id.in_(group_ids))
    return {row[0]: row[1] for row in db.session.execute(asked.group_by(TargetGroupMember.target_group_id))}
