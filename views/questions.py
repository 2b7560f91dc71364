"""Actions that ask something first: the questions, and the form they make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import Field, PasswordField
from wtforms.widgets import PasswordInput

from views.fields import (
    CentsField,
    DayField,
    LineField,
    NumberField,
    PickField,
    RelatedField,
    ScaledField,
    TextField,
    TicksField,
    YesNoField,
)
from views.forms import Needed
from views.lookups import Lookup
from views.rows import RowsField

_FIELDS: dict[str, type[Field]] = {
    "text": LineField,
    "long_text": TextField,
    "date": DayField,
    "cents": CentsField,
    "number": NumberField,
    "percent": ScaledField,
    "yes_no": YesNoField,
    "file": FileField,
}


class SecretInput(PasswordInput):
    """A password input of our own look."""

    def __call__(self, field: Any, **kwargs: Any) -> Any:
        """Draw it."""
        return super().__call__(field, **{"class": "form-control", "autocomplete": "new-password", **kwargs})


class SecretField(PasswordField):
    """A password, never shown again."""

    widget = SecretInput()


_FIELDS["password"] = SecretField


@dataclass(frozen=True)
class Question:
    """One thing to ask.

    `kind` is text, long_text, password, date, cents, number, percent (basis points), yes_no, file, choice or ticks (with `words`), related (with `model`), or
    rows (with `columns`, each a question): a table of `start` empty rows, of which those that are filled in count.
    `start` is the value to begin with, or a function that gives it. `side` is + or - for amounts of a table of which the sums are shown.
    """

    name: str
    label: Any
    kind: str = "text"
    required: bool = True
    help: Any = ""
    words: dict[str, Any] | None = None
    model: Any = None
    narrow: Callable[[Any], Any] | None = None
    start: Any = None
    columns: tuple[Question, ...] = ()
    side: str = ""

    def field(self, view_name: str, action: str) -> Any:
        """Return the unbound form field."""
        common: dict[str, Any] = {"label": self.label, "description": self.help}
        if self.kind != "yes_no" and self.required:
            common["validators"] = [Needed()]
        if self.side:
            common["render_kw"] = {"data-side": self.side}
        if self.kind == "rows":
            columns = {column.name: column.cell(view_name, f"{action}.{self.name}") for column in self.columns}
            return RowsField(columns=columns, **{**common, "default": [{}] * (self.start or 0)})
        if self.start is not None:
            common["default"] = self.start
        if self.kind == "related":
            return RelatedField(lookup=self.lookup(), view=view_name, key=f"{action}.{self.name}", **common)
        if self.kind == "choice":
            return PickField(words=self.words, blank=self.start is None, **common)
        if self.kind == "ticks":
            return TicksField(words=self.words, **common)
        return _FIELDS[self.kind](**common)

    def cell(self, view_name: str, table: str) -> Any:
        """Return the unbound field as a column of a table: a row that stays empty is not asked, so the browser does not ask for it either."""
        field = self.field(view_name, table)
        field.kwargs["render_kw"] = {**field.kwargs.get("render_kw", {}), "required": False}
        return field

    def lookups(self, path: str) -> dict[str, Lookup]:
        """Return what may be chosen, by the name under which the screen is asked for it."""
        found = {f"{path}.{self.name}": self.lookup()} if self.kind == "related" else {}
        for column in self.columns:
            found |= column.lookups(f"{path}.{self.name}")
        return found

    def lookup(self) -> Lookup:
        """Return what may be chosen."""
        return Lookup(self.model, self.narrow)


@dataclass(frozen=True)
class Asking:
    """What an action asks before it is done: `button` names the act, `note` says what will happen."""

    questions: tuple[Question, ...]
    button: Any
    note: Any = ""
    needs_rows: bool = True
    previews: bool = False

    def form(self, view_name: str, action: str, more: tuple[Question, ...] = ()) -> type[FlaskForm]:
        """Return the form class; `more` is asked because of the rows that it concerns."""
        fields = {question.name: question.field(view_name, action) for question in (*self.questions, *more)}
        return type(f"{view_name}{action.title()}Form", (FlaskForm,), fields)


def ask(
    name: str,
    text: Any,
    *questions: Question,
    button: Any = None,
    note: Any = "",
    icon: str = "fa-pen-to-square",
    multiple: bool = True,
    single: bool = True,
    needs_rows: bool = True,
    previews: bool = False,
) -> Callable[[Any], Any]:
    """Make a method an action that asks first: `def method(self, items, answers)`, or `(self, answers)` when it needs no rows.

    It may return an `Answer`, or with `previews` a `Preview`: then it is called again with what stays ticked in `answers["chosen"]`
    (None: nothing was looked at yet). See `views/outcomes.py`.
    """

    def wrap(method: Any) -> Any:
        method._action = (name, text, None, icon, multiple and needs_rows, single and needs_rows)
        method._ask = Asking(questions, button or text, note, needs_rows, previews)
        return method

    return wrap


@dataclass(frozen=True)
class File:
    """A file to hand over: whole bytes, or parts in order."""

    name: str
    content_type: str
    content: Any


def download(name: str, text: Any, icon: str = "fa-download") -> Callable[[Any], Any]:
    """Make a method a file that hangs on a row: `def method(self, item) -> File`."""

    def wrap(method: Any) -> Any:
        method._download = (name, text, icon)
        return method

    return wrap
