"""What if: the figures of a scenario next to a season, added up per contribution, rule, province, department, age and price category.

Of people only the numbers of their cards are kept; names are looked up when it is shown, by who may see them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, NamedTuple

from app.invoicing.run import GROUPINGS
from app.kernel.errors import DomainError
from app.reporting.figures import Cell, Cube, Pair, class_words

LIMIT_BASIS_POINTS: Final = 1000
MOST_CENTS: Final = 10_000_000
GROUPS: Final[Mapping[str, str]] = {
    "same": "Betaalt hetzelfde",
    "more": "Betaalt meer",
    "less": "Betaalt minder",
    "new": "Nieuw: betaalde niets",
    "gone": "Valt weg: betaalt niets meer",
}
UNKNOWN: Final = "onbekend"


@dataclass(frozen=True)
class Asked:
    """What is asked. Without contributions: all active ones; without `rules_of_id`: the season's own rules, else the latest before it."""

    organisation_id: int
    season_id: int
    against_id: int | None = None
    contribution_ids: tuple[int, ...] = ()
    rules_of_id: int | None = None
    raise_basis_points: int = 0
    raise_cents: int = 0
    moves_ages: bool = True
    limit_basis_points: int = LIMIT_BASIS_POINTS
    source_id: int | None = None  # the invoice source whose family maximum counts
    grouping: str = "payer"  # what stands on one invoice: the family maximum and VAT are told per invoice

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "contribution_ids": list(self.contribution_ids)}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Asked:
        """Return what `as_json` gave."""
        return cls(**{**kept, "contribution_ids": tuple(kept["contribution_ids"])})

    def check(self) -> None:
        """Refuse what no assembly would decide. Raises DomainError `raise_too_large`, `grouping_unknown` or `limit_wrong`, with the field."""
        if not -10_000 <= self.raise_basis_points <= 100_000:
            raise DomainError("raise_too_large", "Kies een verhoging tussen −100 en 1.000 procent.", field="raise_percent")
        if abs(self.raise_cents) > MOST_CENTS:
            raise DomainError("raise_too_large", "Kies een verhoging van ten hoogste € 100.000.", field="raise_cents")
        if self.grouping not in GROUPINGS:
            known = ", ".join(GROUPINGS.values())
            raise DomainError("grouping_unknown", f"Groeperen op “{self.grouping}” bestaat niet. Kies een van: {known}.", field="grouping")
        if not 0 <= self.limit_basis_points <= 100_000:
            raise DomainError("limit_wrong", "Kies een grens tussen 0 en 1.000 procent.", field="limit")

    @property
    def key(self) -> str:
        """Return a text that is the same for the same question."""
        return ".".join(str(value) for value in self.as_json().values())


class Row(NamedTuple):
    """One relation and contribution: cents before and now (None: nothing was owed), and the place of the reason in `Findings.reasons`."""

    relation_id: int
    contribution_id: int
    before_cents: int | None
    now_cents: int | None
    reason: int


class GroupRow(NamedTuple):
    """One row of a table of figures."""

    label: str
    pair: Pair


@dataclass
class Findings:
    """The answer. `labels` names rows by number: contribution, rule, band (of a rule), organisation, category, and where an organisation lies."""

    season: str = ""
    against: str = ""
    was_charged: bool = False
    limit_basis_points: int = LIMIT_BASIS_POINTS
    cube: Cube = field(default_factory=Cube)
    groups: dict[str, Pair] = field(default_factory=lambda: {name: Pair() for name in GROUPS})
    members: int = 0
    maximum: Pair = field(default_factory=Pair)  # what the family maximum changes, below zero
    vat: Pair = field(default_factory=Pair)
    source: str = ""  # whose family maximum that is
    over: list[Row] = field(default_factory=list)
    over_relations: int = 0
    over_by_reason: dict[str, int] = field(default_factory=dict)
    moved: list[Row] = field(default_factory=list)
    left_out: list[Row] = field(default_factory=list)
    errors: list[Row] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    labels: dict[str, dict[int, str]] = field(default_factory=dict)
    provinces: dict[int, int] = field(default_factory=dict)
    departments: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._places: dict[str, int] = {reason: place for place, reason in enumerate(self.reasons)}

    def reason(self, words: str) -> int:
        """Return the place of a reason; the same reason is kept once."""
        place = self._places.get(words)
        if place is None:
            place = self._places[words] = len(self.reasons)
            self.reasons.append(words)
        return place

    def label(self, kind: str, number: int) -> str:
        """Return what a row is called."""
        return self.labels.get(kind, {}).get(number, UNKNOWN)

    def compare(self, before_cents: int | None, now_cents: int | None) -> str:
        """Count one relation and contribution in its group and return which that is."""
        if before_cents is None or now_cents is None:
            name = "new" if before_cents is None else "gone"
        else:
            name = "same" if before_cents == now_cents else "more" if now_cents > before_cents else "less"
        group = self.groups[name]
        if now_cents is not None:
            group.count += 1
            group.cents += now_cents
        if before_cents is not None:
            group.before_count += 1
            group.before_cents += before_cents
        return name

    def is_over(self, before_cents: int, now_cents: int) -> bool:
        """Whether an amount rises by more than the limit."""
        return before_cents > 0 and now_cents * 10_000 > before_cents * (10_000 + self.limit_basis_points)

    def to_pay(self) -> list[GroupRow]:
        """Return what members pay: the charges, the family maximum and VAT; empty where these two change nothing."""
        beside = [("Gezinsmaximum", self.maximum), ("Btw", self.vat)]
        rows = [GroupRow(label, pair) for label, pair in beside if pair.cents or pair.before_cents]
        return [GroupRow("Contributies", self.cube.total), *rows] if rows else []

    def tables(self) -> dict[str, list[GroupRow]]:
        """Return all tables of figures by name; each adds up to the same total."""
        return {name: self.table(name) for name in SIDES}

    def table(self, name: str) -> list[GroupRow]:
        """Return one table, in the order in which people look for its rows."""
        side, label, order = SIDES[name]
        found = self.cube.by(lambda cell: side(self, cell))
        rows = [(order(self, key), label(self, key), pair) for key, pair in found.items()]
        return [GroupRow(words, pair) for _, words, pair in sorted(rows, key=lambda row: (row[0], row[1]))]

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values, to keep."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        rows = {name: [list(row) for row in getattr(self, name)] for name in _ROWS}
        groups = {name: asdict(pair) for name, pair in self.groups.items()}
        beside = {name: asdict(getattr(self, name)) for name in _BESIDE}
        labels = {kind: {str(number): words for number, words in names.items()} for kind, names in self.labels.items()}
        places = {name: {str(key): value for key, value in getattr(self, name).items()} for name in _PLACES}
        return {**plain, **rows, **places, **beside, "cube": list(self.cube.rows()), "groups": groups, "labels": labels}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Findings:
        """Return what `as_json` gave."""
        values: dict[str, Any] = {name: kept[name] for name in _PLAIN if name in kept}
        values |= {name: Pair(**kept[name]) for name in _BESIDE if name in kept}
        values |= {name: [Row(*row) for row in kept[name]] for name in _ROWS}
        values |= {name: {int(key): value for key, value in kept[name].items()} for name in _PLACES}
        values["cube"] = Cube.of(kept["cube"])
        values["groups"] = {name: Pair(**pair) for name, pair in kept["groups"].items()}
        values["labels"] = {kind: {int(number): words for number, words in names.items()} for kind, names in kept["labels"].items()}
        return cls(**values)


_PLAIN = (
    *("season", "against", "was_charged", "limit_basis_points", "members", "over_relations", "over_by_reason"),
    *("reasons", "notes", "source"),
)
_BESIDE = ("maximum", "vat")
_ROWS = ("over", "moved", "left_out", "errors")
_PLACES = ("provinces", "departments")

Side = tuple[Callable[[Findings, Cell], Hashable], Callable[[Findings, Any], str], Callable[[Findings, Any], Any]]


def _named(kind: str) -> tuple[Callable[[Findings, Any], str], Callable[[Findings, Any], Any]]:
    return (lambda found, number: found.label(kind, number)), (lambda _found, _number: 0)


def _in_order(kind: str) -> tuple[Callable[[Findings, Any], str], Callable[[Findings, Any], Any]]:
    """Keep the order in which the names were given."""

    def order(found: Findings, number: int) -> int:
        return list(found.labels.get(kind, {})).index(number) if number in found.labels.get(kind, {}) else len(found.labels.get(kind, {}))

    return (lambda found, number: found.label(kind, number)), order


SIDES: Final[Mapping[str, Side]] = {
    "contribution": (lambda _found, cell: cell.contribution_id, *_named("contribution")),
    "rule": (lambda _found, cell: cell.rule_id, *_in_order("rule")),
    "province": (lambda found, cell: found.provinces.get(cell.organisation_id, cell.organisation_id), *_named("organisation")),
    "department": (lambda found, cell: found.departments.get(cell.organisation_id, cell.organisation_id), *_named("organisation")),
    "band": (
        lambda found, cell: found.label("band", cell.rule_id),
        lambda _found, words: str(words),
        lambda found, words: list(dict.fromkeys(found.labels.get("band", {}).values())).index(words) if words != UNKNOWN else 10_000,
    ),
    "age_class": (lambda _found, cell: cell.age_class, lambda _found, place: class_words(place), lambda _found, place: (place < 0, place)),
    "category": (lambda _found, cell: cell.category_id, *_named("category")),
}
