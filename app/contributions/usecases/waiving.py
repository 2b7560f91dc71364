"""Lets a charge go, and takes that back."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.contributions.models import CHARGE, Charge
from app.kernel import audit
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction


def waive_charge(charge_id: int, reason: str) -> None:
    """Let a charge go that is not on an invoice yet. Raises NotFound, `wrong_state`, and `reason_missing`."""
    said = _said(reason, "Vul in waarom dit wordt kwijtgescholden.")
    with transaction() as session:
        charge = _change(session, charge_id, "waive", said)
        audit.record("waive", Charge.__tablename__, charge_id, charge.organisation_id, reason=said, amount_cents=charge.amount_cents)


def take_back_waiver(charge_id: int, reason: str) -> None:
    """Open a charge again that was let go: the next run takes it up, for what is owed then. The trail keeps both reasons.

    Raises NotFound, `wrong_state`, and `reason_missing`.
    """
    said = _said(reason, "Vul in waarom de kwijtschelding wordt teruggenomen.")
    with transaction() as session:
        before = session.scalar(select(Charge.waived_reason).where(Charge.id == charge_id))
        charge = _change(session, charge_id, "take_back_waiver", None)
        audit.record(
            "take_back_waiver",
            Charge.__tablename__,
            charge_id,
            charge.organisation_id,
            reason=said,
            waived_reason=before,
            amount_cents=charge.amount_cents,
        )


def _said(reason: str, asked: str) -> str:
    said = reason.strip()[:200]
    if not said:
        raise DomainError("reason_missing", asked, field="reason")
    return said


def _change(session: Session, charge_id: int, event: str, waived_reason: str | None) -> Charge:
    """Claim a charge for a change of its state, with the reason that stands on it from then on."""
    sources = CHARGE.sources(event)
    changed = session.execute(
        update(Charge)
        .where(Charge.id == charge_id, Charge.state.in_(sources))
        .values(state=CHARGE.target(event, sources[0]), waived_reason=waived_reason)
    )
    charge = session.get(Charge, charge_id, populate_existing=True)
    if charge is None:
        raise NotFound("Deze regel bestaat niet (meer), of hoort niet bij jouw omgeving.")
    if changed.rowcount != 1:
        raise CHARGE.refusal(event, charge.state)
    return charge
