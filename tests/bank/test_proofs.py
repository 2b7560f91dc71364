"""After invoices, a direct debit and a month of the bank every invariant of the books holds; what is broken is named."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import text

from app.bank.usecases import book_statement, import_file
from app.kernel.unit_of_work import transaction
from jobs.commands.ledger import CHECKS
from tests.bank.conftest import Treasury
from tests.bank.test_usecases import LATER, _month, _submitted


class Undone(Exception):
    """Takes everything back."""


BREAKS = {
    "UPDATE invoice SET number = '2026-00099' WHERE number = '2026-00001'": "facturen van boekjaar 2026: bij nummer 1 klopt de reeks niet",
    "UPDATE invoice SET total_cents = total_cents + 1 WHERE number = '2026-00002'": "factuur 2026-00002: de factuur van",
    "UPDATE invoice SET number = 'X' WHERE number = '2026-00001'": "factuur X: het nummer past in geen reeks",
    "UPDATE number_series SET last_number = 77 WHERE series = 'invoice'": "er zijn 77 nummers uitgegeven",
    "UPDATE bank_statement SET closing_cents = closing_cents + 1 WHERE state = 'booked'": "het laatste geboekte afschrift",
}


def said(organisation_id: int) -> list[str]:
    return [f"{found.where}: {found.detail}" for one in CHECKS for found in one(organisation_id)]


def test_whole_books_have_nothing_to_say_and_broken_ones_do(treasury: Treasury) -> None:
    with treasury.as_():
        made = import_file(treasury.organisation_id, "feb.xml", _month(treasury, _submitted(treasury)), LATER)
        book_statement(made.statement_ids[0], rest_to_suspense=True)
        assert said(treasury.organisation_id) == []
    for statement, sentence in BREAKS.items():
        with treasury.as_("system"), suppress(Undone), transaction() as session:
            if session.connection().dialect.name == "sqlite":
                session.execute(text("DROP TRIGGER invoice_stands"))
            else:
                session.execute(text("RESET ROLE"))
                session.execute(text("ALTER TABLE invoice DISABLE TRIGGER USER"))
            assert session.execute(text(statement)).rowcount > 0, statement
            found = said(treasury.organisation_id)
            assert any(sentence in line for line in found), (statement, found)
            raise Undone
