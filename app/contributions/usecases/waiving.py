"""Lets a charge go."""

from __future__ import annotations

from sqlalchemy import update

from app.contributions.models import CHARGE, Charge
from app.kernel import audit
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction


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
