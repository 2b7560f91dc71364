"""Carries out actions and hands over files: on rows of the actor only, with the permission of the action."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from flask import Response, abort, flash, redirect, request, url_for
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import MultiDict
from werkzeug.utils import secure_filename

from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from views.addresses import back_to
from views.interface import ScopedInterface
from views.outcomes import Answer, Preview
from views.refusals import refusal_of
from views.rows import RowsField

MOST_ROWS = 5000  # of one bulk action; larger work has a job of its own


class Acting:
    """The actions and files of a generated screen."""

    appbuilder: Any
    datamodel: ScopedInterface
    actions: dict[str, Any]
    class_permission_name: Any
    endpoint: Any

    def action_shown(self, name: str, item: Any) -> bool:  # noqa: ARG002 - for subclasses
        """Whether an action makes sense on this row now; the use case stays the judge."""
        return True

    def may(self, permission: str) -> bool:
        """Whether the user has a permission on this screen."""
        return bool(self.appbuilder.sm.has_access(permission, self.class_permission_name))

    def require(self, permission: str) -> None:
        """Stop with 403 who lacks a permission; who is not logged in goes to the login page."""
        if self.may(permission):
            return
        if not current_user.is_authenticated:
            abort(redirect(url_for(f"{self.appbuilder.sm.auth_view.endpoint}.login", next=request.full_path)))
        abort(403)

    def _action_named(self, name: str, *, needs_rows: bool) -> Any:
        found = self.actions.get(name)
        asking = getattr(found.func, "_ask", None) if found else None
        if found is None or (asking.needs_rows if asking else True) is not needs_rows:
            abort(404)
        self.require(f"can_{name}")
        return found

    @expose("/action/<string:name>/<pk>", methods=["GET", "POST"])
    def action(self, name: str, pk: str) -> Any:
        """Carry out an action on one row; only its questions may be looked at with GET."""
        chosen = self._action_named(name, needs_rows=True)
        if not chosen.single:
            abort(404)
        if request.method == "GET" and not hasattr(chosen.func, "_ask"):
            abort(405)
        return self._carry_out(chosen, self._rows([pk]), [pk])

    @expose("/action_post", methods=["POST"])
    def action_post(self) -> Any:
        """Carry out an action on the chosen rows, or on all that pass the filters of the list."""
        chosen = self._action_named(request.form.get("action", ""), needs_rows=True)
        pks = self._all_ids() if request.form.get("all_rows") == "1" else request.form.getlist("rowid")
        if not pks:
            flash(_("Nothing is chosen. Tick the rows first."), "warning")
            return redirect(back_to(url_for(f"{self.endpoint}.list")))
        if len(pks) > MOST_ROWS:
            flash(_("That is more than %(count)s rows. Filter first, so that fewer remain.", count=MOST_ROWS), "warning")
            return redirect(back_to(url_for(f"{self.endpoint}.list")))
        return self._carry_out(chosen, self._rows(pks), pks)

    @expose("/do/<string:name>", methods=["GET", "POST"])
    def do(self, name: str) -> Any:
        """Carry out an action that needs no rows, after its questions."""
        return self._carry_out(self._action_named(name, needs_rows=False), None, [])

    def _rows(self, pks: list[str]) -> list[Any]:
        rows = self.datamodel.get_many(pks)
        if rows is None:
            abort(404)
        return rows

    def _all_ids(self) -> list[str]:
        filters = self.datamodel.get_filters(self.seen(self.search_columns))  # type: ignore[attr-defined]
        filters._search_filters = {**filters._search_filters, **self.more_filters()}  # type: ignore[attr-defined]
        filters.read(MultiDict(parse_qsl(request.form.get("query", ""))))
        asked = self.datamodel.rows(filters).with_only_columns(self.datamodel.obj.id).limit(MOST_ROWS + 1)
        return [str(number) for number in db.session.scalars(asked)]

    def _carry_out(self, chosen: Any, rows: list[Any] | None, pks: list[str]) -> Any:
        asking = getattr(chosen.func, "_ask", None)
        back = back_to(url_for(f"{self.endpoint}.show", pk=pks[0]) if len(pks) == 1 else url_for(f"{self.endpoint}.list"))
        form, given = None, ()
        if asking:
            form = asking.form(self.view_name, chosen.name)(formdata=self._answered())  # type: ignore[attr-defined]
            if self._answered() is None or not form.validate():
                return self._ask_page(chosen, form, rows, pks, back)
            chosen_rows = request.form.getlist("chosen") if request.form.getlist("previewed") == ["1"] else None
            answered = {name: value for name, value in form.data.items() if name != "csrf_token"}
            given = ({**answered, "chosen": chosen_rows} if asking.previews else answered,)
        try:
            outcome = chosen.func(*given) if rows is None else chosen.func(rows, *given)
        except (DomainError, SQLAlchemyError) as fault:
            db.session.rollback()
            return self._refused(fault, chosen, form, pks, back)
        if isinstance(outcome, Answer | Preview):
            return self._ask_page(chosen, form, rows, pks, back, outcome)
        if isinstance(outcome, str) or hasattr(outcome, "_get_current_object") or type(outcome).__name__ == "LazyString":
            flash(str(outcome), "success")
            return redirect(back)
        return outcome if outcome is not None else redirect(back)

    def _answered(self) -> Any:
        if request.method != "POST" or request.form.get("answered") != "1":
            return None
        return MultiDict([*request.form.items(multi=True), *request.files.items(multi=True)])

    def _refused(self, fault: Exception, chosen: Any, form: Any, pks: list[str], back: str) -> Any:
        refusal = fault if isinstance(fault, DomainError) else refusal_of(fault, self)  # type: ignore[arg-type]
        if refusal is None:
            raise fault
        if isinstance(refusal, NotFound):
            abort(404)
        if form is None:
            flash(refusal.message, "danger")
            return redirect(back)
        name = str(refusal.parameters.get("field", ""))
        field = form._fields.get(name) or form._fields.get(name.removesuffix("_id"))
        table, _dot, cell = name.partition(".")
        if isinstance(form._fields.get(table), RowsField):
            form._fields[table].refuse(cell, refusal.message)
        elif field is None:
            flash(refusal.message, "danger")
        else:
            field.errors = [*field.errors, refusal.message]
        return self._ask_page(chosen, form, self._rows(pks) if pks else None, pks, back)

    def _ask_page(self, chosen: Any, form: Any, rows: list[Any] | None, pks: list[str], back: str, outcome: Any = None) -> str:
        return self.render_template(  # type: ignore[attr-defined, no-any-return]
            "bondgenoot/ask.html",
            title=str(chosen.text),
            view=self,
            chosen=chosen,
            asking=chosen.func._ask,
            form=form,
            rows=rows,
            pks=pks,
            back=back,
            answer=outcome if isinstance(outcome, Answer) else None,
            preview=outcome if isinstance(outcome, Preview) else None,
            target=url_for(f"{self.endpoint}.do", name=chosen.name) if rows is None else url_for(f"{self.endpoint}.action_post"),
        )

    def downloads(self) -> dict[str, Any]:
        """Return the files that rows of this screen have, by name."""
        found = {}
        for attribute in dir(type(self)):
            method = getattr(type(self), attribute, None)
            if hasattr(method, "_download"):
                found[method._download[0]] = getattr(self, attribute)
        return found

    @expose("/file/<string:name>/<pk>")
    @has_access
    @permission_name("download")
    def file(self, name: str, pk: str) -> Response:
        """Hand over a file of one row."""
        method = self.downloads().get(name)
        item = self.datamodel.get(pk)
        if method is None or item is None:
            abort(404)
        try:
            file = method(item)
        except DomainError as refusal:
            flash(refusal.message, "danger")
            return redirect(url_for(f"{self.endpoint}.show", pk=pk))  # type: ignore[return-value]
        answer = Response(file.content, content_type=file.content_type)
        answer.headers.set("Content-Disposition", "attachment", filename=secure_filename(file.name) or "bestand")
        return answer
