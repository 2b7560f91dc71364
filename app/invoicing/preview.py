"""What a run would make, added up: totals per contribution and rule, what changes next to the season before, and what stands out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

OUTLIER_TIMES = 3
SHOWN = 200  # rows that a list shows; the counts are of all
GROUPS = ("same", "other", "new", "gone")


@dataclass
class Sum:
    """A number of charges and their amount in cents."""

    count: int = 0
    cents: int = 0

    def add(self, cents: int) -> None:
        """Count one more."""
        self.count += 1
        self.cents += cents


@dataclass(frozen=True, slots=True)
class Change:
    """What one relation pays for one contribution, before and now; `why` are the steps of the new price, in Dutch."""

    relation_id: int
    contribution_id: int
    before_cents: int | None
    now_cents: int | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outlier:
    """An amount that stands out, and why."""

    relation_id: int
    cents: int
    reason: str


@dataclass(frozen=True, slots=True)
class Named:
    """Who is left out, or cannot be charged, and why."""

    relation_id: int
    contribution_id: int | None
    reason: str


@dataclass
class Preview:
    """A run before it is made."""

    invoices: int = 0
    total_cents: int = 0
    per_contribution: dict[int, Sum] = field(default_factory=dict)
    per_rule: dict[int, Sum] = field(default_factory=dict)
    groups: dict[str, Sum] = field(default_factory=lambda: {name: Sum() for name in GROUPS})
    changes: list[Change] = field(default_factory=list)
    outliers: list[Outlier] = field(default_factory=list)
    left_out: list[Named] = field(default_factory=list)
    errors: list[Named] = field(default_factory=list)
    previous_season: str = ""
    previous_cents: int = 0

    @property
    def difference_cents(self) -> int:
        """Return how much more this is than the season before."""
        return self.total_cents - self.previous_cents

    def charge(self, contribution_id: int, rule_id: int | None, cents: int) -> None:
        """Count one charge."""
        self.per_contribution.setdefault(contribution_id, Sum()).add(cents)
        if rule_id is not None:
            self.per_rule.setdefault(rule_id, Sum()).add(cents)


def compare(
    preview: Preview, before: Mapping[tuple[int, int], int], now: Mapping[tuple[int, int], int], why: Mapping[tuple[int, int], str]
) -> None:
    """Sort everybody into same, other, new and gone; keys are (relation, contribution), values cents. Who cannot be priced is not gone."""
    unsure = {(one.relation_id, one.contribution_id) for one in preview.errors}
    for key, cents in now.items():
        was = before.get(key)
        group = "new" if was is None else "same" if was == cents else "other"
        preview.groups[group].add(cents)
        if group != "same" and len(preview.changes) < SHOWN:
            preview.changes.append(Change(*key, was, cents, why.get(key, "")))
    for key, cents in before.items():
        if key not in now and key not in unsure:
            preview.groups["gone"].add(cents)
            if len(preview.changes) < SHOWN:
                preview.changes.append(Change(*key, cents, None))
    preview.previous_cents = sum(before.values())


def find_outliers(amounts: Iterable[tuple[int, int]]) -> list[Outlier]:
    """Return the amounts of invoices (relation, cents) that are zero, negative or over three times the median."""
    known = list(amounts)
    if not known:
        return []
    middle = median(cents for _, cents in known)
    found = []
    for relation_id, cents in known:
        if cents == 0:
            found.append(Outlier(relation_id, cents, "Het bedrag is nul."))
        elif cents < 0:
            found.append(Outlier(relation_id, cents, "Het bedrag is negatief: dit wordt een creditnota."))
        elif middle > 0 and cents > OUTLIER_TIMES * middle:
            found.append(Outlier(relation_id, cents, f"Meer dan {OUTLIER_TIMES} keer het middelste bedrag."))
    return found
