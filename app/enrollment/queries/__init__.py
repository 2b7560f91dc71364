"""Questions about enrollments: who waits, who is it probably, where does one belong, what will it cost."""

from app.enrollment.queries.enrollments import (
    WAITING,
    Door,
    Place,
    administrator_addresses,
    candidates,
    card_texts,
    choosable_departments,
    door,
    enrollment,
    form,
    known_as,
    person_of,
    place_in_queue,
    proposed_department,
    submitted_texts,
    waiting_count,
)
from app.enrollment.queries.prices import FirstCharge, creditor_of, first_charges, proposed_first_day

__all__ = [
    "WAITING",
    "Door",
    "FirstCharge",
    "Place",
    "administrator_addresses",
    "candidates",
    "card_texts",
    "choosable_departments",
    "creditor_of",
    "door",
    "enrollment",
    "first_charges",
    "form",
    "known_as",
    "person_of",
    "place_in_queue",
    "proposed_department",
    "proposed_first_day",
    "submitted_texts",
    "waiting_count",
]
