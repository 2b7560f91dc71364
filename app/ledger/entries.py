"""What is going to be posted: a draft that cannot exist unbalanced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.kernel.errors import DomainError
from app.kernel.money import euros
from app.kernel.periods import dutch_date

LONGEST_TEXT = 200


class LineDraft(NamedTuple):
    """One line: debit positive, credit negative, in whole cents.

    A line on a control account (debtors, creditors) is an open item: it needs `relation_id`, and `item_number` and
    `due_date` say what it is about.
    """

    account_id: int
    amount_cents: int
    description: str = ""
    relation_id: int | None = None
    item_number: str | None = None
    due_date: date | None = None
    cost_centre_id: int | None = None


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """A balanced entry of two lines or more, for one journal on one day.

    `source_table` and `source_id` point at what caused it (an invoice, a statement); `reverses_id` at the entry that it takes back.
    Raises DomainError `entry_too_short`, `line_zero`, `entry_unbalanced` or `text_too_long`, and TypeError for amounts that are not int.
    """

    journal: str
    entry_date: date
    description: str
    lines: tuple[LineDraft, ...]
    source_table: str | None = None
    source_id: int | None = None
    reverses_id: int | None = None

    def __post_init__(self) -> None:
        amounts = [line.amount_cents for line in self.lines]
        if set(map(type, amounts)) - {int}:
            raise TypeError("cents must be int")
        if len(amounts) < 2:
            raise DomainError(
                "entry_too_short",
                f"{self._where()} heeft {len(amounts)} regels. Een boeking heeft er minstens twee: debet en credit.",
                field="lines",
            )
        if not all(amounts):
            position = amounts.index(0) + 1
            raise DomainError(
                "line_zero", f"Regel {position} van {self._where(False)} is nul. Vul een bedrag in of haal de regel weg.", position=position
            )
        if sum(amounts):
            raise self._unbalanced(amounts)
        if len(self.description) > LONGEST_TEXT or any(len(line.description) > LONGEST_TEXT for line in self.lines):
            raise DomainError(
                "text_too_long", f"Een omschrijving in {self._where(False)} is langer dan {LONGEST_TEXT} tekens. Kort haar in."
            )

    def _where(self, at_start: bool = True) -> str:
        return f"{'De' if at_start else 'de'} boeking “{fitted(self.description, 60)}” van {dutch_date(self.entry_date)}"

    def _unbalanced(self, amounts: list[int]) -> DomainError:
        debit, credit = sum(a for a in amounts if a > 0), -sum(a for a in amounts if a < 0)
        return DomainError(
            "entry_unbalanced",
            f"{self._where()} is niet in evenwicht: debet {euros(debit)}, credit {euros(credit)}, verschil {euros(debit - credit)}. "
            "Pas de bedragen aan tot het verschil nul is.",
            debit_cents=debit,
            credit_cents=credit,
            field="lines",
        )


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """What posting gave out: the entry, its number in journal and year, and its lines in the order of the draft."""

    id: int
    number: int
    line_ids: tuple[int, ...]


def side_of(position: int, debit_cents: int | None, credit_cents: int | None) -> int:
    """Return the amount of a typed line, debit positive; `position` counts the lines from nought.

    Raises DomainError `line_two_sides` or `line_zero`, at the amount of the line.
    """
    if debit_cents and credit_cents:
        raise DomainError(
            "line_two_sides",
            f"Debet {euros(debit_cents)} en credit {euros(credit_cents)} staan op één regel. Laat er één weg, of maak er twee regels van.",
            field=f"lines.{position}.credit",
        )
    if not debit_cents and not credit_cents:
        raise DomainError("line_zero", "Vul een bedrag in bij debet of credit, of maak de regel leeg.", field=f"lines.{position}.debit")
    return (debit_cents or 0) - (credit_cents or 0)


def fitted(text: str, length: int = LONGEST_TEXT) -> str:
    """Return a text that fits a description; a longer one is cut and says so with an ellipsis."""
    return text if len(text) <= length else text[: length - 1] + "…"


def reversed_lines(lines: tuple[LineDraft, ...]) -> tuple[LineDraft, ...]:
    """Return the lines that take these back."""
    return tuple(line._replace(amount_cents=-line.amount_cents) for line in lines)
