"""What the organisation of a function gives to a price: its team amount and its fields, in one statement for all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import select

from app.kernel.db import db
from app.organisations.models import Organisation

# Below a department lie teams and committees: what these do not say of themselves, their department says.
_OF_DEPARTMENT = frozenset({"team", "committee"})


class Place(NamedTuple):
    """One organisation."""

    team_amount_cents: int | None = None
    inhabitants: int | None = None
    area_km2: int | None = None
    custom_values: Mapping[str, Any] | None = None


def places(organisation_ids: Collection[int]) -> dict[int, Place]:
    """Return these organisations by id; a team without an amount of its own has that of its department."""
    at = Organisation.__table__.c
    rows = db.session.connection().execute(
        select(at.id, at.parent_id, at.kind, at.team_amount_cents, at.inhabitants, at.area_km2, at.custom_values).where(
            at.id.in_(sorted(organisation_ids))
        )
    )
    known = {row.id: row for row in rows}

    def amount(number: int) -> int | None:
        row = known.get(number)
        while row is not None and row.team_amount_cents is None and row.kind in _OF_DEPARTMENT:
            row = known.get(row.parent_id)
        return None if row is None else row.team_amount_cents

    return {number: Place(amount(number), row.inhabitants, row.area_km2, row.custom_values) for number, row in known.items()}
