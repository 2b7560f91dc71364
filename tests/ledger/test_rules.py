"""The rules as tables: drafts, days, settlements, ages and statements."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import DomainError
from app.ledger.ageing import BUCKETS, bucket_of
from app.ledger.booking_days import BookingDays, PeriodFact, months_of, year_name
from app.ledger.chain import START, EntryContent, content_of, hash_of
from app.ledger.chart import CHART
from app.ledger.checking import first_missing
from app.ledger.entries import EntryDraft, LineDraft, fitted, reversed_lines
from app.ledger.models import ACCOUNT_TYPES, PURPOSES
from app.ledger.settling import ItemFact, cancelling_parts, check_settlement
from app.ledger.statements import AccountTotals, balance_sheet_of, profit_loss_of, trial_balance_of

DAY = date(2026, 3, 5)


@pytest.mark.parametrize(
    ("amounts", "code", "says"),
    [
        ((), "entry_too_short", "heeft 0 regels"),
        ((100,), "entry_too_short", "heeft 1 regels"),
        ((100, 0, -100), "line_zero", "Regel 2 van de boeking “Huur” van 05-03-2026 is nul"),
        ((100, -90), "entry_unbalanced", "debet €\xa01,00, credit €\xa00,90, verschil €\xa00,10"),
        ((100, -101), "entry_unbalanced", "verschil −€\xa00,01"),
    ],
)
def test_a_draft_that_is_not_right_does_not_exist(amounts: tuple[int, ...], code: str, says: str) -> None:
    with pytest.raises(DomainError) as refused:
        EntryDraft("memorial", DAY, "Huur", tuple(LineDraft(1, cents) for cents in amounts))
    assert (refused.value.code, says in refused.value.message) == (code, True), refused.value.message


@pytest.mark.parametrize("cents", [1.0, True, "1", None])
def test_amounts_are_whole_cents(cents: object) -> None:
    with pytest.raises(TypeError):
        EntryDraft("memorial", DAY, "x", (LineDraft(1, cents), LineDraft(2, -1)))  # type: ignore[arg-type]


def test_a_long_text_is_refused_or_cut_with_a_sign() -> None:
    with pytest.raises(DomainError, match="langer dan 200 tekens"):
        EntryDraft("memorial", DAY, "x" * 201, (LineDraft(1, 1), LineDraft(2, -1)))
    assert (fitted("x" * 200), fitted("x" * 201)) == ("x" * 200, "x" * 199 + "…")


@given(st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=2, max_size=8))
def test_only_what_adds_up_exists_and_so_does_its_reverse(amounts: list[int]) -> None:
    lines = tuple(LineDraft(i, cents) for i, cents in enumerate(amounts))
    if sum(amounts):
        with pytest.raises(DomainError):
            EntryDraft("memorial", DAY, "x", lines)
    else:
        assert EntryDraft("memorial", DAY, "x", reversed_lines(EntryDraft("memorial", DAY, "x", lines).lines))


def test_a_broken_book_year_has_its_months_and_its_name() -> None:
    months = months_of(2026, 7)
    assert (months[0].name, months[0].first_day, months[-1].name, months[-1].last_day) == (
        "juli 2026",
        date(2026, 7, 1),
        "juni 2027",
        date(2027, 6, 30),
    )
    assert (year_name(2026), year_name(2026, 7)) == ("2026", "2026/2027")
    assert [month.last_day + timedelta(days=1) for month in months[:-1]] == [month.first_day for month in months[1:]]


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2025, 12, 31), "no_book_year"),
        (date(2026, 1, 15), "period_closed"),
        (date(2026, 2, 1), "period_blocked"),
        (date(2026, 3, 1), None),
        (date(2027, 1, 1), "no_book_year"),
        (date(2020, 1, 1), "before_start"),
    ],
)
def test_days(day: date, code: str | None) -> None:
    states = ["closed", "blocked", *["open"] * 10]
    facts = [
        PeriodFact(1, "2026", date(2026, 1, 1), "open", m.name, m.first_day, m.last_day, state)
        for m, state in zip(months_of(2026), states, strict=True)
    ]
    days = BookingDays(date(2024, 1, 1), facts)
    if code is None:
        assert days.place(day).name == "maart 2026"
        return
    with pytest.raises(DomainError) as refused:
        days.place(day)
    assert refused.value.code == code


def item(line_id: int, open_cents: int, account: int = 1, relation: int = 7, control: bool = True) -> ItemFact:
    return ItemFact(line_id, account, relation, control, f"F{line_id}", DAY, open_cents)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([(1, 6000), (2, -6000)], None),
        ([(1, 1), (2, -1)], None),
        ([(1, 6000), (3, 500), (2, -6500)], None),
        ([(1, 6000)], "settlement_empty"),
        ([(1, 6000), (2, -5999)], "settlement_unbalanced"),
        ([(1, 6001), (2, -6001)], "more_than_open"),
        ([(1, -100), (2, 100)], "more_than_open"),
        ([(1, 0), (2, 0)], "more_than_open"),
        ([(1, 1), (1, 1), (2, -2)], "settlement_repeats"),
        ([(1, 100), (4, -100)], "settlement_mixes"),
        ([(1, 100), (5, -100)], "settlement_mixes"),
        ([(1, 100), (6, -100)], "not_an_open_item"),
        ([(1, 100), (99, -100)], "not_an_open_item"),
        ([(1, 100), (7, -100)], "more_than_open"),
    ],
)
def test_settlements(parts: list[tuple[int, int]], code: str | None) -> None:
    facts = (
        item(1, 6000),
        item(2, -7500),
        item(3, 500),
        item(4, -900, relation=8),
        item(5, -900, account=2),
        item(6, -900, control=False),
        item(7, 0),
    )
    items = {fact.line_id: fact for fact in facts}
    if code is None:
        check_settlement(parts, items)
        return
    with pytest.raises(DomainError) as refused:
        check_settlement(parts, items)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("late", "bucket"),
    [
        (-5, "not_due"),
        (0, "not_due"),
        (1, "to_30"),
        (30, "to_30"),
        (31, "to_60"),
        (60, "to_60"),
        (61, "to_90"),
        (90, "to_90"),
        (91, "over_90"),
    ],
)
def test_ages(late: int, bucket: str) -> None:
    assert bucket_of(DAY, DAY + timedelta(days=late)) == bucket
    assert bucket in BUCKETS


@pytest.mark.parametrize(("numbers", "missing"), [([], None), ([1, 2, 3], None), ([2, 3], 1), ([1, 3], 2), ([1, 1, 2], 1)])
def test_the_first_missing_number(numbers: list[int], missing: int | None) -> None:
    assert first_missing(numbers) == missing


ENTRY = EntryContent(1, 1, 1, "sales", 1, 1, DAY, "é €", None, None, None, "anna")
LINE = (1, 10, 100, "a", None, None, None, None)


def test_the_hash_is_what_it_was_when_the_first_books_were_made() -> None:
    """If this changes, every chain that exists is broken: make a new version of the content instead."""
    assert content_of(ENTRY, [LINE]) == (
        '[[1,1,1,"sales",1,1,"2026-03-05","\\u00e9 \\u20ac",null,null,null,"anna"],[[1,10,100,"a",null,null,null,null]]]'
    )
    assert hash_of(START, content_of(ENTRY, [LINE])) == "34d864881a7bbf07939057a31619832de743188426fd9a65b600902b6a6bb4e8"


def test_the_hash_covers_everything() -> None:
    plain = content_of(ENTRY, [LINE])
    for field, value in zip(EntryContent._fields, (2, 2, 2, "bank", 2, 2, date(2026, 3, 6), "x", "invoice", 1, 1, "bram"), strict=True):
        assert content_of(ENTRY._replace(**{field: value}), [LINE]) != plain, field
    for place, value in enumerate((2, 11, 101, "b", 1, "F1", DAY, 1)):
        assert content_of(ENTRY, [(*LINE[:place], value, *LINE[place + 1 :])]) != plain, place
    assert content_of(ENTRY, [LINE, LINE]) != plain


def test_the_chart_is_whole() -> None:
    numbers = [account.number for account in CHART]
    assert numbers == sorted(set(numbers))
    assert {account.type for account in CHART} == set(ACCOUNT_TYPES)
    purposes = [account.purpose for account in CHART if account.purpose]
    assert set(purposes) == set(PURPOSES)
    assert [purpose for purpose in set(purposes) if purposes.count(purpose) > 1] == ["debtors"]
    assert {"0500", "1100", "1150", "1300", "1310", "1600", "2020", "2100", "8000", "8100", "8200"} <= set(numbers)


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(ACCOUNT_TYPES)), st.integers(-9999, 9999), st.integers(0, 9999), st.integers(0, 9999)), max_size=8
    )
)
def test_statements_of_balanced_books_balance(rows: list[tuple[str, int, int, int]]) -> None:
    totals = [AccountTotals(i, f"{i}", "x", kind, before, debit, credit) for i, (kind, before, debit, credit) in enumerate(rows)]
    off = sum(t.before_cents for t in totals), sum(t.debit_cents - t.credit_cents for t in totals)
    totals.append(AccountTotals(99, "99", "sluit", "asset", -off[0], max(-off[1], 0), max(off[1], 0)))
    trial = trial_balance_of(totals)
    assert sum(row.closing_cents for row in trial) == sum(row.opening_cents for row in trial) == 0
    sheet = balance_sheet_of(trial)
    assert sheet.assets_cents == sheet.liabilities_cents
    result = profit_loss_of(totals)
    shown = [row.cents for row in sheet.liabilities if row.name == "Resultaat lopend boekjaar"]
    assert result.result_cents == sum(shown)


@given(st.lists(st.integers(-5_000, 5_000), max_size=6))
def test_items_cancel_as_far_as_they_go(amounts: list[int]) -> None:
    items = [item(number, cents) for number, cents in enumerate(amounts)]
    parts = cancelling_parts(items)
    owed, paid = sum(cents for cents in amounts if cents > 0), -sum(cents for cents in amounts if cents < 0)
    assert sum(cents for _, cents in parts) == 0
    assert sum(cents for _, cents in parts if cents > 0) == min(owed, paid)
    if parts:
        check_settlement(parts, {fact.line_id: fact for fact in items})
