"""What is done with target groups: making them, and putting relations in and taking them out, many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.custom_fields.values import check_code
from app.groups import queries
from app.groups.models import TargetGroup, TargetGroupMember
from app.kernel import audit, clock
from app.kernel.actor import the_actor
from app.kernel.bulk import insert_rows, refresh_statistics
from app.kernel.errors import DomainError, NotAllowed, NotFound
from app.kernel.unit_of_work import transaction
from app.organisations.models import Organisation
from app.relations.models import Relation

# Says for a group in which rules and formulas it stands: these are known above groups.
UsedIn = Callable[..., list[str]]
_CHUNK = 10_000


def add_group(organisation_id: int, *, code: str, name: str, remarks: str | None = None, is_for_below: bool = False) -> int:
    """Make a target group and return its id. Raises DomainError `code_wrong` and `code_taken`."""
    with transaction() as session, session.no_autoflush:
        row = TargetGroup(organisation_id=organisation_id, code=check_code(code), name=name, remarks=remarks, is_for_below=is_for_below)
        _check_code_free(session, row)
        session.add(row)
        session.flush()
        return row.id


def change_group(group_id: int, used_in: UsedIn, **values: Any) -> None:
    """Change a target group. Raises NotFound, NotAllowed, `code_wrong`, `code_taken`, and `group_in_use` when a formula names its code, or
    when an organisation below prices by a group that it may use no longer.
    """
    with transaction() as session, session.no_autoflush:
        row = _group(session, group_id)
        code = check_code(values.pop("code", row.code))
        if code != row.code:
            _refuse_used(row, used_in(0, row.code, row.organisation_id))
            row.code = code
        is_for_below = values.pop("is_for_below", row.is_for_below)
        if row.is_for_below and not is_for_below:
            _refuse_used(row, used_in(row.id, row.code, row.organisation_id, only_below=True))
        row.is_for_below = is_for_below
        _check_code_free(session, row)
        for name in ("name", "remarks"):
            if name in values:
                setattr(row, name, values[name])
        session.flush()


def remove_group(group_id: int, used_in: UsedIn) -> None:
    """Take a target group away, with who is in it. Raises NotFound and `group_in_use`."""
    with transaction() as session:
        row = _group(session, group_id)
        _refuse_used(row, used_in(row.id, row.code, row.organisation_id))
        session.flush()
        gone = session.execute(delete(TargetGroupMember).where(TargetGroupMember.target_group_id == row.id)).rowcount
        session.execute(delete(TargetGroup).where(TargetGroup.id == row.id))
        audit.record("delete", TargetGroup.__tablename__, row.id, row.organisation_id, name=row.name, code=row.code, members=gone)


def add_members(group_id: int, relation_ids: Iterable[int]) -> int:
    """Put relations in a target group and return how many were not in it yet: twice is once. Raises NotFound, also for a card out of sight."""
    with transaction() as session:
        row = _group(session, group_id)
        wanted = list(dict.fromkeys(relation_ids))
        _require_seen(session, wanted)
        there = set(session.scalars(select(TargetGroupMember.relation_id).where(TargetGroupMember.target_group_id == row.id)))
        new = [number for number in wanted if number not in there]
        now, who = clock.now(), the_actor().name[:120]
        columns = ("organisation_id", "target_group_id", "relation_id", "added_by", "made_at")
        rows = ((row.organisation_id, row.id, number, who, now) for number in new)
        made = insert_rows(TargetGroupMember.__table__, columns, rows)  # type: ignore[arg-type]
        if made:
            audit.record("add_members", TargetGroup.__tablename__, row.id, row.organisation_id, added=made, relation_ids=new[:1000])
            refresh_statistics(made, TargetGroupMember)
        return made


def remove_members(group_id: int, relation_ids: Iterable[int]) -> int:
    """Take relations out of a target group and return how many were in it. Raises NotFound."""
    with transaction() as session:
        row = _group(session, group_id)
        wanted, gone = list(dict.fromkeys(relation_ids)), 0
        for part in _parts(wanted):
            gone += session.execute(
                delete(TargetGroupMember)
                .where(TargetGroupMember.target_group_id == row.id, TargetGroupMember.relation_id.in_(part))
                .execution_options(synchronize_session=False)
            ).rowcount
        if gone:
            audit.record("remove_members", TargetGroup.__tablename__, row.id, row.organisation_id, removed=gone, relation_ids=wanted[:1000])
        return gone


def _parts(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    return (numbers[start : start + _CHUNK] for start in range(0, len(numbers), _CHUNK))


def _require_seen(session: Session, relation_ids: Sequence[int]) -> None:
    for part in _parts(relation_ids):
        if len(session.scalars(select(Relation.id).where(Relation.id.in_(part))).all()) != len(part):
            raise NotFound


def _check_code_free(session: Session, row: TargetGroup) -> None:
    """Refuse a code that another group has at the same organisation, or where either of the two is lent out along the line."""
    over = queries.above(row.organisation_id)
    taken = (TargetGroup.organisation_id == row.organisation_id) | (
        TargetGroup.is_for_below.is_(True) & TargetGroup.organisation_id.in_(over)
    )
    if row.is_for_below:
        path = session.scalar(select(Organisation.path).where(Organisation.id == row.organisation_id))
        under = select(Organisation.id).where(Organisation.path.startswith(path or "-", autoescape=True))
        taken = taken | TargetGroup.organisation_id.in_(under)
    other = session.scalars(
        select(TargetGroup).where(taken, TargetGroup.code == row.code, TargetGroup.id != (row.id or 0)).limit(1)
    ).first()
    if other is not None:
        whose = "" if other.organisation_id == row.organisation_id else f" van {other.organisation.name}"
        raise DomainError("code_taken", f"“{row.code}” is al de code van doelgroep “{other.name}”{whose}. Kies een andere.", field="code")


def _refuse_used(row: TargetGroup, places: list[str]) -> None:
    if places:
        more = f" en nog {len(places) - 3}" if len(places) > 3 else ""
        raise DomainError(
            "group_in_use",
            f"Doelgroep “{row.name}” wordt gebruikt in {', '.join(places[:3])}{more}. Haal haar daar eerst weg.",
            field="code",
            places=places,
        )


def _group(session: Session, group_id: int) -> TargetGroup:
    row = session.scalar(select(TargetGroup).where(TargetGroup.id == group_id))
    if row is None:
        raise NotFound
    if not the_actor().may_write(row.organisation_id):
        raise NotAllowed(
            f"Doelgroep “{row.name}” is van {row.organisation.name}. Alleen daar kun je haar wijzigen; maak een eigen doelgroep."
        )
    return row
