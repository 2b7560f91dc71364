"""A scenario: the rules of a season as if they were copied to another one and raised, without changing anything.

It does what copying a season does (`usecases.copy_season`): fixed amounts are raised, formulas and tiers are not, born-from dates move
along by the time between the seasons so that ages keep their price, and 1 January 1900 stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.contributions.facts import RuleTerms, SeasonTerms
from app.kernel.money import percentage_of
from app.kernel.periods import add_months

_SET_ASIDE = 0  # no season has this number: a rule of it never holds


@dataclass(frozen=True, slots=True)
class Scenario:
    """Rules of `source` for `target`, raised by a percentage (basis points) and by an amount; `moves_ages` moves born-from dates along."""

    target: SeasonTerms
    source: SeasonTerms
    raise_basis_points: int = 0
    raise_cents: int = 0
    moves_ages: bool = True

    @property
    def months(self) -> int:
        """Return how far apart the seasons begin."""
        one, other = self.source.first_day, self.target.first_day
        return (other.year - one.year) * 12 + other.month - one.month

    def rules(self, rules: Iterable[RuleTerms]) -> list[RuleTerms]:
        """Return the rules of one contribution as they would be, under their own numbers."""
        return [self._as_if(rule) for rule in rules]

    def _as_if(self, rule: RuleTerms) -> RuleTerms:
        if rule.season_id is not None and rule.season_id != self.source.season_id:
            return replace(rule, season_id=_SET_ASIDE) if rule.season_id == self.target.season_id else rule
        changed = replace(rule, amount_cents=self._raised(rule.amount_cents))
        if rule.season_id is None or self.source.season_id == self.target.season_id:
            return changed
        born = rule.born_from
        if born is not None and born.year > 1900 and self.moves_ages:
            born = add_months(born, self.months)
        return replace(changed, season_id=self.target.season_id, born_from=born)

    def _raised(self, cents: int | None) -> int | None:
        if not cents:
            return cents
        raised = cents + percentage_of(cents, self.raise_basis_points) + self.raise_cents
        return max(raised, 0) if cents > 0 else raised


def not_raised(rules: Sequence[RuleTerms]) -> list[str]:
    """Return the descriptions of the rules that a raise does not touch: those with a formula or tiers."""
    return [rule.description for rule in rules if rule.amount_cents is None and not rule.is_free]
