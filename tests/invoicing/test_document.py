"""What stands on an invoice adds up, whatever stands on it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.invoicing.credits import CreditedLine, credit_lines
from app.invoicing.document import Line, Term, document, family_line, vat_per_code
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


@pytest.mark.parametrize(
    ("cents", "maximum", "earlier", "expected"),
    [
        ([4000, 4000], 10000, 0, None),
        ([6000, 6000], 10000, 0, -2000),
        ([6000], 10000, 9000, -5000),
        ([6000], 10000, 12000, -6000),
        ([-500], 100, 900, None),
    ],
)
def test_the_family_maximum_is_never_passed(cents: list[int], maximum: int, earlier: int, expected: int | None) -> None:
    found = family_line([Line("x", one, 800) for one in cents], maximum, earlier)
    assert (found.amount_cents if found else None) == expected


def test_a_terms_line_needs_an_account_and_is_left_off_credit_notes() -> None:
    term = Term(1, line_text="Toeslag papier", line_cents=250)
    with pytest.raises(DomainError, match="geen grootboekrekening"):
        document([Line("x", 1000, 800)], {}, term)
    assert document([Line("x", -1000, 800)], {}, term).total_cents == -1000


def test_numbers_grow_and_references_stay_apart() -> None:
    assert invoice_number("A", 2026, 12) == "A2026-00012"
    assert invoice_number("", 2026, 123456) == "2026-123456"
    assert reference_sequence(2026, 12) == 260_000_012
