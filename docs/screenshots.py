"""Makes the pictures of the manual and the README: a year of an invented province in a real browser.

python docs/screenshots.py [folder]        by default docs/pictures; what stands there is replaced
"""

from __future__ import annotations

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from app.sepa.calendar import add_target_days  # noqa: E402
from tests.browser.site import CHROMIUM, NARROW, QUIET, Person, Site, person, running  # noqa: E402
from tests.browser.test_journey_bank import statement  # noqa: E402
from tests.browser.test_journey_enrollment import handed_in, link_in, relative_of  # noqa: E402
from tests.browser.test_journey_setup import choose, member_of  # noqa: E402
from tests.conftest import SECRET, migrated  # noqa: E402
from tests.mail.servers import Inbox, serving  # noqa: E402

MEMBERS = 1200
TALLEST = 1150
COLOURS = 256


class Album:
    """Takes the pictures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, who: Person, name: str) -> None:
        """Keep what somebody sees, from the top, at most 1,150 pixels high."""
        who.page.evaluate("() => { window.scrollTo(0, 0); document.activeElement && document.activeElement.blur(); }")
        width = who.page.evaluate("innerWidth")
        high = min(max(who.page.evaluate("document.querySelector('main').getBoundingClientRect().bottom"), 500), TALLEST)
        who.page.set_viewport_size({"width": width, "height": int(high) + 24})
        path = self.folder / f"{name}.png"
        who.page.screenshot(path=path)
        Image.open(path).convert("RGB").quantize(COLOURS, method=Image.Quantize.FASTOCTREE).save(path, optimize=True)
        who.page.set_viewport_size({"width": width, "height": 900})


def enrollment(browser: Browser, site: Site, inbox: Inbox, album: Album) -> None:
    """From the public form to the page on which one judges."""
    visitor = person(browser, site, NARROW)
    visitor.open("/inschrijven/gelderland")
    album.take(visitor, "inschrijven-formulier")
    answers = {**relative_of(site), "email": "quirine@post.example"}
    handed_in(visitor, answers)
    site.work()
    visitor.open(link_in(inbox, answers["email"]))
    visitor.press("Ja, bevestigen")
    lotte = person(browser, site)
    lotte.sign_in("lotte")
    lotte.open("/")
    album.take(lotte, "start-ledenadministratie")
    lotte.open("/relationview/list/")
    album.take(lotte, "relaties")
    lotte.page.locator(".bn-list tbody td a").first.click()
    album.take(lotte, "relatie")
    lotte.open("/enrollmentview/list/")
    lotte.page.get_by_role("link", name="Quirine").or_(lotte.page.locator("tr", has_text="Quirine").locator("a")).first.click()
    lotte.press("Beoordelen")
    album.take(lotte, "inschrijving-beoordelen")


def setting_up(browser: Browser, site: Site, album: Album) -> None:
    """A contribution with its rules, and a price tried on a member."""
    anna = person(browser, site)
    anna.sign_in("anna")
    page = anna.page
    number, member = member_of(site)
    anna.open("/contributionview/list/")
    page.locator(".bn-list tbody td a").filter(has_text="Contributie Gelderland").first.click()
    page.get_by_role("tab", name="Regels").first.click()
    album.take(anna, "contributie-regels")
    anna.press("Probeer op een lid")
    choose(anna, "season", str(site.today.year))
    choose(anna, "relation", member)
    anna.press("Uitrekenen")
    page.wait_for_selector(f"#antwoord a[href='/relationview/show/{number}']")
    album.take(anna, "contributie-proberen")


def season(browser: Browser, site: Site, album: Album) -> Person:
    """From parameters to sent invoices."""
    anna = person(browser, site)
    anna.sign_in("anna")
    page = anna.page
    anna.open("/")
    album.take(anna, "start-penningmeester")
    anna.open("/massaal-factureren/nieuw")
    page.get_by_label("Contributie Gelderland").check()
    page.wait_for_timeout(500)
    album.take(anna, "factureren-1-voor-wie")
    anna.press("Controleren wat er gemaakt wordt")
    page.wait_for_url("**/controleren")
    album.take(anna, "factureren-2-controleren")
    anna.press("conceptfacturen maken")
    page.wait_for_url("**/maken")
    site.work()
    page.wait_for_function("() => !document.querySelector('progress')")
    anna.press("Nakijken en boeken")
    page.wait_for_url("**/nakijken")
    album.take(anna, "factureren-4-nakijken")
    review = page.url
    anna.press("facturen boeken")
    site.work()
    anna.open("/invoiceview/list/")
    page.locator(".bn-list tbody td a").first.click()
    page.get_by_role("tab", name="Regels").click()
    page.locator("[role=tabpanel]:visible .bn-list tbody td a").first.click()
    album.take(anna, "factuurregel")
    page.goto(review)
    anna.press("Versturen")
    album.take(anna, "factureren-5-versturen")
    anna.press("Proef uitzetten")
    anna.press("facturen versturen")
    site.work()
    return anna


def bank(site: Site, anna: Person, album: Album) -> None:
    """From the batch to the trial balance."""
    page = anna.page
    collect_on = add_target_days(site.today, 4)
    anna.open("/debitbatchview/list/")
    anna.press("Batch maken")
    page.get_by_label("Incassodatum").fill(collect_on.strftime("%d-%m-%Y"))
    page.keyboard.press("Escape")
    anna.press("Batch maken")
    page.locator(".bn-list tbody td a").first.click()
    album.take(anna, "incassobatch")
    anna.press("Ingediend bij de bank")
    anna.agree()
    page.wait_for_selector(".bn-flashes")
    site.today = collect_on + timedelta(days=1)
    content, _amounts = statement(site, collect_on)
    anna.sign_in("anna")
    anna.open("/bankstatementview/list/")
    anna.press("Afschrift inlezen")
    page.get_by_label("Bestand van de bank").set_input_files({"name": "afschrift.xml", "mimeType": "text/xml", "buffer": content})
    anna.press("Afschrift inlezen")
    anna.open("/bankregels/")
    album.take(anna, "bankregels")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    page.check("input[name=rest]")
    anna.press("Afschrift boeken")
    page.wait_for_selector(".bn-flashes")
    anna.open("/trialbalanceview/list/")
    album.take(anna, "saldibalans")
    anna.open("/debtorsview/list/")
    album.take(anna, "debiteuren")
    anna.open("/wat-als/list/")
    page.get_by_label("Alsof duurder: procent").fill("3")
    anna.press("Tonen")
    album.take(anna, "wat-als")


def main(folder: Path) -> None:
    """Make all pictures."""
    album, inbox = Album(folder), Inbox()
    with tempfile.TemporaryDirectory() as var, serving(inbox) as port, sync_playwright() as playwright:
        url = f"sqlite:///{var}/pictures.sqlite"
        migrated(url)
        settings = {"SECRET_KEY": SECRET, "VAR": Path(var), "MAIL_SERVER": "127.0.0.1", "MAIL_PORT": port}
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, "--lang=nl"])
        with running(url, members=MEMBERS, **settings) as site:
            enrollment(browser, site, inbox, album)
            setting_up(browser, site, album)
            bank(site, season(browser, site, album), album)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
