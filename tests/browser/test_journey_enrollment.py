"""The first journey: from the public form to a member with a mandate; by a visitor and the member administrator of a province."""

from __future__ import annotations

import email
import re
from collections.abc import Callable
from datetime import date
from email import policy

import pytest
from sqlalchemy import func, select

from app.enrollment.models import Enrollment
from app.enrollment.usecases import enter
from app.functions.models import FunctionTerm
from app.kernel.db import db
from app.relations.models import Address, Relation
from app.sepa.models import Mandate
from tests.browser.site import NARROW, Person, Site
from tests.mail.servers import Inbox

pytestmark = pytest.mark.browser
FORM = "/inschrijven/gelderland"
IBAN = "NL91ABNA0417164300"
OTHER_IBAN = "NL20INGB0001234567"  # nobody has it yet, also not who became a member in the test before


def relative_of(site: Site) -> dict[str, str]:
    """Return the answers of somebody who lives with a member of Gelderland and has the same surname."""
    with site.as_("GE"):
        card, home = db.session.execute(
            select(Relation, Address)
            .join(Address, Address.relation_id == Relation.id)
            .where(Relation.kind == "person", Relation.end_date.is_(None), Address.postcode.is_not(None))
            .order_by(Relation.id)
            .limit(1)
        ).one()
        return {
            "first_name": "Quirine",
            "surname": f"{card.prefix or ''} {card.surname}".strip(),
            "birth_date": "09-05-2014",
            "street": home.street,
            "house_number": home.house_number,
            "postcode": home.postcode,
            "town": home.town,
            "iban": IBAN,
            "known_as": card.display_name,
        }


def handed_in(visitor: Person, answers: dict[str, str]) -> None:
    """Fill in the form, look it over and send it."""
    page = visitor.page
    visitor.open(FORM)
    for name in ("first_name", "surname", "birth_date", "street", "house_number", "postcode", "town", "iban", "email"):
        page.fill(f"#{name}", answers[name])
    page.check("input[name=pay][value=direct_debit]")
    page.check("#consents")
    visitor.press("Verder naar nakijken")
    assert answers["first_name"] in page.locator("main").inner_text()
    assert "€" in page.locator("main").inner_text()  # what it costs stands there before anything is sent
    visitor.press("Inschrijving versturen")


def link_in(inbox: Inbox, address: str) -> str:
    """Return the path of the link that was mailed to an address."""
    content = next(content for recipient, content in inbox.mails if recipient == address)
    body = email.message_from_bytes(content, policy=policy.default).get_body(("plain",))
    assert body is not None
    found = re.search(rf"https?://[^/]+({FORM}/bevestigen/\S+)", body.get_content())
    assert found
    return found[1]


def waiting(site: Site) -> int:
    """Return how many enrollments wait in Gelderland."""
    with site.as_("GE"):
        return db.session.scalar(select(func.count()).select_from(Enrollment).where(Enrollment.state == "new")) or 0


def red(somebody: Person) -> int:
    """Return the red count behind the enrollments in the menu."""
    return int(somebody.page.locator(".bn-nav a[href='/enrollmentview/list/'] .bn-count-red span").first.inner_text())


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_somebody_becomes_a_member_once(site: Site, inbox: Inbox, someone: Callable[..., Person], javascript: bool) -> None:
    answers = {**relative_of(site), "email": "quirine@post.example" if javascript else "quinten@post.example"}
    answers["first_name"] = "Quirine" if javascript else "Quinten"
    before = waiting(site)

    # A visitor on a phone; what is wrong is said at its field, and nothing is sent.
    visitor = someone(width=NARROW, javascript=javascript)
    visitor.open(FORM)
    visitor.press("Verder naar nakijken")
    assert "Vul je achternaam in" in visitor.page.locator("#bn-errors").inner_text()
    handed_in(visitor, answers)
    assert "We hebben je een mail gestuurd" in visitor.page.locator("main").inner_text()
    assert waiting(site) == before  # not before the address is confirmed
    site.work()
    visitor.open(link_in(inbox, answers["email"]))
    visitor.press("Ja, bevestigen")
    assert "bevestigd" in visitor.page.locator("main").inner_text()
    assert waiting(site) == before + 1

    # The administrator sees it wait, with the family beside it.
    lotte = someone("lotte")
    page = lotte.page
    with site.as_("GE"):
        number = db.session.scalars(select(Enrollment.id).where(Enrollment.email == answers["email"])).one()
    lotte.open("/enrollmentview/list/")
    assert red(lotte) >= before  # the count may be a few seconds old
    second = someone("lotte")
    lotte.open(f"/inschrijvingen/beoordelen/{number}")
    assert answers["known_as"] in page.locator("main").inner_text()
    second.open(f"/inschrijvingen/beoordelen/{number}")

    # Accepted once, although two people press the button.
    assert page.locator("#gives_mandate").is_checked()
    lotte.press("Accepteren en volgende")
    assert answers["first_name"] in lotte.told()
    second.press("Accepteren en volgende")
    assert "Geaccepteerd" in second.page.locator("main").inner_text()
    with site.as_("GE") as actor:
        card = db.session.scalars(select(Relation).where(Relation.first_name == answers["first_name"])).one()
        term = db.session.scalars(select(FunctionTerm).where(FunctionTerm.relation_id == card.id)).one()
        mandate = db.session.scalars(select(Mandate).where(Mandate.relation_id == card.id)).one()
        assert (card.birth_date, card.payment_method, term.first_day) == (date(2014, 5, 9), "direct_debit", site.today)
        assert (mandate.organisation_id, mandate.iban, mandate.state) == (actor.organisation_id, IBAN, "active")
    assert waiting(site) == before

    # The welcome arrives, and the card is found by name.
    site.work()
    assert answers["email"] in [recipient for recipient, _ in inbox.mails[1:]]
    lotte.open(f"/relationview/list/?_flt_0_display_name={answers['first_name']}")
    assert answers["first_name"] in page.locator(".bn-list tbody").inner_text()


def test_somebody_known_is_laid_beside_the_card_and_the_iban_is_never_chosen(site: Site, someone: Callable[..., Person]) -> None:
    with site.as_("GE"):
        card = db.session.scalars(
            select(Relation)
            .join(Address, Address.relation_id == Relation.id)
            .where(Relation.kind == "person", Relation.birth_date.is_not(None), Relation.end_date.is_(None))
            .order_by(Relation.id.desc())
            .limit(1)
        ).one()
        home = card.addresses[0]
        kind = db.session.scalars(select(FunctionTerm.function_type_id).where(FunctionTerm.relation_id == card.id).limit(1)).one()
        number = enter(
            {
                **{name: getattr(card, name) for name in ("first_name", "prefix", "surname", "birth_date")},
                **{name: getattr(home, name) for name in ("street", "house_number", "postcode", "town")},
                "function_type_id": kind,
                "department_id": card.organisation_id,
                "iban": OTHER_IBAN,
            }
        )
        known, surname = card.id, card.surname
    lotte = someone("lotte")
    page = lotte.page
    lotte.open(f"/inschrijvingen/beoordelen/{number}")
    assert page.get_by_role("link", name="Zelfde persoon: samenvoegen").get_attribute("aria-current") == "true"
    assert page.locator("input[name=take_iban]:checked").count() == 0
    lotte.press("Overnemen en afwijzen")
    assert "IBAN" in page.locator("main").inner_text()
    with site.as_("GE"):
        assert db.session.get_one(Enrollment, number).state == "new"
    page.locator("input[name=take_iban][value=new]").check()
    lotte.press("Overnemen en afwijzen")
    with site.as_("GE"):
        row = db.session.get_one(Enrollment, number)
        assert (row.state, row.relation_id, row.surname) == ("taken_over", known, surname)
        assert OTHER_IBAN in [account.iban for account in db.session.get_one(Relation, known).accounts]
