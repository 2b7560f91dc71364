"""The application with its screens, for tests that click: `web.client("anna").get("/relationview/list/")`.

Every persona is a user with one assignment at his place in the federation (`tests/federation.py`):

    anna   Penningmeester at province A             dirk   Penningmeester at province B, the stranger
    bram   Ledenadministrateur afdeling at A1       els    Raadpleger at A
    carla  Systeembeheerder landelijk at NL         peter  Bevoegdhedenbeheerder at A

Never keep an application context open while a client asks: requests would share it. Look at rows with

    with web.as_("anna"): ...
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select

from app.kernel.actor import Actor, system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import transaction, working_as
from run import create_app
from security import passwords, permissions
from security.models import Assignment
from security.roles import NATIONAL_ADMINISTRATOR, PERMISSION_ADMINISTRATOR
from tests.conftest import SETTINGS, Databases
from tests.federation import WHERE, Federation, build

PASSWORD = "vier woorden op een rij"
ROLE = {
    "anna": "Penningmeester",
    "bram": "Ledenadministrateur afdeling",
    "carla": NATIONAL_ADMINISTRATOR,
    "dirk": "Penningmeester",
    "els": "Raadpleger",
    "peter": PERMISSION_ADMINISTRATOR,
}


@cache
def hashed_password() -> str:
    """Return the hash of the one password, made once: it is slow on purpose."""
    return passwords.hashed(PASSWORD)


@dataclass
class Web:
    """An application with screens, its federation and signed-in clients."""

    app: Flask
    federation: Federation
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    def client(self, who: str) -> FlaskClient:
        """Return the signed-in browser of a persona; the same one each time."""
        if who not in self.clients:
            self.clients[who] = self.signed_in(who)
        return self.clients[who]

    def anonymous(self) -> FlaskClient:
        """Return a new browser in which nobody is signed in."""
        return self.app.test_client()

    def signed_in(self, who: str, password: str = PASSWORD) -> FlaskClient:
        """Return a new browser in which a persona signed in."""
        client = self.anonymous()
        answer = client.post("/login/", data={"username": who, "password": password})
        assert answer.status_code == 302, answer.status_code
        with client.session_transaction() as kept:
            assert "token" in kept, f"{who} is not signed in"
        return client

    @contextmanager
    def as_(self, who: str) -> Iterator[Actor]:
        """Act on the database as a persona, an organisation code or `system`, in an application context."""
        with self.app.app_context(), self.federation.as_(who) as actor:
            yield actor


def add_personas(federation: Federation) -> None:
    """Make a user with an assignment for every persona, in the database of the current application."""
    with working_as(system_actor("test")), transaction() as session:
        roles = {role.name: role.id for role in session.scalars(select(Role))}
        for who, role in ROLE.items():
            user = User(
                username=who,
                first_name=who.title(),
                last_name="Proef",
                email=f"{who}@bond.example",
                active=True,
                password=hashed_password(),
            )
            session.add(user)
            session.flush()
            at = federation.organisations[WHERE[who]]
            session.add(Assignment(organisation_id=at, user_id=user.id, role_id=roles[role], first_day=date(2020, 1, 1)))


def make_web(url: str, **settings: Any) -> Web:
    """Return the application with screens on an empty migrated database, with roles, federation and personas in it."""
    flask = create_app({**SETTINGS, "FAB_UPDATE_PERMS": False, "WTF_CSRF_ENABLED": False, "SQLALCHEMY_DATABASE_URI": url, **settings})
    with flask.app_context():
        with working_as(system_actor("test")):
            permissions.install(permissions.pairs_of(flask.appbuilder))
        federation = build()
        add_personas(federation)
        db.session.remove()
    return Web(flask, federation)


def close(web: Web) -> None:
    """Let go of the database."""
    with web.app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def web(databases: Databases) -> Iterator[Web]:
    """The application with screens on a fresh database with federation and personas."""
    url = databases.new()
    made = make_web(url)
    yield made
    close(made)
    databases.drop(url)


@pytest.fixture(scope="module")
def shared_web(databases: Databases) -> Iterator[Web]:
    """The same, one for all tests of a module: for tests that only look, or clean up after themselves."""
    url = databases.new()
    made = make_web(url)
    yield made
    close(made)
    databases.drop(url)
