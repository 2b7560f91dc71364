"""What stands on an invoice adds up, whatever stands on it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.invoicing.credits import CreditedLine, credit_lines
from app.invoicing.document import Earlier, Line, Term, document, family_lines, vat_per_code
from app.invoicing.posting import invoice_entry, invoice_number, reference_sequence
from app.kernel.errors import DomainError

RATES = {1: 2100, 2: 900, 3: 0}
lines = st.lists(
    st.tuples(st.integers(-1_000_000, 1_000_000), st.sampled_from([800, 810]), st.sampled_from([None, 1, 2, 3])).map(
        lambda drawn: Line("x", *drawn)
    ),
    min_size=1,
    max_size=12,
)


@given(lines)
def test_totals_add_up_and_vat_is_within_half_a_cent_per_code(drawn: list[Line]) -> None:
    made = document(drawn, RATES)
    assert made.net_cents == sum(line.amount_cents for line in drawn)
    assert made.total_cents == made.net_cents + made.vat_cents
    assert made.kind == ("credit_note" if made.total_cents < 0 else "invoice")
    for code, cents in vat_per_code(drawn, RATES).items():
        exact = Fraction(sum(line.amount_cents for line in drawn if line.vat_code_id == code) * RATES[code], 10_000)
        assert abs(cents - exact) <= Fraction(1, 2)


@given(lines)
def test_a_credit_note_of_the_whole_is_exactly_the_opposite(drawn: list[Line]) -> None:
    facts = [
        CreditedLine(place, line.description, line.amount_cents, line.ledger_account_id, line.vat_code_id)
        for place, line in enumerate(drawn)
    ]
    back = document(credit_lines(facts, {}), RATES)
    made = document(drawn, RATES)
    assert (back.total_cents, back.vat_cents) == (-made.total_cents, -made.vat_cents)


@given(lines)
def test_an_invoice_writes_a_balanced_entry_or_nothing(drawn: list[Line]) -> None:
    made = document(drawn, RATES)
    sums: dict[int, int] = {}
    for line in drawn:
        sums[line.ledger_account_id] = sums.get(line.ledger_account_id, 0) + line.amount_cents
    entry = invoice_entry(
        invoice_id=1, number="2026-00001", noun="Factuur", debtor_id=5, invoice_date=date(2026, 1, 1), due_date=date(2026, 2, 1),
        total_cents=made.total_cents, vat_cents=made.vat_cents, revenue=[(account, None, cents) for account, cents in sums.items()],
        debtors_account_id=1300, vat_account_id=1500,
    )  # fmt: skip
    if entry is None:
        assert made.total_cents == made.vat_cents == 0
    else:
        assert sum(line.amount_cents for line in entry.lines) == 0


# (case, lines of this document, what came before as (charged, after the maximum), maximum, lines "Gezinsmaximum")
MAXIMUM = [
    ("not reached", [4000, 4000], (0, 0), 10000, []),
    ("reached exactly", [4000, 6000], (0, 0), 10000, []),
    ("passed", [6000, 6000], (0, 0), 10000, [-2000]),
    ("a later invoice of the season", [6000], (9000, 9000), 10000, [-5000]),
    ("reached before: nothing more is due", [6000], (12000, 10000), 10000, [-6000]),
    ("charged over it before the maximum was set: an invoice does not fall below zero", [6000], (12000, 12000), 10000, [-6000]),
    ("a credit note while nothing was taken off", [-500], (900, 900), 1000, []),
    ("a credit note above the maximum gives nothing back", [-1000], (12000, 10000), 10000, [1000]),
    ("a credit note through the maximum gives back what is below it", [-3000], (12000, 10000), 10000, [2000]),
    ("a credit note never becomes a claim, also after the maximum was raised", [-500], (12000, 9000), 10000, [500]),
    ("a document of nothing", [500, -500], (0, 0), 1000, []),
]


@pytest.mark.parametrize(("cents", "before", "maximum", "expected"), [row[1:] for row in MAXIMUM], ids=[row[0] for row in MAXIMUM])
def test_the_family_maximum(cents: list[int], before: tuple[int, int], maximum: int, expected: list[int]) -> None:
    found = family_lines([Line("x", one, 800) for one in cents], maximum, Earlier(*before))
    assert [line.amount_cents for line in found] == expected
    assert all("gezinsmaximum" in line.explanation[0]["note"] for line in found)


def test_the_family_maximum_is_shared_over_the_accounts_to_the_cent() -> None:
    lines = [
        Line("Lid", 3333, 800, None, 1, 7),
        Line("Lid", 3333, 800, None, 2, 7),
        Line("Bond", 3335, 810, None, 3, 7),
        Line("Blad", 0, 820),
    ]
    found = family_lines(lines, 5000, Earlier())
    assert [(line.ledger_account_id, line.amount_cents) for line in found] == [(800, -3333), (810, -1668)]
    assert sum(line.amount_cents for line in [*lines, *found]) == 5000


@given(st.lists(st.lists(st.integers(0, 90_000), min_size=1, max_size=4), min_size=1, max_size=6), st.integers(1, 200_000))
@settings(deadline=None)
def test_a_season_in_any_number_of_invoices_comes_to_the_same_maximum(invoices: list[list[int]], maximum: int) -> None:
    before = Earlier()
    for cents in invoices:
        made = document([Line("x", one, 800, charge_id=1) for one in cents], {}, None, maximum, before)
        assert made.net_cents >= 0
        before = Earlier(before.charged_cents + sum(cents), before.net_cents + made.net_cents)
        assert before.net_cents == min(before.charged_cents, maximum)


def test_a_terms_line_needs_an_account_and_is_left_off_credit_notes() -> None:
    term = Term(1, line_text="Toeslag papier", line_cents=250)
    with pytest.raises(DomainError, match="geen grootboekrekening"):
        document([Line("x", 1000, 800)], {}, term)
    assert document([Line("x", -1000, 800)], {}, term).total_cents == -1000


def test_numbers_grow_and_references_stay_apart() -> None:
    assert invoice_number("A", 2026, 12) == "A2026-00012"
    assert invoice_number("", 2026, 123456) == "2026-123456"
    assert reference_sequence(2026, 12) == 260_000_012
