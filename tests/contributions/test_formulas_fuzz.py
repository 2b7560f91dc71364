"""Whatever is typed as a formula gives a formula or a refusal with its place, soon, and never anything else."""

from __future__ import annotations

import time
from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.contributions.facts import CannotCompute
from app.contributions.formulas import MAXIMUM_VALUE, Formula
from app.kernel.errors import DomainError

FIELDS = {"a": 3, "person.amount": Fraction(1, 3), "yes": True, "empty": None, "text": "x"}
SIGNS = st.sampled_from(
    [
        *"0123456789+-*/();<>=,.{} \n\t",
        "<=",
        "<>",
        "if(",
        "als(",
        "min(",
        "max(",
        "round(",
        "{a}",
        "{person.amount}",
        "{empty}",
        "{text}",
        "1;",
        "{",
    ]
)
TYPED = st.one_of(st.text(max_size=600), st.lists(SIGNS, max_size=250).map("".join))
SECONDS = 2  # far above what any takes; a formula that grows without end takes far longer


@settings(max_examples=300, deadline=None)
@given(TYPED)
@example("(" * 600)
@example("-" * 600)
@example("round(" * 20 + "1" + ")" * 20)
@example("*".join(["999999999"] * 50))
@example("/".join(["0,000001"] * 55))
@example("min(" + ";".join(["1"] * 21) + ")")
@example("{" + "a" * 300 + "}")
@example("1" * 500)
@example("{a}\x00")
@example("١ + ٢")
@example("__import__('os').system('true')")
@example("9**9**9")
def test_any_text_is_a_formula_or_a_refusal_with_its_place(text: str) -> None:
    began = time.perf_counter()
    try:
        formula = Formula.read(text)
    except DomainError as refusal:
        assert refusal.code == "formula_wrong"
        assert 1 <= refusal.parameters["place"] <= len(text) + 1
    else:
        try:
            assert abs(formula.cents(FIELDS)) <= MAXIMUM_VALUE * 100
        except CannotCompute as lacking:
            assert lacking.reason
    assert time.perf_counter() - began < SECONDS
