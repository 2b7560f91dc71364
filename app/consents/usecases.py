"""Writes down what somebody said of a purpose: given or withdrawn, when and how. Nothing is ever changed; a new line is added."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import select

from app.consents.models import SOURCES, Consent, ConsentPurpose
from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.errors import DomainError, NotFound
from app.kernel.identifiers import clean_text
from app.kernel.periods import dutch_date
from app.kernel.unit_of_work import transaction
from app.relations.models import Relation

_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")


def note_consent(relation_id: int, purpose_id: int, is_given: bool, on_date: date, source: str, remarks: str | None = None) -> int:
    """Keep that a relation gave or withdrew a consent on a day, and return the line's id. Raises NotFound and DomainError."""
    if source not in SOURCES:
        raise DomainError("kind_unknown", f"“{source}” kan niet. Kies uit: {', '.join(SOURCES.values())}.", field="source")
    if on_date > clock.today():
        raise DomainError("date_in_future", f"{dutch_date(on_date)} ligt nog voor ons. Vul in wanneer het gezegd is.", field="on_date")
    with transaction() as session:
        card = session.scalar(select(Relation).where(Relation.id == relation_id))
        purpose = session.scalar(select(ConsentPurpose).where(ConsentPurpose.id == purpose_id))
        if card is None or purpose is None:
            raise NotFound
        if is_given and not purpose.is_active:
            raise DomainError("purpose_unused", f"“{purpose.name}” is niet meer in gebruik. Kies een ander doel.", field="purpose_id")
        row = Consent(
            organisation_id=card.organisation_id, relation_id=relation_id, purpose_id=purpose_id, is_given=is_given, on_date=on_date,
            source=source, remarks=(clean_text(remarks or "") or None), noted_by=the_actor().name[:120],
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def note_from_form(relation_id: int, asked: Collection[int], on_date: date) -> None:
    """Keep what somebody ticked on a form. What was not ticked says nothing: it was not withdrawn."""
    with transaction() as session:
        known = session.scalars(select(ConsentPurpose.id).where(ConsentPurpose.id.in_(list(asked)), ConsentPurpose.is_active)).all()
        for purpose_id in known:
            note_consent(relation_id, purpose_id, True, on_date, "form")


def tidy_purpose(changes: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a purpose, checked. Raises DomainError `code_wrong`."""
    if "code" in changes:
        changes["code"] = (changes["code"] or "").strip().lower()
        if not _CODE.fullmatch(changes["code"]):
            raise DomainError(
                "code_wrong",
                "Een code begint met een letter en heeft kleine letters, cijfers en _ , bijvoorbeeld nieuwsbrief.",
                field="code",
            )
    return changes
