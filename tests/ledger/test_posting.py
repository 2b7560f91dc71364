"""Entries are posted whole, numbered without a gap, chained and sealed; what does not belong is refused in Dutch."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction
from app.ledger import queries
from app.ledger.chain import START
from app.ledger.entries import EntryDraft, LineDraft
from app.ledger.models import BookPeriod, JournalEntry, JournalLine
from app.ledger.usecases import (
    block_period,
    open_book_year,
    post_entries,
    reverse_entry,
    set_up_chart,
    settle,
    unblock_period,
    undo_settlement,
)
from tests.federation import Federation
from tests.ledger.books import DAY, Books


@pytest.fixture
def books(federation: Federation) -> Books:
    return Books(federation)


def test_numbers_run_per_journal_and_year_and_the_chain_runs_on(books: Books) -> None:
    with books.federation.as_("anna"):
        drafts = [
            books.draft(("1100", 100), ("8000", -100), day=day, journal=journal)
            for journal, day in (
                ("bank", DAY),
                ("memorial", DAY),
                ("bank", date(2025, 12, 31)),
                ("bank", date(2026, 1, 1)),
                ("memorial", date(2026, 12, 31)),
            )
        ]
        with transaction():
            posted = post_entries(books.organisation_id, drafts[:3])
            posted += post_entries(books.organisation_id, iter(drafts[3:]))
        assert [entry.number for entry in posted] == [1, 1, 1, 2, 2]
        rows = db.session.scalars(select(JournalEntry).order_by(JournalEntry.chain)).all()
        assert [row.chain for row in rows] == [1, 2, 3, 4, 5]
        assert all(row.is_sealed for row in rows)
        assert [row.previous_hash for row in rows] == [START, *(row.hash for row in rows[:-1])]
        assert [[line.id for line in row.lines] for row in rows] == [list(entry.line_ids) for entry in posted]


def test_a_refusal_leaves_nothing_behind_and_no_gap(books: Books) -> None:
    with books.federation.as_("anna"):
        good = books.draft(("1100", 100), ("8000", -100))
        with pytest.raises(DomainError):
            post_entries(books.organisation_id, [good, books.draft(("1100", 100), ("8000", -100), day=date(2099, 1, 1))])
        assert db.session.scalar(select(func.count()).select_from(JournalLine)) == 0
        assert post_entries(books.organisation_id, [good])[0].number == 1


@pytest.mark.parametrize(
    ("day", "code", "says"),
    [
        (date(2023, 12, 31), "before_start", "de administratie begint op 01-01-2024"),
        (date(2024, 6, 1), "no_book_year", "Open eerst het boekjaar"),
        (date(2099, 1, 1), "no_book_year", "01-01-2025 t/m 31-12-2026"),
        (date(2026, 2, 28), "period_blocked", "de periode februari 2026 is geblokkeerd"),
    ],
)
def test_a_day_that_is_not_open_is_refused_with_its_name(books: Books, day: date, code: str, says: str) -> None:
    with books.federation.as_("anna"):
        february = db.session.scalars(select(BookPeriod.id).where(BookPeriod.name == "februari 2026")).one()
        block_period(february)
        with pytest.raises(DomainError) as refused:
            books.post(("1100", 100), ("8000", -100), day=day)
        assert (refused.value.code, says in refused.value.message) == (code, True)
        unblock_period(february)
        books.post(("1100", 100), ("8000", -100), day=date(2026, 2, 28))


def test_an_account_must_be_of_this_administration_and_active(books: Books) -> None:
    other = Books(books.federation, "B", "dirk")
    with books.federation.as_("anna"):
        with pytest.raises(DomainError, match="bestaat niet in deze administratie"):
            post_entries(
                books.organisation_id,
                [EntryDraft("memorial", DAY, "x", (LineDraft(other.accounts["1100"], 1), LineDraft(books.accounts["8000"], -1)))],
            )
        with transaction():
            queries.account_by_number(books.organisation_id, "4100").is_active = False
        with pytest.raises(DomainError, match=r"4100 Huisvestingskosten .* is niet actief"):
            books.post(("4100", 100), ("1100", -100))
        with pytest.raises(DomainError, match=r"1300 Debiteuren ontbreekt .* de relatie"):
            books.post(("1300", 100), ("8000", -100))
    with books.federation.as_("dirk"), pytest.raises(NotFound):
        books.post(("1100", 100), ("8000", -100))


def test_the_chart_and_the_years_are_made_once(books: Books) -> None:
    with books.federation.as_("anna"):
        assert set_up_chart(books.organisation_id) == 0
        assert open_book_year(books.organisation_id, 2026) == open_book_year(books.organisation_id, 2026)
        with pytest.raises(DomainError, match="valt samen met boekjaar 2026"):
            open_book_year(books.organisation_id, 2026, first_month=7)
        assert queries.account_for(books.organisation_id, "debtors").number == "1300"
        assert db.session.scalar(select(func.count()).select_from(BookPeriod)) == 24


def test_settle_undo_and_reverse(books: Books) -> None:
    relation = books.federation.relation("A1")
    with books.federation.as_("anna"):
        item = books.invoice(relation, 6000, number="2026-1")
        paid = books.payment(relation, 7500)
        made = settle(books.organisation_id, [(item, 6000), (paid, -6000)], DAY)
        assert queries.open_cents_of([item, paid]) == {item: 0, paid: -1500}
        entry_id = db.session.get(JournalLine, item).entry_id
        with pytest.raises(DomainError, match=r"post 2026-1 is al \(deels\) vereffend"):
            reverse_entry(entry_id, DAY)
        with pytest.raises(DomainError, match=r"staat €\s0,00 open"):
            settle(books.organisation_id, [(item, 6000), (paid, -6000)], DAY)
        undo_settlement(made, DAY)
        with pytest.raises(DomainError, match="al ongedaan gemaakt"):
            undo_settlement(made, DAY)
        back = reverse_entry(entry_id, date(2026, 4, 1))
        assert queries.open_cents_of([item, paid, back.line_ids[0]]) == {item: 0, paid: -7500, back.line_ids[0]: 0}
        with pytest.raises(DomainError, match="al teruggeboekt"):
            reverse_entry(entry_id, date(2026, 4, 1))
        assert [i.open_cents for i in queries.open_items(books.organisation_id)] == [-7500]
        assert sum(i.open_cents for i in queries.open_items(books.organisation_id, on=date(2026, 3, 31))) == 6000 - 7500
