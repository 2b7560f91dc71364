"""The second journey: a season from parameters to sent invoices; by the treasurer of a province, with the background at work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.background.models import JobRun
from app.invoicing.models import Invoice, InvoiceRun
from app.kernel.db import db
from app.ledger.queries import debtor_totals, trial_balance
from tests.browser.site import Person, Site
from tests.mail.servers import Inbox

pytestmark = pytest.mark.browser


def invoices(site: Site, **having: str) -> int:
    """Return how many invoices Gelderland has, of a state or a way of sending."""
    with site.as_("GE") as actor:
        asked = select(func.count()).select_from(Invoice).where(Invoice.organisation_id == actor.organisation_id)
        return db.session.scalar(asked.filter_by(**having)) or 0


def button(somebody: Person, beginning: str) -> str:
    """Return the whole text of the button that begins with this number of things and names the act."""
    found = somebody.page.locator(".bn-save button, .bn-save a").filter(has_text=beginning).first.inner_text()
    return found.strip()


def test_from_parameters_to_sent_invoices(site: Site, inbox: Inbox, someone: Callable[..., Person], tmp_path: Path) -> None:
    anna = someone("anna")
    page = anna.page
    assert "Inschrijvingen beoordelen" not in page.locator("main").inner_text()  # that is the work of somebody else

    # Parameters: the season of today, one contribution.
    anna.open("/massaal-factureren/")
    anna.press("Nieuwe facturatie")
    page.get_by_label("Contributie Gelderland").check()
    page.wait_for_timeout(300)
    assert "functies" in page.locator(".bn-ticks").inner_text()
    anna.press("Controleren wat er gemaakt wordt")

    # Preview: says what would be made, and makes nothing.
    page.wait_for_url("**/controleren")
    shown = int(page.locator(".bn-sum-v").first.inner_text())
    assert shown > 10
    assert invoices(site) == 0

    # Make, in the background.
    assert button(anna, "concept").startswith(str(shown))
    anna.press("conceptfacturen maken")
    page.wait_for_url("**/maken")
    assert page.locator("progress").count() == 1
    assert site.work()
    page.wait_for_function("() => !document.querySelector('progress')", timeout=15_000)
    assert invoices(site, state="draft") == shown
    anna.press("Nakijken en boeken")

    # Review: a draft, with the reason of its amount.
    anna.press("De facturen van deze facturatie")
    page.locator(".bn-list tbody td a").first.click()
    page.get_by_role("tab", name="Regels").click()
    page.locator("[role=tabpanel]:visible .bn-list tbody td a").first.click()
    assert "Waarom dit bedrag" in page.locator("main").inner_text()
    why = page.locator("dl.bn-facts div", has_text="Waarom dit bedrag").locator("dd").inner_text()
    assert f"Contributie {site.today.year} €" in why

    # Post: all of them get a number, once, even by two clicks.
    anna.open("/massaal-factureren/")
    anna.press("Nakijken en boeken")
    review = page.url
    second = someone("anna")
    second.page.goto(review)
    anna.press("facturen boeken")
    second.press("facturen boeken")
    site.work()
    assert invoices(site, state="posted") == shown
    with site.as_("GE") as actor:
        numbers = db.session.scalars(select(Invoice.number).order_by(Invoice.number)).all()
        assert len(set(numbers)) == shown
        assert int(numbers[-1][-5:]) - int(numbers[0][-5:]) == shown - 1
        total = db.session.scalar(select(InvoiceRun.total_cents))
        balances = {row.number: row.closing_cents for row in trial_balance(actor.organisation_id, site.today)}
        assert balances["1300"] == total == debtor_totals(actor.organisation_id, site.today).open_cents
        assert db.session.scalar(select(func.count()).select_from(JobRun).where(JobRun.job_name == "invoice_run_post")) == 1

    # Send: first a simulation, that sends nothing; then to a real server.
    page.goto(review)
    anna.press("Versturen")
    page.wait_for_url("**/versturen")
    assert "Er is nog niets verstuurd" in page.locator("main").inner_text()
    site.work()
    assert inbox.mails == []
    anna.press("Proef uitzetten")
    anna.press("facturen versturen")
    site.work()
    mailed, printed = invoices(site, send_state="queued") + invoices(site, send_state="sent"), invoices(site, send_state="to_print")
    assert mailed + printed == shown
    assert len(inbox.mails) == mailed > 0
    assert all(b"application/pdf" in content for _, content in inbox.mails)
    assert len(set(inbox.recipients)) == mailed

    # The PDF opens, and is the same each time.
    anna.open("/invoiceview/list/")
    page.locator(".bn-list tbody td a").first.click()
    files = []
    for copy in ("a", "b"):
        with page.expect_download() as download:
            anna.press("PDF")
        download.value.save_as(tmp_path / copy)
        files.append((tmp_path / copy).read_bytes())
    assert files[0].startswith(b"%PDF")
    assert files[0] == files[1]
