"""How values are shown: dates, amounts, states and links the Dutch way."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from babel.numbers import format_decimal
from flask_babel import gettext as _
from markupsafe import Markup

from app.kernel import clock
from app.kernel.identifiers import shown_phone, spaced_iban
from app.kernel.money import euros
from app.kernel.periods import dutch_date
from views.labels import LABELS

# The tone of a state, with an icon each, so that colour never says it alone.
TONES = {
    "ok": "active posted sent done collected processed confirmed solved accepted open_period sealed charged paid settled invoiced netted",
    "info": "open queued making made running submitted set_up new proposed sending imported unsent collecting in_credit",
    "warn": "asked unconfirmed suspended stopped to_print unknown manual blocked queued_again partly",
    "bad": "failed returned error declined bounced overdue",
    "off": "draft withdrawn revoked expired used cancelled closed not_needed taken_over left_out waived credited",
}
_TONE_OF = {word: tone for tone, words in TONES.items() for word in words.split()}
_ICONS = {"ok": "circle-check", "info": "circle-dot", "off": "circle-minus", "bad": "circle-exclamation", "warn": "clock"}
BRIEF = 160  # characters of a JSON value in a list
CLASSES = {
    "cents": "bn-c-num",
    "percent": "bn-c-num",
    "date": "bn-c-date",
    "moment": "bn-c-date",
    "number": "bn-c-code",
    "related": "bn-c-rel",
}


def nothing() -> Markup:
    """Return the dash that stands for no value, with a word for who listens."""
    return Markup('<span class="bn-none"><span aria-hidden="true">–</span><span class="sr-only">{}</span></span>').format(_("empty"))


def money(cents: int | None) -> Markup:
    """Show cents as € 1.234,56."""
    return nothing() if cents is None else Markup('<span class="bn-money">{}</span>').format(euros(cents))


def day(value: date | None) -> Markup | str:
    """Show a date as 31-12-2026."""
    return nothing() if value is None else dutch_date(value)


def moment(value: datetime | None) -> Markup | str:
    """Show a moment in Dutch time as 31-12-2026 om 20:14."""
    if value is None:
        return nothing()
    local = clock.local(value if value.tzinfo else value.replace(tzinfo=UTC))
    return _("%(day)s at %(time)s", day=dutch_date(local.date()), time=f"{local:%H:%M}")


def yes_no(value: bool | None) -> Markup:
    """Show a check mark with ja, a grey nee, or a dash."""
    if value is None:
        return nothing()
    if value:
        return Markup('<span class="bn-yes"><i class="fa-solid fa-check" aria-hidden="true"></i> {}</span>').format(_("yes"))
    return Markup('<span class="bn-no">{}</span>').format(_("no"))


def number(value: int | None) -> Markup | str:
    """Show a count as 1.284."""
    return nothing() if value is None else format_decimal(value, "#,##0", locale="nl")


def scaled(value: int | None, decimals: int) -> Markup | str:
    """Show a whole number of thousandths (decimals 3) or hundredths (2) with its comma."""
    return nothing() if value is None else format_decimal(value / 10**decimals, "#,##0." + "#" * decimals, locale="nl")


def badge(text: str, tone: str) -> Markup:
    """Show a state as an icon, a word and a tone."""
    return Markup('<span class="bn-badge bn-{}"><i class="fa-solid fa-{}" aria-hidden="true"></i>{}</span>').format(
        tone, _ICONS[tone], text
    )


def tone_of(state: str) -> str:
    """Return the tone of a state: ok, info, warn, bad or off."""
    return _TONE_OF.get(state, "info")


def text(value: Any) -> Any:
    """Show text, or the dash where there is none."""
    return nothing() if value is None or value == "" else value


def record(value: Any) -> Any:
    """Show what a JSON column holds: a list as lines, a mapping as name and value."""
    if value in (None, [], {}):
        return nothing()
    if isinstance(value, list):
        if all(isinstance(item, str | int) for item in value):
            return ", ".join(str(item) for item in value)
        return Markup('<ul class="bn-plain">{}</ul>').format(Markup("").join(Markup("<li>{}</li>").format(record(item)) for item in value))
    if isinstance(value, dict):
        rows = (Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(called(str(key)), record(item)) for key, item in value.items())
        return Markup('<dl class="bn-mini">{}</dl>').format(Markup("").join(rows))
    return yes_no(value) if isinstance(value, bool) else str(value)


def brief(value: Any) -> Any:
    """Show what a JSON column holds in one line, for lists."""
    if value in (None, [], {}):
        return nothing()
    if not isinstance(value, dict):
        return as_text(record(value))
    shown = "; ".join(f"{called(key)}: {_line(item)}" for key, item in value.items())
    return shown if len(shown) <= BRIEF else shown[:BRIEF] + "…"


def _line(value: Any) -> str:
    if isinstance(value, list):
        return " → ".join(_line(item) for item in value)
    return "–" if value is None else as_text(yes_no(value)) if isinstance(value, bool) else str(value)


def called(key: str) -> str:
    """Return what a column or setting is called on screen."""
    return str(LABELS.get(key) or LABELS.get(key.removesuffix("_id")) or key)


def iban(value: str | None) -> Any:
    """Show an IBAN in groups of four."""
    return nothing() if not value else Markup('<span class="bn-iban">{}</span>').format(spaced_iban(value))


def phone(value: str | None) -> Any:
    """Show a phone number the way people read it."""
    return nothing() if not value else shown_phone(value)


def anything(value: Any) -> Any:
    """Show a value of which only the Python type is known."""
    if isinstance(value, bool):
        return yes_no(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, list | tuple | dict):
        return record(list(value) if isinstance(value, tuple) else value)
    return text(value)


def choice(words: dict[str, str], *, is_state: bool) -> Callable[[Any], Any]:
    """Return what shows the Dutch word of a value, as a badge when it is a state."""

    def show(value: Any) -> Any:
        if value is None:
            return nothing()
        word = words.get(value, value)
        return badge(word, tone_of(value)) if is_state else word

    return show


BY_KIND: dict[str, Callable[[Any], Any]] = {
    "cents": money,
    "date": day,
    "moment": moment,
    "boolean": yes_no,
    "json": record,
    "percent": lambda value: nothing() if value is None else f"{scaled(value, 2)} %",
    "text": text,
    "long_text": text,
    "bytes": lambda value: nothing() if not value else _("%(count)s bytes", count=number(len(value))),
    "computed": anything,
    "number": anything,
}


def as_text(shown: Any) -> str:
    """Return what a cell shows without its mark-up, for files."""
    if shown is None:
        return ""
    if isinstance(shown, Markup):
        bare = shown.striptags()
        return "" if bare.startswith("–") else bare
    return str(shown)


def pretty_json(value: Any) -> str:
    """Write a JSON value as people edit it."""
    return "" if value in (None, {}, []) else json.dumps(value, ensure_ascii=False, indent=2)
