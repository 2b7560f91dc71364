"""Rules as tables."""

from __future__ import annotations

from datetime import date

import pytest

from app.data_quality.mailing import MOST_LINES, Listed, written
from app.data_quality.queries.finders import FINDERS
from app.data_quality.rules import RULES, born_limits, is_plausible_iban

TODAY = date(2026, 11, 22)


def test_every_rule_has_its_finder() -> None:
    assert list(RULES) == list(FINDERS)


@pytest.mark.parametrize(
    ("iban", "right"),
    [
        ("NL91ABNA0417164300", True),
        ("NL91ABNA0417164301", False),
        ("NL91ABNA041716430", False),
        ("DE89370400440532013000", True),
        ("DE89370400440532013001", False),
        ("BE68539007547034", True),
        ("", False),
        ("1234567", False),
        ("nl91abna0417164300", False),
        ("NLXXABNA0417164300", False),
        ("NL91ABNA04171643é0", False),
    ],
)
def test_iban(iban: str, right: bool) -> None:
    assert is_plausible_iban(iban) is right


@pytest.mark.parametrize(
    ("minimum", "maximum", "born", "fits"),
    [
        (18, None, date(2008, 11, 22), True),
        (18, None, date(2008, 11, 23), False),
        (None, 17, date(2008, 11, 23), True),
        (None, 17, date(2008, 11, 22), False),
        (6, 12, date(2020, 11, 22), True),
        (6, 12, date(2013, 11, 22), False),
        (None, None, date(1900, 1, 1), True),
    ],
)
def test_age_limits(minimum: int | None, maximum: int | None, born: date, fits: bool) -> None:
    latest, earliest = born_limits(minimum, maximum, TODAY)
    assert ((latest is None or born <= latest) and (earliest is None or born > earliest)) is fits


def test_the_mail_lists_new_first_with_a_link_and_what_to_do() -> None:
    issues = [
        Listed(1, 11, "Jansen, Jo", 1001, "no_email", RULES["no_email"].title, True),
        Listed(2, 12, "Bos, Bas", 1002, "invalid_iban", RULES["invalid_iban"].title + ": NL00BANK0123456789", False),
    ]
    subject, body = written("Afdeling Zutphen", issues, "https://leden.bond.example")
    assert subject == "1 nieuwe foutmelding, 1 nog open: Afdeling Zutphen"
    assert body.index("NIEUW (1)") < body.index("Jansen, Jo (1001)") < body.index("NOG OPEN (1)") < body.index("NL00BANK")
    assert "https://leden.bond.example/relationview/show/11" in body
    assert RULES["no_email"].remedy in body


def test_a_long_list_ends_with_where_the_rest_is() -> None:
    issues = [Listed(n, n, f"Jansen {n}", n, "no_email", RULES["no_email"].title, n % 2 == 0) for n in range(1000)]
    _, body = written("Bond", issues, "https://x.example")
    assert body.count("/relationview/show/") == MOST_LINES
    assert "En nog 800 meer: https://x.example/dataissueview/list/" in body
