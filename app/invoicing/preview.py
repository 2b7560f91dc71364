"""What a run would make, added up: totals per contribution and rule, what changes next to the season before and why, and what stands out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from statistics import median
from typing import Any, Final

from app.contributions.comparing import Paid, why
from app.kernel.money import dutch

OUTLIER_TIMES = 3
MORE_BASIS_POINTS = 1000  # who pays more than this much more stands out
GROUPS = ("same", "other", "new", "gone")
_RANKS: Final = {"negative": 0, "zero": 1, "large": 2, "no_mandate": 3, "more": 4}  # the unusual on top


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
    """What one relation pays for one contribution, before and now; `why` says in Dutch why that differs."""

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
    kind: str = ""


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
    maximum_cents: int = 0  # what the family maximum changes, in `total_cents`
    vat_cents: int = 0  # in `total_cents`
    previous_maximum_cents: int = 0
    previous_vat_cents: int = 0

    @property
    def difference_cents(self) -> int:
        """Return how much more this is than the season before, both with what stands beside the charges."""
        return self.total_cents - self.previous_cents - self.previous_maximum_cents - self.previous_vat_cents

    def charge(self, contribution_id: int, rule_id: int | None, cents: int) -> None:
        """Count one charge."""
        self.per_contribution.setdefault(contribution_id, Sum()).add(cents)
        if rule_id is not None:
            self.per_rule.setdefault(rule_id, Sum()).add(cents)

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values, to keep; a text that recurs is kept once."""
        texts: dict[str, int] = {}
        rows = {
            name: [[texts.setdefault(value, len(texts)) if isinstance(value, str) else value for value in _values(row)] for row in found]
            for name, found in ((name, getattr(self, name)) for name in _ROWS)
        }
        sums = {name: [[key, one.count, one.cents] for key, one in getattr(self, name).items()] for name in _SUMS}
        return {**{name: getattr(self, name) for name in _PLAIN}, **sums, "rows": rows, "texts": list(texts)}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Preview:
        """Return what `as_json` gave."""
        texts = kept["texts"]
        values: dict[str, Any] = {name: kept[name] for name in _PLAIN if name in kept}
        values |= {name: {key: Sum(count, cents) for key, count, cents in kept[name]} for name in _SUMS}
        for name, (kind, places) in _ROWS.items():
            values[name] = [
                kind(*(texts[value] if place in places else value for place, value in enumerate(row))) for row in kept["rows"][name]
            ]
        return cls(**values)


_PLAIN = (
    *("invoices", "total_cents", "previous_season", "previous_cents"),
    *("maximum_cents", "vat_cents", "previous_maximum_cents", "previous_vat_cents"),
)
_SUMS = ("per_contribution", "per_rule", "groups")
_ROWS: Final[Mapping[str, tuple[type, frozenset[int]]]] = {  # which of their values are texts
    "changes": (Change, frozenset({4})),
    "outliers": (Outlier, frozenset({2, 3})),
    "left_out": (Named, frozenset({2})),
    "errors": (Named, frozenset({2})),
}


def _values(row: Any) -> list[Any]:
    return [getattr(row, one.name) for one in fields(row)]


@dataclass
class Sides:
    """What everybody pays before and now, by (relation, contribution), and what explains it."""

    before: Mapping[tuple[int, int], int]
    now: Mapping[tuple[int, int], Paid]
    paid_before: Mapping[tuple[int, int], Paid] = field(default_factory=dict)  # of those whose amount differs
    new_words: Mapping[tuple[int, int], str] = field(default_factory=dict)  # why somebody new pays this
    rule_names: Mapping[int, str] = field(default_factory=dict)
    counterparts: Mapping[int, int] = field(default_factory=dict)

    def differing(self) -> list[tuple[int, int]]:
        """Return who pays another amount on both sides."""
        return [key for key, paid in self.now.items() if key in self.before and self.before[key] != paid.cents]


def compare(preview: Preview, sides: Sides) -> None:
    """Sort everybody into same, other, new and gone, each change with its reason. Who cannot be priced is not gone."""
    unsure = {(one.relation_id, one.contribution_id) for one in preview.errors}
    reasons = {(one.relation_id, one.contribution_id): one.reason for one in preview.left_out}
    season = preview.previous_season
    said: dict[tuple[Paid, Paid], str] = {}  # many differ alike
    for key, paid in sides.now.items():
        was = sides.before.get(key)
        group = "new" if was is None else "same" if was == paid.cents else "other"
        preview.groups[group].add(paid.cents)
        if group == "new":
            preview.changes.append(Change(*key, None, paid.cents, sides.new_words.get(key, "")))
        elif group == "other":
            both = (sides.paid_before.get(key, Paid(was or 0, None, was or 0)), paid)
            if both not in said:
                said[both] = why(*both, sides.rule_names, sides.counterparts, season).words
            preview.changes.append(Change(*key, was, paid.cents, said[both]))
    for key, cents in sides.before.items():
        if key not in sides.now and key not in unsure:
            preview.groups["gone"].add(cents)
            words = why(Paid(cents, None, cents), None, {}, {}, season, reasons.get(key, "")).words
            preview.changes.append(Change(*key, cents, None, words))
    preview.previous_cents = sum(sides.before.values())
    preview.changes.sort(key=_size)
    preview.outliers = sorted(
        [*preview.outliers, *_much_more(preview.changes, season)],
        key=lambda one: (_RANKS.get(one.kind, 9), -abs(one.cents), one.relation_id),
    )


def _size(change: Change) -> tuple[int, int, int]:
    """Put what differs most first; who is new or gone comes after who pays another amount."""
    both = change.before_cents is not None and change.now_cents is not None
    return 0 if both else 1, -abs((change.now_cents or 0) - (change.before_cents or 0)), change.relation_id


def _much_more(changes: Iterable[Change], season: str) -> Iterable[Outlier]:
    said: dict[str, str] = {}  # each text once
    for one in changes:
        if one.before_cents and one.now_cents and one.now_cents * 10_000 > one.before_cents * (10_000 + MORE_BASIS_POINTS) > 0:
            more = one.now_cents - one.before_cents
            text = f"€ {dutch(more)} meer dan in seizoen {season}. {one.why}"
            yield Outlier(one.relation_id, one.now_cents, said.setdefault(text, text), "more")


def find_outliers(amounts: Iterable[tuple[int, int]]) -> list[Outlier]:
    """Return the amounts of invoices (relation, cents) that are zero, negative or over three times the median."""
    known = list(amounts)
    if not known:
        return []
    middle = median(cents for _, cents in known)
    found = []
    for relation_id, cents in known:
        if cents == 0:
            found.append(Outlier(relation_id, cents, "Het bedrag is nul.", "zero"))
        elif cents < 0:
            found.append(Outlier(relation_id, cents, "Het bedrag is negatief: dit wordt een creditnota.", "negative"))
        elif middle > 0 and cents > OUTLIER_TIMES * middle:
            found.append(Outlier(relation_id, cents, f"Meer dan {OUTLIER_TIMES} keer het middelste bedrag.", "large"))
    return found
