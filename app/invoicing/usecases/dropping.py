"""Drop open charges that are owed no more: they were on no invoice, so nobody was asked for them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete

from app.contributions.models import Charge
from app.kernel import audit
from app.kernel.unit_of_work import transaction


def drop_open(organisation_id: int, charge_ids: Sequence[int]) -> int:
    """Throw these charges away where they are still open, and return how many."""
    if not charge_ids:
        return 0
    charge = Charge.__table__
    with transaction() as session:
        gone = session.connection().execute(
            delete(charge).where(charge.c.organisation_id == organisation_id, charge.c.id.in_(charge_ids), charge.c.state == "open")
        )
        audit.record("drop", Charge.__tablename__, None, organisation_id, charges=sorted(charge_ids))
        return int(gone.rowcount)
