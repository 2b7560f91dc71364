"""What the rows of the tables are called, and where organisations lie: a statement per table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select

from app.contributions.facts import RuleTerms
from app.contributions.queries.comparing import contribution_names
from app.contributions.rules import RuleIndex
from app.functions.models import PriceCategory
from app.kernel.db import db
from app.organisations import tree
from app.organisations.models import Organisation
from app.reporting.figures import age_words, band_ages
from app.reporting.what_if import Findings

NO_CATEGORY = "zonder prijscategorie"
NO_RULE = "regel die er niet meer is"


def name_rows(found: Findings, contribution_ids: Sequence[int]) -> None:
    """Fill the names of contributions, organisations and price categories."""
    found.labels["contribution"] = contribution_names(contribution_ids)
    categories = db.session.execute(select(PriceCategory.id, PriceCategory.name).order_by(PriceCategory.name))
    found.labels["category"] = {0: NO_CATEGORY, **{row.id: row.name for row in categories}}
    places = db.session.execute(select(Organisation.id, Organisation.name, Organisation.kind, Organisation.path)).all()
    kinds = {row.id: row.kind for row in places}
    found.labels["organisation"] = {row.id: row.name for row in places}
    for row in places:
        above = tree.ids_in(row.path)
        found.provinces[row.id] = next((number for number in above if kinds.get(number) == "province"), row.id)
        found.departments[row.id] = next((number for number in above if kinds.get(number) == "department"), row.id)


def name_rules(
    found: Findings,
    rules: Mapping[int, Sequence[RuleTerms]],
    season_id: int | None,
    day: date,
    default_categories: Mapping[int, int | None],
) -> None:
    """Fill the names of rules with the ages they are for on a day, in order of contribution, category and age; known ones are left."""
    names, bands = found.labels.setdefault("rule", {0: NO_RULE}), found.labels.setdefault("band", {0: NO_RULE})
    categories, organisations = found.labels["category"], found.labels["organisation"]
    made: list[tuple[tuple[object, ...], int, str, str]] = []
    for contribution_id, terms in rules.items():
        held = RuleIndex(terms, season_id, None, default_categories.get(contribution_id)).bands(day)
        for index, rule in enumerate(terms):
            if rule.rule_id in names or rule.season_id not in (None, season_id):
                continue
            band = held.get(index)
            first, last = band_ages(band.first_day, band.last_day, day) if band else (None, None)
            ages = age_words(first, last)
            extra = [ages] if band else []
            extra += [categories[rule.price_category_id].lower()] if rule.price_category_id in categories and rule.price_category_id else []
            extra += [organisations[rule.organisation_id]] if rule.organisation_id in organisations and rule.organisation_id else []
            words = f"{rule.description} ({', '.join(extra)})" if extra else rule.description
            order = (found.label("contribution", contribution_id), rule.price_category_id or 0, first or 0, last or 999, rule.rule_id)
            made.append((order, rule.rule_id, words, ages))
    for _, rule_id, words, ages in sorted(made):
        names[rule_id], bands[rule_id] = words, ages
    ordered = sorted(bands.items(), key=lambda pair: _age_order(pair[1]))
    found.labels["band"] = dict(ordered)


def _age_order(words: str) -> tuple[int, int]:
    if words.startswith("t/m"):
        return 0, 0
    figures = words.split()[0]
    return (1, int(figures)) if figures.isdigit() else (2, 0)
