"""Tiers: brackets with a price, a rate over all, and progressive with a minimum."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.contributions import explanation
from app.contributions.facts import TierTerms, Unpriceable
from app.contributions.tiers import OutsideBrackets, problems, tier_cents
from app.kernel.errors import DomainError
from tests.contributions.making import YEAR_2026, charged, member, prices, rule, step

TURNOVER = TierTerms("bracket", ((100_000, 5000), (250_000, 9000), (None, 15000)), unit_value_cents=100_00)  # a unit is EUR 100
RATE = TierTerms("rate", ((1000, 10), (None, 8)))  # cents per euro of value
WAGES = TierTerms("progressive", ((10, 200), (20, 150), (None, 100)), minimum_cents=1000)

TABLE = [
    ("spec 05: 999 units x EUR 100 lies in the first", TURNOVER, 999, 5000),
    ("the bound itself lies in the bracket", TURNOVER, 1000, 5000),
    ("a unit more in the next", TURNOVER, 1001, 9000),
    ("beyond the last bound", TURNOVER, 10_000, 15000),
    ("seed 003 prisinterval: price x value", RATE, 1000, 10_000),
    ("seed 003 prisinterval: the next rate over all", RATE, 1250, 10_000),
    ("seed 003 lønsum: within the first", WAGES, 8, 1600),
    ("seed 003 lønsum: each bracket its own price", WAGES, 25, 10 * 200 + 10 * 150 + 5 * 100),
    ("seed 003 lønsum: never below the minimum", WAGES, 2, 1000),
    ("seed 003 lønsum: zero units cost the minimum", WAGES, 0, 1000),
    ("a half unit, half up", WAGES, Fraction(1001, 100), 2002),
]


@pytest.mark.parametrize(("terms", "units", "cents"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_tiers(terms: TierTerms, units: int, cents: int) -> None:
    assert tier_cents(terms, units) == cents
    assert charged(prices(rule(tiers=terms)).price(member(value_units=units), YEAR_2026)).amount_cents == cents


@pytest.mark.parametrize("terms", [TierTerms("progressive", ((10, 100),)), TierTerms("bracket", ((10, 100),))])
@pytest.mark.parametrize("units", [11, -1])
def test_outside_the_brackets_is_an_error_on_the_relation(terms: TierTerms, units: int) -> None:
    with pytest.raises(OutsideBrackets):
        tier_cents(terms, units)
    outcome = prices(rule(tiers=terms)).price(member(value_units=units), YEAR_2026)
    assert isinstance(outcome, Unpriceable)
    assert f"De waarde {units} valt buiten" in explanation.sentence(outcome)


def test_without_value_units_nothing_can_be_told() -> None:
    outcome = prices(rule(tiers=WAGES)).price(member(), YEAR_2026)
    assert isinstance(outcome, Unpriceable)
    assert outcome.reason == "no_value_units"


@pytest.mark.parametrize(
    "terms",
    [
        TierTerms("bracket", ()),
        TierTerms("bracket", ((None, 1), (5, 2))),
        TierTerms("bracket", ((5, 1), (5, 2))),
        TierTerms("steps", ((5, 1),)),
    ],
)
def test_brackets_that_cannot_be_computed_are_refused(terms: TierTerms) -> None:
    assert problems(terms)
    with pytest.raises(DomainError):
        prices(rule(tiers=terms))


def test_as_an_adjustment() -> None:
    rows = [{"up_to": 10, "price": "150,5"}, {"price": 100}]
    found = prices(rule(999, step("tiers", {"way": "progressive", "rows": rows})))
    outcome = charged(found.price(member(value_units=3), YEAR_2026))
    assert outcome.amount_cents == 452
    assert explanation.sentence(outcome).endswith("staffel bij 3 eenheden €\u00a04,52 in plaats van €\u00a09,99")
    with pytest.raises(DomainError, match="volgorde"):
        prices(rule(1, step("tiers", {"way": "bracket", "rows": [{"up_to": 5, "price": 1}, {"up_to": 4, "price": 1}]})))
