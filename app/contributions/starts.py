"""Starts: which first day is proposed for a new function, and which one the first payment makes it.

proposed(plan, registered_on, price_category_id, seasons)     # a day, or None: somebody types it
after_payment(plan, first_day, paid_on)                       # the first day once the first charge has been paid
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from app.contributions.blocks import blocks_of
from app.contributions.facts import PlanTerms, SeasonTerms, StartRow
from app.kernel.periods import DAY

WAYS: Final = {
    "today": "De dag van vandaag",
    "next_period": "De volgende periode",
    "january": "1 januari van dit jaar",
    "table": "Tabel per maand van aanmelding",
    "none": "Geen voorstel",
}


def proposed(
    plan: PlanTerms, registered_on: date, price_category_id: int | None = None, seasons: Sequence[SeasonTerms] = ()
) -> date | None:
    """Return the first day that a plan proposes for a function that is registered on a day; None when somebody must type it."""
    if plan.start_way == "none":
        return None
    if plan.start_way == "january":
        return date(registered_on.year, 1, 1)
    if plan.start_way == "next_period":
        return _next_period(plan, registered_on, seasons)
    if plan.start_way == "table":
        return from_table(plan.start_rows, registered_on, price_category_id)
    return registered_on


def from_table(rows: Iterable[StartRow], registered_on: date, price_category_id: int | None = None) -> date:
    """Return the first of the month that the table gives; a month that no row holds starts on the day itself.

    Registered October to December with start month 1 starts on 1 January of the next year. Rows may run over the turn of
    the year (11 to 2). A row of the member's own price category goes before one for all.
    """
    month = registered_on.month
    fitting = [row for row in rows if _holds(row, month) and row.price_category_id in (None, price_category_id)]
    for row in sorted(fitting, key=lambda row: row.price_category_id is None):
        next_year = row.start_month < row.from_month <= month
        return date(registered_on.year + next_year, row.start_month, 1)
    return registered_on


def _holds(row: StartRow, month: int) -> bool:
    if row.from_month <= row.to_month:
        return row.from_month <= month <= row.to_month
    return month >= row.from_month or month <= row.to_month


def _next_period(plan: PlanTerms, day: date, seasons: Sequence[SeasonTerms]) -> date:
    """Return the first day of the period after the one that holds `day`; periods counted from the function itself have none."""
    if plan.anchor == "function":
        return day
    blocks = blocks_of(plan, plan.months, day, seasons)
    holding = blocks.at(day)
    following = blocks.after(day)
    return following[0] if following else holding[1] + DAY if holding else day


def after_payment(plan: PlanTerms, first_day: date, paid_on: date) -> date:
    """Return the first day of a function once its first charge was paid.

    Only where the plan says so and counts from the function's own start; who pays ahead starts on the day that was agreed.
    """
    if not plan.restarts_on_payment or plan.anchor != "function":
        return first_day
    return max(first_day, paid_on)
