"""What a treasurer meets at the bank: reading a file, splitting a line, and what is said when it goes wrong."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select

from app.bank.models import BankStatement, StatementLine, StatementTarget
from app.invoicing.usecases import credit_invoice
from app.kernel.clock import standing_still
from app.kernel.db import db
from tests.bank.camt_builder import Line, Stmt, Tx, camt
from tests.bank.conftest import Treasury, treasury_of
from tests.views.test_direct_debit import shown, words
from tests.web import Web

NOW = date(2026, 3, 10)
STRANGER = "NL39RABO0300065264"


@pytest.fixture
def treasury(web: Web) -> Iterator[Treasury]:
    with standing_still(NOW):
        with web.app.app_context():
            made = treasury_of(web.federation)
        yield made


def statement(*amounts: str) -> bytes:
    lines = [
        Line(amount, day="2026-02-25", details=[Tx(iban=STRANGER, name="Buurman", text=["samen betaald"])], reference=f"R{place}")
        for place, amount in enumerate(amounts)
    ]
    return camt(Stmt(lines, opening="0.00", first_day="2026-02-24", last_day="2026-02-28", name="2026-02"))


def read(web: Web, content: bytes, name: str = "feb.xml") -> str:
    """Read a file at the screen and return the words of the page that one lands on."""
    data = {"answered": "1", "file": (io.BytesIO(content), name)}
    answer = web.client("anna").post(
        "/bankstatementview/do/import_file", data=data, content_type="multipart/form-data", follow_redirects=True
    )
    assert answer.status_code == 200
    return words(answer.text)


GOOD = statement("120.00")
REFUSED = [
    (b"", "feb.xml is niet ingelezen. Het bestand is leeg (0 bytes). Download het opnieuw bij je bank."),
    (GOOD[:900], "Op regel 4 is het bestand afgebroken, of geen goede XML. Download het opnieuw bij je bank."),
    (GOOD.replace(b"?>\n", b'?>\n<!DOCTYPE x [<!ENTITY a "b">]>\n', 1), "DOCTYPE” hoort niet in een bankafschrift."),
    (b"datum;bedrag\n", "Het bestand is geen CAMT.053-bestand. Kies bij je bank CAMT.053 (XML)."),
    (GOOD.replace(b"camt.053", b"camt.052"), "Document: “camt.052” is een tussentijds overzicht en geen afschrift."),
    (GOOD.replace(b"NL91ABNA0417164300", b"NL44TRIO0297036817"), "daar staat “NL44TRIO0297036817”, en dat is geen rekening van deze"),
]


def test_a_file_that_is_refused_is_refused_in_whole_sentences(web: Web, treasury: Treasury) -> None:
    for content, said in REFUSED:
        assert said in (page := read(web, content)), page[:600]
    with web.as_("anna"):
        assert db.session.scalar(select(BankStatement.id)) is None
    page = read(web, GOOD)
    assert "1 afschrift ingelezen." in page
    assert "Waar hoort dit bij?" in page, "and one goes on with its lines"
    assert "feb.xml is al ingelezen op 10-03-2026" in read(web, GOOD)


def test_a_line_is_split_by_name_and_what_is_left(web: Web, treasury: Treasury) -> None:
    read(web, statement("120.00", "-30.00"))
    anna = web.client("anna")
    with web.as_("anna"):
        first, second = db.session.scalars(select(StatementLine).order_by(StatementLine.position)).all()
        address = {line.amount_cents: f"/bankregels/{line.statement_id}/regel/{line.id}" for line in (first, second)}
        numbers = {line.amount_cents: line.id for line in (first, second)}
        costs = treasury.province.accounts["4310"] if "4310" in treasury.province.accounts else treasury.province.accounts["2020"]
        mine, late = treasury.invoice("Overmaker"), treasury.invoice("Laat")
        invoices = (mine.id, late.id)
        last_figures = str(mine.number)[-3:]

    # Found by the name of the debtor and by the last figures, with what is open.
    for term in ("overmak", last_figures):
        found = anna.get(f"/bankregels/zoek/invoice?term={term}").json["results"]
        assert invoices[0] in [one["id"] for one in found], term
    assert "open €\xa060,00" in found[0]["text"]

    def split(cents: int, **parts: str) -> str:
        return words(anna.post(address[cents], data={"keuze": "elders", **parts}, follow_redirects=True).text)

    both = {"invoice_0": str(invoices[0]), "invoice_1": str(invoices[1])}
    page = split(12000, **both)
    assert "één deel mag leeg blijven en krijgt de rest" in page
    html = anna.post(address[12000], data={"keuze": "elders", "bedrag_0": "70", "bedrag_1": "60", **both}).text
    assert "het verschil is −€ 10,00" in words(html)
    assert re.search(r'name="bedrag_0" value="70"', html), "what was typed is still there"
    assert f'<option value="{invoices[1]}" selected>' in html
    assert "op twee plaatsen" in split(12000, account_0=str(costs), **both)
    assert "Er blijft niets over" in split(12000, bedrag_0="120", **both)
    assert "is geen bedrag" in split(12000, bedrag_0="veel", **both)

    assert "delen" not in split(12000, bedrag_0="60,00", **both)
    page = split(-3000, account_0=str(costs), bedrag_0="10", account_1=str(costs), onthoud="1")
    assert "De regel staat goed, maar wordt niet onthouden." in page
    with web.as_("anna"):
        placed = {
            cents: list(
                db.session.scalars(select(StatementTarget.amount_cents).where(StatementTarget.line_id == number).order_by("position"))
            )
            for cents, number in numbers.items()
        }
    assert placed == {12000: [6000, 6000], -3000: [-1000, -2000]}, "of money that goes out one types no minus"


def test_a_credited_invoice_is_not_called_paid(web: Web, treasury: Treasury) -> None:
    with web.as_("anna"):
        note = credit_invoice(treasury.invoice("Laat").id, NOW, reason="opgezegd")
    assert "Gecrediteerd" in shown(web, treasury, "Laat")
    assert "Betaald" not in shown(web, treasury, "Laat")
    assert "Verrekend" in words(web.client("anna").get(f"/invoiceview/show/{note}").text)


def test_from_a_debtor_one_goes_on_to_settling(web: Web, treasury: Treasury) -> None:
    debtors = web.client("anna").get("/debtorsview/list/").text
    card = web.client("anna").get(re.search(r'href="(/debtorcardview/list/[^"]+)"', debtors)[1].replace("&amp;", "&")).text
    settling = re.search(r'href="(/journallineview/list/\?_flt_0_relation=\d+)"', card)[1]
    assert "1300" in web.client("anna").get(settling).text
    assert web.client("anna").get("/debtorcardview/list/?relation=99999999999").status_code == 200


def test_the_group_of_the_menu_stays_open(web: Web, treasury: Treasury) -> None:
    read(web, GOOD)
    with web.as_("anna"):
        statement_id = db.session.scalar(select(BankStatement.id))
        line_id = db.session.scalar(select(StatementLine.id))
    for address, group in (
        (f"/bankregels/{statement_id}", "bank"),
        (f"/statementlineview/show/{line_id}", "bank"),
        ("/massaal-factureren/nieuw", "invoicing"),
        ("/debtorcardview/list/", "ledger"),
        ("/invoiceview/list/", "invoicing"),
    ):
        page = web.client("anna").get(address).text
        assert re.findall(r'<details data-group="(\w+)" open>', page) == [group], address
