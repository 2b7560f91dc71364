"""Why an amount differs: the parts add up to the difference, and the reason says what a member understands."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.contributions.comparing import Paid, counterparts, paid, paid_as_kept, paid_for_key, parts, together, why
from app.contributions.facts import Charged, ChargePeriod, PricedLine, RuleTerms, SeasonTerms
from app.contributions.recording import to_json
from app.contributions.scenario import Scenario, not_raised

YEAR = ChargePeriod(date(2026, 1, 1), date(2026, 12, 31))
KINDS = st.sampled_from(["family", "short_period", "payment_method"])
NAMES = {1: "Jeugdlid", 2: "Lid", 3: "Lid"}
SEASON_26 = SeasonTerms(26, "2026", date(2026, 1, 1), date(2026, 12, 31))
SEASON_27 = SeasonTerms(27, "2027", date(2027, 1, 1), date(2027, 12, 31))
modest = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault


@st.composite
def prices(draw: st.DrawFn) -> Paid:
    base = draw(st.integers(0, 20_000))
    changes = draw(st.dictionaries(KINDS, st.integers(-5_000, 5_000).filter(bool)))
    return Paid(base + sum(changes.values()), draw(st.integers(1, 3)), base, tuple(sorted(changes.items())))


@modest
@given(prices(), prices())
def test_the_parts_are_the_whole_difference(before: Paid, now: Paid) -> None:
    assert sum(part.cents for part in parts(before, now)) == now.cents - before.cents


@modest
@given(prices(), prices())
def test_two_prices_as_one(one: Paid, other: Paid) -> None:
    both = together(one, other)
    assert both.cents == one.cents + other.cents == both.base_cents + sum(cents for _, cents in both.changes)
    assert together(None, one) == one


CASES = [
    ("dearer", Paid(6000, 2, 6000), Paid(6600, 3, 6600), "amount", "Hoger bedrag: € 60,00 wordt € 66,00"),
    ("cheaper", Paid(6000, 2, 6000), Paid(5000, 3, 5000), "amount", "Lager bedrag: € 60,00 wordt € 50,00"),
    ("too old for the band", Paid(3000, 1, 3000), Paid(6000, 3, 6000), "other_rule", "Andere regel: “Jeugdlid” wordt “Lid” (€ 30,00 wordt € 60,00)"),
    ("another rule, as dear", Paid(6000, 1, 6000), Paid(6000, 3, 6000), "other_rule", "Andere regel: “Jeugdlid” wordt “Lid”"),
    ("joined halfway", Paid(3000, 2, 6000, (("short_period", -3000),)), Paid(6000, 3, 6000), "discount", "Kortere periode vervalt (was −€ 30,00)"),
    ("second of the family", Paid(6000, 2, 6000), Paid(4500, 3, 6000, (("family", -1500),)), "discount", "Gezinskorting komt erbij (−€ 15,00)"),
    (
        "smaller discount and dearer", Paid(5000, 2, 6000, (("family", -1000),)), Paid(6000, 3, 6500, (("family", -500),)), "amount",
        "Hoger bedrag: € 60,00 wordt € 65,00; Gezinskorting: −€ 10,00 wordt −€ 5,00",
    ),
    ("nothing before", None, Paid(6000, 3, 6000), "new", "Betaalde in seizoen 2025 niets voor deze contributie."),
    ("nothing now", Paid(6000, 2, 6000), None, "gone", "Heeft in dit seizoen geen functie meer waarvoor deze contributie geldt."),
]  # fmt: skip


@pytest.mark.parametrize(("before", "now", "main", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_reasons(before: Paid | None, now: Paid | None, main: str, words: str) -> None:
    found = why(before, now, NAMES, {2: 3}, "2025")
    assert (found.main, found.words.replace("\u00a0", " ")) == (main, words)


def test_a_price_and_what_was_kept_of_it_are_alike() -> None:
    charged = Charged(
        2,
        YEAR,
        4000,
        (PricedLine("Lid", 4500, 800), PricedLine("Incassokorting", -500, 801)),
        (
            ("rule", (2, "Lid"), ("=", 6000), 0, 6000, 0),
            ("short_period", ("half_month", "start", 18, 24, 0), ("*", 18, 24), 6000, 4500, 0),
            ("payment_method", ("direct_debit", "€ 5,00"), ("+", -500), 4500, 4000, 1),
        ),
    )
    expected = Paid(4000, 2, 6000, (("payment_method", -500), ("short_period", -1500)))
    assert paid(charged) == expected
    lines = to_json(charged)
    assert paid_as_kept(4000, 2, lines) == expected
    later = (-1000, 2, [{"text": "Lid", "cents": -1000, "steps": [], "now": lines}])
    assert paid_for_key([(5000, 2, lines), later]) == expected
    given_back = (-4000, None, [{"text": "Teruggave", "cents": -4000, "steps": [], "now": []}])
    assert paid_for_key([(4000, 2, lines), given_back]).cents == 0


def rule(number: int, **values: object) -> RuleTerms:
    return RuleTerms(number, str(values.pop("description", f"Regel {number}")), **{"amount_cents": 6000, "season_id": 26, **values})  # type: ignore[arg-type]


def test_which_rule_takes_the_place_of_which() -> None:
    earlier = [
        rule(1, born_from=date(1900, 1, 1)), rule(2, born_from=date(2008, 1, 1)), rule(3, price_category_id=7), rule(4, description="Los", organisation_id=5),
        rule(5, season_id=None),
    ]  # fmt: skip
    later = [
        rule(11, born_from=date(1900, 1, 1)), rule(12, born_from=date(2009, 1, 1)), rule(13, price_category_id=7), rule(14, description="Los", organisation_id=6),
        rule(5, season_id=None), rule(16, born_from=date(1950, 1, 1)),
    ]  # fmt: skip
    assert counterparts(earlier, later, 12) == {1: 11, 2: 12, 3: 13, 4: 14, 5: 5}


def test_a_scenario_is_a_copy_that_is_raised() -> None:
    rules = [
        rule(1, born_from=date(1900, 1, 1), amount_cents=6000), rule(2, born_from=date(2008, 1, 1), amount_cents=3333), rule(3, season_id=27, amount_cents=1),
        rule(4, season_id=None, valid_from=date(2020, 1, 1), amount_cents=0), rule(5, amount_cents=None, formula="10"), rule(6, season_id=25, amount_cents=9),
    ]  # fmt: skip
    made = Scenario(SEASON_27, SEASON_26, raise_basis_points=300, raise_cents=50).rules(rules)
    assert [(one.season_id, one.amount_cents, one.born_from) for one in made] == [
        (27, 6230, date(1900, 1, 1)), (27, 3483, date(2009, 1, 1)), (0, 1, None), (None, 0, None), (27, None, None), (25, 9, None),
    ]  # fmt: skip
    assert not_raised(made) == ["Regel 5"]
    staying = Scenario(SEASON_27, SEASON_26, moves_ages=False).rules(rules)
    assert staying[1].born_from == date(2008, 1, 1)
    assert Scenario(SEASON_26, SEASON_26).rules(rules) == rules


def test_an_amount_is_never_lowered_below_zero() -> None:
    made = Scenario(SEASON_26, SEASON_26, raise_cents=-10_000).rules([rule(1), rule(2, amount_cents=-500)])
    assert [one.amount_cents for one in made] == [0, -10_500]
