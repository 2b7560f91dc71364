"""The screens of privacy: who may, all data as a file, forgetting in two steps, retention and consents."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.consents.models import Consent, ConsentPurpose
from app.consents.queries import has_consent
from app.kernel import clock
from app.kernel.db import db
from app.kernel.models import AuditRecord
from app.privacy.models import Erasure, RetentionRule
from app.relations.models import Relation
from tests.web import PASSWORD, Web


@pytest.mark.parametrize(
    ("who", "export", "rules"), [("carla", 200, 200), ("bram", 302, 302), ("anna", 302, 302), ("els", 302, 302), ("peter", 302, 302)]
)
def test_only_who_may_reaches_personal_data(shared_web: Web, who: str, export: int, rules: int) -> None:
    with shared_web.app.app_context():
        card = shared_web.federation.relation("A1", "Bereikbaar")
    client = shared_web.client(who)
    shown = client.get(f"/relationview/show/{card}").text
    assert ("Persoonsgegevens van deze relatie" in shown) is (export == 200), "the way from the card is for who may"
    assert client.get(f"/personaldataview/action/personal_export/{card}").status_code in ((200,) if export == 200 else (302, 403))
    assert client.get("/retentionruleview/list/").status_code in ((200,) if rules == 200 else (302, 403))


def test_all_data_as_files_and_the_trail_says_so(shared_web: Web) -> None:
    with shared_web.app.app_context():
        card = shared_web.federation.relation("A1", "Opvraag", remarks="Belt liever niet", birth_date=date(1970, 2, 3))
        other = shared_web.federation.relation("A1", "Buurvrouw")
    page = f"/personaldataview/action/personal_export/{card}"
    carla = shared_web.client("carla")
    answer = carla.post(page, data={"answered": "1", "form": "json"})
    assert answer.mimetype == "application/json"
    found = json.loads(answer.data)
    parts = {part["tabel"]: part for part in found["delen"]}
    assert parts["relation"]["rijen"][0]["surname"] == "Opvraag"
    assert parts["relation"]["velden"]["birth_date"] == "Geboortedatum"
    assert "Buurvrouw" not in answer.text
    pdf = carla.post(page, data={"answered": "1", "form": "pdf"})
    assert pdf.data.startswith(b"%PDF")
    with shared_web.as_("carla"):
        said = select(func.count()).select_from(AuditRecord).where(AuditRecord.action == "export_person", AuditRecord.row_id == card)
        assert db.session.scalar(said) == 2
    assert shared_web.client("dirk").get(f"/personaldataview/show/{other}").status_code in (302, 403)


def test_forgetting_takes_two_steps_and_a_password_each(shared_web: Web) -> None:
    with shared_web.app.app_context():
        card = shared_web.federation.relation("A1", "Vergeetmij", remarks="weg")
        held = shared_web.federation.relation("A1", "Blijvertje")
        shared_web.federation.holds(held, "A1")
    carla = shared_web.client("carla")

    def ask(number: int, **answers: str) -> str:
        form = {"answered": "1", "reason": "request", "own_password": PASSWORD, **answers}
        return carla.post(f"/personaldataview/action/erase/{number}", data=form, follow_redirects=True).text

    assert "klopt niet" in ask(card, own_password="een verkeerd wachtwoord")
    seen = ask(card)
    assert "Nu vergeten" in seen
    assert "Logboek" in seen
    assert "Vergeetmij" in carla.get(f"/relationview/show/{card}").text, "looking wipes nothing"
    assert "loopt nog" in ask(held, previewed="1")
    assert "Vergeten. Wat de fiscus vraagt" in ask(card, previewed="1")
    assert "Vergeetmij" not in carla.get(f"/relationview/show/{card}").text
    with shared_web.as_("carla"):
        assert db.session.scalar(select(Relation.surname).where(Relation.id == card)) == "Gewiste relatie"
        assert db.session.scalar(select(Erasure.erased_by).where(Erasure.relation_id == card)) == "carla"
    assert "al vergeten" in ask(card)
    assert "Gewiste relatie" in carla.get("/erasureview/list/").text


def test_retention_rules_are_set_up_and_law_keeps_its_minimum(shared_web: Web) -> None:
    carla = shared_web.client("carla")
    for _twice in range(2):
        assert carla.post("/retentionruleview/do/set_up", data={"answered": "1"}).status_code == 302
    with shared_web.as_("carla"):
        rules = {rule.kind: rule.id for rule in db.session.scalars(select(RetentionRule))}
    assert len(rules) == 8
    page = carla.post(
        f"/retentionruleview/edit/{rules['statements']}",
        data={"months": "12", "is_active": "y", "version_seen": "1"},
        follow_redirects=True,
    ).text
    assert "korter dan 96 maanden mag niet" in page
    seen = carla.post("/retentionruleview/do/preview", data={"answered": "1"}).text
    assert "Dit zou nu weggaan" in seen
    assert "nee, staat uit" in seen


def test_consents_are_noted_withdrawn_and_asked_for(shared_web: Web) -> None:
    with shared_web.app.app_context():
        card = shared_web.federation.relation("A1", "Nieuwslezer")
    carla = shared_web.client("carla")
    purpose = {"name": "Nieuwsbrief", "code": "nieuwsbrief", "question": "Ik wil de nieuwsbrief.", "is_active": "y",
               "organisation": shared_web.federation.organisations["NL"]}  # fmt: skip
    carla.post("/consentpurposeview/add", data=purpose)
    with shared_web.as_("carla"):
        number = db.session.scalar(select(ConsentPurpose.id).where(ConsentPurpose.code == "nieuwsbrief"))
    for said, on in (("yes", "01-02-2025"), ("no", "01-03-2025")):
        form = {"answered": "1", "relation": card, "purpose": number, "said": said, "on_date": on, "source": "phone", "remarks": ""}
        assert "Vastgelegd." in carla.post("/consentview/do/note", data=form, follow_redirects=True).text
    with shared_web.as_("bram"):
        assert [has_consent(card, "nieuwsbrief", day) for day in (date(2025, 1, 31), date(2025, 2, 1), date(2025, 3, 1))] == [
            False,
            True,
            False,
        ]
        assert db.session.scalar(select(func.count()).select_from(Consent).where(Consent.relation_id == card)) == 2
    late = {"answered": "1", "relation": card, "purpose": number, "said": "yes", "source": "mail",
            "on_date": f"{clock.today() + timedelta(days=2):%d-%m-%Y}"}  # fmt: skip
    assert "ligt nog voor ons" in carla.post("/consentview/do/note", data=late).text
    assert re.search(r"Nieuwsbrief", carla.get(f"/relationview/show/{card}").text), "the tab on the card"


def test_a_bsn_is_refused_on_the_card_and_told_without_repeating_it(shared_web: Web) -> None:
    with shared_web.app.app_context():
        card = shared_web.federation.relation("A1", "Nummerman")
    form = {"kind": "person", "surname": "Nummerman", "correspondence": "mail", "language": "nl", "payment_method": "transfer",
            "remarks": "Zijn BSN is 111222333", "version_seen": "1"}  # fmt: skip
    page = shared_web.client("carla").post(f"/relationview/edit/{card}", data=form, follow_redirects=True).text
    assert "burgerservicenummer (BSN)" in page
    with shared_web.as_("carla"):
        assert db.session.scalar(select(Relation.remarks).where(Relation.id == card)) is None
