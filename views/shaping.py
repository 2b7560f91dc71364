"""Forms that show only what applies: fields of a JSON column by its kind, one way of several, and what hangs on another choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from app.contributions.adjustments.settings import OneOf
from views.addresses import back_to, here
from views.columns import key_of
from views.forms import AdminForm, make_form
from views.shapes import References, Shape, parts_of, start_of, way_of


@dataclass(frozen=True)
class Kinds:
    """A row has a kind, which decides the shape of a JSON column: the kind is chosen first, on a page that says what each does."""

    column: str
    shaped: str
    shape: Callable[[str], Shape | None]
    words: Mapping[str, str]
    help: Mapping[str, str]
    question: Any


class Shaping:
    """What a generated screen may declare over its form.

    `shapes`: JSON columns with their schema; name the column in a fieldset, or one field as `settings.first_length`.
    `kinds`: the same where the shape hangs on the kind of the row. `one_of`: a name of your own for a choice of which column is
    filled in; put it before them. `applies`: column -> (other column, values), when it is only asked then. What is not asked is kept
    empty. `settled_columns`: related columns that are not asked when the address says them. `references`: what numbers in settings point at.
    """

    shapes: dict[str, Shape] = {}
    kinds: Kinds | None = None
    one_of: dict[str, OneOf] = {}
    settled_columns: tuple[str, ...] = ()
    applies: dict[str, tuple[str, tuple[str, ...]]] = {}
    references = References({}, {})

    endpoint: Any
    datamodel: Any
    add_columns: Any
    edit_columns: Any
    add_fieldsets: Any
    edit_fieldsets: Any
    add_form: Any
    edit_form: Any

    def shapes_of(self, item: Any) -> dict[str, Shape]:
        """Return the shapes that hold for this row, or for the new one that is asked for."""
        if self.kinds is None:
            return self.shapes
        kind = request.values.get(self.kinds.column, "") if item is None else getattr(item, self.kinds.column)
        shape = self.kinds.shape(str(kind or ""))
        return self.shapes if shape is None else {**self.shapes, self.kinds.shaped: shape}

    def form_of(self, item: Any) -> type[AdminForm]:
        """Return the form of a row, or of a new one."""
        if self.kinds is None and not self.shapes:
            return self.add_form if item is None else self.edit_form  # type: ignore[no-any-return]
        columns = self.add_columns if item is None else self.edit_columns
        return make_form(self, columns, is_new=item is None, shapes=self.shapes_of(item))

    def shown_fieldsets(self, item: Any) -> Any:
        """Return the fieldsets of a form, with a shaped column as its parts."""
        fieldsets = self.add_fieldsets if item is None else self.edit_fieldsets
        shapes = self.shapes_of(item)
        return fieldsets and [
            (title, {**content, "fields": [part for column in content["fields"] for part in _parts(column, shapes)]})
            for title, content in fieldsets
            if any(_parts(column, shapes) for column in content["fields"])
        ]

    def kept_values(self, item: Any) -> dict[str, Any]:
        """Return what the form of a row begins with."""
        found: dict[str, Any] = {}
        shapes = self.shapes_of(item)
        for column in self.edit_columns:
            head = column.partition(".")[0]
            if head in shapes:
                found.update(start_of(head, shapes[head], getattr(item, head)))
            elif column in self.one_of:
                ways = self.one_of[column].ways
                found[column] = way_of(self.one_of[column], {way: getattr(item, key_of(self.datamodel.obj, way)) for way in ways})
            else:
                found[column] = getattr(item, key_of(self.datamodel.obj, column))
        return found

    def shaped_start(self, start: dict[str, Any]) -> dict[str, Any]:
        """Return what a new form begins with: also the parts of shaped columns, and the way that is filled in."""
        found: dict[str, Any] = {}
        for column, shape in self.shapes_of(None).items():
            found.update(start_of(column, shape, start.pop(column, None)))
        for name, choice in self.one_of.items():
            found[name] = way_of(choice, start)
        return {**found, **start}

    def settle(self, form: AdminForm) -> None:
        """Fill in what the address says and need not be asked."""
        for column in self.settled_columns:
            if column in form and request.args.get(column) and (row := form[column].lookup.find(request.args[column])) is not None:
                form[column].data, form[column].settled = row.id, True

    def form_title(self, item: Any) -> Any:
        """Return the title of a form."""
        if item is None:
            kind = request.values.get(self.kinds.column, "") if self.kinds else ""
            return _("Add %(what)s", what=self.kinds.words[kind]) if self.kinds and kind in self.kinds.words else self.add_title  # type: ignore[attr-defined]
        return _("Change %(what)s", what=str(item))

    def form_lead(self, item: Any) -> Any:
        """Return a sentence under the title of a form: of a kind what it does."""
        if self.kinds is None:
            return ""
        return self.kinds.help.get(request.values.get(self.kinds.column, "") if item is None else getattr(item, self.kinds.column), "")

    def kind_page(self) -> str | None:
        """Return the page that asks the kind of a new row, when there are kinds and none is chosen."""
        kinds = self.kinds
        if kinds is None or request.values.get(kinds.column, "") in kinds.words:
            return None
        found = [(word, kinds.help[code], here(**{kinds.column: code})) for code, word in kinds.words.items()]
        return self.render_template(  # type: ignore[attr-defined, no-any-return]
            "bondgenoot/kinds.html",
            title=kinds.question,
            lead=self.form_lead(None),
            view=self,
            kinds=found,
            back=back_to(url_for(f"{self.endpoint}.list")),
        )


def _parts(column: str, shapes: Mapping[str, Shape]) -> list[str]:
    return parts_of(column, shapes[column]) if column in shapes else [column]
