"""Signing in and out: by name or address, blocked after five, dead cookies stay dead."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User
from markupsafe import escape
from sqlalchemy import select, update

from app.kernel.db import db
from app.kernel.models import AuditRecord
from app.kernel.unit_of_work import transaction
from security import usecases
from security.models import UserSession
from tests.web import PASSWORD, Web

NEW = "een heel ander lang woord"


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/").status_code != 302


def copy_of(web: Web, client: FlaskClient) -> FlaskClient:
    """A second browser with a copy of the cookie."""
    cookie = client.get_cookie("bondgenoot")
    other = web.anonymous()
    other.set_cookie("bondgenoot", cookie.value)
    return other


def attempt(web: Web, name: str, password: str) -> bool:
    client = web.anonymous()
    answer = client.post("/login/", data={"username": name, "password": password})
    assert answer.status_code in (200, 302)
    return is_signed_in(client)


@pytest.mark.parametrize("name", ["anna", "Anna", "anna@bond.example", "ANNA@BOND.example", "  anna "])
def test_by_user_name_and_by_address(shared_web: Web, name: str) -> None:
    assert attempt(shared_web, name, PASSWORD)


WRONG = [
    ("anna", "fout"),
    ("anna", PASSWORD + " "),
    ("dirk", PASSWORD.upper()),
    ("niemand", PASSWORD),
    ("dirk", "\N{PILE OF POO}" * 300),
    ("' or 1=1 --", "x"),
    ("%", PASSWORD),
]


def test_every_refusal_reads_the_same(web: Web) -> None:
    pages = set()
    for name, password in WRONG:
        client = web.anonymous()
        answer = client.post("/login/", data={"username": name, "password": password}, follow_redirects=True)
        assert not is_signed_in(client)
        pages.add(answer.text.replace(f'value="{escape(name)}"', ""))
    assert len(pages) == 1


def test_five_wrong_attempts_block_the_account_until_an_administrator_unblocks_it(web: Web) -> None:
    for _ in range(4):
        assert not attempt(web, "anna", "fout")
    assert attempt(web, "anna", PASSWORD), "four wrong attempts do not block"
    for _ in range(5):
        assert not attempt(web, "anna", "fout")
    assert not attempt(web, "anna", PASSWORD)
    assert not attempt(web, "anna@bond.example", PASSWORD)
    assert attempt(web, "dirk", PASSWORD), "another account is not blocked"

    result = web.app.test_cli_runner().invoke(args=["user", "unblock", "anna"])
    assert result.exit_code == 0, result.output
    assert attempt(web, "anna", PASSWORD)


def test_what_happened_at_the_door_is_in_the_trail(web: Web) -> None:
    attempt(web, "anna", "fout")
    attempt(web, "anna", PASSWORD)
    with web.as_("system"):
        kept = db.session.scalars(select(AuditRecord).where(AuditRecord.action.like("sign_in%")).order_by(AuditRecord.id)).all()
        assert [line.action for line in kept[-2:]] == ["sign_in_refused", "sign_in"]
        assert "fout" not in str([line.changes for line in kept])


def test_a_copy_of_the_cookie_dies_with_signing_out(web: Web) -> None:
    client = web.signed_in("anna")
    copied = copy_of(web, client)
    other_browser = web.signed_in("anna")
    assert is_signed_in(copied)
    client.get("/logout/")
    assert not is_signed_in(client)
    assert not is_signed_in(copied)
    assert is_signed_in(other_browser), "signing out ends one session"


def test_a_new_password_asks_for_the_present_one_and_ends_every_other_session(web: Web) -> None:
    client, elsewhere = web.signed_in("anna"), web.signed_in("anna")
    wrong = client.post("/wachtwoord/", data={"present": "fout", "wanted": NEW, "again": NEW})
    assert wrong.status_code == 400
    assert "Je huidige wachtwoord klopt niet" in wrong.text
    assert attempt(web, "anna", PASSWORD)

    copied = copy_of(web, client)
    done = client.post("/wachtwoord/", data={"present": PASSWORD, "wanted": NEW, "again": NEW})
    assert done.status_code == 302
    assert is_signed_in(client)
    assert not is_signed_in(copied)
    assert not is_signed_in(elsewhere)
    assert attempt(web, "anna", NEW)
    assert not attempt(web, "anna", PASSWORD)


@pytest.mark.parametrize(
    "weak",
    ["kort", "a" * 40, "ik ben anna hoor", "x" * 300, "tab\ter in het woord", "welkom2026!!", "Penningmeester2026", "qwertyuiop123"],
)
def test_a_weak_password_is_refused_with_the_reason(shared_web: Web, weak: str) -> None:
    answer = shared_web.client("anna").post("/wachtwoord/", data={"present": PASSWORD, "wanted": weak, "again": weak})
    assert answer.status_code == 400
    assert "wachtwoord" in answer.text


def test_a_deactivated_user_is_out_at_once(web: Web) -> None:
    client = web.signed_in("anna")
    with web.as_("system"), transaction() as session:
        session.execute(update(User).where(User.username == "anna").values(active=False))
    assert not is_signed_in(client)
    assert not attempt(web, "anna", PASSWORD)


def test_a_session_ends_after_its_longest_time(web: Web) -> None:
    client = web.signed_in("anna")
    web.app.config["SESSION_LONGEST_SECONDS"] = 0
    assert not is_signed_in(client)


def test_a_planted_cookie_does_not_become_a_session(web: Web) -> None:
    browser = web.anonymous()
    browser.get("/login/")
    with browser.session_transaction() as kept:
        kept["csrf_token"] = "planted"
        kept["environment"] = 1
    planted = copy_of(web, browser)
    browser.post("/login/", data={"username": "anna", "password": PASSWORD})
    assert is_signed_in(browser)
    assert not is_signed_in(planted)
    with browser.session_transaction() as kept:
        assert kept.get("csrf_token") != "planted"


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "é", "x" * 8000])
def test_a_broken_cookie_is_nobody(shared_web: Web, value: str) -> None:
    answer = shared_web.anonymous().get("/", headers={"Cookie": f"bondgenoot={value}"})
    assert answer.status_code == 302


def test_the_token_is_not_in_the_database(web: Web) -> None:
    client = web.signed_in("anna")
    with client.session_transaction() as kept:
        token = kept["token"]
    with web.as_("system"):
        assert token not in set(db.session.scalars(select(UserSession.token_hash)))


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "\\\\evil.example", "javascript:alert(1)", "https:evil.example"]
)
def test_signing_in_never_leads_away(shared_web: Web, target: str) -> None:
    answer = shared_web.anonymous().post("/login/", query_string={"next": target}, data={"username": "anna", "password": PASSWORD})
    assert "evil" not in answer.headers["Location"]
    assert "javascript" not in answer.headers["Location"]


def test_there_is_no_registration_no_reset_of_others_and_no_token_door(shared_web: Web) -> None:
    rules = {rule.rule for rule in shared_web.app.url_map.iter_rules()}
    for closed in ("register", "resetpassword", "userinfoedit", "/api/v1/security", "swagger", "/download/"):
        assert not [rule for rule in rules if closed in rule], closed


def test_a_user_is_added_and_given_a_role_on_the_command_line(web: Web) -> None:
    run = web.app.test_cli_runner().invoke
    assert run(args=["setup"]).exit_code == 0
    added = run(args=["user", "add", "gijs", "gijs@bond.example", "--first-name", "Gijs", "--last-name", "Proef", "--password", NEW])
    assert added.exit_code == 0, added.output
    assert run(args=["user", "assign", "gijs", "Raadpleger", "B2"]).exit_code == 0
    refused = run(args=["user", "assign", "gijs", "Baas", "B2"])
    assert refused.exit_code == 1
    assert "Raadpleger" in refused.stderr
    assert run(args=["user", "add", "gijs", "x@bond.example", "--first-name", "G", "--last-name", "P", "--password", NEW]).exit_code == 1
    client = web.signed_in("gijs", NEW)
    assert client.get("/").location == "/inloggen/stap", "a first password opens nothing but the choice of one's own"
    client.post("/inloggen/stap", data={"wanted": NEW + "?", "again": NEW + "?"})
    assert is_signed_in(client)
    assert run(args=["user", "password", "gijs", "--password", NEW + "!"]).exit_code == 0
    assert not is_signed_in(client)
    assert web.signed_in("gijs", NEW + "!").get("/").location == "/inloggen/stap"
    with web.as_("system"):
        assert usecases.unblock("gijs@bond.example") == "gijs"
