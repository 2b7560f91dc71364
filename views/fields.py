"""Form fields that read and write the Dutch way. Each refusal names the value and what to write instead."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup
from wtforms import BooleanField, Field, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget, Select, TextArea, TextInput, html_params

from app.kernel import clock
from app.kernel.errors import DomainError
from app.kernel.identifiers import clean_text
from app.kernel.money import dutch, parse_cents
from app.kernel.periods import dutch_date, parse_date
from views.formats import pretty_json
from views.lookups import Lookup

_LONG = 60  # text columns longer than this get the whole width


class PlainInput(TextInput):
    """A text input of our own look."""

    def __init__(self, classes: str = "", **attributes: str) -> None:
        super().__init__()
        self.classes, self.attributes = f"form-control {classes}".strip(), attributes

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Draw it."""
        return super().__call__(field, **{"class": self.classes, **self.attributes, **kwargs})


class DateInput(PlainInput):
    """A date with its calendar mark."""

    def __init__(self) -> None:
        super().__init__("bn-date", inputmode="numeric", autocomplete="off")

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Draw it."""
        mark = Markup('<i class="fa-regular fa-calendar" aria-hidden="true"></i>')
        return Markup('<span class="bn-affix bn-affix-date">{}{}</span>').format(super().__call__(field, **kwargs), mark)


class MoneyInput(PlainInput):
    """An amount with its euro mark."""

    def __init__(self) -> None:
        super().__init__("bn-amount", inputmode="decimal", autocomplete="off")

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Draw it."""
        return Markup('<span class="bn-affix bn-affix-money"><span aria-hidden="true">€</span>{}</span>').format(
            super().__call__(field, **kwargs)
        )


class PlainArea(TextArea):
    """A text area of our own look."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Draw it."""
        return super().__call__(field, **{"class": "form-control", "rows": 4, **kwargs})


class PlainSelect(Select):
    """A list of choices of our own look."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Draw it."""
        return super().__call__(field, **{"class": "form-control", **kwargs})


class Ticks(ListWidget):
    """Several choices as check marks."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Draw it."""
        return super().__call__(field, **{"class": "bn-ticks", **kwargs})


class _Typed(StringField):
    """A field of one line whose value is read by `read` and written by `write`."""

    widget = PlainInput()

    def read(self, text: str) -> Any:
        """Return the value. Raises DomainError."""
        return clean_text(text)

    def write(self, value: Any) -> str:
        """Return the value as people type it."""
        return str(value)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed."""
        raw = str(valuelist[0]) if valuelist else ""
        self.data = None
        if raw.strip():
            try:
                self.data = self.read(raw.strip())
            except DomainError as refusal:
                raise ValueError(refusal.message) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.write(self.data)


class LineField(_Typed):
    """One line of text."""


class TextField(TextAreaField):
    """Text of several lines."""

    widget = PlainArea()

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed; line ends are kept as one character."""
        raw = str(valuelist[0]).replace("\r\n", "\n") if valuelist else ""
        try:
            self.data = "\n".join(clean_text(line) for line in raw.split("\n")).strip() or None
        except DomainError as refusal:
            raise ValueError(refusal.message) from None


class CentsField(_Typed):
    """An amount, kept in cents."""

    widget = MoneyInput()

    def read(self, text: str) -> int:
        """Return cents."""
        return parse_cents(text)

    def write(self, value: int) -> str:
        """Return 1.234,56."""
        return dutch(value)


class DayField(_Typed):
    """A date."""

    widget = DateInput()

    def read(self, text: str) -> Any:
        """Return the date."""
        return parse_date(text)

    def write(self, value: Any) -> str:
        """Return 31-12-2026."""
        return dutch_date(value)


class MomentField(_Typed):
    """A moment in Dutch time: 31-12-2026 20:14."""

    widget = PlainInput("bn-moment", inputmode="numeric", autocomplete="off")

    def read(self, text: str) -> datetime:
        """Return an aware moment."""
        found = re.fullmatch(r"(\S+)(?:\s+(?:om\s+)?(\d{1,2}):(\d{2}))?", text)
        hours, minutes = (int(found[2] or 0), int(found[3] or 0)) if found else (99, 99)
        if not found or hours > 23 or minutes > 59:
            raise DomainError("moment_unreadable", f"“{text}” is geen datum met tijd. Schrijf bijvoorbeeld 31-12-2026 20:14.", value=text)
        day = parse_date(found[1])
        return datetime(day.year, day.month, day.day, hours, minutes, tzinfo=clock.AMSTERDAM)

    def write(self, value: datetime) -> str:
        """Return 31-12-2026 20:14."""
        local = clock.local(value)
        return f"{dutch_date(local.date())} {local:%H:%M}"


class NumberField(_Typed):
    """A whole number."""

    widget = PlainInput("bn-short", inputmode="numeric", autocomplete="off")

    def read(self, text: str) -> int:
        """Return the number."""
        bare = text.replace("−", "-")
        if not re.fullmatch(r"-?[0-9]{1,9}", bare):
            raise DomainError("number_unreadable", f"“{text}” is geen geheel getal. Schrijf bijvoorbeeld 12.", value=text)
        return int(bare)


class ScaledField(_Typed):
    """A number with a comma, kept as a whole number of thousandths (decimals 3) or hundredths (2)."""

    widget = PlainInput("bn-short", inputmode="decimal", autocomplete="off")

    def __init__(self, *args: Any, decimals: int = 2, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.decimals = decimals

    def read(self, text: str) -> int:
        """Return the whole number of parts."""
        found = re.fullmatch(r"(-?)(\d{1,7})(?:[,.](\d+))?\s*%?", text)
        if not found or not text.isascii() or len(found[3] or "") > self.decimals:
            raise DomainError(
                "decimal_unreadable",
                f"“{text}” is geen getal met hooguit {self.decimals} cijfers achter de komma. Schrijf bijvoorbeeld 2,5.",
                value=text,
            )
        whole = int(found[2]) * 10**self.decimals + int((found[3] or "").ljust(self.decimals, "0"))
        return -whole if found[1] else whole

    def write(self, value: int) -> str:
        """Return 2,5."""
        whole, part = divmod(abs(value), 10**self.decimals)
        shown = f"{whole},{part:0{self.decimals}d}".rstrip("0").rstrip(",")
        return f"-{shown}" if value < 0 else shown


class YesNoField(BooleanField):
    """A check mark."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("render_kw", None)
        super().__init__(*args, **kwargs)


class PickField(SelectField):
    """One of a few words; an empty choice when there may be none or none is known yet."""

    widget = PlainSelect()

    def __init__(self, *args: Any, words: dict[str, Any] | None = None, blank: bool = False, **kwargs: Any) -> None:
        choices = [SelectChoice("", "")] * blank + [SelectChoice(word, label) for word, label in (words or {}).items()]
        super().__init__(*args, choices=choices, coerce=str, validate_choice=False, **kwargs)
        self.words = words or {}

    def process_data(self, value: Any) -> None:
        """Take the stored value."""
        self.data = {None: None, True: "y", False: "n"}.get(value, value) if isinstance(value, bool | None) else value

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the choice."""
        self.data = valuelist[0] or None if valuelist else None
        if self.data is not None and self.data not in self.words:
            raise ValueError(_("“%(value)s” is not one of the choices. Choose one from the list.", value=self.data))


class NumberPick(PickField):
    """One of a few numbers, each with its word."""

    def process_data(self, value: Any) -> None:
        """Take the stored number."""
        self.data = None if value is None else str(value)

    def value(self) -> int | None:
        """Return the number."""
        return int(self.data) if self.data else None


class ThreeWayField(PickField):
    """Yes, no, or not known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, words={"y": _("yes"), "n": _("no")}, blank=True, **kwargs)

    def value(self) -> bool | None:
        """Return the answer."""
        return {"y": True, "n": False}.get(self.data or "")


class TicksField(SelectMultipleField):
    """Several of a few words, kept as a list."""

    widget = Ticks(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, *args: Any, words: dict[str, Any] | None = None, **kwargs: Any) -> None:
        choices = [SelectChoice(word, label) for word, label in (words or {}).items()]
        super().__init__(*args, choices=choices, coerce=str, validate_choice=False, **kwargs)
        self.words = words or {}

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the choices."""
        self.data = [value for value in valuelist if value in self.words]
        for value in valuelist:
            if value not in self.words:
                raise ValueError(_("“%(value)s” is not one of the choices. Choose one from the list.", value=value))


class StructureField(TextAreaField):
    """Settings as JSON, for who knows it: only where no better field exists."""

    widget = PlainArea()

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else pretty_json(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the JSON."""
        raw = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if raw:
            try:
                self.data = json.loads(raw, parse_constant=_no_constant)
            except ValueError:
                raise ValueError(_('This is not JSON. Write for example {"name": 12} or [1, 2].')) from None


def _no_constant(word: str) -> None:
    raise ValueError(word)


class RemoteSelect:
    """A list of choices that is asked from the server while typing."""

    def __call__(self, field: RelatedField, **kwargs: Any) -> Markup:
        """Draw it with only the present choice in it."""
        attributes = {
            "id": field.id,
            "name": field.name,
            "class": "form-control bn-remote",
            "data-lookup": url_for(f"{field.view}.lookup", key=field.key),
            "data-minimum": str(field.lookup.minimum),
            "required": field.flags.required or False,
            **kwargs,
        }
        chosen = field.chosen
        option = Markup('<option value="{}" selected>{}</option>').format(chosen.id, str(chosen)) if chosen is not None else ""
        return Markup("<select {}><option value=''></option>{}</select>").format(Markup(html_params(**attributes)), option)  # noqa: S704 - html_params escapes


class RelatedField(Field):
    """A row of another table: its number, checked in the actor's scope."""

    widget = RemoteSelect()

    def __init__(self, label: Any = None, validators: Any = None, *, lookup: Lookup, view: str, key: str, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.lookup, self.view, self.key = lookup, view, key
        self._found: tuple[Any, Any] | None = None

    @property
    def chosen(self) -> Any:
        """Return the row that is chosen now, or None."""
        if self.data is None:
            return None
        if self._found is None or self._found[0] != self.data:
            self._found = (self.data, self.lookup.find(self.data))
        return self._found[1]

    def process_data(self, value: Any) -> None:
        """Take the stored number."""
        self.data = getattr(value, "id", value)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the number and find its row."""
        raw = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not raw:
            return
        found = self.lookup.find(raw)
        if found is None:
            raise ValueError(_("This choice does not exist (any more), or is not of your environment. Choose another."))
        self.data = found.id
        self._found = (found.id, found)
