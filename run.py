"""The composition root: `create_app` brings database, walls, screens, jobs and commands together; `python run.py` serves."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_babel import Babel
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import app.models  # noqa: F401 - all tables must be known before the walls and migrations
import security.models  # noqa: F401 - the same
from app.kernel import audit, free_text
from app.kernel.db import db

ROOT = Path(__file__).resolve().parent
csrf = CSRFProtect()
migrate = Migrate(directory=str(ROOT / "app" / "migrations"), render_as_batch=True)


# Commands that need a database and no screens; migrations must run before Flask-AppBuilder looks at its tables.
BARE_COMMANDS = {"db", "job", "scheduler"}


def create_app(settings: dict[str, Any] | None = None, *, screens: bool | None = None) -> Flask:
    """Return the application.

    `settings` win over config.py. Without `screens` there is a database and a command line only; left open, the command that
    `flask` was called with decides. Raises SystemExit with the reason when a setting is unsafe.
    """
    from jobs import commands
    from security import giving, scope

    if screens is None:
        screens = _command_of(sys.argv) not in BARE_COMMANDS

    flask = Flask("app", template_folder=str(ROOT / "app" / "templates"), static_folder=str(ROOT / "app" / "static"))
    flask.config.from_object("config")
    flask.config.update(settings or {})
    _ensure_secret(flask)
    if flask.config["TRUSTED_PROXIES"]:
        count = flask.config["TRUSTED_PROXIES"]
        flask.wsgi_app = ProxyFix(flask.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    db.init_app(flask)
    migrate.init_app(flask, db)
    scope.install()
    giving.install()
    audit.install()
    free_text.install()
    commands.register(flask)
    if screens:
        _add_screens(flask)
    return flask


def _command_of(words: list[str]) -> str:
    """Return the command that `flask` was called with, or nothing when something else made the application."""
    program = Path(words[0])
    if program.name != "flask" and program.parent.name != "flask":
        return ""
    rest = iter(words[1:])
    for word in rest:
        if word in ("-A", "--app", "-e", "--env-file"):
            next(rest, None)
        elif not word.startswith("-"):
            return word
    return ""


def _add_screens(flask: Flask) -> None:
    import views
    from security import web
    from security.manager import Manager
    from translations import catalogue
    from views.health import health

    catalogue.compile_if_stale()
    csrf.init_app(flask)
    Babel(flask)
    with flask.app_context():
        appbuilder = AppBuilder(security_manager_class=Manager)
        appbuilder.init_app(flask, db.session)
        views.register(appbuilder)
    flask.register_blueprint(health)
    web.guard(flask)


def _ensure_secret(flask: Flask) -> None:
    """Make a secret at first start and keep it next to the database; refuse a short one."""
    secret = flask.config["SECRET_KEY"]
    if not secret:
        path = Path(os.environ.get("BONDGENOOT_VAR", str(ROOT / "var"))) / "secret"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48))
        secret = flask.config["SECRET_KEY"] = path.read_text().strip()
    if len(secret) < 32:
        raise SystemExit("SECRET_KEY is te kort: geef minstens 32 willekeurige tekens, of laat hem leeg om er een te maken.")


if __name__ == "__main__":
    from jobs.serving import serve

    raise SystemExit(serve(create_app(screens=False)))
