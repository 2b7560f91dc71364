"""The figures: trial balance, balance sheet, profit and loss, ledger card and debtors, from invented but whole books."""

from __future__ import annotations

from datetime import date

import pytest

from app.kernel.errors import DomainError
from app.ledger import queries
from app.ledger.queries.reports import year_of
from app.ledger.usecases import close_book_year, open_bank_balance, reopen_book_year, settle
from tests.federation import Federation
from tests.ledger.books import Books

ON = date(2026, 6, 30)


@pytest.fixture
def books(federation: Federation) -> Books:
    """Two years: opening 1000,00; 2025 income 300,00 and costs 50,00; 2026 income 200,00 of which 60,00 was paid."""
    books = Books(federation)
    with federation.as_("anna"):
        open_bank_balance(books.organisation_id, books.accounts["1100"], 100_000, date(2025, 1, 1))
        books.post(("1100", 30_000), ("8100", -30_000), day=date(2025, 5, 1), journal="bank")
        books.post(("4200", 5_000), ("1100", -5_000), day=date(2025, 6, 1), journal="bank")
        books.jan, books.piet = (federation.relation("A1", name) for name in ("Jansen", "Pieters"))
        first = books.invoice(books.jan, 6_000, date(2026, 1, 10), "F1", date(2026, 2, 9))
        books.invoice(books.jan, 6_000, date(2026, 4, 1), "F2", date(2026, 5, 1))
        books.invoice(books.piet, 8_000, date(2026, 6, 20), "F3", date(2026, 7, 4))
        paid = books.payment(books.jan, 6_000, date(2026, 2, 20))
        settle(books.organisation_id, [(first, 6_000), (paid, -6_000)], date(2026, 2, 20))
        books.payment(books.piet, 1_000, date(2026, 6, 29))
    return books


def shown(books: Books, on: date = ON) -> dict[str, tuple[int, int, int, int]]:
    rows = queries.trial_balance(books.organisation_id, on)
    assert sum(row.closing_cents for row in rows) == 0
    return {row.number or row.name: (row.opening_cents, row.debit_cents, row.credit_cents, row.closing_cents) for row in rows}


def test_trial_balance_begins_income_at_zero_each_year(books: Books) -> None:
    with books.federation.as_("anna"):
        assert shown(books) == {
            "0500": (-100_000, 0, 0, -100_000),
            "1100": (125_000, 7_000, 0, 132_000),
            "1300": (0, 20_000, 7_000, 13_000),
            "8000": (0, 0, 20_000, -20_000),
            "Resultaat eerdere jaren, nog niet afgesloten": (-25_000, 0, 0, -25_000),
        }
        assert shown(books, date(2025, 5, 31)) == {
            "0500": (0, 0, 100_000, -100_000),
            "1100": (0, 130_000, 0, 130_000),
            "8100": (0, 0, 30_000, -30_000),
        }


def test_balance_sheet_balances_and_shows_the_result(books: Books) -> None:
    with books.federation.as_("anna"):
        sheet = queries.balance_sheet(books.organisation_id, ON)
        assert sheet.assets_cents == sheet.liabilities_cents == 145_000
        assert [(row.name, row.cents) for row in sheet.liabilities] == [
            ("Verenigingskapitaal", 100_000),
            ("Resultaat eerdere jaren, nog niet afgesloten", 25_000),
            ("Resultaat lopend boekjaar", 20_000),
        ]


def test_closing_moves_the_result_to_the_capital_and_reopening_takes_it_back(books: Books) -> None:
    with books.federation.as_("anna"):
        last_year, this_year = (
            row.place(day).book_year_id for row in [queries.booking_days(books.organisation_id)] for day in (date(2025, 1, 1), ON)
        )
        with pytest.raises(DomainError, match="Sluit dat eerst af"):
            close_book_year(this_year)
        assert close_book_year(last_year) is not None
        assert shown(books)["0500"] == (-125_000, 0, 0, -125_000)
        assert "Resultaat eerdere jaren, nog niet afgesloten" not in shown(books)
        with pytest.raises(DomainError, match="boekjaar 2025 is afgesloten"):
            books.post(("1100", 1), ("8000", -1), day=date(2025, 12, 31))
        with pytest.raises(DomainError, match="staat op “Afgesloten”"):
            close_book_year(last_year)
        before = queries.profit_loss(books.organisation_id, date(2025, 12, 31))
        assert (before.result_cents, [row.cents for row in before.income]) == (25_000, [30_000])
        now = queries.profit_loss(books.organisation_id, ON)
        assert (now.result_cents, now.last_year_result_cents) == (20_000, 25_000)
        with pytest.raises(DomainError, match="Schrijf waarom"):
            reopen_book_year(last_year, " ")
        reopen_book_year(last_year, "Nagekomen rekening")
        assert shown(books)["0500"] == (-100_000, 0, 0, -100_000)
        assert queries.profit_loss(books.organisation_id, date(2025, 12, 31)).result_cents == 25_000
        books.post(("4200", 1_000), ("1100", -1_000), day=date(2025, 12, 31))
        close_book_year(last_year)
        assert shown(books)["0500"] == (-124_000, 0, 0, -124_000)
        assert close_book_year(this_year) is not None
        assert year_of(books.organisation_id, date(2027, 3, 1)).first_day == date(2027, 1, 1)


def test_an_opening_balance_is_posted_once(books: Books) -> None:
    with books.federation.as_("anna"):
        with pytest.raises(DomainError, match="heeft al een beginbalans"):
            open_bank_balance(books.organisation_id, books.accounts["1100"], 1, date(2025, 1, 1))
        with pytest.raises(DomainError, match="doel “Bank”"):
            open_bank_balance(books.organisation_id, books.accounts["1300"], 1, date(2025, 1, 1))


def test_debtors_by_age_and_on_a_day_in_the_past(books: Books) -> None:
    with books.federation.as_("anna"):
        rows = {row.name: row for row in queries.debtors(books.organisation_id, ON)}
        jan, piet = rows["Jansen, Jo"], rows["Pieters, Jo"]
        assert (jan.to_60_cents, jan.overdue_cents, jan.open_cents, jan.items) == (6_000, 6_000, 6_000, 1)
        assert (piet.not_due_cents, piet.credit_cents, piet.overdue_cents, piet.open_cents) == (8_000, -1_000, 0, 7_000)
        assert jan.oldest == date(2026, 5, 1)
        past = queries.debtors(books.organisation_id, date(2026, 2, 19))
        assert [(row.name, row.open_cents, row.to_30_cents) for row in past] == [("Jansen, Jo", 6_000, 6_000)]
        assert [row.name for row in queries.debtors(books.organisation_id, ON, order="name", limit=1, offset=1)] == ["Pieters, Jo"]
        for on in (date(2026, 2, 19), date(2026, 2, 20), ON):
            control = sum(row.closing_cents for row in queries.trial_balance(books.organisation_id, on) if row.number == "1300")
            assert control == sum(item.open_cents for item in queries.open_items(books.organisation_id, on=on))


def test_a_ledger_card_runs_from_opening_to_closing(books: Books) -> None:
    with books.federation.as_("anna"):
        card = queries.ledger_card(books.organisation_id, books.accounts["1100"], date(2026, 1, 1), ON)
        assert (card.opening_cents, card.closing_cents) == (125_000, 132_000)
        assert [(line.amount_cents, line.balance_cents) for line in card.lines] == [(6_000, 131_000), (1_000, 132_000)]
        second = queries.ledger_card(books.organisation_id, books.accounts["1100"], date(2026, 1, 1), ON, limit=1, offset=1)
        assert [line.balance_cents for line in second.lines] == [132_000]
        assert [entry.number for entry in queries.journal(books.organisation_id, date(2026, 1, 1), ON, "sales")] == [1, 2, 3]
