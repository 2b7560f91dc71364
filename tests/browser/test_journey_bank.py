"""The third journey: direct debit, the bank's statement, and a ledger that is right to the cent; by the treasurer of a province."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.contributions.models import Contribution, Season
from app.invoicing.models import Invoice
from app.invoicing.usecases import make_run, post_run, set_up_run
from app.kernel.db import db
from app.kernel.money import euros
from app.ledger.queries import debtor_totals, open_cents_of, trial_balance
from app.relations.models import Relation
from app.sepa.calendar import add_target_days
from app.sepa.models import BankAccount, Collection, DebitBatch
from app.sepa.validation import validate
from tests.bank.camt_builder import Line, Stmt, Tx, camt
from tests.browser.site import Person, Site

pytestmark = pytest.mark.browser
STRANGER = "NL39RABO0300065264"


@dataclass
class Books:
    """What the books of Gelderland say on the day of the site, in cents."""

    site: Site

    def balance(self, number: str) -> int:
        """Return the balance of a ledger account."""
        with self.site.as_("GE") as actor:
            rows = {row.number: row.closing_cents for row in trial_balance(actor.organisation_id, self.site.today)}
        return rows.get(number, 0)

    def debtors(self) -> int:
        """Return what all debtors together owe."""
        with self.site.as_("GE") as actor:
            return debtor_totals(actor.organisation_id, self.site.today).open_cents

    def all(self) -> tuple[int, ...]:
        """Return bank, under way, debtors and suspense."""
        return (self.balance("1100"), self.balance("1150"), self.balance("1300"), self.balance("2020"))


def invoiced(site: Site) -> None:
    """Give Gelderland the posted invoices of a season."""
    with site.as_("GE") as actor:
        here = actor.organisation_id
        season = db.session.scalars(select(Season.id).where(Season.first_day <= site.today, Season.last_day >= site.today)).one()
        members = db.session.scalars(
            select(Contribution.id).where(Contribution.organisation_id == here, Contribution.name.startswith("Contributie"))
        ).one()
        run = set_up_run(here, season_id=season, contribution_ids=[members], invoice_date=site.today)
        make_run(run)
        post_run(run)


def statement(site: Site, day: date) -> tuple[bytes, dict[str, int]]:
    """Return the bank's file of one day and what is in it: the batch, a reference, a name with an amount, a stranger and a return."""
    with site.as_("GE") as actor:
        here = actor.organisation_id
        batch = db.session.scalars(select(DebitBatch)).one()
        returned = db.session.scalars(select(Collection).order_by(Collection.id).limit(1)).one()
        transfers = db.session.scalars(
            select(Invoice)
            .join(Relation, Relation.id == Invoice.debtor_id)
            .where(Invoice.organisation_id == here, Relation.payment_method == "transfer", Invoice.total_cents > 0)
            .order_by(Invoice.id)
        ).all()
        by_reference, by_name = transfers[0], transfers[1]
        name = f"{by_name.debtor.first_name[0]} {by_name.debtor.surname}"
        amounts = {
            "batch": batch.total_cents,
            "reference": by_reference.total_cents,
            "name": by_name.total_cents,
            "return": returned.amount_cents,
        }
        when = day.isoformat()
        group = db.session.scalars(select(Collection.end_to_end_id).limit(1)).one()
        assert group
        lines = [
            Line(plain(amounts["batch"]), when, [Tx(group_id=f"{batch.message_id}-RCUR")], batch_id=f"{batch.message_id}-RCUR", code=("IDDT", "ESDD"), reference="R1"),
            Line(plain(amounts["reference"]), when, [Tx(name="Giro", reference=by_reference.reference, issuer="ISO")], reference="R2"),
            Line(plain(amounts["name"]), when, [Tx(iban="NL20INGB0001234567", name=name, text=["contributie"])], reference="R3"),
            Line("-9.95", when, [Tx(iban=STRANGER, name="Bank", text=["kosten betalingsverkeer"])], reference="R4"),
            Line(f"-{plain(amounts['return'])}", when, [Tx(end_to_end_id=returned.end_to_end_id, return_code="AM04", instructed=plain(amounts["return"]))],
                 reversal=True, code=("IDDT", "UPDD"), reference="R5"),
        ]  # fmt: skip
        iban = db.session.scalars(select(BankAccount.iban).where(BankAccount.organisation_id == here)).one()
        return camt(Stmt(lines, iban=iban, opening="0.00", day=when, name="1")), amounts


def plain(cents: int) -> str:
    """Write cents as the bank does."""
    return f"{cents // 100}.{cents % 100:02d}"


def shown(cents: int) -> str:
    """Write cents as a page shows them."""
    return euros(cents)


def test_from_collection_to_a_ledger_that_is_right(site: Site, someone: Callable[..., Person], tmp_path: Path) -> None:
    invoiced(site)
    books = Books(site)
    start = books.all()
    anna = someone("anna")

    # The batch, and its file twice the same.
    collect_on = add_target_days(site.today, 4)
    anna.open("/debitbatchview/list/")
    anna.press("Batch maken")
    anna.page.get_by_label("Incassodatum").fill(collect_on.strftime("%d-%m-%Y"))
    anna.page.keyboard.press("Escape")
    anna.press("Batch maken")
    assert "1 batch gemaakt" in anna.told()
    anna.page.locator(".bn-list tbody td a").first.click()
    files = []
    for copy in ("a", "b"):
        with anna.page.expect_download() as download:
            anna.press("Bestand voor de bank")
        download.value.save_as(tmp_path / copy)
        files.append((tmp_path / copy).read_bytes())
    assert files[0] == files[1]
    with site.as_("GE"):
        batch = db.session.scalars(select(DebitBatch)).one()
        figures = validate([files[0]], batch.pain_version)
        total = batch.total_cents
        assert (figures.count, figures.total_cents) == (batch.count, total)
    anna.press("Ingediend bij de bank")
    anna.agree()
    anna.page.wait_for_selector(".bn-flashes")
    assert "Geboekt als onderweg" in anna.told()
    assert books.all() == (start[0], start[1] + total, start[2] - total, start[3])
    under_way = books.all()

    # Days later the bank's file comes in.
    site.today = collect_on + timedelta(days=1)
    content, amounts = statement(site, collect_on)
    anna.sign_in("anna")
    anna.open("/bankstatementview/list/")
    anna.press("Afschrift inlezen")
    anna.page.get_by_label("Bestand van de bank").set_input_files({"name": "afschrift.xml", "mimeType": "text/xml", "buffer": content})
    anna.press("Afschrift inlezen")
    assert "1 afschrift ingelezen" in anna.told()

    # Reconciliation by keyboard.
    anna.open("/bankregels/")
    page = anna.page
    assert page.locator("[data-bank-line]").count() == 5
    assert "Storno van" in page.locator(".bn-lines").inner_text()
    chosen = page.locator("#chosen")
    first = chosen.inner_text()
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**regel=**")
    assert chosen.inner_text() != first
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(100)
    page.wait_for_load_state()
    for _ in range(5):
        if "kosten betalingsverkeer" in page.locator(".bn-match").inner_text():
            break
        with page.expect_navigation():
            page.keyboard.press("1")
            page.keyboard.press("Enter")
    assert "kosten betalingsverkeer" in page.locator(".bn-match").inner_text()
    page.locator("#account_0").locator("xpath=following-sibling::span").first.click()
    page.keyboard.type("4310")
    page.locator(".select2-results__option", has_text="4310").first.click()
    page.get_by_role("button", name="Akkoord en volgende").click()
    page.wait_for_load_state()
    anna.press("Afschrift boeken")
    page.wait_for_selector(".bn-flashes")
    assert "5 regels geboekt" in anna.told()

    # To the cent: in the books and on the page.
    paid = amounts["reference"] + amounts["name"]
    bank = total + paid - 995 - amounts["return"]
    assert books.all() == (start[0] + bank, start[1], start[2] - total - paid + amounts["return"], start[3])
    assert books.balance("4310") == 995
    anna.open("/trialbalanceview/list/")
    assert shown(bank) in page.locator("main").inner_text()
    anna.open("/debtorsview/list/")
    assert shown(books.debtors()) in page.locator("main").inner_text()
    assert books.debtors() == books.balance("1300")

    # Taken back, and all is as it was.
    anna.open("/bankstatementview/list/")
    page.locator(".bn-list tbody td a").first.click()
    anna.press("Terugnemen")
    anna.agree()
    page.wait_for_selector(".bn-flashes")
    assert "teruggenomen" in anna.told()
    assert books.all() == under_way
    with site.as_("GE"):
        items = [item for item in db.session.scalars(select(Invoice.open_item_id)) if item]
        assert sum(open_cents_of(items).values()) == books.debtors()
