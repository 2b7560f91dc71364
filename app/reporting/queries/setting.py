"""What is compared with what: the rules of a scenario and of the season beside it, read once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select

from app.contributions.comparing import counterparts
from app.contributions.facts import RuleTerms, SeasonTerms
from app.contributions.models import Season
from app.contributions.queries import functions_touched, priced_contributions, season_terms
from app.contributions.queries.choosing import contributions_of
from app.contributions.queries.comparing import contribution_names, contributions_charged, season_before
from app.contributions.queries.settings import Priced, rules_of
from app.contributions.scenario import Scenario, not_raised
from app.invoicing.models import InvoiceSource
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.reporting.what_if import Asked


class Setting(NamedTuple):
    """Everything that is known before anybody is priced. `twins` says which rule of now was which before."""

    season: SeasonTerms
    against: SeasonTerms | None
    contribution_ids: list[int]
    priced: list[Priced]
    charged: frozenset[int]  # contributions that were charged in the season to compare with
    priced_before: list[Priced]  # the others, by the rules of that season
    rules: dict[int, list[RuleTerms]]
    rules_before: dict[int, list[RuleTerms]]
    twins: dict[int, int]
    notes: list[str]
    source: str = ""  # the invoice source whose family maximum counts
    maximum_cents: int | None = None

    @property
    def functions(self) -> int:
        """Return how many functions must be priced, both sides together."""
        found = sum(functions_touched(self.priced, self.season).values())
        return found + sum(functions_touched(self.priced_before, self.season).values())


def season_against(season: SeasonTerms) -> int | None:
    """Return the season to compare with when none is asked: the one before."""
    before = season_before(season.first_day)
    return before.id if before else None


def setting_of(asked: Asked) -> Setting:
    """Read everything that a question needs. Raises NotFound, what `Asked.check` raises, and DomainError `what_if_without_rules`."""
    asked.check()
    season = season_terms(asked.season_id)
    against_id = asked.against_id if asked.against_id is not None else season_against(season)
    against = season_terms(against_id) if against_id is not None else None
    ids = list(asked.contribution_ids) or [row.id for row in contributions_of(asked.organisation_id)]
    seasons = {row.id: SeasonTerms(row.id, row.name, row.first_day, row.last_day) for row in db.session.scalars(select(Season))}
    kept = rules_of(ids)
    scenarios = {number: scenario_of(asked, season, seasons, rules) for number, rules in kept.items()}
    rules = {number: one.rules(kept[number]) for number, one in scenarios.items() if one is not None}
    notes = _notes(asked, season, scenarios, rules)
    if not rules:
        raise DomainError("what_if_without_rules", " ".join(notes), season=season.name)

    def as_if(terms: list[RuleTerms]) -> list[RuleTerms]:
        one = scenario_of(asked, season, seasons, terms)
        return one.rules(terms) if one is not None else terms

    priced = priced_contributions(list(rules), season, as_if)
    charged = contributions_charged(asked.organisation_id, list(rules), against.season_id) if against else frozenset()
    others = [number for number in rules if number not in charged] if against else []
    priced_before = [one for one in priced_contributions(others, against) if one.rule_ids] if against and others else []
    twins: dict[int, int] = {}
    if against is not None:
        months = Scenario(season, against).months
        for number, terms in rules.items():
            twins |= counterparts(_holding(kept[number], against), _holding(terms, season), months)
    source = db.session.get(InvoiceSource, asked.source_id) if asked.source_id is not None else None
    if asked.source_id is not None and source is None:
        raise NotFound("Deze factuurbron bestaat niet (meer), of hoort niet bij jouw omgeving. Kies een andere.")
    name, maximum_cents = (source.name, source.family_maximum_cents) if source is not None else ("", None)
    return Setting(season, against, list(rules), priced, charged, priced_before, rules, kept, twins, notes, name, maximum_cents)


def scenario_of(asked: Asked, season: SeasonTerms, seasons: Mapping[int, SeasonTerms], rules: list[RuleTerms]) -> Scenario | None:
    """Return by which rules one contribution is priced; None when it has none.

    Those of the season asked; without one its own rules, and where there are none those of the latest season before it.
    """
    source = seasons.get(asked.rules_of_id) if asked.rules_of_id is not None else None
    if source is None:
        own = [rule for rule in rules if rule.season_id in (None, season.season_id)]
        if own:
            source = season
        else:
            known = [seasons[number] for number in {rule.season_id or 0 for rule in rules} if number in seasons]
            earlier = [one for one in known if one.first_day < season.first_day]
            source = max(earlier, key=lambda one: (one.first_day, one.season_id), default=None)
    if source is None or not _holding(rules, source):
        return None
    return Scenario(season, source, asked.raise_basis_points, asked.raise_cents, asked.moves_ages)


def _holding(rules: list[RuleTerms], season: SeasonTerms) -> list[RuleTerms]:
    return [rule for rule in rules if rule.season_id in (None, season.season_id)]


def _notes(asked: Asked, season: SeasonTerms, scenarios: Mapping[int, Scenario | None], rules: Mapping[int, list[RuleTerms]]) -> list[str]:
    """Return what one must know to read the figures, in Dutch."""
    said = []
    for source in dict.fromkeys(one.source for one in scenarios.values() if one is not None and one.source != season):
        moving = "de leeftijdsgrenzen schuiven mee" if asked.moves_ages else "de leeftijdsgrenzen blijven staan"
        said.append(f"Gerekend met de regels van seizoen {source.name}, alsof ze naar {season.name} zijn gekopieerd; {moving}.")
    bare = [number for number, one in scenarios.items() if one is None]
    said += [
        f"Contributie “{name}” heeft geen regels voor seizoen {season.name} en telt niet mee. Voeg ze toe, of kopieer ze."
        for name in (contribution_names(bare).values() if bare else ())
    ]
    if asked.raise_basis_points or asked.raise_cents:
        same = dict.fromkeys(text for terms in rules.values() for text in not_raised(_holding(terms, season)))
        if same:
            said.append(f"Regels met een formule of staffel stijgen niet mee: {', '.join(same)}.")
    return said
