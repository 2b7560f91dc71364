"""What an administrator decides about an enrollment: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.kernel.errors import DomainError
from app.kernel.periods import add_months, dutch_date

CONFIRM_DAYS = 7  # so long does the link in the confirmation mail work
UNCONFIRMED_DAYS = 14  # so long is kept what nobody confirmed
DECLINED_DAYS = 365  # so long is kept what was declined
_MONTHS_BACK = 12


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How an enrollment is accepted. With `relation_id` it is somebody known, whose `taken` fields become as submitted."""

    department_id: int
    from_day: date
    function_type_id: int
    price_category_id: int | None = None
    relation_id: int | None = None
    taken: frozenset[str] = frozenset()
    household_with_id: int | None = None
    gives_mandate: bool = False
    sends_welcome: bool = True
    charge_sentence: str = ""
    card_link: str = ""  # with {} for the relation's id: for the mail to the department


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of it."""

    relation_id: int
    number: int
    term_id: int
    mandate_id: int | None = None


def check_from_day(from_day: date, today: date) -> None:
    """Refuse a membership that begins more than a year ago or ahead: most likely a slip of the pen. Raises DomainError."""
    if not add_months(today, -_MONTHS_BACK) <= from_day <= add_months(today, _MONTHS_BACK):
        raise DomainError(
            "start_too_far",
            f"Ingangsdatum {dutch_date(from_day)} ligt meer dan een jaar van vandaag. Kijk het jaartal na.",
            field="from_day",
        )
