"""The debtors list: what each debtor owes, by how long it is overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

BUCKETS = ("not_due", "to_30", "to_60", "to_90", "over_90")
BUCKET_NAMES = {
    "not_due": "Nog niet vervallen",
    "to_30": "0-30 dagen",
    "to_60": "31-60 dagen",
    "to_90": "61-90 dagen",
    "over_90": "Meer dan 90 dagen",
    "credit": "Tegoed",
}


@dataclass(frozen=True, slots=True)
class Debtor:
    """One row of the debtors list, in cents. The buckets hold what is owed, `credit_cents` (not above zero) what is paid too much."""

    relation_id: int | None
    number: int | None
    name: str
    items: int
    not_due_cents: int
    to_30_cents: int
    to_60_cents: int
    to_90_cents: int
    over_90_cents: int
    credit_cents: int
    oldest: date | None

    @property
    def overdue_cents(self) -> int:
        """Return what is owed and past its due date."""
        return self.to_30_cents + self.to_60_cents + self.to_90_cents + self.over_90_cents

    @property
    def open_cents(self) -> int:
        """Return the balance: what is owed minus what was paid too much."""
        return self.not_due_cents + self.overdue_cents + self.credit_cents


def bucket_of(due: date, on: date) -> str:
    """Return the bucket of an item that should be paid by `due`, looked at on a day: on the due date itself it is not overdue."""
    late = (on - due).days
    if late <= 0:
        return "not_due"
    return "to_30" if late <= 30 else "to_60" if late <= 60 else "to_90" if late <= 90 else "over_90"
