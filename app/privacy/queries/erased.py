"""Which cards were erased, and cards by their number."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.kernel.db import db
from app.kernel.errors import NotFound
from app.privacy.models import Erasure
from app.relations.models import Relation


def by_number(number: int) -> int:
    """Return the id of the card with this number. Raises NotFound."""
    found = db.session.scalar(select(Relation.id).where(Relation.number == number))
    if found is None:
        raise NotFound(f"Er is geen relatie {number} in deze omgeving.")
    return found


def erased_cards() -> list[dict[str, Any]]:
    """Return number, reason and day of every erased card, oldest first."""
    asked = select(Relation.number, Erasure.reason, Erasure.made_at).join(Erasure, Erasure.relation_id == Relation.id).order_by(Erasure.id)
    return [{"number": number, "reason": reason, "on": made_at.date().isoformat()} for number, reason, made_at in db.session.execute(asked)]
