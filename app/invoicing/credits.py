"""What a credit note takes back of an invoice: whole, some lines, or the rest of the period, and never more than is left."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from app.invoicing.document import Line
from app.kernel.money import part_of
from app.kernel.periods import dutch_date


class CreditedLine(NamedTuple):
    """A line of the invoice that is credited."""

    line_id: int
    description: str
    amount_cents: int
    ledger_account_id: int
    vat_code_id: int | None = None
    charge_id: int | None = None
    contribution_id: int | None = None
    member_id: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    cost_centre_id: int | None = None


def credit_lines(
    lines: Sequence[CreditedLine],
    credited: Mapping[int, int],
    *,
    line_ids: Collection[int] | None = None,
    from_day: date | None = None,
) -> list[Line]:
    """Return the lines of a credit note.

    `credited` is what was taken back before, by line, below zero for a line above zero. With `from_day` only the days from
    it on are taken back, per day of the line's period; lines without a period are left alone.
    """
    found = []
    for line in lines:
        if line_ids is not None and line.line_id not in line_ids:
            continue
        cents, first, text = line.amount_cents, line.first_day, line.description
        if from_day is not None:
            if first is None or line.last_day is None or from_day > line.last_day:
                continue
            if from_day > first:
                cents = part_of(cents, (line.last_day - from_day).days + 1, (line.last_day - first).days + 1)
                first, text = from_day, f"{text} (vanaf {dutch_date(from_day)})"[:200]
        left = line.amount_cents + credited.get(line.line_id, 0)
        if abs(cents) > abs(left):
            cents = left
        if not cents:
            continue
        step = {"credits_line": line.line_id, "cents": -cents}
        taken = Line(text, -cents, line.ledger_account_id, line.vat_code_id, line.charge_id, line.contribution_id, line.member_id)
        found.append(taken._replace(first_day=first, last_day=line.last_day, cost_centre_id=line.cost_centre_id, explanation=(step,)))
    return found
