import pytest

from app.bank.clues import digit_runs, one_off, rf_references
from app.bank.names import likeness


@pytest.mark.parametrize(
    ("bank", "card", "low", "high"),
    [
        ("P. Jansen", "Piet Jansen", 90, 100),
        ("J.P. Jansen e/o A. de Vries", "Jan Peter Jansen", 90, 100),
        ("J.P. Jansen e/o A. de Vries", "Anna de Vries", 90, 100),
        ("HR P JANSEN", "Piet Jansen", 90, 100),
        ("Müller, Jürgen", "Jürgen Müller", 100, 100),
        ("K. Jansen", "Piet Jansen", 0, 79),
        ("Jansen", "Piet Jansen", 75, 89),
        ("P. de Vries", "Piet de Jong", 0, 79),
        ("", "Piet Jansen", 0, 0),
        ("Bakkerij Het Hoekje B.V.", "Piet Bakker", 0, 79),
    ],
)
def test_how_alike_names_are(bank, card, low, high):
    assert low <= likeness(bank, card) <= high


def test_rows_of_figures_also_in_groups():
    assert digit_runs("factuur 2026-00123 van 60,00") == ["202600123", "2026", "00123", "60", "00"]
    assert "5000056789012345" in digit_runs("kenmerk 5000 0567 8901 2345.")
    assert digit_runs("geen") == []


def test_rf_in_text():
    assert "RF18539007547034" in list(rf_references("ref RF18 5390 0754 7034 dank u"))
    assert list(rf_references("RF19539007547034")) == []


def test_every_single_slip_is_tried():
    slips = set(one_off("12345"))
    assert {"12335", "21345", "1235", "123455", "912345"} <= slips
    assert "54321" not in slips
