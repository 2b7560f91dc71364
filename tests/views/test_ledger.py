"""The treasurer's screens: chart, years, entries, settlements and figures; the stranger sees nothing of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest

from app.kernel.clock import standing_still
from app.ledger import queries
from tests.ledger.books import Books
from tests.web import Web

TODAY = date(2026, 6, 30)


@pytest.fixture
def books(web: Web) -> Iterator[Books]:
    """Two invoices and a payment in the books of A."""
    with standing_still(TODAY):
        with web.app.app_context():
            books = Books(web.federation)
            relation = web.federation.relation("A1")
            with web.federation.as_("anna"):
                books.jan = relation
                books.items = [
                    books.invoice(relation, 6_000, number="F1", due=date(2026, 4, 1)),
                    books.invoice(relation, 4_000, number="F2", due=date(2026, 7, 14)),
                    books.payment(relation, 6_000),
                ]
        yield books


def page(web: Web, address: str, who: str = "anna", status: int = 200) -> str:
    answer = web.client(who).get(address)
    assert answer.status_code == status, (address, answer.status_code, answer.text[:2000])
    return answer.text


def cells(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace("\xa0", " ")


def post(web: Web, address: str, **data: object) -> str:
    answer = web.client("anna").post(address, data={"answered": "1", **data}, follow_redirects=True)
    assert answer.status_code == 200, answer.text[:2000]
    return cells(answer.text)


def open_cents(web: Web, books: Books) -> list[int]:
    with web.as_("anna"):
        return list(queries.open_cents_of(books.items).values())


def test_every_list_and_record_opens(web: Web, books: Books) -> None:
    for name in ("VatCode", "CostCentre", "LedgerAccount", "BookYear", "BookPeriod", "JournalEntry", "JournalLine", "Settlement"):
        page(web, f"/{name.lower()}view/list/")
    with web.as_("anna"):
        entry = queries.journal(books.organisation_id, date(2026, 1, 1), TODAY)[0].id
    shown = cells(page(web, f"/journalentryview/show/{entry}"))
    assert "Verkoop" in shown
    assert "F1" in shown
    assert "€ 60,00" in cells(page(web, f"/journallineview/show/{books.items[0]}"))
    account = cells(page(web, f"/ledgeraccountview/show/{books.accounts['1300']}"))
    assert "€ 40,00" in account
    assert "Grootboekkaart" in account
    for address in (f"/journalentryview/show/{entry}", f"/ledgeraccountview/show/{books.accounts['1300']}"):
        page(web, address, "dirk", 404)


def test_settle_undo_and_write_off_from_the_screen(web: Web, books: Books) -> None:
    ids = [str(books.items[0]), str(books.items[2])]
    said = post(web, "/journallineview/action_post", action="settle", rowid=ids, on_date="30-6-2026")
    assert "1 vereffening gemaakt." in said
    assert open_cents(web, books) == [0, 4_000, 0]
    listed = page(web, "/settlementview/list/")
    number = re.search(r"/settlementview/show/(\d+)", listed)[1]
    assert "F1" in page(web, f"/settlementview/show/{number}")
    assert "1 vereffening ongedaan gemaakt." in post(web, f"/settlementview/action/undo/{number}", on_date="30-6-2026")
    assert "al ongedaan gemaakt" in post(web, f"/settlementview/action/undo/{number}", on_date="30-6-2026")
    assert open_cents(web, books) == [6_000, 4_000, -6_000]
    said = post(
        web,
        "/journallineview/action_post",
        action="write_off",
        rowid=[str(books.items[1])],
        account=books.accounts["4850"],
        on_date="30-6-2026",
        reason="Vertrokken zonder adres",
    )
    assert "1 post afgeboekt." in said
    assert open_cents(web, books) == [6_000, 0, -6_000]


def test_memorial_reverse_and_a_closed_period(web: Web, books: Books) -> None:
    answers = {
        "description": "Zaalhuur",
        "lines-0-account": books.accounts["4100"],
        "lines-0-debit": "125,50",
        "lines-1-account": "",
        "lines-7-account": books.accounts["1100"],
        "lines-7-credit": "125,50",
    }
    assert "memoriaal nummer 1" in post(web, "/journalentryview/do/post", entry_date="1-6-2026", **answers)
    number = re.search(r"/journalentryview/show/(\d+)", page(web, "/journalentryview/list/"))[1]
    assert "Teruggeboekt met nummer 2" in post(web, f"/journalentryview/action/reverse/{number}", on_date="2-6-2026")
    assert "al teruggeboekt" in post(web, f"/journalentryview/action/reverse/{number}", on_date="2-6-2026")
    with web.as_("anna"):
        sale = queries.journal(books.organisation_id, date(2026, 1, 1), TODAY, "sales")[0].id
        june = queries.booking_days(books.organisation_id).place(date(2026, 6, 1)).book_year_id
    assert "teruggeboekt" not in post(web, f"/journalentryview/action/reverse/{sale}", on_date="2-6-2026").replace("al teruggeboekt", "")
    listed = page(web, "/bookperiodview/list/?_flt_0_name=juni+2026")
    period = re.search(r"/bookperiodview/show/(\d+)", page(web, f"/bookyearview/show/{june}"))[1]
    assert listed
    assert "geblokkeerd" in post(web, f"/bookperiodview/action/block/{period}")
    assert "staat op “Geblokkeerd”" in post(web, f"/bookperiodview/action/block/{period}")


MEMORIALS = [  # debit and credit of each line that is typed, and what is said
    ((("125,50", ""), ("", "100,00")), "debet € 125,50, credit € 100,00, verschil € 25,50"),
    ((("125,50", "125,50"), ("", "0,50")), "Regel 1, Credit: Debet € 125,50 en credit € 125,50 staan op één regel"),
    ((("125,50", ""), ("", "")), "heeft 1 regels"),
    ((("1,00", ""), ("2,50", ""), ("", "3,00"), ("", "0,50")), "memoriaal nummer 1"),
]


@pytest.mark.parametrize(("typed", "said"), MEMORIALS, ids=["unbalanced", "two sides", "one line", "four lines"])
def test_a_memorial_is_typed_in_lines_and_refused_with_the_difference(web: Web, books: Books, typed: tuple, said: str) -> None:
    form = page(web, "/journalentryview/do/post")
    assert form.count('name="lines-') == 4 * 11, "ten lines, and one to copy"
    answers: dict[str, object] = {"description": "Zaalhuur", "entry_date": "1-6-2026"}
    for place, (debit, credit) in enumerate(typed):
        account = books.accounts["4100"] if debit or credit else ""
        answers |= {f"lines-{place}-account": account, f"lines-{place}-debit": debit, f"lines-{place}-credit": credit}
    answer = post(web, "/journalentryview/do/post", **answers)
    assert said in answer
    with web.as_("anna"):
        made = queries.journal(books.organisation_id, date(2026, 1, 1), TODAY, "memorial")
        assert len(made) == (1 if "nummer 1" in said else 0)


def test_the_accounts_of_lines_are_looked_up_and_others_are_not_found(web: Web, books: Books) -> None:
    found = web.client("anna").get("/journalentryview/lookup/post.lines.account?term=4100").json
    assert [row["text"] for row in found["results"]] != []
    stranger = web.client("dirk").post("/journalentryview/do/post", data={"answered": "1", "lines-0-account": books.accounts["4100"]})
    assert "bestaat niet (meer)" in stranger.text


def test_years_and_chart(web: Web, books: Books) -> None:
    assert "Het boekjaar is open." in post(web, "/bookyearview/do/open", year="2027", first_month="1")
    assert "0 grootboekrekeningen toegevoegd" in post(web, "/ledgeraccountview/do/set_up_chart")
    said = post(web, f"/ledgeraccountview/action/open_balance/{books.accounts['1100']}", amount="100,00", on_date="1-1-2025")
    assert "Het beginsaldo is geboekt als nummer 1." in said
    with web.as_("anna"):
        year = queries.booking_days(books.organisation_id).place(date(2025, 6, 1)).book_year_id
    assert "Het boekjaar is afgesloten." in post(web, f"/bookyearview/action/close/{year}")
    assert "Het boekjaar is weer open." in post(web, f"/bookyearview/action/reopen/{year}", reason="Nagekomen rekening")
    refused = post(
        web,
        f"/ledgeraccountview/edit/{books.accounts['1300']}",
        number="1305",
        name="Debiteuren",
        type="asset",
        purpose="debtors",
        is_active="y",
        version_seen="1",
    )
    assert "Op rekening 1300 Debiteuren is geboekt: het nummer kan niet meer anders." in refused


def test_figures_lead_to_what_they_are_made_of(web: Web, books: Books) -> None:
    debtors = page(web, "/debtorsview/list/")
    shown = cells(debtors)
    assert "Jansen, Jo" in shown
    assert "Totaal van 1 debiteuren" in shown
    assert "−€ 60,00" in shown
    card = re.search(r'href="(/debtorcardview/list/[^"]+)"', debtors)[1].replace("&amp;", "&")
    assert all(number in cells(page(web, card)) for number in ("F1", "F2", "Jansen, Jo (1001)"))
    trial = page(web, "/trialbalanceview/list/")
    ledger = re.search(r'href="(/ledgercardview/list/[^"]+)">1?[^<]*Bank', trial)[1].replace("&amp;", "&")
    assert "1100 Bank" in cells(page(web, ledger))
    assert "Bank 1" in cells(page(web, ledger))
    assert "Resultaat lopend boekjaar" in page(web, "/balancesheetview/list/")
    assert "€ 100,00" in cells(page(web, "/profitlossview/list/"))
    csv = page(web, "/debtorsview/export")
    assert "Jansen, Jo (1001);" in csv
    assert "geen datum" in cells(page(web, "/trialbalanceview/list/?on=nooit"))
    assert "Er is geen boekjaar" in cells(page(web, "/trialbalanceview/list/?on=1-1-2001"))
    for odd in ("page=99999", "page=-1", "organisation=999", "account=abc", "on=", "order=x"):
        for name in ("debtors", "trialbalance", "ledgercard", "balancesheet", "profitloss", "debtorcard"):
            page(web, f"/{name}view/list/?{odd}")


def test_who_may_look(web: Web, books: Books) -> None:
    for who, status in (("els", 200), ("carla", 200), ("dirk", 200), ("bram", 403), ("peter", 403)):
        for name in ("debtors", "trialbalance", "ledgercard"):
            text = page(web, f"/{name}view/list/", who, status)
            if who == "dirk":
                assert "Jansen" not in text
                assert f"organisation={books.organisation_id}" not in text
    assert "Jansen" not in page(web, f"/debtorsview/list/?organisation={books.organisation_id}", "dirk")
