"""Income spread over the months of its period, to the cent, moved once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.contributions.deferral import by_month, until_month
from app.contributions.models import Contribution
from app.invoicing.models import Invoice
from app.invoicing.usecases import credit_invoice, make_run, move_deferred, post_run
from app.kernel import clock
from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from app.ledger.models import BookPeriod, JournalEntry, JournalLine
from app.ledger.usecases import block_period
from jobs.commands.ledger import CHECKS
from tests.invoicing.season import DAY, Province

TABLE = [
    ("a year", 6000, "2026-01-01", "2026-12-31", [500] * 12),
    ("a year that does not divide", 10000, "2026-01-01", "2026-12-31", [834] * 4 + [833] * 8),
    ("a season over two years", 1000, "2026-11-01", "2027-02-28", [250] * 4),
    ("inside a month: by days", 3100, "2026-01-17", "2026-02-16", [1500, 1600]),
    ("one day", 700, "2026-02-03", "2026-02-03", [700]),
    ("what is given back", -3000, "2026-07-01", "2026-12-31", [-500] * 6),
]


@pytest.mark.parametrize(("cents", "first", "last", "parts"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_months(cents: int, first: str, last: str, parts: list[int]) -> None:
    made = by_month(cents, date.fromisoformat(first), date.fromisoformat(last))
    assert [part for _, part in made] == parts
    assert made[0][0] == date.fromisoformat(first).replace(day=1)


@given(st.integers(-10_000_000, 10_000_000), st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 800))
@settings(deadline=None)
def test_the_parts_are_the_whole(cents: int, first: date, days: int) -> None:
    last = date.fromordinal(first.toordinal() + days)
    assert sum(part for _, part in by_month(cents, first, last)) == cents == until_month(cents, first, last, last)


@pytest.fixture
def spread(gelre: Province) -> Province:
    with gelre.federation.as_("anna"), transaction() as session:
        session.get(Contribution, gelre.contribution_id).deferral_account_id = gelre.accounts["2100"]
    return gelre


def balances(gelre: Province) -> tuple[int, int]:
    """Return what stands on the deferral account and on income, as amounts of credit, while the books prove it."""
    assert [found for check in CHECKS for found in check(gelre.organisation_id)] == []
    rows: list[Any] = [
        sum(db.session.scalars(select(JournalLine.amount_cents).where(JournalLine.account_id == gelre.accounts[number])))
        for number in ("2100", "8000")
    ]
    return -rows[0], -rows[1]


def test_a_season_is_posted_to_the_deferral_account_and_moved_month_by_month(spread: Province) -> None:
    spread.member("Aalders")
    spread.member("Berends", born=date(2012, 1, 1), payment_method="direct_debit")  # EUR 25, which does not divide by twelve
    with spread.federation.as_("anna"):
        run_id = spread.run()
        make_run(run_id)
        post_run(run_id)
        assert balances(spread) == (8500, 0)
        assert move_deferred(spread.organisation_id, date(2026, 1, 1)) == 500 + 209
        assert move_deferred(spread.organisation_id, date(2026, 1, 31)) == 0
        assert balances(spread) == (8500 - 709, 709)
        invoice = db.session.scalars(select(Invoice).order_by(Invoice.id)).first()
        credit_invoice(invoice.id, DAY, from_day=date(2026, 7, 1))  # 184 of 365 days: EUR 30,25
        for month in range(2, 13):
            move_deferred(spread.organisation_id, date(2026, month, 1))
        assert balances(spread) == (0, 8500 - 3025)
        entries = db.session.scalars(select(JournalEntry).where(JournalEntry.source_table == "deferral").order_by(JournalEntry.id)).all()
        assert [entry.entry_date for entry in entries] == [date(2026, month, 1) for month in range(1, 13)]
        assert entries[5].description == "Vooruitontvangen juni 2026"


def test_an_invoice_that_is_posted_late_is_caught_up(spread: Province) -> None:
    spread.member("Aalders")
    with spread.federation.as_("anna"):
        move_deferred(spread.organisation_id, date(2026, 5, 1))
        run_id = spread.run()
        make_run(run_id)
        post_run(run_id)
        assert move_deferred(spread.organisation_id, date(2026, 5, 1)) == 2500


def test_what_stands_on_an_account_of_its_own_is_not_spread(spread: Province) -> None:
    spread.adjust("Contributie lid", "union_fee", {"fee_cents": 1200}, position=9, ledger_account_id=spread.accounts["4600"])
    spread.member("Aalders")
    with spread.federation.as_("anna"):
        run_id = spread.run()
        make_run(run_id)
        post_run(run_id)
        assert balances(spread) == (6000, 0)


def test_the_job_takes_the_month_and_names_books_whose_period_is_closed(app: Flask, spread: Province) -> None:
    spread.member("Aalders")
    with spread.federation.as_("anna"):
        run_id = spread.run()
        make_run(run_id)
        post_run(run_id)
    with clock.standing_still(datetime(2026, 2, 1, 12, tzinfo=UTC)):
        job = ["job", "run", "deferred_revenue"]
        assert "10,00 genomen als opbrengst." in app.test_cli_runner().invoke(args=job).output
        assert "0,00 genomen als opbrengst." in app.test_cli_runner().invoke(args=job).output
    with spread.federation.as_("anna"):
        period = db.session.scalars(select(BookPeriod).where(BookPeriod.first_day == date(2026, 3, 1))).one()
        name = period.name
        block_period(period.id)
    with clock.standing_still(datetime(2026, 3, 1, 12, tzinfo=UTC)):
        told = app.test_cli_runner().invoke(args=job).output
        assert "Boekhouding A:" in told
        assert name in told
