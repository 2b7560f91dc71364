"""A running site with an invented federation, and pages in a real browser that may not go wrong in silence."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from app.background.usecases import request_system_run
from app.kernel import clock
from app.kernel.actor import Actor, system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import working_as
from app.organisations import queries as organisations
from app.organisations.models import Organisation
from jobs.demo import building
from jobs.runner import work_off
from run import create_app
from security import permissions

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE, NARROW = 1280, 390
MEMBERS = 400
SETTINGS = {"RATELIMIT_ENABLED": False, "FAB_UPDATE_PERMS": False, "MAIL_PER_MINUTE": 100_000, "SEND_FILE_MAX_AGE_DEFAULT": 3600}
PATIENCE_MS = 15_000


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep still."""


@dataclass
class Site:
    """An address where the application answers, and ways to look behind it."""

    flask: Flask
    url: str
    today: date  # here as in every answer; move it on to let days pass
    turn: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def as_(self, code: str) -> Iterator[Actor]:
        """Act on the database in an organisation, or as the `system`."""
        with clock.standing_still(self.today), self.flask.app_context():
            with working_as(system_actor("test")):
                actor = None
                if code != "system":
                    found = db.session.scalars(select(Organisation.id).where(Organisation.code == code)).one()
                    actor = organisations.actor_for(found, f"test {code}")
            with working_as(actor or system_actor("test")):
                yield actor or system_actor("test")

    def work(self) -> int:
        """Do what waits in the background and then send the mail, as the scheduler does; returns how many runs that were."""
        done = 0
        with clock.standing_still(self.today):
            for lane in ("long", "short", "mail"):
                if lane == "mail":
                    with self.as_("system"):
                        request_system_run("outbox")
                done += work_off(self.flask, lane, threading.Event())
        return done

    def answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        """Answer a request on the day of the site; requests wait for each other, as in a production process of one thread."""
        with self.turn, clock.standing_still(self.today):
            parts = self.flask.wsgi_app(environ, start)
            try:
                return [b"".join(parts)]
            finally:
                getattr(parts, "close", lambda: None)()


@contextmanager
def running(url: str, *, members: int = MEMBERS, **settings: Any) -> Iterator[Site]:
    """Fill the migrated empty database at `url` with an invented federation and serve it."""
    flask = create_app({"SQLALCHEMY_DATABASE_URI": url, **SETTINGS, **settings})
    today = clock.today()
    with flask.app_context():
        with working_as(system_actor("test")):
            building.build(members, 1, today)
            permissions.install(permissions.pairs_of(flask.appbuilder))
        building.logins(today.year)
        db.session.remove()
    site = Site(flask, "", today)
    server = make_server("127.0.0.1", 0, site.answer, threaded=True, request_handler=Quiet)
    site.url = flask.config["BASE_URL"] = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, name="site", daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with flask.app_context():
            db.session.remove()
            db.engine.dispose()


@dataclass
class Person:
    """Somebody at a browser; everything that goes wrong there is kept."""

    site: Site
    context: BrowserContext
    page: Page
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str) -> Response:
        """Go to an address of the site and return the answer."""
        answer = self.page.goto(self.site.url + path) or self.page.reload()  # the page one is on already gives no answer
        assert answer is not None, path
        return answer

    def sign_in(self, user: str) -> None:
        """Sign in as a login of the demo."""
        self.open("/login/")
        self.page.fill("input[name=username]", user)
        self.page.fill("input[name=password]", building.PASSWORD)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/login" not in url)

    def told(self) -> str:
        """Return the messages on top of the page."""
        return " ".join(self.page.locator(".bn-flashes .alert > div").all_inner_texts())

    def agree(self) -> None:
        """Say yes in the dialog that asks whether one is sure."""
        self.page.locator("#bn-confirm-ok").click()

    def press(self, button: str) -> None:
        """Click the button or link with this text in the page."""
        self.page.locator("main").get_by_role("button", name=button).or_(
            self.page.locator("main").get_by_role("link", name=button)
        ).first.click()


def person(browser: Browser, site: Site, width: int = WIDE, *, javascript: bool = True) -> Person:
    """Return somebody new at a browser of the given width in pixels."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        locale="nl-NL",
        timezone_id="Europe/Amsterdam",
        java_script_enabled=javascript,
        has_touch=width <= NARROW,
    )
    context.set_default_timeout(PATIENCE_MS)
    made = Person(site, context, context.new_page())
    watch(made)
    return made


def watch(somebody: Person) -> None:
    """Keep every console error, failed answer and request to another host."""

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            somebody.wrong.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def asked(request: Request) -> None:
        if not request.url.startswith((somebody.site.url, "data:", "blob:", "about:")):
            somebody.wrong.append(f"request to another host: {request.url}")

    def answered(response: Response) -> None:
        if response.status >= 500:
            somebody.wrong.append(f"{response.status}: {response.url}")

    somebody.context.on("console", console)
    somebody.context.on("request", asked)
    somebody.context.on("response", answered)
    somebody.context.on("weberror", lambda error: somebody.wrong.append(f"script: {error.error}"))
