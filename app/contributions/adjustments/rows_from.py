"""Rows "from the n-th on: this discount", shared by several activities and family."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import validate

from app.contributions.adjustments.face import Discount
from app.contributions.adjustments.settings import DiscountFields, Rows, Whole, nested, says


@dataclass(frozen=True, slots=True)
class FromRow:
    """From `number` on (2 or more, up to the next row's) this discount."""

    number: int
    discount: Discount


class FromRowFields(DiscountFields):
    """A row."""

    MAKES = FromRow
    ORDER = ("number",)
    number = Whole(
        required=True, metadata=says("Vanaf nummer"), validate=validate.Range(2, 99, error="De eerste krijgt nooit korting: begin bij 2.")
    )


def from_rows() -> Rows:
    """Return the table as a field."""
    return Rows(nested(FromRowFields), required=True, metadata=says("Korting per nummer", "De eerste krijgt nooit korting."))


def discount_at(rows: tuple[FromRow, ...], number: int) -> Discount | None:
    """Return the discount of the row with the highest number that has been reached."""
    found: FromRow | None = None
    for row in rows:
        if row.number <= number and (found is None or row.number > found.number):
            found = row
    return found.discount if found is not None else None
