"""What a treasurer reads of invoices that the bank collects: under way is not paid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select

from app.bank.usecases import book_statement, confirm_certain, import_file
from app.kernel.clock import standing_still
from app.kernel.db import db
from app.sepa.models import DebitBatch
from app.sepa.usecases import make_batches, submit_batch
from tests.bank.camt_builder import Line, Stmt, Tx, camt
from tests.bank.conftest import TODAY, Treasury, treasury_of
from tests.web import Web

COLLECT = date(2026, 2, 24)


@pytest.fixture
def treasury(web: Web) -> Iterator[Treasury]:
    with standing_still(TODAY):
        with web.app.app_context():
            made = treasury_of(web.federation)
        yield made


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace("\xa0", " ")


def shown(web: Web, treasury: Treasury, surname: str) -> str:
    with web.as_("anna"):
        number = treasury.invoice(surname).id
    return words(web.client("anna").get(f"/invoiceview/show/{number}").text)


def listed(web: Web, state: str) -> int:
    return web.client("anna").get("/invoiceview/list/").text.count(f"</i>{state}</span>")


def test_an_invoice_is_in_collection_until_the_bank_paid_it(web: Web, treasury: Treasury) -> None:
    with web.as_("anna"):
        (batch_id,) = make_batches(treasury.organisation_id, COLLECT, TODAY).batch_ids
    assert "In incasso" not in shown(web, treasury, "Incasso"), "the bank does not have it yet"
    with web.as_("anna"):
        submit_batch(batch_id, TODAY)
        name = db.session.scalars(select(DebitBatch.message_id)).one()
    assert "In incasso" in shown(web, treasury, "Incasso")
    assert "Betaald" not in shown(web, treasury, "Incasso")
    assert "In incasso" not in shown(web, treasury, "Overmaker")
    debtors = words(web.client("anna").get("/debtorsview/list/").text)
    assert "Wat bij de bank in incasso is, staat hier niet open" in debtors
    with web.as_("anna"):
        line = Line("110.00", day="2026-02-24", details=[Tx(group_id=f"{name}-RCUR")], batch_id=f"{name}-RCUR", code=("IDDT", "ESDD"))
        content = camt(Stmt([line], opening="0.00", first_day="2026-02-24", last_day="2026-02-28", name="2026-02"))
        (statement,) = import_file(treasury.organisation_id, "feb.xml", content, date(2026, 3, 10)).statement_ids
        confirm_certain(statement)
        book_statement(statement)
    assert "In incasso" not in shown(web, treasury, "Incasso")
    assert "Betaald" in shown(web, treasury, "Incasso")


def test_the_first_day_that_can_be_collected_on_is_filled_in(web: Web, treasury: Treasury) -> None:
    form = web.client("anna").get("/debitbatchview/do/make").text
    assert 'value="24-02-2026"' in form, "Friday the 20th and two days on which banks work"
