"""Questions about target groups."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from app.groups.models import TargetGroup, TargetGroupMember
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.organisations.models import Organisation
from app.organisations.tree import ids_in


def groups_of(organisation_id: int) -> list[TargetGroup]:
    """Return the target groups that an organisation may price by, by name: its own, and those that organisations above it lend out."""
    lent = TargetGroup.is_for_below.is_(True) & TargetGroup.organisation_id.in_(above(organisation_id))
    asked = select(TargetGroup).where((TargetGroup.organisation_id == organisation_id) | lent)
    return list(db.session.scalars(asked.order_by(TargetGroup.name, TargetGroup.id)))


def above(organisation_id: int) -> list[int]:
    """Return the organisations above one, from the top."""
    path = db.session.scalar(select(Organisation.path).where(Organisation.id == organisation_id))
    return [number for number in ids_in(path or "") if number != organisation_id]


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
