"""`ledger check` says nothing about sound books and names what was broken behind the program's back."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from app.ledger.queries import proofs
from app.ledger.usecases import settle
from tests.federation import Federation
from tests.ledger.books import DAY, Books

GUARDS = ("journal_entry", "journal_line", "settlement", "settlement_part")


@pytest.fixture
def books(federation: Federation) -> Books:
    """Two invoices, a payment that settles the first, and a memorial entry."""
    books = Books(federation)
    relation = federation.relation("A1")
    with federation.as_("anna"):
        item = books.invoice(relation, 6_000, number="F1")
        books.invoice(relation, 4_000, number="F2")
        paid = books.payment(relation, 6_000)
        settle(books.organisation_id, [(item, 6_000), (paid, -6_000)], DAY)
        books.post(("4200", 500), ("1100", -500))
    return books


def drop_guards() -> None:
    """Take every guard of the books away, as somebody with the database in his hands could."""
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, table in found:
            if table in GUARDS:
                connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        connection.execute(text("RESET ROLE"))
        for table in GUARDS:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))


class Undone(Exception):
    """Takes everything back."""


def broken(books: Books, *statements: str) -> dict[str, list[str]]:
    """Run raw SQL without guards, return what the checks then say by invariant, and undo it all."""
    found: dict[str, list[str]] = {}
    with books.federation.as_("system"), suppress(Undone), transaction() as session:
        drop_guards()
        for statement in statements:
            assert session.execute(text(statement)).rowcount > 0, statement
        for one in proofs.CHECKS:
            for violation in one(books.organisation_id):
                found.setdefault(violation.invariant, []).append(f"{violation.where}: {violation.detail}")
        raise Undone
    return found


def test_sound_books_have_nothing_to_say(books: Books) -> None:
    with books.federation.as_("anna"):
        assert [violation for one in proofs.CHECKS for violation in one(books.organisation_id)] == []
        assert proofs.counts(books.organisation_id) == (4, 8)


_SALE_2 = "(SELECT id FROM journal_entry WHERE journal = 'sales' AND number = 2)"
BREAKS: list[tuple[str, list[str], dict[str, str]]] = [
    (
        "amount",
        [f"UPDATE journal_line SET amount_cents = 4001 WHERE entry_id = {_SALE_2} AND position = 1"],
        {
            "entry_balances": "Verkoop 2 van 05-03-2026: de regels tellen op tot €\xa00,01",
            "hash_chain": "Verkoop 2 van 05-03-2026: de inhoud",
        },
    ),
    (
        "both amounts",
        [f"UPDATE journal_line SET amount_cents = amount_cents * 2 WHERE entry_id = {_SALE_2}"],
        {"hash_chain": "Verkoop 2 van 05-03-2026: de inhoud is buiten het programma om veranderd"},
    ),
    (
        "one cent of text",
        [f"UPDATE journal_entry SET description = 'Factuur' WHERE id = {_SALE_2}"],
        {"hash_chain": "Verkoop 2 van 05-03-2026: de inhoud"},
    ),
    (
        "a line to another debtor",
        ["UPDATE journal_line SET item_number = 'F9' WHERE item_number = 'F1'"],
        {"hash_chain": "Verkoop 1 van 05-03-2026: de inhoud"},
    ),
    (
        "removed",
        [f"DELETE FROM journal_line WHERE entry_id = {_SALE_2}", "DELETE FROM journal_entry WHERE journal = 'sales' AND number = 2"],
        {"hash_chain": "plaats 2 in de keten ontbreekt", "numbers_unbroken": "het laatste nummer is 1, maar er zijn 2 nummers uitgegeven"},
    ),
    (
        "tail cut",
        [
            "DELETE FROM journal_line WHERE entry_id = (SELECT id FROM journal_entry WHERE journal = 'memorial')",
            "DELETE FROM journal_entry WHERE journal = 'memorial'",
        ],
        {"hash_chain": "einde van de keten, na plaats 3", "numbers_unbroken": "er zijn 1 nummers uitgegeven, maar er is geen boeking"},
    ),
    (
        "swapped",
        [
            "UPDATE journal_entry SET chain = 99 WHERE chain = 2",
            "UPDATE journal_entry SET chain = 2 WHERE chain = 3",
            "UPDATE journal_entry SET chain = 3 WHERE chain = 99",
        ],
        {"hash_chain": "Bank 1 van 05-03-2026: de boeking sluit niet aan op de vorige"},
    ),
    (
        "renumbered",
        ["UPDATE journal_entry SET number = 7 WHERE journal = 'sales' AND number = 2"],
        {"numbers_unbroken": "bij nummer 2 klopt"},
    ),
    ("unsealed", [f"UPDATE journal_entry SET is_sealed = false WHERE id = {_SALE_2}"], {"entry_sealed": "Verkoop 2 van 05-03-2026"}),
    (
        "half a settlement",
        ["DELETE FROM settlement_part WHERE amount_cents < 0"],
        {
            "settlement_balances": "de delen tellen op tot €\xa060,00",
            "control_account": "rekening 1300, relatie 1001: het saldo en de openstaande posten verschillen €\xa060,00",
        },
    ),
    (
        "settled too much",
        ["UPDATE settlement_part SET amount_cents = amount_cents * 2"],
        {"open_item": "regel 1 van €\xa060,00 is vereffend voor €\xa0120,00"},
    ),
    (
        "before the start",
        [f"UPDATE journal_entry SET entry_date = '2023-01-01' WHERE id = {_SALE_2}"],
        {"posting_day": "de administratie begint pas op 01-01-2024"},
    ),
    (
        "outside its year",
        [f"UPDATE journal_entry SET entry_date = '2025-01-01' WHERE id = {_SALE_2}"],
        {"posting_day": "de datum valt buiten boekjaar 2026"},
    ),
    (
        "a closed year with a result",
        ["UPDATE book_year SET state = 'closed' WHERE name = '2026'"],
        {"closed_year": "boekjaar 2026, rekening 4200"},
    ),
    ("one line", [f"DELETE FROM journal_line WHERE entry_id = {_SALE_2} AND position = 2"], {"entry_balances": "Verkoop 2 van 05-03-2026"}),
]


def test_what_is_broken_is_named(books: Books) -> None:
    for what, statements, named in BREAKS:
        found = broken(books, *statements)
        for invariant, says in named.items():
            assert any(says in line for line in found.get(invariant, [])), (what, invariant, found)


def run(app: Flask, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(args=["ledger", *arguments])


def test_the_command_line_proves_and_reports(app: Flask, books: Books) -> None:
    sound = run(app, "check", "--json")
    assert sound.exit_code == 0, sound.output
    report = json.loads(sound.output)
    assert (report["ok"], report["administrations"], report["entries"], report["lines"], report["violations"]) == (True, 2, 4, 8, [])
    assert run(app, "check", "--organisation", "A").output.endswith("Alles klopt.\n")
    for code, says in (("A1", "voert geen eigen boekhouding"), ("XX", "geen organisatie met code")):
        refused = run(app, "check", "--organisation", code)
        assert (refused.exit_code, says in refused.stderr) == (1, True)
    debtors = json.loads(run(app, "report", "debtors", "--organisation", "A", "--on", "2026-12-31", "--json").output)
    assert debtors == {
        "organisation": "A",
        "on": "2026-12-31",
        "debtors": [
            {
                "relation": 1001,
                "name": "Jansen, Jo",
                "open_cents": 4_000,
                "overdue_cents": 4_000,
                "items": [{"invoice": "F2", "date": "2026-03-05", "due": None, "open_cents": 4_000}],
            }
        ],
        "total_cents": 4_000,
    }
    trial = json.loads(run(app, "report", "trial-balance", "--organisation", "A", "--on", "2026-12-31", "--json").output)
    assert trial["total_cents"] == 0
    assert {row["account"]: row["closing_cents"] for row in trial["accounts"]} == {
        "1100": 5_500,
        "1300": 4_000,
        "4200": 500,
        "8000": -10_000,
    }
    for name, says in (
        ("trial-balance", "8000      Contributies"),
        ("balance-sheet", "Resultaat lopend boekjaar"),
        ("profit-loss", "Resultaat €\xa095,00"),
        ("debtors", "Jansen, Jo"),
    ):
        assert says in run(app, "report", name, "--organisation", "A", "--on", "2026-12-31").output
    assert run(app, "report", "trial-balance", "--organisation", "A", "--on", "2020-01-01").exit_code == 1
    assert run(app, "report", "wat", "--organisation", "A", "--on", "2020-01-01").exit_code == 2
    with books.federation.as_("system"), transaction() as session:
        drop_guards()
        session.execute(text("UPDATE journal_entry SET description = 'x' WHERE journal = 'bank'"))
    failed = run(app, "check", "--json")
    assert (failed.exit_code, json.loads(failed.output)["violations"][0]["invariant"]) == (1, "hash_chain")


GUARDED: list[str] = [
    "UPDATE journal_entry SET description = 'x'",
    "UPDATE journal_entry SET is_sealed = false",
    "DELETE FROM journal_entry",
    "UPDATE journal_line SET amount_cents = 1",
    "DELETE FROM journal_line",
    "DELETE FROM settlement_part",
    "UPDATE settlement SET settled_on = '2020-01-01'",
    (
        "INSERT INTO journal_line (organisation_id, entry_id, position, account_id, amount_cents, description) "
        "SELECT organisation_id, entry_id, 9, account_id, 1, '' FROM journal_line"
    ),
    (
        "INSERT INTO journal_line (organisation_id, entry_id, position, account_id, amount_cents, description) "
        "SELECT organisation_id, entry_id, 9, account_id, 0, '' FROM journal_line"
    ),
]


def test_the_database_itself_refuses(books: Books) -> None:
    for statement in GUARDED:
        with books.federation.as_("system"), pytest.raises(DBAPIError), transaction() as session:
            session.execute(text(statement))


RAW: list[tuple[str, date, tuple[int, ...], bool]] = [
    ("unbalanced", DAY, (100, -99), False),
    ("one line", DAY, (100,), False),
    ("no lines", DAY, (), False),
    ("born sealed", DAY, (100, -100), True),
    ("no period", date(2027, 1, 1), (1, -1), False),
]


def insert_raw(books: Books, day: date, lines: tuple[int, ...], sealed: bool) -> None:
    with transaction() as session:
        year = session.execute(text("SELECT id FROM book_year WHERE name = '2026'")).scalar_one()
        entry = session.execute(
            text(
                "INSERT INTO journal_entry (organisation_id, journal, book_year_id, number, chain, entry_date, description, posted_by, "
                "is_sealed, previous_hash, hash, made_at) VALUES (:o, 'memorial', :y, 900, 900, :d, 'x', 'x', :s, '', '', :m) RETURNING id"
            ),
            {"o": books.organisation_id, "y": year, "d": day.isoformat(), "m": f"{day} 12:00:00", "s": sealed},
        ).scalar_one()
        for position, cents in enumerate(lines, 1):
            session.execute(
                text(
                    "INSERT INTO journal_line (organisation_id, entry_id, position, account_id, amount_cents, description) "
                    "VALUES (:o, :e, :p, :a, :c, '')"
                ),
                {"o": books.organisation_id, "e": entry, "p": position, "a": books.accounts["1100"], "c": cents},
            )
        session.execute(text("UPDATE journal_entry SET is_sealed = true WHERE id = :e"), {"e": entry})


def test_a_raw_entry_that_is_not_right_is_refused(books: Books) -> None:
    for what, day, lines, sealed in RAW:
        with books.federation.as_("system"), pytest.raises(DBAPIError):
            insert_raw(books, day, lines, sealed)
            pytest.fail(what)
    with books.federation.as_("system"):
        insert_raw(books, DAY, (100, -100), sealed=False)
