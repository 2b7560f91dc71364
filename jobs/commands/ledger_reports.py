"""The figures of `flask ledger report`, as JSON and as a table to read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import Any

from flask import Flask

from app.kernel.money import dutch, euros
from app.kernel.periods import dutch_date
from app.ledger import queries
from app.ledger.statements import StatementRow


def register(flask: Flask) -> None:
    """Nothing to hang on: `ledger` shows these."""


def trial_balance(organisation_id: int, on: date) -> dict[str, Any]:
    """Return the trial balance; debit positive."""
    rows = [
        {
            "account": row.number,
            "name": row.name,
            "type": row.type,
            "opening_cents": row.opening_cents,
            "debit_cents": row.debit_cents,
            "credit_cents": row.credit_cents,
            "closing_cents": row.closing_cents,
        }
        for row in queries.trial_balance(organisation_id, on)
    ]
    return {
        "accounts": rows,
        "debit_cents": sum(row["debit_cents"] for row in rows),
        "credit_cents": sum(row["credit_cents"] for row in rows),
        "total_cents": sum(row["closing_cents"] for row in rows),
    }


def balance_sheet(organisation_id: int, on: date) -> dict[str, Any]:
    """Return both sides of the balance sheet."""
    sheet = queries.balance_sheet(organisation_id, on)
    return {
        "assets": [_statement(row) for row in sheet.assets],
        "liabilities": [_statement(row) for row in sheet.liabilities],
        "assets_cents": sheet.assets_cents,
        "liabilities_cents": sheet.liabilities_cents,
    }


def profit_loss(organisation_id: int, on: date) -> dict[str, Any]:
    """Return income and costs next to last year."""
    found = queries.profit_loss(organisation_id, on)
    return {
        "income": [{**_statement(row), "last_year_cents": row.last_year_cents} for row in found.income],
        "expenses": [{**_statement(row), "last_year_cents": row.last_year_cents} for row in found.expenses],
        "result_cents": found.result_cents,
        "last_year_result_cents": found.last_year_result_cents,
    }


def debtors(organisation_id: int, on: date) -> dict[str, Any]:
    """Return the debtors, the most overdue first, each with his open items."""
    items = sorted(queries.open_items(organisation_id, on=on, purposes=("debtors",)), key=lambda item: item.relation_id or 0)
    by_relation = {key: list(group) for key, group in groupby(items, key=lambda item: item.relation_id or 0)}
    rows = [
        {
            "relation": debtor.number,
            "name": debtor.name,
            "open_cents": debtor.open_cents,
            "overdue_cents": debtor.overdue_cents,
            "items": [
                {
                    "invoice": item.item_number,
                    "date": item.entry_date.isoformat(),
                    "due": item.due_date.isoformat() if item.due_date else None,
                    "open_cents": item.open_cents,
                }
                for item in by_relation[debtor.relation_id or 0]
            ],
        }
        for debtor in queries.debtors(organisation_id, on)
    ]
    return {"debtors": rows, "total_cents": sum(row["open_cents"] for row in rows)}


def _statement(row: StatementRow) -> dict[str, Any]:
    return {"account": row.number, "name": row.name, "type": row.type, "cents": row.cents}


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Give lines in columns; numbers are cents and stand to the right."""
    written = [[*head], *([dutch(cell) if isinstance(cell, int) else str(cell or "") for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in written) for i in range(len(written[0]))]
    for row in written:
        yield "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()


def _day(found: dict[str, Any]) -> str:
    return f"{found['organisation']}, {dutch_date(date.fromisoformat(found['on']))}"


def _trial_table(found: dict[str, Any]) -> Iterator[str]:
    yield f"Proef- en saldibalans {_day(found)}"
    keys = ("account", "name", "opening_cents", "debit_cents", "credit_cents", "closing_cents")
    totals = (
        "",
        "Totaal",
        sum(row["opening_cents"] for row in found["accounts"]),
        found["debit_cents"],
        found["credit_cents"],
        found["total_cents"],
    )
    yield from _table(
        ("Rekening", "Naam", "Begin", "Debet", "Credit", "Saldo"), [*([row[k] for k in keys] for row in found["accounts"]), totals]
    )


def _balance_table(found: dict[str, Any]) -> Iterator[str]:
    yield f"Balans {_day(found)}"
    for side, label in (("assets", "Bezittingen"), ("liabilities", "Kapitaal en schulden")):
        yield ""
        rows = [[row["account"], row["name"], row["cents"]] for row in found[side]]
        yield from _table(("Rekening", label, "Bedrag"), [*rows, ("", "Totaal", found[f"{side}_cents"])])


def _result_table(found: dict[str, Any]) -> Iterator[str]:
    yield f"Winst en verlies {_day(found)}"
    for side, label in (("income", "Opbrengsten"), ("expenses", "Kosten")):
        yield ""
        rows = [[row["account"], row["name"], row["cents"], row["last_year_cents"]] for row in found[side]]
        yield from _table(("Rekening", label, "Dit jaar", "Vorig jaar"), rows)
    yield ""
    yield f"Resultaat {euros(found['result_cents'])}, vorig jaar {euros(found['last_year_result_cents'])}"


def _debtor_table(found: dict[str, Any]) -> Iterator[str]:
    yield f"Debiteuren {_day(found)}"
    rows = [[str(row["relation"] or ""), row["name"], row["open_cents"], row["overdue_cents"]] for row in found["debtors"]]
    yield from _table(("Relatie", "Naam", "Openstaand", "Vervallen"), [*rows, ("", "Totaal", found["total_cents"], "")])


REPORTS: dict[str, tuple[Callable[[int, date], dict[str, Any]], Callable[[dict[str, Any]], Iterator[str]]]] = {
    "trial-balance": (trial_balance, _trial_table),
    "balance-sheet": (balance_sheet, _balance_table),
    "profit-loss": (profit_loss, _result_table),
    "debtors": (debtors, _debtor_table),
}
