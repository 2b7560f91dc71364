"""Known prices: of one price list and one period, each price worked out once for all members who are alike in what it looks at.

Pricing a member of a run is thus one key and one look-up. The key holds the band of the date of birth, the price category, start and end
where they lie inside the period and matter, the way of paying, and what else *all* rules look at. What only some rules look at
(a gift, a field of the card) stands in a second key, within those rules, so that it does not tell the members of other rules apart.

An entry is learnt from `pricing.price_by_rule`, the plain way; a test compares the two over random settings.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import reduce
from typing import Final

from app.contributions.facts import Charged, ChargePeriod, MemberFacts, NotCharged, Outcome
from app.contributions.looks import Days, Function, Look, together
from app.contributions.prepared import PreparedRule

MAXIMUM_KEPT: Final = 20_000


class Entry:
    """A price for all who are alike; `more` holds the same with a place in the family.

    `told` is None where the rule looks at more, with `look`, and the prices are in `more`; without `look` the reason names the member, so
    it is told anew.
    `family_cents` is the price just before a family discount, None when it does not count. `names_others` when a step has that discount.
    """

    __slots__ = ("family_cents", "known", "look", "more", "names_others", "rule", "told")

    def __init__(
        self, known: KnownPrices, told: Outcome | None = None, family_cents: int | None = None, rule: PreparedRule | None = None
    ) -> None:
        self.known = known
        self.told = told
        self.family_cents = family_cents
        self.rule = rule
        self.look: Function | None = None
        self.more: dict[Hashable, Entry] | None = None
        self.names_others = False

    def placed(self, member: MemberFacts, number: int) -> Entry:
        """Return the price of the n-th of a family."""
        found = self.more.get(number) if self.more is not None else None
        return found if found is not None else self._worked_out(number, member._replace(family_number=number))

    def among(self, before: tuple[str, ...]) -> Outcome | None:
        """Return what is told of this price of one who has these family members before him."""
        told = self.told
        return tuple.__new__(Charged, (*told[:5], before, ())) if self.names_others and isinstance(told, Charged) else told

    def further(self, member: MemberFacts) -> Entry:
        """Return the price by what only this rule looks at."""
        if self.look is None:
            return self
        key = self.look(member)
        found = self.more.get(key) if self.more is not None else None
        return found if found is not None else self._worked_out(key, _unplaced(member))

    def _worked_out(self, key: Hashable, member: MemberFacts) -> Entry:
        if self.rule is None:  # nothing is owed, whatever the place
            return self
        if self.more is None or len(self.more) > MAXIMUM_KEPT:
            self.more = {}
        found = self.more[key] = self.known.work_out(self.rule, member)
        return found


class KnownPrices:
    """What has been worked out for one period of one price list."""

    __slots__ = ("_own", "_pick", "_price", "ends", "family_from", "found", "look", "period", "starts")

    def __init__(
        self,
        period: ChargePeriod,
        rules: Sequence[PreparedRule],
        family_from: int,
        picked_by: Sequence[Look],
        pick: Callable[[MemberFacts, ChargePeriod], PreparedRule | Outcome],
        price: Callable[[PreparedRule, MemberFacts, ChargePeriod], tuple[Outcome, int | None]],
    ) -> None:
        self.period, self.family_from, self._pick, self._price = period, family_from, pick, price
        shared = reduce(frozenset.__and__, [rule.looks for rule in rules], rules[0].looks if rules else frozenset())
        every = frozenset().union(*(rule.looks for rule in rules))
        self._own = {id(rule): own for rule in rules if (own := together(rule.looks - shared)) is not None}
        self.look = together({*shared, *picked_by})
        self.found: dict[Hashable, Entry] = {}
        self.starts = Days("first_day", every, period.first_day, period.last_day)
        self.ends = Days("last_day", every, period.first_day, period.last_day)

    def entry(self, key: Hashable, member: MemberFacts) -> Entry:
        """Return the entry of a member whose like was not seen before, or needs a further look, or is told anew; it has `told`."""
        entry = (self.found.get(key) or self._learn(key, member)).further(member)
        return Entry(self, self._tell(member)) if entry.told is None else entry

    def _learn(self, key: Hashable, member: MemberFacts) -> Entry:
        if len(self.found) > MAXIMUM_KEPT:
            self.found.clear()
        member = _unplaced(member)
        rule = self._pick(member, self.period)
        if not isinstance(rule, PreparedRule):
            entry = Entry(self, None if isinstance(rule, NotCharged) and rule.reason == "no_rule" else rule)
        elif own := self._own.get(id(rule)):
            entry = Entry(self, rule=rule)
            entry.look = own
        else:
            entry = self.work_out(rule, member)
        self.found[key] = entry
        return entry

    def _tell(self, member: MemberFacts) -> Outcome:
        rule = self._pick(member, self.period)
        return self._price(rule, member, self.period)[0] if isinstance(rule, PreparedRule) else rule

    def work_out(self, rule: PreparedRule, member: MemberFacts) -> Entry:
        """Return what a member owes by a rule."""
        outcome, family_cents = self._price(rule, member, self.period)
        if not isinstance(outcome, Charged):
            return Entry(self, outcome, family_cents, rule)
        entry = Entry(self, outcome, family_cents, rule)
        entry.names_others = member.family_number > 1 and any(step[0] == "family" for step in outcome.shared_steps)
        return entry


def _unplaced(member: MemberFacts) -> MemberFacts:
    """Return facts without a place in the family: a run settles that itself."""
    return member._replace(family_number=0, family_before=()) if member.family_number else member
