"""ReportView, the base of every page of figures: a few questions on top, tables under it, and the same as a file.

A subclass declares `title`, `lead` and `questions`, and answers `tables(organisation_id, answers)`. Figures lead to what they are
made of by links in their cells.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, flash, request, url_for
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.utils import secure_filename

from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.errors import DomainError
from app.organisations.queries import administrations
from views.addresses import here
from views.export import safe_cell
from views.fields import PickField
from views.formats import as_text
from views.questions import Question

PAGE = 200
LAST_PAGE = 5_000


@dataclass(frozen=True)
class ReportTable:
    """One table: heads as (label, css), rows of shown cells, and the cells of the total."""

    heads: Sequence[tuple[Any, str]]
    rows: Sequence[Sequence[Any]]
    total: Sequence[Any] = ()
    title: Any = ""
    more: bool = False  # there are rows after these


@dataclass
class Answers:
    """What was asked: values by the name of the question, and which page of the rows; `page` None asks for all rows."""

    values: dict[str, Any]
    page: int | None = 0

    def __getitem__(self, name: str) -> Any:
        """Return one answer."""
        return self.values[name]

    @property
    def limit(self) -> int | None:
        """Return how many rows are shown, None for all."""
        return None if self.page is None else PAGE

    @property
    def offset(self) -> int:
        """Return how many rows come before this page."""
        return (self.page or 0) * PAGE


@dataclass
class Shown:
    """What the template draws."""

    form: Any
    tables: Sequence[ReportTable] = field(default_factory=list)
    note: Any = ""
    links: Sequence[tuple[Any, str, str]] = ()  # where one goes on: text, icon, address


class ReportView(BaseView):
    """A page of figures of one administration."""

    default_view = "list"
    title: Any = None
    lead: Any = ""
    empty_text: Any = _("There is nothing to show for these choices.")
    report_template = "bondgenoot/report.html"

    def questions(self, organisation_id: int) -> Sequence[Question]:
        """Return what is asked on top; each has a start value."""
        raise NotImplementedError

    def tables(self, organisation_id: int, answers: Answers) -> Sequence[ReportTable]:
        """Return the figures."""
        raise NotImplementedError

    def answered(self, form: Any, organisation_id: int, answers: Answers) -> Shown:
        """Return what the page draws."""
        return Shown(form, self.tables(organisation_id, answers))

    def may(self, permission: str) -> bool:
        """Whether the user has a permission on this page."""
        return bool(self.appbuilder.sm.has_access(permission, self.class_permission_name))

    @expose("/list/")
    @has_access
    def list(self) -> Any:
        """Show the figures."""
        page = request.args.get("page", "0")
        number = min(int(page), LAST_PAGE) if page.isascii() and page.isdigit() and len(page) < 6 else 0
        shown = self._answered(number)
        more = any(table.more for table in shown.tables)
        return self.render_template(
            self.report_template,
            title=str(self.title),
            view=self,
            shown=shown,
            export=url_for(f"{self.endpoint}.export", **request.args) if self.may("can_export") else None,
            previous=here(page=number - 1) if number else None,
            following=here(page=number + 1) if more else None,
        )

    @expose("/export")
    @has_access
    @permission_name("export")
    def export(self) -> Response:
        """Give the same figures as a file for a spreadsheet."""
        buffer = io.StringIO()
        buffer.write("\ufeff")
        writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
        for table in self._answered(None).tables:
            for row in ([label for label, _css in table.heads], *table.rows, table.total):
                if row:
                    writer.writerow([safe_cell(as_text(cell) if cell != "" else "") for cell in map(_bare, row)])
        answer = Response(buffer.getvalue(), content_type="text/csv; charset=utf-8")
        name = secure_filename(f"{self.title}-{clock.today():%Y%m%d}.csv") or "overzicht.csv"
        answer.headers.set("Content-Disposition", "attachment", filename=name)
        return answer

    def _answered(self, page: int | None, answer: Callable[[Any, int, Answers], Shown] | None = None) -> Shown:
        """Read the questions and look the figures up; a refusal is said on top and leaves the tables out."""
        books = administrations()
        if not books:
            return Shown(None, note=_("None of the organisations in your environment keeps books. Choose another environment."))
        home = the_actor().organisation_id
        start = home if home in books else next(iter(books))
        asked = request.args.get("organisation", "")
        organisation_id = int(asked) if asked.isdigit() and len(asked) < 10 and int(asked) in books else start
        questions = self.questions(organisation_id)
        fields = {question.name: question.field(type(self).__name__, "list") for question in questions}
        if len(books) > 1:
            words = {str(number): name for number, name in books.items()}
            fields["organisation"] = PickField(words=words, label=_("Administration"), default=str(organisation_id))
        form = type(f"{type(self).__name__}Form", (FlaskForm,), fields)(request.args if request.args else None, meta={"csrf": False})
        for question in questions:
            if question.name not in request.args:
                start_value = question.start() if callable(question.start) else question.start
                form[question.name].process(None, start_value)
        if not form.validate():
            return Shown(form)
        try:
            values = {question.name: form[question.name].data for question in questions}
            return (answer or self.answered)(form, organisation_id, Answers(values, page))
        except DomainError as refusal:
            flash(refusal.message, "warning")
            return Shown(form)


def _bare(cell: Any) -> Any:
    return cell if hasattr(cell, "__html__") else str(cell)
