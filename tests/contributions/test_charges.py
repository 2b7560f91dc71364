"""Charges: one per key, and exactly the difference afterwards."""

from __future__ import annotations

import pytest

from app.contributions import explanation
from app.contributions.charges import Change, Existing, Expected, base_key, change_json, charge_key, difference
from app.contributions.facts import Charged
from app.contributions.recording import to_json
from tests.contributions.making import YEAR_2026, charged, member, prices, rule

KEY = "f5.c7.20260101-20261231"


def owed(cents: int) -> Charged:
    return charged(prices(rule(cents)).price(member(), YEAR_2026))


def test_keys() -> None:
    assert charge_key(5, 1, 7, YEAR_2026) == KEY
    assert charge_key(None, 1, 7, YEAR_2026) == "r1.c7.20260101-20261231"
    assert base_key(f"{KEY}#3") == KEY == base_key(KEY)


# (case, owed, existing, credits on end, (key, way, cents) or None)
TABLE = [
    ("a late joiner", 6000, [], False, (KEY, "new", 6000)),
    ("twice is once", 6000, [(KEY, 6000)], False, None),
    ("more is owed", 6500, [(KEY, 6000)], False, (f"{KEY}#2", "more", 500)),
    ("a corrected date of birth: less is owed", 3000, [(KEY, 6000)], False, (f"{KEY}#2", "credit", -3000)),
    ("the difference was made already", 3000, [(KEY, 6000), (f"{KEY}#2", -3000)], False, None),
    ("corrected once more", 4000, [(KEY, 6000), (f"{KEY}#2", -3000)], False, (f"{KEY}#3", "more", 1000)),
    ("ended before the period, no credit by the contribution", None, [(KEY, 6000)], False, None),
    ("ended before the period, credit", None, [(KEY, 6000)], True, (f"{KEY}#2", "credit", -6000)),
    ("and only once", None, [(KEY, 6000), (f"{KEY}#2", -6000)], True, None),
    ("nothing owed and nothing there", None, [], True, None),
    ("owed again after a credit", 6000, [(KEY, 6000), (f"{KEY}#2", -6000)], True, (f"{KEY}#3", "more", 6000)),
    ("a charge of zero exists once too", 0, [], False, (KEY, "new", 0)),
]


@pytest.mark.parametrize(("cents", "there", "credits_on_end", "made"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_difference(cents: int | None, there: list[tuple[str, int]], credits_on_end: bool, made: tuple[str, str, int] | None) -> None:
    expected = [Expected(KEY, None if cents is None else owed(cents))]
    existing = [Existing(number, *one) for number, one in enumerate(there)]
    changes = difference(expected, existing, credits_on_end=credits_on_end)
    assert [change[:3] for change in changes] == ([] if made is None else [made])


def test_what_was_waived_stays_let_go() -> None:
    assert difference([Expected(KEY, owed(6000))], [Existing(1, KEY, 5000, is_waived=True)]) == []


# (case, owed, existing as (cents, waived, taken back by hand), cents of the change or None)
LET_GO = [
    ("waived, and more is owed", 6600, [(6000, True, 0)], None),
    ("waived, and less is owed: nothing was charged", 3000, [(6000, True, 0)], None),
    ("a waived difference, and the charge itself ends", 3000, [(6000, False, 0), (600, True, 0)], -3000),
    ("taken back by hand as far as the end asks", 3000, [(6000, False, 3000)], None),
    ("taken back by hand less than the end asks", 3000, [(6000, False, 1000)], -2000),
    ("taken back by hand more than the end asks", 3000, [(6000, False, 4000)], None),
    ("taken back whole by hand: not asked again", 6600, [(6000, False, 6000)], None),
    ("taken back in part by hand: not asked again", 6000, [(6000, False, 1000)], None),
    ("taken back in part by hand, and the price rises", 6600, [(6000, False, 1000)], 600),
]


@pytest.mark.parametrize(("cents", "there", "change"), [row[1:] for row in LET_GO], ids=[row[0] for row in LET_GO])
def test_what_was_let_go_stays_let_go_and_is_never_given_back_twice(
    cents: int, there: list[tuple[int, bool, int]], change: int | None
) -> None:
    existing = [Existing(number, f"{KEY}#{number}" if number > 1 else KEY, *one) for number, one in enumerate(there, 1)]
    changes = difference([Expected(KEY, owed(cents))], existing, credits_on_end=True)
    assert [one.amount_cents for one in changes] == ([] if change is None else [change])


def test_other_keys_are_left_alone() -> None:
    assert difference([], [Existing(1, KEY, 6000)], credits_on_end=True) == []


def test_a_difference_explains_itself() -> None:
    (change,) = difference([Expected(KEY, owed(3000))], [Existing(1, KEY, 6000)])
    (line,) = change_json(change)
    assert line["cents"] == -3000
    assert explanation.line_sentence(line) == "was €\u00a060,00, wordt €\u00a030,00 −€\u00a030,00; nu: Contributie €\u00a030,00"
    assert change_json(Change(KEY, "new", 3000, owed(3000))) == to_json(owed(3000))


def test_a_key_may_be_expected_once() -> None:
    with pytest.raises(ValueError, match="expected twice"):
        difference([Expected(KEY, owed(1)), Expected(KEY, owed(1))], [])
