"""The check of a whole contribution, as a table: what is set up, and what is found."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.contributions.checking import Finding, Setup, findings
from app.contributions.facts import ContributionTerms, PlanTerms, RuleTerms, SeasonTerms, TierTerms
from tests.contributions.making import step

SEASON = SeasonTerms(26, "2026", date(2026, 1, 1), date(2026, 12, 31))
NEXT = SeasonTerms(27, "2027", date(2027, 1, 1), date(2027, 12, 31))
FIELDS = ("person.age", "function.quantity")


def found(*rules: RuleTerms, **values: Any) -> list[Finding]:
    own = ContributionTerms(
        7,
        "Contributie",
        values.pop("account", 8000),
        values.pop("category", 1),
        price_category_names=values.pop("categories", {1: "Normaal"}),
    )
    plan = PlanTerms(months=None, anchor="season", **values.pop("plan", {}))
    parents = {102: 10, 103: 10, 10: 1, 1: None}
    names = {102: "Afdeling Zutphen"}
    return findings(Setup(own, rules, values.pop("seasons", [SEASON]), plan, parents, names, FIELDS))


def of(number: int, born: tuple[int, int, int] | None = None, **values: Any) -> RuleTerms:
    """Return a rule of the season with a number, from a date of birth on."""
    values = {"amount_cents": 6000, "season_id": 26, **values}
    return RuleTerms(number, values.pop("description", f"Regel {number}"), born_from=date(*born) if born else None, **values)


OLD, MIDDLE, YOUNG = (1900, 1, 1), (1998, 1, 1), (2010, 1, 1)
TABLE: list[tuple[str, tuple[RuleTerms, ...], dict[str, Any], list[tuple[str, str, int]]]] = [
    ("one rule for all", (of(1),), {}, []),
    ("bands that follow each other", (of(1, OLD), of(2, MIDDLE), of(3, YOUNG)), {}, []),
    ("no rules at all", (), {}, [("no_rules", "contribution", 7)]),
    ("a gap below the first band", (of(1, MIDDLE),), {}, [("gap", "rule", 1)]),
    ("a first band that begins before anybody who lives", (of(1, (1925, 1, 1)),), {}, []),
    ("a rule for all fills the gap of a category", (of(1), of(2, MIDDLE, price_category_id=1)), {}, []),
    ("a gap within one category only", (of(1, OLD, price_category_id=1), of(2, MIDDLE, price_category_id=2)), {"categories": {1: "Normaal", 2: "Student"}}, [("gap", "rule", 2)]),
    ("a category without a rule", (of(1, price_category_id=1),), {"categories": {1: "Normaal", 3: "Pensioen"}}, [("category_without_rule", "category", 3)]),
    ("a rule for all holds for every category", (of(1),), {"categories": {1: "Normaal", 3: "Pensioen"}}, []),
    ("two rules that fit equally", (of(1, OLD), of(2, MIDDLE), of(3, MIDDLE)), {}, [("rules_fit_equally", "rule", 2)]),
    ("two that fit equally but for a category", (of(1), of(2, price_category_id=1)), {"categories": {1: "Normaal", 2: "Student"}}, []),
    ("a rule that another always goes before", (of(1, season_id=None, valid_from=date(2025, 1, 1)), of(2)), {}, [("rule_unreachable", "rule", 1)]),
    ("a price that changes within the season", (of(1, season_id=None, valid_from=date(2025, 1, 1)), of(2, season_id=None, valid_from=date(2026, 7, 1))), {}, []),
    ("a rule for all without category beside all categories", (of(1, price_category_id=1), of(2)), {}, [("rule_unreachable", "rule", 2)]),
    ("a department with its own rule", (of(1), of(2, organisation_id=102)), {}, []),
    ("a department with bands of its own falls back", (of(1, OLD), of(2, YOUNG, organisation_id=102)), {}, []),
    ("only a department pays", (of(1, organisation_id=102),), {}, []),
    ("only the young of a department pay", (of(1, YOUNG, organisation_id=102),), {}, [("gap", "rule", 1)]),
    ("a rule for a group and one for the others", (of(1), of(2, selection_id=5)), {}, []),
    ("a season without rules", (of(1),), {"seasons": [SEASON, NEXT]}, [("season_without_rules", "season", 27)]),
    ("a dated rule holds in every season", (of(1, season_id=None, valid_from=date(2020, 1, 1)),), {"seasons": [SEASON, NEXT]}, []),
    ("no account anywhere", (of(1), of(2, YOUNG, ledger_account_id=1)), {"account": None}, [("no_account", "contribution", 7), ("gap", "", 0)]),
    ("a rule with an account needs none on the contribution", (of(1, ledger_account_id=8000),), {"account": None}, []),
    ("a formula with a field that is not there", (of(1, amount_cents=None, formula="{person.shoe} * 2"),), {}, [("formula_wrong", "rule", 1)]),
    ("a formula that can be read", (of(1, amount_cents=None, formula="{person.age} * 2"),), {}, []),
    ("a condition with a field that is not there", (of(1, adjustments=(step("condition", {"formula": "{x.y} > 1", "discount_cents": 1}, 1),)),), {}, [("formula_wrong", "adjustment", 1)]),
    ("a tick box that is not there", (of(1, adjustments=(step("tick_box", {"field": "person.x", "discount_cents": 1}, 1),)),), {}, [("field_unknown", "adjustment", 1)]),
    ("settings that cannot be computed", (of(1, adjustments=(step("short_period", {"variant": "eeuw"}, 1),)),), {}, [("adjustment_wrong", "adjustment", 1)]),
    ("plan and short period both prorate", (of(1, adjustments=(step("short_period", {"variant": "day"}, 1),)),), {"plan": {"first_period": "pro_rata"}}, [("late_start_counted_twice", "adjustment", 1)]),
    ("the plan prorates, and the short period has its own table", (of(1, adjustments=(step("short_period", {"variant": "month_amounts", "table": [0, 100]}, 1),)),), {"plan": {"first_period": "pro_rata"}}, [("late_start_counted_twice", "adjustment", 1)]),
    ("two ways of the amount", (of(1, formula="1"),), {}, [("rule_wrong", "rule", 1)]),
    ("tiers that cannot be computed", (of(1, amount_cents=None, tiers=TierTerms("bracket", ((10, 1), (5, 2)))),), {}, [("rule_wrong", "rule", 1)]),
    ("discounts of a rule that is not there", (of(1, adjustments_of_id=9),), {}, [("reference_wrong", "rule", 1)]),
    ("discounts that lead round", (of(1, OLD, adjustments_of_id=2), of(2, MIDDLE, adjustments_of_id=1)), {}, [("reference_wrong", "rule", 1), ("reference_wrong", "rule", 2)]),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "values", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_is_found(rules: tuple[RuleTerms, ...], values: dict[str, Any], expected: list[tuple[str, str, int]]) -> None:
    got = found(*rules, **values)
    assert [(one.code, one.about, one.row_id) for one in got] == [row for row in expected if row[1]]
    assert all(one.text[0].isupper() or one.text[0] == "“" for one in got)


SENTENCES = [
    ((of(1, MIDDLE),), {}, "Wie met prijscategorie Normaal voor 01-01-1998 geboren is, betaalt in seizoen 2026 niets: geen regel past."),
    ((of(1, price_category_id=1),), {"categories": {1: "Normaal", 3: "Pensioen"}}, "Prijscategorie Pensioen heeft in seizoen 2026 geen regel: wie die heeft, betaalt niets."),
    ((of(1, YOUNG, organisation_id=102),), {}, "Wie met prijscategorie Normaal bij Afdeling Zutphen voor 01-01-2010 geboren is, betaalt in seizoen 2026 niets: geen regel past."),
    ((of(1), of(2)), {}, "In seizoen 2026 passen “Regel 1” en “Regel 2” even goed: verander of verwijder er een."),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "values", "says"), SENTENCES)
def test_it_says_who_where_and_what_to_do(rules: tuple[RuleTerms, ...], values: dict[str, Any], says: str) -> None:
    assert says in [one.text for one in found(*rules, **values)]
