"""Who holds a function that grants a role signs in with the address on the card; giving such a function is giving a right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select, text, update

from app.functions.models import FunctionTerm, FunctionType
from app.functions.usecases import end_function
from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.models import AuditRecord
from app.kernel.unit_of_work import transaction, working_as
from app.mail.models import Message
from app.relations.models import ContactPoint, Relation
from jobs.passwords import send_links
from security import role_changes, usecases
from security.models import Assignment, FunctionAccount, PasswordReset
from security.roles import NATIONAL_ADMINISTRATOR, PERMISSION_ADMINISTRATOR
from tests.mail.servers import Inbox, serving
from tests.web import PASSWORD, Web

MEMBERS, TREASURER = "Ledenadministrateur afdeling", "Penningmeester"
CHOSEN = "paarse fiets zonder bel"


@dataclass
class Holder:
    """A card with a function that gives access."""

    relation: int
    term: int
    kind: int
    email: str


def granting_type(web: Web, role: str | None = MEMBERS, code: str = "LA") -> int:
    with web.as_("system"), transaction() as session:
        row = FunctionType(
            organisation_id=web.federation.organisations["NL"], code=code, name=f"Functie {code}", category="board", grants_role=role
        )
        session.add(row)
        session.flush()
        return row.id


def holder(web: Web, at: str = "A1", email: str = "fenna@post.example", kind: int | None = None, **days: Any) -> Holder:
    kind = kind or granting_type(web)
    with web.app.app_context():
        relation = web.federation.relation(at, "Functie", first_name="Fenna")
        web.federation.holds(relation, at)  # a member, so that the department sees the card
        term = web.federation.holds(relation, at, days.pop("first_day", date(2024, 1, 1)), function_type_id=kind, **days)
        db.session.remove()
    put_address(web, relation, email)
    return Holder(relation, term, kind, email)


def put_address(web: Web, relation: int, email: str) -> int:
    with web.as_("system"), transaction() as session:
        row = ContactPoint(
            organisation_id=session.get_one(Relation, relation).organisation_id, relation_id=relation, kind="email", value=email
        )
        session.add(row)
        session.flush()
        return row.id


def links(web: Web, *names: str) -> dict[str, str]:
    """Ask for a link by each name, let the job send, and return the links by address."""
    for name in names:
        assert web.anonymous().post("/wachtwoord/vergeten", data={"name": name}).status_code == 200
    with serving(inbox := Inbox()) as port:
        web.app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port)
        with web.app.app_context(), working_as(system_actor("test")):
            send_links(None)  # type: ignore[arg-type]
    mails = zip(inbox.recipients, (content.decode().replace("=\r\n", "") for _, content in inbox.mails), strict=True)
    return {recipient: re.findall(r"/wachtwoord/nieuw/\S+", said)[0] for recipient, said in mails}


def let_in(web: Web, email: str) -> FlaskClient:
    """Sign in by the card's address: a link, a password, and in."""
    link = links(web, email.upper())[email]
    assert web.anonymous().post(link, data={"wanted": CHOSEN, "again": CHOSEN}).status_code == 302
    return web.signed_in(email, CHOSEN)


def is_in(client: FlaskClient) -> bool:
    return client.get("/relationview/list/").status_code == 200


def refused(web: Web, email: str, password: str = CHOSEN) -> bool:
    """Whether signing in is refused."""
    with web.anonymous() as client:
        return client.post("/login/", data={"username": email, "password": password}).status_code == 200


def ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


# --- signing in by a card


def test_who_holds_a_granting_function_gets_in_by_the_address_on_the_card(web: Web) -> None:
    held = holder(web)
    client = let_in(web, held.email)
    page = client.get("/relationview/list/").text
    assert "department A1" in page
    assert client.get("/invoiceview/list/").status_code == 403, "the role gives no invoices"
    assert f"{MEMBERS}" in client.get("/account/").text
    assert "Functie LA" in client.get("/account/").text
    with web.as_("system"):
        user = db.session.scalars(select(User).where(User.email == held.email)).one()
        assert (user.username, user.first_name) == ("ffunctie", "Fenna")
        assert db.session.scalar(select(Assignment.id).where(Assignment.user_id == user.id)) is None
        said = set(db.session.scalars(select(AuditRecord.action).where(AuditRecord.row_id == user.id, AuditRecord.table_name == "ab_user")))
        assert {"account_made_for_card", "reset_link_sent", "password_reset", "sign_in"} <= said


def test_nobody_else_gets_a_mail_and_everybody_the_same_answer(web: Web) -> None:
    kind, plain = granting_type(web), granting_type(web, None, "GEEN")
    holder(web, email="holder@post.example", kind=kind)
    holder(web, email="none@post.example", kind=plain)
    holder(web, email="over@post.example", kind=kind, last_day=ago(1))
    holder(web, email="later@post.example", kind=kind, first_day=ago(-2))
    holder(web, email="gone@post.example", kind=granting_type(web, "Bestaat niet", "WEG"))
    dead = holder(web, email="dead@post.example", kind=kind)
    for place in ("A1", "B1"):
        holder(web, at=place, email="twice@post.example", kind=kind)
    with web.as_("system"), transaction() as session:
        session.execute(update(Relation).where(Relation.id == dead.relation).values(deceased_on=ago(3)))
    names = [f"{name}@post.example" for name in ("holder", "none", "over", "later", "gone", "dead", "twice", "nobody")]
    assert len({web.anonymous().post("/wachtwoord/vergeten", data={"name": name}).text for name in names}) == 1
    assert set(links(web)) == {"holder@post.example"}
    with web.as_("system"):
        assert len(db.session.scalars(select(PasswordReset.id)).all()) == len(names)
        assert db.session.scalars(select(FunctionAccount.id)).all() == [1]


ENDINGS = {
    "the function ends": "UPDATE function_term SET last_day = :day WHERE id = :term",
    "the holder dies": "UPDATE relation SET deceased_on = :day WHERE id = :relation",
    "the type gives no role any more": "UPDATE function_type SET grants_role = NULL WHERE id = :kind",
    "the address goes from the card": "DELETE FROM contact_point WHERE relation_id = :relation",
    "another address comes first": "UPDATE contact_point SET value = 'else@post.example' WHERE relation_id = :relation",
    "another card with the address gives access too": "UPDATE contact_point SET value = 'fenna@post.example' WHERE relation_id = :other",
}


@pytest.mark.parametrize("how", ENDINGS)
def test_the_right_ends_with_the_next_request_whatever_way_it_ended(web: Web, how: str) -> None:
    held = holder(web)
    other = holder(web, at="B1", email="other@post.example", kind=held.kind)
    client = let_in(web, held.email)
    assert is_in(client)
    with web.as_("system"), transaction() as session:  # in SQL, so that nothing of the program is told
        values = {"day": ago(1), "term": held.term, "relation": held.relation, "kind": held.kind, "other": other.relation}
        asked = {name: value for name, value in values.items() if f":{name}" in ENDINGS[how]}
        session.connection().execute(text(ENDINGS[how]), asked)
    assert not is_in(client)
    assert refused(web, held.email)
    assert links(web, held.email) == {}


def test_the_right_begins_on_its_day_without_signing_in_anew(web: Web) -> None:
    kind, more = granting_type(web), granting_type(web, TREASURER, "PM")
    held = holder(web, kind=kind)
    with web.app.app_context():
        web.federation.holds(held.relation, "A1", ago(-1), function_type_id=more)
        db.session.remove()
    client = let_in(web, held.email)
    assert client.get("/invoiceview/list/").status_code == 403
    with clock.standing_still(clock.now() + timedelta(hours=25)):
        client = web.signed_in(held.email, CHOSEN)
        assert client.get("/invoiceview/list/").status_code == 200


def test_a_role_that_asks_for_a_second_step_asks_it_of_holders_too(web: Web) -> None:
    held = holder(web)
    with web.as_("system"):
        usecases.require_second_step(db.session.scalars(select(Role.id).where(Role.name == MEMBERS)).one(), True)
    link = links(web, held.email)[held.email]
    web.anonymous().post(link, data={"wanted": CHOSEN, "again": CHOSEN})
    client = web.anonymous()
    answer = client.post("/login/", data={"username": held.email, "password": CHOSEN})
    assert "/inloggen/stap" in answer.headers["Location"]
    assert "/inloggen/stap" in client.get("/relationview/list/").headers["Location"]


def test_an_account_that_was_there_gets_the_right_after_reading_the_mail_and_keeps_its_address(web: Web) -> None:
    held = holder(web, at="B1", email="els@bond.example")  # els reads A by an assignment
    assert is_in(web.signed_in("els"))
    with web.as_("system"):
        assert db.session.scalar(select(FunctionAccount.id)) is None
    let_in(web, "els@bond.example")
    both = web.signed_in("els", CHOSEN)
    places = web.federation.organisations
    assert both.post("/omgeving/", data={"organisation_id": places["B1"]}).status_code == 302
    with web.as_("system"), transaction() as session:
        point = session.scalars(select(ContactPoint).where(ContactPoint.relation_id == held.relation)).one()
        point.value = "thief@post.example"
    with web.as_("system"):
        assert db.session.scalar(select(User.email).where(User.username == "els")) == "els@bond.example"
        assert db.session.scalar(select(FunctionAccount.id)) is None
    els = web.signed_in("els", CHOSEN)
    assert els.post("/omgeving/", data={"organisation_id": places["B1"]}).status_code == 400
    assert is_in(els), "what was assigned stays"


def test_the_account_follows_the_address_on_the_card_and_the_old_mailbox_is_told(web: Web) -> None:
    held = holder(web)
    client = let_in(web, held.email)
    with web.as_("system"), transaction() as session:
        session.scalars(select(ContactPoint).where(ContactPoint.relation_id == held.relation)).one().value = "Nieuw@post.example"
    assert not is_in(client)
    assert refused(web, "nieuw@post.example"), "the old password is of who had the old mailbox"
    assert refused(web, held.email)
    with web.as_("system"):
        told = db.session.scalars(select(Message).where(Message.kind == "account")).one()
        assert (told.recipient, "nieuw@" in told.body.lower()) == (held.email, False)
        number = db.session.scalars(select(User.id).where(User.email == "Nieuw@post.example")).one()
    assert links(web, held.email) == {}
    with clock.standing_still(clock.now() + timedelta(minutes=6)):  # a second link within five minutes is not sent
        assert is_in(let_in(web, "Nieuw@post.example"))
    with web.as_("system"):
        assert db.session.scalars(select(FunctionAccount.user_id)).all() == [number], "the same account, with its trail and second step"


# --- giving such a function is giving a right


@pytest.fixture(scope="module")
def given(shared_web: Web) -> Iterator[tuple[Web, dict[str, int]]]:
    """Types that grant, a province member administrator (lotte), one who is permission administrator too (olga), and cards."""
    web = shared_web
    for who, roles, at in (
        ("lotte", ["Ledenadministrateur provincie"], "A"),
        ("olga", ["Ledenadministrateur provincie", PERMISSION_ADMINISTRATOR], "A"),
        ("nico", [NATIONAL_ADMINISTRATOR], "NL"),
    ):
        with web.as_("system"):
            usecases.add_user(who, f"{who}@bond.example", who.title(), "Proef", PASSWORD, is_first=False)
            for role in roles:
                usecases.assign(who, role, at, date(2020, 1, 1))
    numbers = {"members": granting_type(web), "treasurer": granting_type(web, TREASURER, "PM")}
    numbers["jo"], numbers["kim"] = web_card(web, "A1", "jo@post.example"), web_card(web, "A1", "kim@post.example")
    numbers["lotte"] = web_card(web, "A1", "lotte@bond.example")
    numbers["held"] = holder(web, at="A1", email="held@post.example", kind=numbers["members"]).relation
    numbers["rich"] = holder(web, at="A1", email="rich@post.example", kind=numbers["treasurer"]).relation
    numbers["far"] = web_card(web, "A1", "far@post.example")
    with web.app.app_context():
        web.federation.holds(numbers["far"], "B1", function_type_id=numbers["members"])  # a member here, an administrator there
        db.session.remove()
    yield web, numbers


def web_card(web: Web, at: str, email: str) -> int:
    with web.app.app_context():
        relation = web.federation.relation(at, "Kaart")
        web.federation.holds(relation, at)
        db.session.remove()
    put_address(web, relation, email)
    return relation


def shown(day: date) -> str:
    return f"{day:%d-%m-%Y}"


@pytest.mark.parametrize(
    ("giver", "card", "kind", "day", "password", "said"),
    [
        ("lotte", "jo", "members", 0, PASSWORD, None),
        ("lotte", "kim", "members", 400, "", "Vul je eigen wachtwoord in"),
        ("lotte", "kim", "members", 400, "fout wachtwoord", "wachtwoord klopt niet"),
        ("lotte", "kim", "members", -1, PASSWORD, "in het verleden"),
        ("lotte", "lotte", "members", 0, PASSWORD, "eigen kaart"),
        ("lotte", "jo", "treasurer", 0, PASSWORD, "dingen die jij zelf niet mag"),
        ("olga", "jo", "treasurer", 0, PASSWORD, None),
        ("bram", "held", "treasurer", 0, PASSWORD, "dingen die jij zelf niet mag"),
    ],
)
def test_starting_a_granting_function(
    given: tuple[Web, dict[str, int]], giver: str, card: str, kind: str, day: int, password: str, said: str | None
) -> None:
    web, numbers = given
    before = terms(web, numbers[card])
    form = {"relation": numbers[card], "function_type": numbers[kind], "organisation": web.federation.organisations["A1"]}
    form |= {"first_day": shown(clock.today() + timedelta(days=day)), "quantity": "1", "own_password": password}
    answer = web.client(giver).post("/functiontermview/add", data=form)
    assert answer.status_code in (200, 302)
    assert len(terms(web, numbers[card]) - before) == (said is None), answer.text
    if said is None:
        with web.as_("system"):
            line = db.session.scalars(
                select(AuditRecord).where(AuditRecord.action == "right_given").order_by(AuditRecord.id.desc())
            ).first()
            assert line is not None
            assert (line.actor, line.row_id, line.changes["function"][:7]) == (giver, numbers[card], "Functie")
    else:
        assert said in answer.text


def terms(web: Web, relation: int) -> set[tuple[int, date, date | None]]:
    with web.as_("system"):
        rows = db.session.execute(
            select(FunctionTerm.id, FunctionTerm.first_day, FunctionTerm.last_day).where(FunctionTerm.relation_id == relation)
        )
        return {(number, first, last) for number, first, last in rows}


@pytest.mark.parametrize(
    ("giver", "card", "password", "said"),
    [
        ("lotte", "held", PASSWORD, None),
        ("lotte", "held", "", "Vul je eigen wachtwoord in"),
        ("lotte", "rich", PASSWORD, "dingen die jij zelf niet mag"),
        ("lotte", "far", PASSWORD, "buiten deze omgeving"),
        ("lotte", "kim", "", None),  # no function that gives access
    ],
)
def test_changing_the_address_on_the_card_of_a_holder(
    given: tuple[Web, dict[str, int]], giver: str, card: str, password: str, said: str | None
) -> None:
    web, numbers = given
    relation = numbers[card]
    wanted = f"{card}{len(password)}@nieuw.example"
    form = {"relation": relation, "kind": "email", "value": wanted, "is_primary": "y", "own_password": password}
    answer = web.client(giver).post("/contactpointview/add", data=form)
    with web.as_("system"):
        kept = db.session.scalar(select(ContactPoint.id).where(ContactPoint.value == wanted))
    assert (kept is not None) == (said is None), answer.text
    assert said is None or said in answer.text


@pytest.mark.parametrize(
    ("who", "role", "password", "said"),
    [
        ("nico", MEMBERS, PASSWORD, None),
        ("nico", MEMBERS, "fout", "wachtwoord klopt niet"),
        ("nico", TREASURER, PASSWORD, "dingen die jij zelf niet mag"),
        ("nico", "", PASSWORD, None),
        ("lotte", MEMBERS, PASSWORD, ""),
    ],
)
def test_saying_that_a_type_gives_a_role(given: tuple[Web, dict[str, int]], who: str, role: str, password: str, said: str | None) -> None:
    web, _numbers = given
    kind = granting_type(web, None, f"T{who}{role[:3]}{len(password)}"[:20])
    with web.as_("system"):
        number = db.session.scalar(select(Role.id).where(Role.name == role)) or ""
    answer = web.client(who).post(
        f"/functiontypeview/action/grant_role/{kind}", data={"answered": "1", "role": number, "own_password": password}
    )
    with web.as_("system"):
        kept = db.session.scalar(select(FunctionType.grants_role).where(FunctionType.id == kind))
    assert kept == (role or None if said is None else None), answer.text
    assert not said or said in answer.text


def test_a_function_goes_on_or_elsewhere_only_with_the_same_rule(web: Web) -> None:
    held = holder(web, last_day=ago(-30))
    with web.as_("system"):
        usecases.add_user("lotte", "lotte@bond.example", "Lotte", "Proef", PASSWORD, is_first=False)
        usecases.assign("lotte", "Ledenadministrateur provincie", "A", date(2020, 1, 1))
    lotte, places = web.client("lotte"), web.federation.organisations
    for name, form in (
        ("resume", {}),
        ("transfer", {"organisation": places["A2"], "first_day": shown(clock.today())}),
    ):
        before = terms(web, held.relation)
        answer = lotte.post(f"/functiontermview/action/{name}/{held.term}", data={"answered": "1", **form})
        assert "Vul je eigen wachtwoord in" in answer.text
        assert terms(web, held.relation) == before
        answer = lotte.post(f"/functiontermview/action/{name}/{held.term}", data={"answered": "1", "own_password": PASSWORD, **form})
        assert terms(web, held.relation) != before, answer.text
    assert lotte.post(f"/functiontermview/edit/{held.term}", data={"first_day": "01-01-2020"}).status_code == 200
    assert web.federation.organisations["A2"] in {
        place.organisation_id for place in functions_of(web, held.relation) if place.function_type_id == held.kind
    }


def functions_of(web: Web, relation: int) -> list[FunctionTerm]:
    with web.as_("system"):
        found = list(db.session.scalars(select(FunctionTerm).where(FunctionTerm.relation_id == relation)))
        db.session.expunge_all()
        return found


def test_who_may_end_a_function_may_end_one_that_gives_access_and_the_holder_is_out(web: Web) -> None:
    held = holder(web)
    client = let_in(web, held.email)
    form = {"answered": "1", "last_day": shown(clock.today()), "reason": ""}
    with web.as_("A1"):
        end_function(held.term, clock.today(), None)
    assert not is_in(client), form
    assert is_in(web.signed_in(held.email, CHOSEN)), "the last day counts"


def test_work_in_the_background_gives_nobody_rights(web: Web) -> None:
    held = holder(web, last_day=ago(-30))
    with pytest.raises(DomainError, match="ingelogd"), web.as_("A1"), transaction() as session:
        session.scalars(select(FunctionTerm).where(FunctionTerm.id == held.term)).one().last_day = None


def test_screens_say_where_a_right_comes_from(web: Web) -> None:
    held = holder(web)
    let_in(web, held.email)
    assert f"geeft toegang: {MEMBERS}" in web.client("bram").get(f"/relationview/show/{held.relation}").text
    users = web.client("peter").get("/userview/list/").text
    assert "ffunctie" in users
    assert "functie" in users
    rights = web.client("peter").get("/functionrightview/list/").text
    assert MEMBERS in rights
    assert "ffunctie" in rights
    assert "/functionrightview/list/" in web.client("peter").get("/assignmentview/list/").text
    assert "ffunctie" not in web.client("dirk").get("/").text


def test_a_role_that_a_function_gives_keeps_its_name_and_its_holders_sign_in_anew_when_it_changes(web: Web) -> None:
    with web.as_("system"):
        number = role_changes.copy_role(db.session.scalars(select(Role.id).where(Role.name == MEMBERS)).one(), "Eigen rol")
    held = holder(web, kind=granting_type(web, "Eigen rol"))
    client = let_in(web, held.email)
    with web.as_("system"):
        for change in (lambda: role_changes.change_role(number, "Andere naam", [], []), lambda: role_changes.delete_role(number)):
            with pytest.raises(DomainError, match="gegeven door de functie Functie LA"):
                change()
        role_changes.change_role(number, "Eigen rol", [("can_list", "InvoiceView")], [])
    assert not is_in(client)
    assert web.signed_in(held.email, CHOSEN).get("/invoiceview/list/").status_code == 200
