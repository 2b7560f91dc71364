"""The figures of the books: trial balance, balance sheet and profit and loss, out of what was posted per account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BALANCE_TYPES = ("asset", "liability", "equity")
RESULT_TYPES = ("income", "expense")
EARLIER_RESULT = "Resultaat eerdere jaren, nog niet afgesloten"
THIS_RESULT = "Resultaat lopend boekjaar"


@dataclass(frozen=True, slots=True)
class AccountTotals:
    """What was posted on an account, in cents: before the book year, and in it (debit positive, credit positive).

    `closing_move_cents` is the part of this year's movement that closing the year posted.
    """

    account_id: int
    number: str
    name: str
    type: str
    before_cents: int
    debit_cents: int
    credit_cents: int
    closing_move_cents: int = 0


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One row of the trial balance; debit positive. `account_id` is None for the result of years that are still open."""

    account_id: int | None
    number: str
    name: str
    type: str
    opening_cents: int
    debit_cents: int
    credit_cents: int

    @property
    def closing_cents(self) -> int:
        """Return the balance at the end."""
        return self.opening_cents + self.debit_cents - self.credit_cents


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One row of a balance sheet or profit and loss, as a reader expects it: assets, costs, liabilities and income above zero."""

    account_id: int | None
    number: str
    name: str
    type: str
    cents: int
    last_year_cents: int = 0


@dataclass(frozen=True, slots=True)
class BalanceSheet:
    """What there is and where it came from; the two sides are equal."""

    assets: tuple[StatementRow, ...]
    liabilities: tuple[StatementRow, ...]

    @property
    def assets_cents(self) -> int:
        """Return the total of what there is."""
        return sum(row.cents for row in self.assets)

    @property
    def liabilities_cents(self) -> int:
        """Return the total of debts and capital."""
        return sum(row.cents for row in self.liabilities)


@dataclass(frozen=True, slots=True)
class ProfitLoss:
    """Income and costs of a book year up to a day, next to the year before."""

    income: tuple[StatementRow, ...]
    expenses: tuple[StatementRow, ...]

    @property
    def result_cents(self) -> int:
        """Return income minus costs."""
        return sum(row.cents for row in self.income) - sum(row.cents for row in self.expenses)

    @property
    def last_year_result_cents(self) -> int:
        """Return income minus costs of the year before."""
        return sum(row.last_year_cents for row in self.income) - sum(row.last_year_cents for row in self.expenses)


def trial_balance_of(totals: Iterable[AccountTotals]) -> list[TrialRow]:
    """Return the trial balance: accounts that were ever posted on. Its balances add up to zero.

    Income and costs begin each year at nothing; what earlier years that are not closed yet left stands in a row of its own.
    """
    rows, earlier = [], 0
    for account in totals:
        opening = account.before_cents
        if account.type in RESULT_TYPES:
            earlier += opening
            opening = 0
        if opening or account.debit_cents or account.credit_cents:
            rows.append(
                TrialRow(account.account_id, account.number, account.name, account.type, opening, account.debit_cents, account.credit_cents)
            )
    if earlier:
        rows.append(TrialRow(None, "", EARLIER_RESULT, "equity", earlier, 0, 0))
    return rows


def balance_sheet_of(rows: Sequence[TrialRow]) -> BalanceSheet:
    """Return the balance sheet of a trial balance, with the result so far as a row of the capital."""
    balance = [row for row in rows if row.type in BALANCE_TYPES and row.closing_cents]
    assets = tuple(
        StatementRow(row.account_id, row.number, row.name, row.type, row.closing_cents) for row in balance if row.type == "asset"
    )
    liabilities = [
        StatementRow(row.account_id, row.number, row.name, row.type, -row.closing_cents) for row in balance if row.type != "asset"
    ]
    if result := -sum(row.closing_cents for row in rows if row.type in RESULT_TYPES):
        liabilities.append(StatementRow(None, "", THIS_RESULT, "equity", result))
    order = {"equity": 0, "liability": 1}
    return BalanceSheet(assets, tuple(sorted(liabilities, key=lambda row: (order[row.type], row.number == "", row.number))))


def profit_loss_of(totals: Iterable[AccountTotals], last_year: Iterable[AccountTotals] = ()) -> ProfitLoss:
    """Return income and costs without what closing the year took off them."""
    before = {account.account_id: _result_of(account) for account in last_year}
    rows = [
        StatementRow(a.account_id, a.number, a.name, a.type, _result_of(a), before.get(a.account_id, 0))
        for a in totals
        if a.type in RESULT_TYPES
    ]
    used = [row for row in rows if row.cents or row.last_year_cents]
    return ProfitLoss(tuple(row for row in used if row.type == "income"), tuple(row for row in used if row.type == "expense"))


def _result_of(account: AccountTotals) -> int:
    moved = account.debit_cents - account.credit_cents - account.closing_move_cents
    return -moved if account.type == "income" else moved
