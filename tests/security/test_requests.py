"""What every request gets: an environment, closed doors, headers, and one way of refusing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask, g
from sqlalchemy import select, text

from app.kernel.actor import the_actor
from app.kernel.db import db
from app.kernel.errors import DomainError, NotAllowed, NotFound
from app.kernel.unit_of_work import transaction
from app.relations.models import Relation
from security.models import Assignment
from tests.conftest import Databases
from tests.web import Web, close, make_web

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

IBAN = "NL69INGB0123456789"


def _probes(flask: Flask) -> None:
    """Pages that fail in each way, open to who is signed in."""

    def fail(how: str) -> str:
        if how == "refusal":
            raise DomainError("too_early", "Dat kan pas in maart. Kies een latere datum.")
        if how == "not_found":
            raise NotFound
        if how == "not_allowed":
            raise NotAllowed
        if how == "integrity":
            db.session.execute(text("INSERT INTO ab_role (name) VALUES ('Penningmeester')"))
        if how == "big_number":
            db.session.get(Relation, 2**70)
        if how == "sql":
            db.session.execute(text("SELECT canary FROM nowhere"))
        if how == "fault":
            raise ValueError(f"canary of Jan Jansen, {IBAN}")
        return f"{the_actor().name} {sorted(the_actor().organisation_ids)} {g.access.environment.name}"

    flask.add_url_rule("/probe/<how>", "probe", fail, methods=["GET", "POST"])


@pytest.fixture(scope="module")
def probed(databases: Databases) -> Iterator[Web]:
    from security import web as guard

    url = databases.new()
    made = make_web(url)
    _probes(made.app)
    guard.FOR_EVERYONE["probe"] = "only in this test"
    yield made
    del guard.FOR_EVERYONE["probe"]
    close(made)
    databases.drop(url)


@pytest.mark.parametrize(
    ("how", "status", "said"),
    [
        ("refusal", 400, "Dat kan pas in maart. Kies een latere datum."),
        ("not_found", 404, "hoort niet bij jouw omgeving"),
        ("not_allowed", 403, "Je mag dit niet doen"),
        ("integrity", 400, "er bestaat al iets met deze gegevens"),
        ("big_number", 400, ""),
        ("sql", 500, "nummer"),
        ("fault", 500, "nummer"),
    ],
)
def test_each_error_is_a_dutch_page_without_its_inside(
    probed: Web, caplog: pytest.LogCaptureFixture, how: str, status: int, said: str
) -> None:
    for accept in ("text/html", "application/json"):
        answer = probed.client("anna").get(f"/probe/{how}", headers={"Accept": accept})
        assert answer.status_code == status, answer.text
        body = answer.get_json()["message"] if accept == "application/json" else answer.text
        assert said in body
        for inside in ("canary", "Traceback", "INSERT", "SELECT", "sqlite3", "psycopg", IBAN):
            assert inside not in body, inside
    assert IBAN not in caplog.text
    if status == 500:
        reference = re.search(r"[0-9A-F]{8}", body)
        assert reference
        assert reference[0] in caplog.text


def test_an_error_leaves_nothing_behind(probed: Web) -> None:
    client = probed.client("anna")
    assert client.get("/probe/integrity").status_code == 400
    assert client.get("/probe/none").status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [("page_X=abc", 400), ("page_X=-1", 400), ("psize_X=1e9", 400), ("page_X=%C2%B2", 400), ("q=a%00b", 400), ("page_X=3", 200)],
)
def test_nonsense_in_an_address_is_refused(probed: Web, query: str, status: int) -> None:
    assert probed.client("anna").get(f"/probe/none?{query}").status_code == status


def test_the_headers_are_on_every_answer(probed: Web) -> None:
    for client in (probed.client("anna"), probed.anonymous()):
        for path in ("/", "/login/", "/probe/none", "/probe/fault", "/nergens"):
            answer = client.get(path)
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
            assert "Strict-Transport-Security" not in answer.headers


def test_cookies_are_for_this_site_only_and_hold_no_addresses(probed: Web) -> None:
    client = probed.signed_in("anna")
    answer = client.get("/?zoek=Jansen")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    with client.session_transaction() as kept:
        assert set(kept) <= {"token", "environment", "csrf_token", "_user_id", "_id", "_fresh", "_permanent", "_flashes", "locale"}


def test_behind_https_the_cookie_and_the_site_stay_there(databases: Databases) -> None:
    url = databases.new()
    made = make_web(url, SESSION_COOKIE_SECURE=True)
    answer = made.anonymous().get("/login/", base_url="https://bond.example")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Secure" in answer.headers["Set-Cookie"]
    close(made)
    databases.drop(url)


def test_who_is_not_signed_in_is_led_to_the_door(probed: Web) -> None:
    client = probed.anonymous()
    for path in ("/", "/probe/none", "/wachtwoord/", "/logout/"):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer.headers["Location"].startswith("/login/"), path
    assert client.get("/probe/none", headers={"Accept": "application/json"}).status_code == 401
    assert client.post("/omgeving/", data={"organisation_id": 1}).status_code == 302


def test_a_page_that_asks_for_no_permission_is_closed(databases: Databases) -> None:
    url = databases.new()
    made = make_web(url)
    made.app.add_url_rule("/vergeten", "vergeten", lambda: "canary")
    assert made.client("carla").get("/vergeten").status_code == 403
    close(made)
    databases.drop(url)


def test_the_environment_begins_at_the_highest_assignment(probed: Web) -> None:
    places = probed.federation.organisations
    expected = {"anna": ["A", "A1", "A2"], "bram": ["A1"], "carla": list(places), "dirk": ["B", "B1", "B2"]}
    for who, codes in expected.items():
        assert probed.client(who).get("/probe/none").text.startswith(f"{who} {sorted(places[code] for code in codes)}")


def test_switching_the_environment_narrows_what_is_seen_and_stays_within_reach(probed: Web) -> None:
    client, places = probed.signed_in("anna"), probed.federation.organisations
    assert client.post("/omgeving/", data={"organisation_id": places["A1"]}).status_code == 302
    assert client.get("/probe/none").text == f"anna [{places['A1']}] department A1"
    for out_of_reach in (places["B"], places["B1"], places["NL"], 999, "x", ""):
        assert client.post("/omgeving/", data={"organisation_id": out_of_reach}).status_code == 400
    assert client.get("/probe/none").text == f"anna [{places['A1']}] department A1"
    assert client.post("/omgeving/", data={"organisation_id": places["A"]}).status_code == 302


def test_a_form_is_done_in_the_environment_of_its_own_tab(probed: Web) -> None:
    client, places = probed.signed_in("anna"), probed.federation.organisations
    client.post("/omgeving/", data={"organisation_id": places["A1"]})
    for tab, ids in (("A", ["A", "A1", "A2"]), ("A1", ["A1"]), ("A2", ["A2"])):
        done = client.post("/probe/none", data={"_env": places[tab]})
        assert done.text.startswith(f"anna {sorted(places[code] for code in ids)}")
        page = client.get("/account/").text
        assert ("Je werkt weer in" in page) is (done.status_code == 200)
        assert client.get("/probe/none").text == done.text, "what follows is of the same environment"
    asked = client.get("/probe/none", headers={"X-Environment": str(places["A1"])})
    assert asked.text == f"anna [{places['A1']}] department A1", "a script of a stale tab asks in the environment of its page"
    assert client.get("/probe/none").text == f"anna [{places['A2']}] department A2"


@pytest.mark.parametrize("tab", ["B", "NL", "x", "999999"])
def test_a_form_of_an_environment_out_of_reach_is_refused(probed: Web, tab: str) -> None:
    client, places = probed.signed_in("anna"), probed.federation.organisations
    answer = client.post("/probe/none", data={"_env": places.get(tab, tab)})
    assert answer.status_code == 409
    assert "Er is niets bewaard" in answer.text
    assert client.get("/probe/none").text.startswith(f"anna {sorted(places[code] for code in ('A', 'A1', 'A2'))}")


def test_a_row_that_is_added_in_a_stale_tab_is_of_the_environment_of_that_tab(probed: Web) -> None:
    client, places = probed.signed_in("carla"), probed.federation.organisations
    client.post("/omgeving/", data={"organisation_id": places["B1"]})
    form = {"kind": "person", "surname": "Tabblad", "correspondence": "none", "payment_method": "transfer", "language": "nl"}
    assert client.post("/relationview/add", data={**form, "_env": places["A2"]}).status_code == 302
    with probed.as_("system"):
        assert db.session.scalars(select(Relation.organisation_id).where(Relation.surname == "Tabblad")).all() == [places["A2"]]


def test_every_form_says_of_which_environment_it_is() -> None:
    before_signing_in = {"login_db.html", "forgotten.html", "step_password.html", "step_code.html"}
    before_signing_in |= {"enrollment_public.html", "enrollment_message.html", "enrollment_review.html"}
    for path in Path("app/templates").rglob("*.html"):
        if path.name in before_signing_in:
            continue
        for form in re.findall(r"(?s)<form(?=[^>]*method=.post).*?</form>", path.read_text()):
            assert "token() }}" in form.replace("csrf_token() }}", "") or '"_env"' in form, f"{path.name}: {form[:120]}"


def test_rights_begin_and_end_with_the_days_of_the_assignment(web: Web) -> None:
    client = web.client("anna")
    with web.as_("system"), transaction() as session:
        row = session.scalar(
            select(Assignment).where(Assignment.organisation_id == web.federation.organisations["A"]).order_by(Assignment.id)
        )
        row.last_day = date(2021, 1, 1)
    with client:
        assert client.get("/").status_code == 200
        assert g.access.environment is None
        assert g.access.permissions == frozenset()
        assert g.access.organisation_ids == frozenset()


def test_a_form_needs_its_token_and_the_token_is_of_one_environment(databases: Databases) -> None:
    url = databases.new()
    made = make_web(url, WTF_CSRF_ENABLED=True)
    browser, places = made.anonymous(), made.federation.organisations

    def token(path: str) -> str:
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(path).text)[1]

    form = {"username": "anna", "password": "vier woorden op een rij"}
    assert browser.post("/login/", data=form).status_code == 400
    assert browser.post("/login/", data={**form, "csrf_token": token("/login/")}).status_code == 302
    first = token("/wachtwoord/")
    assert browser.post("/omgeving/", data={"organisation_id": places["A1"]}).status_code == 400
    switched = browser.post("/omgeving/", data={"organisation_id": places["A1"], "csrf_token": first})
    assert switched.status_code == 302
    change = {"present": "x", "wanted": "y", "again": "y"}
    for lying in ({}, {"_env": places["A1"]}):  # the token says where the page is of, not the field alone
        stale = browser.post("/wachtwoord/", data={**change, **lying, "csrf_token": first})
        assert stale.status_code == 400
        assert "andere omgeving" in stale.text
    own = browser.post("/wachtwoord/", data={**change, "_env": places["A"], "csrf_token": first})
    assert "huidige wachtwoord klopt niet" in own.text, "in the environment of its page a form is good"
    close(made)
    databases.drop(url)
