"""The public form and the page on which enrollments are judged, as a visitor and the personas meet them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest

from app.consents.models import ConsentPurpose
from app.enrollment import queries, usecases
from app.enrollment.models import Enrollment, EnrollmentForm
from app.functions.models import FunctionTerm
from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from app.mail.models import Message
from app.relations import usecases as cards
from app.relations.drafts import AccountDraft, AddressDraft, ContactDraft, RelationDraft
from app.relations.models import Relation
from run import create_app
from tests.web import Web, close

FILLED = {
    "first_name": "Roos",
    "surname": "van Velthuis",
    "birth_date": "09-05-1991",
    "street": "Vliegerpad",
    "house_number": "31",
    "postcode": "7201kl",
    "town": "Zutphen",
    "email": "roos@voorbeeld.nl",
    "phone": "06 12345678",
    "pay": "direct_debit",
    "iban": "NL91 ABNA 0417 1643 00",
    "consents": "1",
}
JUDGE = "/inschrijvingen/beoordelen"


@pytest.fixture
def form(web: Web) -> str:
    with web.as_("anna"), transaction() as session:
        session.add(
            EnrollmentForm(
                organisation_id=web.federation.organisations["A"],
                slug="a",
                title="Lid worden",
                is_open=True,
                function_type_id=web.federation.member,
                consent_text="Ik ga akkoord.",
                fields={"first_name": "required", "birth_date": "required", "address": "required", "phone": "asked"},
            )
        )
    return "/inschrijven/a"


@pytest.fixture
def waiting(web: Web, form: str) -> int:
    client = web.anonymous()
    client.post(form, data={**FILLED, "stap": "versturen", "department_id": str(web.federation.organisations["A1"])})
    client.post(_link(web))
    with web.as_("anna"):
        return db.session.query(Enrollment.id).scalar()


def _link(web: Web) -> str:
    with web.as_("anna"):
        body = db.session.query(Message.body).filter_by(recipient="roos@voorbeeld.nl").scalar()
    return re.search(r"https?://[^/]+(/inschrijven/\S+)", body)[1]


def rows(web: Web, model: type) -> int:
    with web.as_("anna"):
        return db.session.query(model).count()


def test_a_visitor_fills_in_checks_sends_and_confirms(web: Web, form: str) -> None:
    client = web.anonymous()
    page = client.get(form)
    assert page.status_code == 200
    assert "Wie ben je?" in page.text
    assert "csrf_token" not in page.text
    review = client.post(form, data=FILLED)
    assert review.status_code == 200
    assert all(text in review.text for text in ("Klopt alles?", "Roos van Velthuis", "7201 KL Zutphen", "NL91 ABNA 0417 1643 00"))
    assert rows(web, Enrollment) == 0
    again = client.post(form, data={**FILLED, "stap": "wijzigen"})
    assert 'value="van Velthuis"' in again.text
    sent = client.post(form, data={**FILLED, "stap": "versturen"})
    assert (sent.status_code, sent.location) == (303, f"{form}/bedankt")
    assert "We hebben je een mail gestuurd" in client.get(sent.location).text
    link = _link(web)
    assert "Ja, bevestigen" in client.get(link).text
    with web.as_("anna"):
        assert queries.waiting_count() == 0
    assert client.post(link).location == f"{form}/bevestigd"
    assert "Dank je wel" in client.get(f"{form}/bevestigd").text
    assert client.post(link).status_code == 400
    with web.as_("anna"):
        assert queries.waiting_count() == 1


def test_purposes_are_ticks_of_their_own_that_survive_the_check(web: Web, form: str) -> None:
    with web.as_("anna"), transaction() as session:
        purpose = ConsentPurpose(
            organisation_id=web.federation.organisations["A"], code="krant", name="Krant", question="Mag de krant komen?"
        )
        session.add(purpose)
        session.flush()
        number = purpose.id
        session.query(EnrollmentForm).one().consent_purposes = [number]
    client = web.anonymous()
    page = client.get(form).text
    assert "Mag de krant komen?" in page
    assert f'name="doel-{number}" value="1" checked' not in page
    review = client.post(form, data={**FILLED, f"doel-{number}": "1", "doel-999": "1", "doel-x": "1"}).text
    assert f'name="doel-{number}" value="1"' in review
    assert "doel-x" not in review
    client.post(form, data={**FILLED, "stap": "versturen", f"doel-{number}": "1", "doel-999": "1"})
    with web.as_("anna"):
        assert db.session.query(Enrollment.purposes).scalar() == [number]


def test_what_is_not_right_is_said_at_the_field_and_nothing_is_kept(web: Web, form: str) -> None:
    answer = web.anonymous().post(
        form, data={**FILLED, "email": "roos", "iban": "NL00", "birth_date": "31-02-1990", "consents": "", "stap": "versturen"}
    )
    assert "geen datum" in answer.text
    answer = web.anonymous().post(form, data={**FILLED, "email": "roos", "iban": "NL00", "consents": "", "stap": "versturen"})
    assert "3 velden kloppen nog niet" in answer.text
    assert all(f'id="{name}-e"' in answer.text for name in ("email", "iban", "consents"))
    assert 'value="van Velthuis"' in answer.text
    assert rows(web, Enrollment) == rows(web, Message) == 0


def test_a_program_that_fills_in_the_trap_is_thanked_and_forgotten(web: Web, form: str) -> None:
    assert web.anonymous().post(form, data={**FILLED, "website": "x", "stap": "versturen"}).status_code == 303
    assert rows(web, Enrollment) == rows(web, Message) == 0


def test_who_sends_too_often_gets_the_form_back_as_it_was(web: Web, form: str) -> None:
    limited = Web(create_app({**web.app.config, "RATELIMIT_ENABLED": True}), web.federation)
    visitor = limited.anonymous()
    answers = [visitor.post(form, data=FILLED) for _ in range(7)]
    close(limited)
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert "Wacht een minuut" in answers[-1].text
    assert 'value="van Velthuis"' in answers[-1].text
    assert 'value="NL91 ABNA 0417 1643 00"' in answers[-1].text


@pytest.mark.parametrize("path", ["/inschrijven/bestaat-niet", "/inschrijven/" + "x" * 100, "/inschrijven/a/bevestigen/x/y"])
def test_what_is_not_there_is_not_found(web: Web, form: str, path: str) -> None:
    assert web.anonymous().get(path).status_code == 404


def test_nobody_knows_who_is_a_member_from_the_answer(web: Web, form: str) -> None:
    first = web.anonymous().post(form, data={**FILLED, "stap": "versturen"})
    second = web.anonymous().post(form, data={**FILLED, "stap": "versturen"})
    assert (first.status_code, first.location, first.data) == (second.status_code, second.location, second.data)


def test_markup_that_is_typed_stays_text(web: Web, form: str, waiting: int) -> None:
    with web.as_("anna"):
        usecases.change(waiting, {"surname": "<script>alert(1)</script>", "remarks": "<b>x</b>"})
    page = web.client("carla").get(f"{JUDGE}/{waiting}")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


def test_an_administrator_accepts_and_the_next_one_comes(web: Web, waiting: int) -> None:
    client = web.client("carla")
    assert client.get(f"{JUDGE}/").location == f"{JUDGE}/{waiting}"
    page = client.get(f"{JUDGE}/{waiting}")
    assert page.status_code == 200
    assert "Accepteren en volgende" in page.text
    chosen = {
        "department_id": str(web.federation.organisations["A1"]),
        "function_type_id": str(web.federation.member),
        "from_day": f"01-01-{date.today().year + 1}",  # noqa: DTZ011
        "gives_mandate": "1",
        "doe": "accepteer",
    }
    refused = client.post(f"{JUDGE}/{waiting}", data={**chosen, "from_day": "31-02-2027"})
    assert "geen datum" in refused.text
    assert rows(web, FunctionTerm) == 0
    assert client.post(f"{JUDGE}/{waiting}", data={**chosen, "doe": "bereken"}).status_code == 200
    done = client.post(f"{JUDGE}/{waiting}", data=chosen)
    assert (done.status_code, done.location) == (302, f"{JUDGE}/")
    assert "Je bent bij" in client.get(f"{JUDGE}/").text
    again = client.post(f"{JUDGE}/{waiting}", data=chosen)
    assert "Geaccepteerd" in again.text
    assert rows(web, FunctionTerm) == rows(web, Relation) == 1


def test_the_count_in_the_menu_follows_a_decline_at_once(web: Web, waiting: int) -> None:
    client = web.client("carla")
    assert "bn-count-red" in client.get("/relationview/list/").text
    client.post(f"{JUDGE}/{waiting}/afwijzen", data={"reason": "dubbel"})
    assert "bn-count-red" not in client.get("/relationview/list/").text


def test_somebody_known_is_compared_and_the_iban_is_chosen_by_hand(web: Web, waiting: int) -> None:
    with web.as_("bram"):
        roos = cards.add_relation(
            RelationDraft(
                "Velthuis",
                prefix="van",
                initials="R.",
                birth_date=date(1991, 5, 9),
                addresses=(AddressDraft("Molenweg", "8", "Lochem", "7241 AB"),),
                contact_points=(ContactDraft("email", "roos@voorbeeld.nl"),),
                accounts=(AccountDraft("NL69INGB0123456789", "R. van Velthuis"),),
            )
        )
    client = web.client("carla")
    page = client.get(f"{JUDGE}/{waiting}").text
    assert all(text in page for text in ("lijkt al bekend", "Zelfde geboortedatum", "Kies nog een IBAN", "Molenweg 8, 7241 AB Lochem"))
    picks = re.findall(r"<input[^>]*take_iban[^>]*>", page)
    assert len(picks) == 2
    assert "checked" not in "".join(picks)
    chosen = {
        "relation_id": str(roos),
        "department_id": str(web.federation.organisations["A1"]),
        "function_type_id": str(web.federation.member),
        "from_day": "",
    }
    assert "Kies nog welk IBAN" in client.post(f"{JUDGE}/{waiting}/overnemen", data=chosen).text
    done = client.post(f"{JUDGE}/{waiting}/overnemen", data={**chosen, "take_iban": "keep", "take_phone": "new"})
    assert done.status_code == 302
    with web.as_("anna"):
        assert queries.enrollment(waiting).state == "taken_over"
        card = db.session.get_one(Relation, roos)
        assert [a.iban for a in card.accounts] == ["NL69INGB0123456789"]


REFUSING: list[tuple[str, Callable[[int], str], int]] = [
    ("dirk", lambda n: f"{JUDGE}/{n}", 404),
    ("anna", lambda n: f"{JUDGE}/{n}", 200),
    ("els", lambda n: f"{JUDGE}/{n}", 403),  # it shows account numbers and remarks
    ("peter", lambda n: f"{JUDGE}/{n}", 403),
]


@pytest.mark.parametrize(("who", "address", "status"), REFUSING)
def test_who_may_look(web: Web, waiting: int, who: str, address: Callable[[int], str], status: int) -> None:
    assert web.client(who).get(address(waiting)).status_code == status
    for verb in ("", "/afwijzen", "/vraag", "/overnemen"):
        assert web.client(who).post(f"{JUDGE}/{waiting}{verb}", data={"reason": "x", "question": "x"}).status_code in (403, 404)
    with web.as_("anna"):
        assert queries.enrollment(waiting).state == "new"


def test_a_department_enters_and_the_province_accepts(web: Web) -> None:
    with web.as_("bram"):
        made = usecases.enter({"surname": "Jansen", "function_type_id": web.federation.member})
    bram = web.client("bram")
    page = bram.get(f"{JUDGE}/{made}")
    assert page.status_code == 200
    assert "Accepteren gebeurt bij de provincie" in page.text
    assert "Accepteren en volgende" not in page.text
    for verb in ("", "/afwijzen", "/vraag", "/overnemen"):
        assert bram.post(f"{JUDGE}/{made}{verb}", data={"reason": "x", "question": "x"}).status_code == 403


def test_the_list_counts_and_enters(web: Web, waiting: int) -> None:
    client = web.client("carla")
    page = client.get("/enrollmentview/list/").text
    assert "Velthuis" in page
    assert "Beoordelen wat wacht" in page
    added = client.post(
        "/enrollmentview/add",
        data={"surname": "de Vries", "first_name": "Kees", "country": "NL", "function_type": str(web.federation.member), "after": "back"},
    )
    assert added.status_code == 302, re.findall(r"bn-err[^<]*<[^<]*<[^<]*", added.text)
    refused = client.post(
        "/enrollmentview/add", data={"surname": "", "email": "x", "country": "NL", "function_type": str(web.federation.member)}
    )
    assert "klopt niet" in refused.text or "Vul" in refused.text
    with web.as_("carla"):
        assert db.session.query(Enrollment).filter_by(surname="Vries", prefix="de", source="administrator").count() == 1


def test_a_form_is_set_up_without_code(web: Web) -> None:
    client = web.client("carla")
    values = {
        "organisation": str(web.federation.organisations["NL"]),
        "title": "Word lid",
        "slug": "Nieuw Formulier",
        "function_type": str(web.federation.member),
        "is_open": "y",
        "fields": ["birth_date", "birth_date!", "phone"],
        "after": "back",
    }
    page = client.post("/enrollmentformview/add", data=values).text
    import sys

    print(re.findall(r"bn-errors.*?</ul>", page, re.S), file=sys.stderr)
    assert "kan geen adres zijn" in page
    added = client.post("/enrollmentformview/add", data={**values, "slug": "nieuw"})
    assert added.status_code == 302, re.findall(r"bn-err[^<]*<[^<]*<[^<]*", added.text)
    page = web.anonymous().get("/inschrijven/nieuw").text
    assert 'name="birth_date"' in page
    assert 'name="first_name"' not in page
    with web.as_("carla"):
        assert db.session.query(EnrollmentForm).one().fields == {"birth_date": "required", "phone": "asked"}
