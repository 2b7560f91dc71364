"""Checks all rules of a contribution together: who is left out, what is never used, what cannot be told; before a run comes upon it.

It asks the index of rules about made-up members, one for every border of the dates of birth, price category, organisation and selection
that a rule mentions; so it finds exactly what a run would find. Pure: the settings come in, findings with a Dutch sentence come out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from app.contributions.adjustments import NAMES, load
from app.contributions.facts import (
    AdjustmentTerms,
    ChargePeriod,
    ContributionTerms,
    MemberFacts,
    NotCharged,
    PlanTerms,
    RuleTerms,
    SeasonTerms,
)
from app.contributions.formulas import Formula
from app.contributions.prepared import check_amount, check_with_plan
from app.contributions.rules import EVERYONE_BORN, RuleIndex
from app.kernel.errors import DomainError
from app.kernel.periods import DAY, dutch_date

# A gap that ends before this concerns nobody who is a member now.
OLDEST: Final = date(1930, 1, 1)
MOST: Final = 20_000  # made-up members per season; beyond it the check says so


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to put right: `about` is contribution, rule, adjustment, season or category, and `row_id` its number."""

    code: str
    text: str
    about: str
    row_id: int


@dataclass(frozen=True, slots=True)
class Setup:
    """A contribution as it is set up. `fields` are the card fields that there are, None when that is not known; `plan_refusal` says
    why the plan cannot be computed, `plan` is then the season itself."""

    contribution: ContributionTerms
    rules: Sequence[RuleTerms]
    seasons: Sequence[SeasonTerms]
    plan: PlanTerms
    parents: Mapping[int, int | None]
    organisation_names: Mapping[int, str]
    fields: Collection[str] | None = None
    plan_refusal: str = ""


def findings(setup: Setup) -> list[Finding]:
    """Return what is to be put right, what stops a run first."""
    own = setup.contribution
    if not setup.rules:
        return [Finding("no_rules", "Er zijn nog geen regels: voeg er een toe met een bedrag.", "contribution", own.contribution_id)]
    found = [Finding("plan_wrong", setup.plan_refusal, "contribution", own.contribution_id)] if setup.plan_refusal else []
    found += _one_by_one(setup)
    reached: set[int] = set()
    for season in setup.seasons:
        found += _season(setup, season, reached)
    for index, rule in enumerate(setup.rules):
        looked_at = rule.season_id is None or any(season.season_id == rule.season_id for season in setup.seasons)
        if looked_at and index not in reached and setup.seasons:
            found.append(
                Finding(
                    "rule_unreachable",
                    f"Regel “{rule.description}” geldt voor niemand: andere regels gaan altijd voor.",
                    "rule",
                    rule.rule_id,
                )
            )
    return list(dict.fromkeys(found))


def _one_by_one(setup: Setup) -> Iterator[Finding]:
    """Find what is wrong with a rule by itself."""
    by_id = {rule.rule_id: rule for rule in setup.rules}
    for rule in setup.rules:
        if rule.ledger_account_id is None and setup.contribution.ledger_account_id is None:
            yield Finding(
                "no_account",
                f"Regel “{rule.description}” heeft geen grootboekrekening, en de contributie ook niet.",
                "contribution",
                setup.contribution.contribution_id,
            )
        try:
            check_amount(rule)
        except DomainError as refusal:
            yield Finding("rule_wrong", refusal.message, "rule", rule.rule_id)
        yield from _formula(rule.formula, setup.fields, rule.description, "rule", rule.rule_id)
        if rule.adjustments_of_id is not None and not _ends(rule, by_id):
            yield Finding(
                "reference_wrong",
                f"Regel “{rule.description}” heeft dezelfde kortingen als een regel die er niet is of naar hem terugwijst.",
                "rule",
                rule.rule_id,
            )
        for step in rule.adjustments:
            yield from _adjustment(rule, step, setup)


def _ends(rule: RuleTerms, by_id: Mapping[int, RuleTerms]) -> bool:
    seen = {rule.rule_id}
    while rule.adjustments_of_id is not None:
        if rule.adjustments_of_id in seen or rule.adjustments_of_id not in by_id:
            return False
        rule = by_id[rule.adjustments_of_id]
        seen.add(rule.rule_id)
    return True


def _formula(text: str, known: Collection[str] | None, where: str, about: str, row_id: int) -> Iterator[Finding]:
    if text:
        try:
            Formula.read(text, known)
        except DomainError as refusal:
            yield Finding("formula_wrong", f"“{where}”: {refusal.message}", about, row_id)


def _adjustment(rule: RuleTerms, step: AdjustmentTerms, setup: Setup) -> Iterator[Finding]:
    name = NAMES.get(step.kind, step.kind)
    where = f"{name}” bij “{rule.description}"
    try:
        settings = load(step.kind, step.settings)
    except DomainError as refusal:
        yield Finding("adjustment_wrong", f"“{where}”: {refusal.message}", "adjustment", step.adjustment_id)
        return
    yield from _formula(str(step.settings.get("formula") or ""), setup.fields, where, "adjustment", step.adjustment_id)
    if step.kind == "tick_box" and setup.fields is not None and settings.field not in setup.fields:
        yield Finding("field_unknown", f"“{where}”: het veld “{settings.field}” bestaat niet.", "adjustment", step.adjustment_id)
    try:
        check_with_plan(setup.plan, [replace(rule, adjustments=(step,))])
    except DomainError as refusal:
        yield Finding(refusal.code, refusal.message, "adjustment", step.adjustment_id)


def _season(setup: Setup, season: SeasonTerms, reached: set[int]) -> Iterator[Finding]:
    """Ask the index about everybody who may come, and tell who is left out and which rules fit equally."""
    own = setup.contribution
    mine = [rule for rule in setup.rules if rule.season_id == season.season_id or (rule.season_id is None and rule.valid_from is not None)]
    dated = [rule for rule in mine if rule.valid_from is None or rule.valid_from <= season.last_day]
    if not any(rule.season_id == season.season_id or rule.valid_from is None or rule.valid_from <= season.first_day for rule in dated):
        text = f"Seizoen {season.name} heeft nog geen regels: kopieer het vorige seizoen of voeg een regel toe."
        yield Finding("season_without_rules", text, "season", season.season_id)
        return
    index = RuleIndex(setup.rules, season.season_id, setup.parents, own.default_price_category_id)
    borns = sorted({EVERYONE_BORN, *(rule.born_from for rule in mine if rule.born_from and rule.born_from > EVERYONE_BORN)})
    categories = sorted({*own.price_category_names, *(rule.price_category_id for rule in mine if rule.price_category_id)})
    # The contribution's own category stands for members without one; with no default they are a kind of their own.
    people = [*categories] if own.default_price_category_id is not None or not mine else [None, *categories]
    places = [None, *sorted({rule.organisation_id for rule in mine if rule.organisation_id is not None})]
    selections: list[frozenset[int]] = [frozenset(), *(frozenset({rule.selection_id}) for rule in mine if rule.selection_id is not None)]
    days = sorted(
        {season.first_day, *(rule.valid_from for rule in mine if rule.valid_from and season.first_day < rule.valid_from <= season.last_day)}
    )
    if len(borns) * len(people) * len(places) * len(selections) * len(days) > MOST:
        yield Finding(
            "too_many", f"Seizoen {season.name} heeft te veel verschillende regels om na te kijken.", "contribution", own.contribution_id
        )
        return
    gaps: dict[tuple[int | None, int | None], list[date]] = {}
    for place in places:
        for category in people or [None]:
            for chosen in selections:
                for born in borns:
                    for day in days:
                        member = MemberFacts(0, place or 0, born=born, price_category_id=category, selection_ids=chosen)
                        picked = index.pick(member, ChargePeriod(day, season.last_day))
                        if isinstance(picked, int):
                            reached.add(picked)
                        elif isinstance(picked, NotCharged):
                            if not chosen and day == season.first_day:
                                gaps.setdefault((place, category), []).append(born)
                        elif picked.reason == "rules_fit_equally":
                            one, one_id, two, two_id = picked.values
                            reached.update(number for number, rule in enumerate(setup.rules) if rule.rule_id in (one_id, two_id))
                            text = f"In seizoen {season.name} passen “{one}” en “{two}” even goed: verander of verwijder er een."
                            yield Finding("rules_fit_equally", text, "rule", one_id)
    yield from _gaps(setup, season, gaps, borns)


def _gaps(
    setup: Setup, season: SeasonTerms, gaps: Mapping[tuple[int | None, int | None], Sequence[date]], borns: Sequence[date]
) -> Iterator[Finding]:
    own = setup.contribution
    by_place = _all_for_places(setup, season)
    everywhere = (
        set() if by_place else {(category, born) for (place, category), missing in gaps.items() if place is None for born in missing}
    )
    for (place, category), missing in gaps.items():
        left_out = [born for born in missing if place is None or (category, born) not in everywhere]
        if place is None and by_place:
            continue
        if not left_out:
            continue
        where = f" bij {setup.organisation_names.get(place, place)}" if place is not None else ""
        who = own.price_category_names.get(category, "") if category is not None else ""
        if len(left_out) == len(borns):
            if category is None:
                text = f"In seizoen {season.name} heeft wie geen prijscategorie heeft geen regel{where}: diegene betaalt niets."
                yield Finding("no_category", text, "contribution", own.contribution_id)
            else:
                text = f"Prijscategorie {who} heeft in seizoen {season.name} geen regel{where}: wie die heeft, betaalt niets."
                yield Finding("category_without_rule", text, "category", category)
            continue
        of = f" met prijscategorie {who}" if who else ""
        for words, row_id in _intervals(setup, left_out, borns):
            text = f"Wie{of}{where} {words} geboren is, betaalt in seizoen {season.name} niets: geen regel past."
            yield Finding("gap", text, "rule" if row_id else "contribution", row_id or own.contribution_id)


def _all_for_places(setup: Setup, season: SeasonTerms) -> bool:
    """Whether every rule of a season is for an organisation, so that nobody elsewhere is meant to pay."""
    mine = [rule for rule in setup.rules if rule.season_id in (None, season.season_id)]
    return all(rule.organisation_id is not None for rule in mine)


def _intervals(setup: Setup, left_out: Iterable[date], borns: Sequence[date]) -> Iterator[tuple[str, int]]:
    """Return the dates of birth that are left out in words, with the rule just above each gap."""
    missing = set(left_out)
    place = 0
    while place < len(borns):
        if borns[place] not in missing:
            place += 1
            continue
        first = borns[place]
        while place < len(borns) and borns[place] in missing:
            place += 1
        following = borns[place] if place < len(borns) else None
        if following is not None and following <= OLDEST:
            continue
        above = next((rule.rule_id for rule in setup.rules if rule.born_from == following), 0) if following else 0
        if following is None:
            yield f"op of na {dutch_date(first)}", above
        elif first == EVERYONE_BORN:
            yield f"voor {dutch_date(following)}", above
        else:
            yield f"van {dutch_date(first)} tot en met {dutch_date(following - DAY)}", above
