"""Questions about consents: what holds now, for one relation or for many at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from app.consents.models import Consent, ConsentPurpose
from app.kernel import clock
from app.kernel.bulk import among
from app.kernel.db import db


def has_consent(relation_id: int, code: str, on: date | None = None) -> bool:
    """Whether a relation agrees to a purpose on a day, today when none is given. Who was never asked does not."""
    return bool(with_consent([relation_id], code, on))


def with_consent(relation_ids: Collection[int], code: str, on: date | None = None) -> set[int]:
    """Return who of these agree to a purpose on a day: whose newest line says yes. One question for all."""
    day = on or clock.today()
    newer = aliased(Consent)
    is_newer = and_(
        newer.relation_id == Consent.relation_id,
        newer.purpose_id == Consent.purpose_id,
        newer.on_date <= day,
        (newer.on_date > Consent.on_date) | ((newer.on_date == Consent.on_date) & (newer.id > Consent.id)),
    )
    asked = (
        select(Consent.relation_id)
        .join(Consent.purpose)
        .where(ConsentPurpose.code == code, Consent.is_given, Consent.on_date <= day, among(Consent.relation_id, list(relation_ids)))
        .where(~select(newer.id).where(is_newer).exists())
    )
    return set(db.session.scalars(asked))


def purposes(ids: Collection[int]) -> list[ConsentPurpose]:
    """Return these purposes as far as they are in use and the actor may read them, by name."""
    asked = select(ConsentPurpose).where(among(ConsentPurpose.id, list(ids)), ConsentPurpose.is_active)
    return list(db.session.scalars(asked.order_by(ConsentPurpose.name, ConsentPurpose.id))) if ids else []
