"""Settle open items with each other, and undo it by a settlement that points back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice

from sqlalchemy import select

from app.kernel import audit, clock
from app.kernel.actor import the_actor
from app.kernel.bulk import insert_rows, reserve_ids
from app.kernel.errors import DomainError, NotFound
from app.kernel.periods import dutch_date
from app.kernel.unit_of_work import transaction
from app.ledger import queries
from app.ledger.models import Settlement, SettlementPart
from app.ledger.settling import Part, check_settlement
from app.ledger.usecases.locking import lock_books

_BATCH = 2_000
_COLUMNS = ("id", "organisation_id", "settled_on", "made_by", "reverses_id", "source_table", "source_id", "made_at")
_PART_COLUMNS = ("organisation_id", "settlement_id", "line_id", "amount_cents")


def settle(
    organisation_id: int, parts: Sequence[Part], settled_on: date, source_table: str | None = None, source_id: int | None = None
) -> int:
    """Settle items with each other and return the settlement's id; see `settle_many`."""
    return settle_many(organisation_id, [parts], settled_on, source_table, source_id)[0]


def settle_many(
    organisation_id: int,
    groups: Iterable[Sequence[Part]],
    settled_on: date,
    source_table: str | None = None,
    source_id: int | None = None,
) -> list[int]:
    """Make a settlement of each group of parts, all or none, and return their ids.

    A part (line, cents) takes cents off that line, so the parts of a group add up to zero. A settlement counts from
    `settled_on`, or from the day of its latest item when that is later: before that day there was nothing to settle.
    Raises NotFound for a foreign organisation and DomainError as `check_settlement`.
    """
    with transaction():
        lock_books(organisation_id)
        made: list[int] = []
        source = iter(groups)
        while part := [tuple(group) for group in islice(source, _BATCH)]:
            made += _settle(organisation_id, part, settled_on, source_table, source_id)
        if made:
            audit.record(
                "settle",
                Settlement.__tablename__,
                made[0] if len(made) == 1 else None,
                organisation_id,
                settlements=len(made),
                first=made[0],
                last=made[-1],
            )
        return made


def undo_settlements(settlement_ids: Iterable[int], on_date: date) -> list[int]:
    """Undo settlements, all or none; see `undo_settlement`."""
    with transaction():
        return [undo_settlement(settlement_id, on_date) for settlement_id in settlement_ids]


def undo_settlement(settlement_id: int, on_date: date) -> int:
    """Open the items of a settlement again by an opposite one that points at it; return its id.

    It counts from `on_date`, but never before the settlement itself. Raises NotFound, and DomainError `settlement_undone` or
    `settlement_is_undoing`.
    """
    with transaction() as session:
        settlement = session.get(Settlement, settlement_id)
        if settlement is None:
            raise NotFound("Deze vereffening bestaat niet (meer), of hoort niet bij jouw omgeving.")
        organisation_id = settlement.organisation_id
        lock_books(organisation_id)
        if settlement.reverses_id is not None:
            raise DomainError(
                "settlement_is_undoing",
                "Dit is zelf het ongedaan maken van een vereffening. Vereffen de posten opnieuw als dat de bedoeling is.",
            )
        undone = session.scalar(
            select(Settlement).where(Settlement.organisation_id == organisation_id, Settlement.reverses_id == settlement_id)
        )
        if undone is not None:
            raise DomainError("settlement_undone", f"Deze vereffening is al ongedaan gemaakt op {dutch_date(undone.settled_on)}.")
        day = max(on_date, settlement.settled_on)
        new_id = reserve_ids(Settlement.__table__, 1)[0]
        _write(
            [(new_id, organisation_id, day, the_actor().name, settlement_id, settlement.source_table, settlement.source_id, clock.now())],
            [(organisation_id, new_id, part.line_id, -part.amount_cents) for part in settlement.parts],
        )
        audit.record("undo", Settlement.__tablename__, settlement_id, organisation_id, by=new_id)
        return new_id


def _settle(
    organisation_id: int, groups: list[tuple[Part, ...]], settled_on: date, source_table: str | None, source_id: int | None
) -> list[int]:
    items = queries.item_facts(organisation_id, {line_id for group in groups for line_id, _ in group})
    ids = list(reserve_ids(Settlement.__table__, len(groups)))
    made_by, made_at = the_actor().name, clock.now()
    settlements, parts = [], []
    for settlement_id, group in zip(ids, groups, strict=True):
        check_settlement(group, items)
        day = settled_on
        for line_id, cents in group:
            item = items[line_id]
            items[line_id] = item._replace(open_cents=item.open_cents - cents)
            day = max(day, item.entry_date)
            parts.append((organisation_id, settlement_id, line_id, cents))
        settlements.append((settlement_id, organisation_id, day, made_by, None, source_table, source_id, made_at))
    _write(settlements, parts)
    return ids


def _write(settlements: list[tuple[object, ...]], parts: list[tuple[int, int, int, int]]) -> None:
    insert_rows(Settlement.__table__, _COLUMNS, settlements)
    insert_rows(SettlementPart.__table__, _PART_COLUMNS, parts)
