"""Rules: which one holds for a member. Set out once per run in an index, so that picking is a look-up and a search in a few bands.

In this order:

1. the season of the run, or a `valid_from` on or before the first day of the period (of one band the latest holds, and
   a rule of the season goes before a dated one);
2. the nearest organisation: the member's own, its parents upwards, then rules for all;
3. the member's price category (its own, else the contribution's default), then rules for all categories;
4. a selection the relation is in (the one of the lowest rule number), then rules without;
5. the latest born-from on or before the date of birth.

Where 2 to 4 give rules but none of their bands holds the date of birth, the next ones are looked at. Two rules that fit equally are
an error on each member they would hold for, never a guess.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeAlias

from app.contributions.facts import Band, ChargePeriod, MemberFacts, NotCharged, RuleTerms, Unpriceable
from app.contributions.looks import Look, those_in

EVERYONE_BORN = date(1900, 1, 1)  # a card refuses earlier dates of birth, so a band from here on holds everyone
GroupKey: TypeAlias = tuple[int | None, int | None, int | None]  # organisation, price category, selection


class Group(NamedTuple):
    """The bands of one organisation, price category and selection, by born-from date."""

    selection_id: int | None
    borns: tuple[date, ...]
    picks: tuple[int | tuple[int, int], ...]  # index of the rule, or of two that fit equally
    needs_birth: bool


class RuleIndex:
    """The rules of one contribution for one run."""

    def __init__(
        self,
        rules: Sequence[RuleTerms],
        season_id: int | None = None,
        parents: Mapping[int, int | None] | None = None,
        default_category_id: int | None = None,
    ) -> None:
        self._rules = [(index, rule) for index, rule in enumerate(rules) if rule.season_id is None or rule.season_id == season_id]
        self._all = rules
        self._parents = parents or {}
        self._default = default_category_id
        self._dates = sorted({rule.valid_from for _, rule in self._rules if rule.season_id is None and rule.valid_from})
        self._has_organisations = any(rule.organisation_id is not None for _, rule in self._rules)
        self.places = tuple(index for index, _ in self._rules)  # of the rules that can be picked
        self.borns = sorted({rule.born_from for _, rule in self._rules if rule.born_from})
        self._known: dict[tuple[int | None, int | None, int], list[Group]] = {}
        self._by_epoch: dict[int, dict[GroupKey, Group]] = {}

    def pick(self, member: MemberFacts, period: ChargePeriod) -> int | NotCharged | Unpriceable:
        """Return the index of the rule that holds, or why there is none."""
        category = member.price_category_id
        if category is None:
            category = self._default
        epoch = bisect_right(self._dates, period.first_day) if self._dates else 0
        key = (member.organisation_id if self._has_organisations else None, category, epoch)
        groups = self._known.get(key)
        if groups is None:
            groups = self._known[key] = self._groups(*key)
        for selection_id, borns, picks, needs_birth in groups:
            if selection_id is not None and selection_id not in member.selection_ids:
                continue
            if needs_birth:
                born = member.born
                if born is None:
                    return Unpriceable("no_birth_date")
                place = bisect_right(borns, born) - 1
                if place < 0:
                    continue
                found = picks[place]
            else:
                found = picks[0]
            if type(found) is int:
                return found
            return self._equal(found)
        return NotCharged("no_rule", (category, member.born))

    def looks(self) -> tuple[Look, ...]:
        """Return what picking a rule looks at, beside the price category and the bands."""
        selections = frozenset(rule.selection_id for _, rule in self._rules if rule.selection_id is not None)
        found: list[Look] = ["organisation_id"] if self._has_organisations else []
        return (*found, those_in("selection_ids", selections)) if selections else tuple(found)

    def bands(self, period_first_day: date) -> dict[int, Band]:
        """Return per index of a rule the dates of birth it holds for, where it has bands."""
        found: dict[int, Band] = {}
        for group in self._epoch(bisect_right(self._dates, period_first_day) if self._dates else 0).values():
            for place, pick in enumerate(group.picks):
                if not group.needs_birth or not isinstance(pick, int):
                    continue
                first = group.borns[place]
                following = group.borns[place + 1] if place + 1 < len(group.borns) else None
                last = date.fromordinal(following.toordinal() - 1) if following else None
                found[pick] = Band(first if first > EVERYONE_BORN else None, last)
        return found

    def _equal(self, pair: Any) -> Unpriceable:
        one, two = self._all[pair[0]], self._all[pair[1]]
        return Unpriceable("rules_fit_equally", (one.description, one.rule_id, two.description, two.rule_id), one.rule_id)

    def _groups(self, organisation_id: int | None, category: int | None, epoch: int) -> list[Group]:
        """Return the groups that may hold, the nearest first."""
        distances: dict[int | None, int] = {}
        step: int | None = organisation_id
        while step is not None and step not in distances:
            distances[step] = len(distances)
            step = self._parents.get(step)
        distances[None] = len(distances)
        fitting = [
            ((distances[organisation], category_id is None, selection_id is None, min(_indexes(group))), group)
            for (organisation, category_id, selection_id), group in self._epoch(epoch).items()
            if organisation in distances and category_id in (None, category)
        ]
        return [group for _, group in sorted(fitting, key=lambda pair: pair[0])]

    def _epoch(self, epoch: int) -> dict[GroupKey, Group]:
        """Return all groups of rules that are valid after so many of the valid-from dates have passed."""
        if epoch not in self._by_epoch:
            today = self._dates[epoch - 1] if epoch else date.min
            sorted_out: dict[GroupKey, dict[date, list[tuple[tuple[bool, date], int]]]] = {}
            for index, rule in self._rules:
                since = rule.valid_from or date.min
                if rule.season_id is None and since > today:
                    continue
                band = sorted_out.setdefault((rule.organisation_id, rule.price_category_id, rule.selection_id), {})
                band.setdefault(rule.born_from or date.min, []).append(((rule.season_id is not None, since), index))
            self._by_epoch[epoch] = {key: _group(key, bands) for key, bands in sorted_out.items()}
        return self._by_epoch[epoch]


def _group(key: GroupKey, bands: Mapping[date, Sequence[tuple[tuple[bool, date], int]]]) -> Group:
    borns = tuple(sorted(bands))
    picks: list[int | tuple[int, int]] = []
    for born in borns:
        best = max(rank for rank, _ in bands[born])
        indexes = sorted(index for rank, index in bands[born] if rank == best)
        picks.append(indexes[0] if len(indexes) == 1 else (indexes[0], indexes[1]))
    return Group(key[2], borns, tuple(picks), len(borns) > 1 or borns[0] > EVERYONE_BORN)


def _indexes(group: Group) -> list[int]:
    return [pick if isinstance(pick, int) else pick[0] for pick in group.picks]
