"""Every page that a persona can reach from the menu: it answers, in Dutch, fits a phone, and breaks no rule of a page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.browser.site import NARROW, WIDE, Person

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("databases", ["sqlite"], indirect=True)]
MOST_BYTES = 500_000
# One login per role of the demo.
PERSONAS = ("beheer", "anna", "lotte", "bram", "els", "sjoerd", "mila", "peter")
# Frequent English words that no Dutch text on a screen has.
ENGLISH = re.compile(
    r"\b(the|and|with|your|you|add|edit|delete|deleted|save|saved|search|show|list|user|users|name|date|amount|number|select|choose|"
    r"cancel|submit|submitted|error|password|true|false|none|null|yes|actions?|description|search|back|draft|posted|booked|imported|"
    r"queued|running|finished|failed|created|changed|updated|record|value|settings|password|role|permissions?|enabled|disabled|"
    r"invoice|payment|member|relation|season|organisation|enrollment|batch_id|state|kind|first|last|unknown|certain|probable)\b",
    re.IGNORECASE,
)
# Dutch uses some of them, and names of our own and of others are what they are.
ALLOWED = {"list", "kind", "record", "back", "user"}
MEASURE = """() => ({
  h1: document.querySelectorAll('h1').length,
  lang: document.documentElement.lang,
  over: document.scrollingElement.scrollWidth - window.innerWidth,
  title: document.title,
  cut: [...document.querySelectorAll('main .bn-scroll, main .table-responsive')].filter(e => e.scrollWidth > e.clientWidth + 1)
    .map(e => e.scrollWidth - e.clientWidth),
  text: document.querySelector('main').innerText,
  ids: [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, at, all) => all.indexOf(id) !== at),
  nameless: [...document.querySelectorAll('main a, main button, main input:not([type=hidden]), main select, main textarea')]
    .filter(e => e.offsetParent && !(e.textContent || '').trim() && !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby')
      && !(e.labels && e.labels.length) && !(e.value && e.type === 'submit') && !e.title)
    .map(e => e.outerHTML.slice(0, 120)),
})"""
MENU = "() => [...document.querySelectorAll('.bn-nav a')].map(a => a.getAttribute('href'))"
# The first record of a list, and the forms that its buttons open.
FURTHER = """() => [document.querySelector('.bn-list tbody td a[href]'), ...document.querySelectorAll('.bn-head a.btn')]
  .filter(a => a && !/\\/(export|xlsx)/.test(a.getAttribute('href'))).map(a => a.getAttribute('href'))"""


def faults(somebody: Person, path: str) -> list[str]:
    """Return what is wrong with a page, on a phone and on a desk."""
    somebody.page.set_viewport_size({"width": NARROW, "height": 844})
    answer = somebody.open(path)
    if answer.status != 200:
        return [f"{path} answers {answer.status}"]
    over = somebody.page.evaluate(MEASURE)["over"]
    somebody.page.set_viewport_size({"width": WIDE, "height": 900})
    found = somebody.page.evaluate(MEASURE)
    words = {word.lower() for word in ENGLISH.findall(re.sub(r"\S+@\S+|\S+\.(xml|zip|pdf)|\{.*?\}", "", found["text"]))} - ALLOWED
    wrong = {
        f"is {over} px wider than a phone": over > 0,
        f"is {found['over']} px wider than a desk": found["over"] > 0,
        f"has a table that is cut off by {found['cut']} px on a desk": found["cut"],
        f"has {found['h1']} main headings": found["h1"] != 1,
        f"is in {found['lang']!r}": found["lang"] != "nl",
        f"has the title {found['title']!r}": not found["title"].endswith("Bondgenoot"),
        f"is {len(answer.body())} bytes": len(answer.body()) > MOST_BYTES,
        f"has ids twice: {found['ids'][:5]}": found["ids"],
        f"has controls without a name: {found['nameless'][:3]}": found["nameless"],
        f"says in English: {sorted(words)}": words,
    }
    return [f"{path} {what}" for what, is_wrong in wrong.items() if is_wrong]


@pytest.mark.parametrize("user", PERSONAS)
def test_every_page_from_the_menu(someone: Callable[..., Person], user: str) -> None:
    somebody = someone(user)
    addresses: list[str] = somebody.page.evaluate(MENU)
    assert len(addresses) > 1
    wrong: list[str] = []
    for path in addresses:
        wrong += faults(somebody, path)
        for further in somebody.page.evaluate(FURTHER):
            wrong += faults(somebody, further)
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)
