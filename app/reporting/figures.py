"""Figures: numbers and amounts now and before, kept once per cell and added up along any side, so that every table has the same total."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple, TypeVar

from app.kernel.money import part_of
from app.kernel.periods import age_on

AGE_CLASSES: Final = ((0, 11), (12, 17), (18, 25), (26, 35), (36, 50), (51, 65), (66, None))
NO_AGE: Final = -1
K = TypeVar("K", bound=Hashable)


class Cell(NamedTuple):
    """What charges are kept apart by. `rule_id` 0: unknown; `age_class` is a place in `AGE_CLASSES`."""

    contribution_id: int
    rule_id: int
    organisation_id: int
    category_id: int
    age_class: int


@dataclass(slots=True)
class Pair:
    """A number of charges and their cents, now and before."""

    count: int = 0
    cents: int = 0
    before_count: int = 0
    before_cents: int = 0

    @property
    def difference_cents(self) -> int:
        """Return how much more it is now."""
        return self.cents - self.before_cents

    @property
    def difference_basis_points(self) -> int | None:
        """Return how much more in hundredths of a percent; None when there was nothing before."""
        return part_of(self.difference_cents, 10_000, self.before_cents) if self.before_cents > 0 else None

    def add(self, other: Pair) -> None:
        """Count another pair in."""
        self.count += other.count
        self.cents += other.cents
        self.before_count += other.before_count
        self.before_cents += other.before_cents


@dataclass
class Cube:
    """All charges by cell."""

    cells: dict[Cell, Pair] = field(default_factory=dict)

    def add_now(self, cell: Cell, cents: int, count: int = 1) -> None:
        """Count charges of now."""
        pair = self.cells.setdefault(cell, Pair())
        pair.count += count
        pair.cents += cents

    def add_before(self, cell: Cell, cents: int, count: int = 1) -> None:
        """Count charges of before."""
        pair = self.cells.setdefault(cell, Pair())
        pair.before_count += count
        pair.before_cents += cents

    def by(self, side: Callable[[Cell], K]) -> dict[K, Pair]:
        """Add everything up along one side."""
        found: dict[K, Pair] = {}
        for cell, pair in self.cells.items():
            found.setdefault(side(cell), Pair()).add(pair)
        return found

    @property
    def total(self) -> Pair:
        """Return everything together."""
        return total_of(self.cells.values())

    def rows(self) -> Iterator[list[int]]:
        """Give the cells as plain numbers, to keep."""
        for cell, pair in self.cells.items():
            yield [*cell, pair.count, pair.cents, pair.before_count, pair.before_cents]

    @classmethod
    def of(cls, rows: Iterable[list[int]]) -> Cube:
        """Return the cube that `rows` gave."""
        return cls({Cell(*row[:5]): Pair(*row[5:]) for row in rows})


def total_of(pairs: Iterable[Pair]) -> Pair:
    """Add pairs up."""
    total = Pair()
    for pair in pairs:
        total.add(pair)
    return total


def age_class(born: date | None, day: date) -> int:
    """Return the place of an age on a day in `AGE_CLASSES`, or `NO_AGE`."""
    if born is None or born > day:
        return NO_AGE
    age = age_on(born, day)
    return next(place for place, (_, last) in enumerate(AGE_CLASSES) if last is None or age <= last)


def age_words(first: int | None, last: int | None) -> str:
    """Return an age band in words."""
    if first is None and last is None:
        return "alle leeftijden"
    if last is None:
        return f"{first} jaar en ouder"
    return f"t/m {last} jaar" if not first else f"{first} t/m {last} jaar"


def class_words(place: int) -> str:
    """Return what an age class is called."""
    return "geboortedatum onbekend" if place == NO_AGE else age_words(*AGE_CLASSES[place])


def band_ages(first_born: date | None, last_born: date | None, day: date) -> tuple[int | None, int | None]:
    """Return the youngest and the oldest age on a day of those born between these dates; None is open."""
    return (age_on(last_born, day) if last_born else None), (age_on(first_born, day) if first_born else None)
