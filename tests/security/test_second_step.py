"""The second step: codes work once, guesses are counted, a cookie between two steps opens nothing, recovery codes help once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select

from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import working_as
from security import own_account, second_factor, usecases
from security.models import SignInSetting
from tests.web import PASSWORD, Web

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
# Source: RFC 6238 appendix B, SHA-1, the last six of its eight figures.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VECTORS = [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")]


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert second_factor.step_of(SECRET, code, moment, 0) == seconds // 30


@pytest.mark.parametrize(("shift", "works"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)], ids=lambda value: str(value))
def test_a_clock_may_be_half_a_minute_off(shift: int, works: bool) -> None:
    code = pyotp.TOTP(SECRET).at(NOON + timedelta(seconds=shift))
    assert (second_factor.step_of(SECRET, code, NOON, 0) is not None) is works


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "12 34 5x"])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert second_factor.step_of(SECRET, code, NOON, 0) is None


def test_a_secret_opens_only_with_its_own_key() -> None:
    kept = second_factor.sealed(SECRET, "one key")
    assert SECRET not in kept
    assert second_factor.opened(kept, "one key") == SECRET
    assert second_factor.opened(kept, "another key") is None
    assert second_factor.opened("nonsense", "one key") is None


def test_recovery_codes_differ_and_are_read_as_people_type_them() -> None:
    codes = second_factor.new_recovery_codes()
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert {second_factor.normal(f" {code.upper().replace('-', ' ')} ") for code in codes} == set(codes)


def set_up(web: Web, who: str = "anna") -> tuple[str, list[str]]:
    """Switch a second step on and return its secret and the recovery codes."""
    with web.app.app_context(), working_as(system_actor("test")):
        number = db.session.scalar(select(User.id).where(User.username == who))
        secret = own_account.prepare_second_step(number)
        return secret, own_account.confirm_second_step(number, pyotp.TOTP(secret).at(clock.now() - timedelta(seconds=30)))


def begun(web: Web, who: str = "anna") -> FlaskClient:
    client = web.anonymous()
    answer = client.post("/login/", data={"username": who, "password": PASSWORD})
    assert answer.location.startswith("/inloggen/stap")
    return client


def is_in(client: FlaskClient) -> bool:
    return client.get("/").status_code == 200


def give(client: FlaskClient, code: str) -> int:
    return client.post("/inloggen/stap", data={"code": code}).status_code


def test_a_password_alone_opens_nothing(web: Web) -> None:
    secret, _ = set_up(web)
    client = begun(web)
    for path in ("/", "/relationview/list/", "/account/", "/wachtwoord/"):
        assert client.get(path).location == "/inloggen/stap", path
    assert client.get("/relationview/list/", headers={"Accept": "application/json"}).status_code == 401
    with client.session_transaction() as kept:
        between = kept["token"]
    assert give(client, pyotp.TOTP(secret).at(clock.now())) == 302
    assert is_in(client)
    with client.session_transaction() as kept:
        assert kept["token"] != between, "a cookie taken before the code is worth nothing after it"


def test_a_code_works_once(web: Web) -> None:
    secret, _ = set_up(web)
    code = pyotp.TOTP(secret).at(clock.now())
    one, two = begun(web), begun(web)
    assert give(one, code) == 302
    assert give(two, code) == 400
    assert not is_in(two)


def test_wrong_codes_block_the_account_as_wrong_passwords_do(web: Web) -> None:
    secret, _ = set_up(web)
    client = begun(web)
    for _ in range(5):
        assert give(client, "000000") == 400
        client = begun(web) if _ < 4 else client
    assert give(client, pyotp.TOTP(secret).at(clock.now())) == 400, "blocked, also for the right code"
    answer = web.anonymous().post("/login/", data={"username": "anna", "password": PASSWORD})
    assert answer.status_code == 200, "blocked, also for the right password"


def test_a_recovery_code_works_once(web: Web) -> None:
    _, codes = set_up(web)
    one, two = begun(web), begun(web)
    assert give(one, f" {codes[3].upper()} ") == 302
    assert is_in(one)
    assert give(two, codes[3]) == 400
    assert give(two, codes[4]) == 302


def test_the_step_ends_after_a_quarter_of_an_hour(web: Web) -> None:
    secret, _ = set_up(web)
    client = begun(web)
    with clock.standing_still(clock.now() + timedelta(minutes=16)):
        client.post("/inloggen/stap", data={"code": pyotp.TOTP(secret).at(clock.now())})
        assert not is_in(client)


def test_one_sets_it_up_renews_codes_and_switches_it_off(web: Web) -> None:
    client = web.signed_in("anna")
    page = client.get("/account/tweede-stap")
    assert page.status_code == 200
    with web.as_("system"):
        kept = db.session.scalars(select(SignInSetting.totp_secret).where(SignInSetting.totp_secret.is_not(None))).one()
        secret = second_factor.opened(kept, web.app.secret_key)
    assert second_factor.in_fours(secret) in page.text
    assert client.post("/account/tweede-stap", data={"code": "000000"}).status_code == 400
    done = client.post("/account/tweede-stap", data={"code": pyotp.TOTP(secret).at(clock.now())})
    assert done.text.count('<li class="bn-num">') == second_factor.RECOVERY_CODES
    assert "herstelcodes" in client.get("/account/").text
    assert client.post("/account/herstelcodes", data={"present": "fout"}).status_code == 400
    assert client.post("/account/herstelcodes", data={"present": PASSWORD}).status_code == 200
    assert client.post("/account/tweede-stap/uit", data={"present": PASSWORD}).status_code == 302
    assert is_in(web.signed_in("anna"))


def test_a_role_can_ask_for_it(web: Web) -> None:
    with web.app.app_context(), working_as(system_actor("test")):
        usecases.require_second_step(db.session.scalar(select(Role.id).where(Role.name == "Penningmeester")), required=True)
    client = begun(web)
    assert not is_in(client)
    page = client.get("/inloggen/stap")
    with web.as_("system"):
        kept = db.session.scalars(select(SignInSetting.totp_secret).where(SignInSetting.totp_secret.is_not(None))).one()
        secret = second_factor.opened(kept, web.app.secret_key)
    assert second_factor.in_fours(secret) in page.text
    codes = client.post("/inloggen/stap", data={"code": pyotp.TOTP(secret).at(clock.now())})
    assert codes.status_code == 200
    assert is_in(client)
    refused = client.post("/account/tweede-stap/uit", data={"present": PASSWORD})
    assert refused.status_code == 400
    assert "vraagt om een tweede stap" in refused.text
    assert is_in(web.signed_in("bram")), "another role goes on as before"
