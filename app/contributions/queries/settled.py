"""What charges of before say for the next ones: places in families and among activities, and which years had their union fee.

A discount depends on the others at the moment of the run: who was charged keeps the place of then (see `app.contributions.family`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Text, case, cast, or_, select

from app.contributions.facts import ChargePeriod, SeasonTerms
from app.contributions.family import Settled
from app.contributions.models import Adjustment, Charge, ContributionRule
from app.contributions.queries.members import Subject
from app.contributions.queries.settings import Priced
from app.kernel.db import db
from app.relations.models import Relation

_CHARGE, _CARD = Charge.__table__.c, Relation.__table__.c
STANDING = ("invoiced", "posted")
LAST = 1_000_000  # stands behind every order of a function type


class Settlements(NamedTuple):
    """Places of before: in families by household, and among activities by function."""

    families: dict[int, list[Settled]]
    activities: dict[int, int]

    def with_activities(self, subject: Subject) -> Subject:
        """Return a subject whose functions that were charged keep their order, before those that were not."""
        activities = subject.facts.activities
        if not self.activities or len(activities) < 2 or not any(one[2] in self.activities for one in activities):
            return subject
        mine = sorted((self.activities.get(function_id, LAST + order), type_id, function_id) for order, type_id, function_id in activities)
        return subject._replace(facts=subject.facts._replace(activities=tuple(mine)))


def settled_places(organisation_id: int, season: SeasonTerms, kinds: frozenset[str]) -> Settlements:
    """Return the places that charges of this season gave, over all contributions of the administration; empty without such discounts."""
    found = Settlements({}, {})
    if "family" in kinds:
        people: dict[int, tuple[int, Settled]] = {}
        for row, inputs in _charged_with("family", organisation_id, season, _CARD.household_id.is_not(None)):
            known = people.get(row.relation_id)
            if inputs is not None or known is None:
                number, before = (inputs["number"], tuple(inputs["others"])) if inputs else (0, ())
                people[row.relation_id] = (row.household_id, Settled(row.relation_id, row.display_name, number, before))
        for household_id, one in people.values():
            found.families.setdefault(household_id, []).append(one)
    if "several_activities" in kinds:
        for row, inputs in _charged_with("several_activities", organisation_id, season, _CHARGE.function_term_id.is_not(None)):
            if inputs is not None or row.function_term_id not in found.activities:
                found.activities[row.function_term_id] = inputs["number"] if inputs else 1
    return found


def _charged_with(kind: str, organisation_id: int, season: SeasonTerms, condition: Any) -> Iterator[tuple[Any, Any]]:
    """Give the standing charges of contributions with a discount of this kind, each with what its step recorded, or None."""
    with_kind = (
        select(ContributionRule.contribution_id)
        .join(Adjustment, Adjustment.rule_id == ContributionRule.id)
        .where(Adjustment.kind == kind, ContributionRule.organisation_id == organisation_id)
    )
    text = cast(_CHARGE.explanation, Text)
    rows = db.session.connection().execute(
        select(
            _CHARGE.relation_id,
            _CHARGE.function_term_id,
            _CARD.household_id,
            _CARD.display_name,
            case((text.like(f'%"{kind}"%'), text), else_=None).label("explanation"),
        )
        .select_from(Charge.__table__.join(Relation.__table__, _CARD.id == _CHARGE.relation_id))
        .where(
            _CHARGE.organisation_id == organisation_id,
            _CHARGE.contribution_id.in_(with_kind),
            _CHARGE.first_day.between(season.first_day, season.last_day),
            _CHARGE.state.in_(STANDING),
            condition,
        )
        .order_by(_CHARGE.id)
        .execution_options(yield_per=10_000)
    )
    for row in rows:
        steps = _steps(json.loads(row.explanation)) if row.explanation else ()
        yield row, next((step["input"] for step in steps if step["name"] == kind), None)


def _steps(lines: Iterable[Any]) -> Iterator[Any]:
    for line in lines:
        yield from line["steps"]
        yield from _steps(line.get("now") or ())


def fee_years(priced: Sequence[Priced], season: SeasonTerms) -> FeeYears:
    """Return who had a union fee in a calendar year of this season: by charges of other seasons that hold one, and by what is asked afterwards."""
    contribution_ids = [one.contribution_id for one in priced if "union_fee" in one.kinds]
    if not contribution_ids:
        return FeeYears({})
    rows = db.session.connection().execute(
        select(_CHARGE.contribution_id, _CHARGE.relation_id, _CHARGE.first_day)
        .where(
            _CHARGE.contribution_id.in_(contribution_ids),
            _CHARGE.state != "waived",
            _CHARGE.first_day.between(date(season.first_day.year, 1, 1), date(season.last_day.year, 12, 31)),
            or_(_CHARGE.first_day < season.first_day, _CHARGE.first_day > season.last_day),
            cast(_CHARGE.explanation, Text).like('%"union_fee"%'),
        )
        .distinct()
    )
    found: dict[tuple[int, int], set[int]] = {}
    for contribution_id, relation_id, first_day in rows:
        found.setdefault((contribution_id, relation_id), set()).add(first_day.year)
    return FeeYears(found)


class FeeYears:
    """Says whether a union fee was charged in a year: once for a relation and contribution, with its first period.

    A plan says it of one function within a season (`ChargePeriod.follows_in_year`); this says it over functions and seasons.
    """

    def __init__(self, earlier: dict[tuple[int, int], set[int]]) -> None:
        self._earlier = earlier
        self._given: dict[tuple[int, int, int], tuple[int | None, date]] = {}

    def told(self, subject: Subject, period: ChargePeriod) -> Subject:
        """Return the subject as it is for one period; periods and functions are asked for in a fixed order."""
        if "union_fee" not in subject.priced.kinds:
            return subject
        facts, year = subject.facts, period.first_day.year
        key = (subject.priced.contribution_id, facts.relation_id, year)
        this = (facts.function_id, period.first_day)
        charged = year in self._earlier.get(key[:2], ()) or self._given.setdefault(key, this) != this
        return subject if charged == facts.charged_this_year else subject._replace(facts=facts._replace(charged_this_year=charged))
