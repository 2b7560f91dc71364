"""Collections on fixed or own dates with formulas, as source 002 sets them. Named by step."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from app.contributions import explanation, plans
from app.contributions.facts import Charged, NotCharged, PlanTerms, Unpriceable
from app.contributions.pricing import price
from app.kernel.periods import Period
from tests.contributions.making import CONTRIBUTION, YEAR_2026, charged, day, member, prices, rule


def due(plan: PlanTerms, window: str, starts: str | None, **facts: Any) -> list[str]:
    found = plans.due(plan, member(first_day=starts, **facts), Period(*map(day, window.split("/"))))
    if isinstance(found, NotCharged | Unpriceable):
        return [found.reason]
    return [f"{one.first_day}/{one.last_day}" for one in found]


FIXED = PlanTerms(anchor="fixed", fixed_dates=(date(2026, 3, 1),))
TWICE = PlanTerms(anchor="fixed", months=6, fixed_dates=(date(2026, 3, 1), date(2026, 9, 1)))
ONCE = PlanTerms(anchor="fixed", months=12, fixed_dates=(date(2026, 3, 1),), until=date(2026, 3, 1))
JOINERS = PlanTerms(anchor="fixed", fixed_dates=(date(2026, 3, 1),), charges_late_joiners=False)

STEP_2 = [
    ("the same date every year", FIXED, "2026-01-01/2028-12-31", "2020-01-01", ["2026-03-01/2027-02-28", "2027-03-01/2028-02-29", "2028-03-01/2029-02-28"]),
    ("not before the first date", FIXED, "2025-01-01/2025-12-31", "2020-01-01", ["no_period"]),
    ("on two dates, every half year", TWICE, "2026-01-01/2027-12-31", "2020-01-01",
     ["2026-03-01/2026-08-31", "2026-09-01/2027-02-28", "2027-03-01/2027-08-31", "2027-09-01/2028-02-29"]),
    ("once: the last date is the first", ONCE, "2026-01-01/2030-12-31", "2020-01-01", ["2026-03-01/2027-02-28"]),
    ("once, a year later", ONCE, "2027-01-01/2027-12-31", "2020-01-01", ["collection_over"]),
    ("who joins after the date pays for it", FIXED, "2026-01-01/2026-12-31", "2026-06-01", ["2026-03-01/2027-02-28"]),
    ("or does not, where the collection says so", JOINERS, "2026-01-01/2026-12-31", "2026-03-02", ["joined_late"]),
    ("who joins on the date itself does", JOINERS, "2026-01-01/2026-12-31", "2026-03-01", ["2026-03-01/2027-02-28"]),
    ("and pays from the next date on", JOINERS, "2027-01-01/2027-12-31", "2026-03-02", ["2027-03-01/2028-02-29"]),
    ("who left before the date does not", FIXED, "2026-01-01/2026-12-31", "2020-01-01", ["no_period"]),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "window", "starts", "expected"), [row[1:] for row in STEP_2], ids=[row[0] for row in STEP_2])
def test_seed_002_tijdstippen(plan: PlanTerms, window: str, starts: str, expected: list[str], request: pytest.FixtureRequest) -> None:
    left = {"last_day": "2026-02-28"} if "left" in request.node.name else {}
    assert due(plan, window, starts, **left) == expected


OWN = PlanTerms(anchor="function", start_field="person.start", end_field="person.end", interval_field="person.months")
FIELDS: dict[str, Any] = {"person.start": date(2026, 1, 31), "person.end": None, "person.months": 1}
BY_RELATION = [
    ("per month", {}, ["2026-01-31/2026-02-27", "2026-02-28/2026-03-30", "2026-03-31/2026-04-29"]),
    ("per quarter", {"person.months": 3}, ["2026-01-31/2026-04-29"]),
    ("per year", {"person.months": 12}, ["2026-01-31/2027-01-30"]),
    ("ends", {"person.end": date(2026, 3, 1)}, ["2026-01-31/2026-02-27", "2026-02-28/2026-03-30"]),
    ("no start", {"person.start": None}, ["empty_field"]),
    ("no interval", {"person.months": None}, ["interval_wrong"]),
    ("an interval of two years", {"person.months": 24}, ["interval_wrong"]),
    ("yes is no interval", {"person.months": True}, ["interval_wrong"]),
]


@pytest.mark.parametrize(("changed", "expected"), [row[1:] for row in BY_RELATION], ids=[row[0] for row in BY_RELATION])
def test_seed_002_per_relatie_bepaalde_datums(changed: dict[str, Any], expected: list[str]) -> None:
    assert due(OWN, "2026-01-01/2026-04-29", None, fields={**FIELDS, **changed}) == expected


def test_seed_002_members_of_one_collection_pay_per_month_quarter_or_year() -> None:
    plan = PlanTerms(interval_field="person.months")
    numbers = {
        n: len(plans.due(plan, member(first_day="2020-01-01", fields={"person.months": n}), Period(date(2026, 1, 1), date(2026, 12, 31))))
        for n in (1, 3, 12)
    }
    assert numbers == {1: 12, 3: 4, 12: 1}


def test_seed_002_what_the_card_lacks_is_said_to_who_must_fill_it_in() -> None:
    wrong = plans.due(OWN, member(fields={**FIELDS, "person.months": None}), Period(date(2026, 1, 1), date(2026, 12, 31)))
    assert explanation.sentence(wrong) == "In het veld “person.months” staat niets. Vul op de kaart in: 1, 2, 3, 4, 6 of 12 maanden."  # type: ignore[arg-type]


VARIABLE = [
    ("12 x per month", "12 * {persoon:lidmaatschap_maand}", {"persoon.lidmaatschap_maand": Fraction(1250, 100)}, 15000),
    ("invoice: 1 x 5", "{persoon:betaling_per_factuur} * 5", {"persoon.betaling_per_factuur": True}, 500),
    ("no invoice: 0 x 5 is left out", "{persoon:betaling_per_factuur} * 5", {"persoon.betaling_per_factuur": False}, None),
    ("both in one line", "{persoon:bedrag_lidmaatschap} + ({persoon:betaling_per_factuur} * 5)",
     {"persoon.bedrag_lidmaatschap": 60, "persoon.betaling_per_factuur": True}, 6500),
    ("a junior: 10", "{_group_member_junioren} * 10", {"_group_member_junioren": True}, 1000),
    ("no junior: left out", "{_group_member_junioren} * 10", {"_group_member_junioren": False}, None),
    ("a senior: 20", "{_group_member_senioren} * 20", {"_group_member_senioren": True}, 2000),
    ("a discount is below zero", "0 - {persoon:korting}", {"persoon.korting": 5}, -500),
    ("the amount of the card itself", "{persoon:contributiebedrag}", {"persoon.contributiebedrag": 15}, 1500),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "fields", "cents"), [row[1:] for row in VARIABLE], ids=[row[0] for row in VARIABLE])
def test_seed_002_variabel_bedrag(formula: str, fields: dict[str, Any], cents: int | None) -> None:
    outcome = prices(rule(formula=formula)).price(member(fields=fields), YEAR_2026)
    assert (outcome.amount_cents if isinstance(outcome, Charged) else None) == cents


def test_seed_002_a_fixed_amount_of_15_euro_on_its_account() -> None:
    (outcome,) = price(
        member(first_day="2020-01-01"),
        CONTRIBUTION,
        [rule(1500, ledger_account_id=8100)],
        FIXED,
        Period(date(2026, 1, 1), date(2026, 12, 31)),
    )
    assert charged(outcome).lines[0][1:3] == (1500, 8100)
