"""On the first of the month: income that was received in advance, and belongs to this month."""

from __future__ import annotations

from app.invoicing.usecases import move_deferred
from app.kernel import clock
from app.kernel.errors import DomainError
from app.kernel.money import euros
from app.organisations.queries import administrations
from jobs.work import Work


def move(work: Work) -> str:
    """Move each administration's part; one whose period is closed is named, and the others go on."""
    books, moved, refused = administrations(), 0, []
    for place, (organisation_id, name) in enumerate(books.items(), 1):
        try:
            moved += move_deferred(organisation_id, clock.today())
        except DomainError as refusal:
            refused.append(f" {name}: {refusal.message}")
        work.progress(place, len(books))
    return f"{euros(moved)} genomen als opbrengst.{''.join(refused)}"
