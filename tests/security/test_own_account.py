"""One's own account: sessions elsewhere, a link for who forgot; and what an administrator may do with accounts of others."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select

from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.models import AuditRecord
from app.kernel.unit_of_work import working_as
from jobs.passwords import send_links
from security.models import PasswordReset
from tests.mail.servers import Inbox, serving
from tests.web import PASSWORD, Web

NEW = "paarse fiets zonder bel"
OTHER = "groene trein met ramen"


def is_in(client: FlaskClient) -> bool:
    return client.get("/").status_code == 200


def number_of(web: Web, who: str) -> int:
    with web.as_("system"):
        return db.session.scalars(select(User.id).where(User.username == who)).one()


def test_one_sees_where_one_is_signed_in_and_ends_it_there(web: Web) -> None:
    here, there = web.signed_in("anna"), web.anonymous()
    there.post("/login/", data={"username": "anna", "password": PASSWORD}, headers={"User-Agent": "Mozilla/5.0 (Android) Firefox/140"})
    page = here.get("/account/").text
    assert "Firefox op Android" in page
    address = re.search(r"/account/sessie/\d+/beeindigen", page)
    assert address
    stranger = web.signed_in("dirk")
    assert stranger.post(address[0]).status_code == 404
    assert is_in(there)
    assert here.post(address[0]).status_code == 302
    assert not is_in(there)
    assert is_in(here)
    assert here.post(address[0]).status_code == 404


def test_another_role_ends_the_sessions_of_who_gets_it(web: Web) -> None:
    els, peter = web.signed_in("els"), web.signed_in("peter")
    with web.as_("system"):
        from flask_appbuilder.security.sqla.models import Role

        role = db.session.scalars(select(Role.id).where(Role.name == "Communicatie")).one()
    form = {"user": number_of(web, "els"), "role": role, "organisation": web.federation.organisations["A1"], "first_day": "01-01-2027"}
    assert peter.post("/assignmentview/add", data=form).status_code == 302
    assert not is_in(els)
    assert is_in(web.signed_in("els"))


# --- a link for who forgot


def links(web: Web, inbox: Inbox, port: int) -> list[str]:
    """Let the job send, and return the links that arrived."""
    web.app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port)
    with web.app.app_context(), working_as(system_actor("test")):
        send_links(None)  # type: ignore[arg-type]
    return [path for _, content in inbox.mails for path in re.findall(r"/wachtwoord/nieuw/\S+", content.decode().replace("=\r\n", ""))]


def choose(web: Web, link: str, wanted: str = NEW) -> Any:
    return web.anonymous().post(link, data={"wanted": wanted, "again": wanted})


def test_a_link_works_once_ends_sessions_and_lifts_a_block(web: Web) -> None:
    inside = web.signed_in("anna")
    for _ in range(5):
        web.anonymous().post("/login/", data={"username": "anna", "password": "fout"})
    web.anonymous().post("/wachtwoord/vergeten", data={"name": " ANNA@bond.example "}, headers={"Host": "evil.example"})
    with serving(inbox := Inbox()) as port:
        (link,) = links(web, inbox, port)
    assert inbox.recipients == ["anna@bond.example"]
    assert b"evil.example" not in inbox.mails[0][1]
    assert choose(web, link, "kort").status_code == 400
    assert choose(web, link).status_code == 302
    assert not is_in(inside)
    assert is_in(web.signed_in("anna", NEW))
    again = choose(web, link, OTHER)
    assert again.status_code == 404
    assert "al gebruikt of te oud" in again.text
    with web.as_("system"):
        said = db.session.scalars(select(AuditRecord).where(AuditRecord.action.like("%reset%"))).all()
        assert [line.action for line in said] == ["reset_link_sent", "password_reset"]
        assert link.rpartition("/")[2] not in str([line.changes for line in said])
        assert link.rpartition("/")[2] not in str(db.session.scalars(select(PasswordReset.token_hash)).all())


def test_a_link_lives_an_hour_and_a_newer_one_replaces_it(web: Web) -> None:
    ask = lambda: web.anonymous().post("/wachtwoord/vergeten", data={"name": "anna"})  # noqa: E731
    with serving(inbox := Inbox()) as port:
        ask()
        (first,) = links(web, inbox, port)
        ask()  # within five minutes: no second mail, so nobody fills a mailbox
        assert len(links(web, inbox, port)) == 1
        with clock.standing_still(clock.now() + timedelta(minutes=6)):
            ask()
            _, second = links(web, inbox, port)
            assert choose(web, first).status_code == 404
        with clock.standing_still(clock.now() + timedelta(minutes=70)):
            assert choose(web, second).status_code == 404
    assert is_in(web.signed_in("anna"))


def test_nobody_learns_whether_a_name_exists(web: Web) -> None:
    answers = {web.anonymous().post("/wachtwoord/vergeten", data={"name": name}).text for name in ("anna", "niemand", "x' or '1'='1")}
    assert len(answers) == 1
    with serving(inbox := Inbox()) as port:
        assert len(links(web, inbox, port)) == 1
    with web.as_("system"):
        assert db.session.scalar(select(func.count()).select_from(PasswordReset)) == 3


def test_a_mail_server_that_is_down_keeps_the_request(web: Web) -> None:
    web.anonymous().post("/wachtwoord/vergeten", data={"name": "anna"})
    web.app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=1)
    with web.app.app_context(), working_as(system_actor("test")):
        assert "wachten" in send_links(None)  # type: ignore[arg-type]
    with serving(inbox := Inbox(answers={"anna@bond.example": ("rcpt", "451 4.3.0 later")})) as port:
        assert links(web, inbox, port) == []
    with serving(inbox := Inbox()) as port:
        assert len(links(web, inbox, port)) == 1


@pytest.mark.parametrize("token", ["x", "../../etc", "%00", "a" * 5000])
def test_a_made_up_link_is_dead(shared_web: Web, token: str) -> None:
    answer = shared_web.anonymous().get(f"/wachtwoord/nieuw/{token}")
    assert answer.status_code in (400, 404)


# --- accounts of others


def act(web: Web, who: str, action: str, target: str, **answers: str) -> Any:
    form = {"action": action, "rowid": number_of(web, target), "answered": "1", "own_password": PASSWORD, **answers}
    return web.client(who).post("/userview/action_post", data=form, follow_redirects=True)


def test_unblocking_asks_for_ones_own_password_and_gives_a_first_one(web: Web) -> None:
    for _ in range(5):
        web.anonymous().post("/login/", data={"username": "els", "password": "fout"})
    assert "wachtwoord klopt niet" in act(web, "peter", "unblock", "els", password=NEW, own_password="fout").text
    assert web.anonymous().post("/login/", data={"username": "els", "password": NEW}).status_code == 200
    act(web, "peter", "unblock", "els", password=NEW)
    els = web.anonymous()
    assert els.post("/login/", data={"username": "els", "password": NEW}).location.startswith("/inloggen/stap")
    same = els.post("/inloggen/stap", data={"wanted": NEW, "again": NEW})
    assert same.status_code == 400
    assert els.post("/inloggen/stap", data={"wanted": OTHER, "again": OTHER}).status_code == 302
    assert is_in(els)
    assert is_in(web.signed_in("els", OTHER))


def test_nobody_takes_over_an_account_with_rights_elsewhere(web: Web) -> None:
    from flask_appbuilder.security.sqla.models import Role

    from app.kernel.unit_of_work import transaction
    from security.models import Assignment

    with web.as_("system"), transaction() as session:  # carla works nationally, and reads in province A
        role = session.scalars(select(Role.id).where(Role.name == "Raadpleger")).one()
        carla = session.scalars(select(User.id).where(User.username == "carla")).one()
        session.add(Assignment(organisation_id=web.federation.organisations["A"], user_id=carla, role_id=role, first_day=clock.today()))
    carla_inside = web.signed_in("carla")
    for action, answers in (("unblock", {"password": NEW}), ("reset_factor", {}), ("deactivate", {})):
        assert "rechten buiten deze omgeving" in act(web, "peter", action, "carla", **answers).text, action
    assert is_in(carla_inside)
    assert is_in(web.signed_in("carla"))


def test_an_account_is_switched_off_and_on(web: Web) -> None:
    els = web.signed_in("els")
    act(web, "peter", "deactivate", "els")
    assert not is_in(els)
    assert web.anonymous().post("/login/", data={"username": "els", "password": PASSWORD}).status_code == 200
    act(web, "peter", "activate", "els")
    assert is_in(web.signed_in("els"))
    assert "eigen account" in act(web, "peter", "deactivate", "peter").text
    assert "own_password" not in act(web, "anna", "deactivate", "els").text, "who may not, is not asked anything"
    assert is_in(web.signed_in("els"))


def test_only_the_top_says_which_roles_need_a_second_step(web: Web) -> None:
    from flask_appbuilder.security.sqla.models import Role

    from security.accounts import roles_with_second_step

    with web.as_("system"):
        role = db.session.scalars(select(Role.id).where(Role.name == "Raadpleger")).one()
    form = {"action": "require_second_step", "rowid": role}
    web.client("peter").post("/roleview/action_post", data=form)
    with web.as_("system"):
        assert not roles_with_second_step([role])
    web.client("carla").post("/roleview/action_post", data=form)
    with web.as_("system"):
        assert roles_with_second_step([role]) == {role}
    assert "verplicht" in web.client("carla").get("/roleview/list/").text
