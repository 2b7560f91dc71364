"""A browser, a site with an invented federation, and people who sign in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.site import CHROMIUM, QUIET, WIDE, Person, Site, person, running
from tests.conftest import SECRET, Databases
from tests.mail.servers import Inbox, serving


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own for each module."""
    url = databases.new()
    folder: Path = tmp_path_factory.mktemp("var")
    with running(url, SECRET_KEY=SECRET, VAR=folder, MAIL_SERVER="") as made:
        yield made
    databases.drop(url)


@pytest.fixture
def someone(browser: Browser, site: Site) -> Iterator[Callable[..., Person]]:
    """Seat people at browsers: `someone("anna", width=390)`; nothing may have gone wrong at any of them."""
    seated: list[Person] = []

    def seat(user: str = "", width: int = WIDE, *, javascript: bool = True) -> Person:
        made = person(browser, site, width, javascript=javascript)
        seated.append(made)
        if user:
            made.sign_in(user)
        return made

    yield seat
    wrong = [problem for each in seated for problem in each.wrong]
    for each in seated:
        each.context.close()
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


@pytest.fixture
def inbox(site: Site) -> Iterator[Inbox]:
    """A real mail server that the site sends to."""
    inbox = Inbox()
    with serving(inbox) as port:
        site.flask.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port)
        yield inbox
    site.flask.config.update(MAIL_SERVER="")
