"""Adds, changes and deletes rows through one unit of work; a refusal brings the form back as it was filled in."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose, has_access
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.exc import SQLAlchemyError

from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.tables import Versioned
from app.kernel.unit_of_work import transaction
from views.addresses import back_to, safe_path
from views.columns import kind_of
from views.forms import AdminForm, answers
from views.history import lines_of
from views.interface import ScopedInterface
from views.refusals import Overtaken, refusal_of
from views.seeing import form_without, seen_of, seen_sets
from views.shaping import Shaping


class Saving(Shaping):
    """The add, edit and delete pages of a generated screen."""

    datamodel: ScopedInterface
    saved_message = lazy_gettext("Saved.")
    added_message = lazy_gettext("Added.")
    deleted_message = lazy_gettext("Deleted.")
    delete_note = lazy_gettext("You cannot undo this.")

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep what was filled in; runs inside `transaction()`.

        `changes` holds values by attribute (of a related row its number): all of them for a new row, else only what
        differs. Override it to hand them to a use case, and return the row, its number, or None for `item`.
        Raises DomainError to refuse; with `field="iban"` the message stands at that field.
        """
        for name, value in changes.items():
            setattr(item, name, value)
        if is_new:
            db.session.add(item)
        return item

    def remove(self, item: Any) -> None:
        """Delete a row; runs inside `transaction()`. Override it to hand it to a use case."""
        db.session.delete(item)

    def starting_values(self) -> dict[str, Any]:
        """Return values to begin a new form with, besides those of the address and the table."""
        return {}

    def more_start(self, item: Any) -> dict[str, Any]:  # noqa: ARG002 - for subclasses
        """Return what a row holds for the fields that `form_of` added."""
        return {}

    def more_answers(self, form: AdminForm, item: Any) -> dict[str, Any]:  # noqa: ARG002
        """Return what was filled in at the fields that `form_of` added, by attribute. Raises DomainError."""
        return {}

    def more_fieldsets(self, item: Any) -> list[tuple[Any, dict[str, Any]]]:  # noqa: ARG002
        """Return the fieldsets of the fields that `form_of` added."""
        return []

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """Show the form for a new row, or keep it."""
        if page := self.kind_page():
            return page
        made = self.form_of(None)
        form = made(data=self._start()) if request.method == "GET" else made()
        self._settle_organisation(form)
        self.settle(form)
        if request.method == "POST" and form.validate():
            number = self._keep(form, None)
            if number is not None:
                flash(str(self.added_message), "success")
                return redirect(self._after_adding(number))
        return self._form_page(form, None)

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> Any:
        """Show the form of a row, or keep its changes."""
        item = self._writable(pk)
        if request.method == "GET":
            values = {**self.kept_values(item), **self.more_start(item)}
            form = form_without(self.form_of(item), self.datamodel.obj)(data={**values, "version_seen": getattr(item, "version", "")})
        else:
            form = form_without(self.form_of(item), self.datamodel.obj)()
            if form.validate() and self._keep(form, pk) is not None:
                flash(str(self.saved_message), "success")
                return redirect(self._after(int(pk), back_to(url_for(f"{self.endpoint}.show", pk=pk))))
            item = self._writable(pk)
        return self._form_page(form, item)

    @expose("/delete/<pk>", methods=["POST"])
    @has_access
    def delete(self, pk: str) -> Any:
        """Delete a row."""
        self._writable(pk)
        back = back_to(url_for(f"{self.endpoint}.list"))
        try:
            with transaction() as session:
                self.remove(self._writable(pk))
                session.flush()
        except (DomainError, SQLAlchemyError) as fault:
            refusal = fault if isinstance(fault, DomainError) else refusal_of(fault, self, deleting=True)
            if refusal is None:
                raise
            flash(refusal.message, "danger")
            return redirect(url_for(f"{self.endpoint}.show", pk=pk))
        flash(str(self.deleted_message), "success")
        return redirect(back if f"/show/{pk}" not in back else url_for(f"{self.endpoint}.list"))

    def _writable(self, pk: str) -> Any:
        item = self.datamodel.get(pk)
        if item is None:
            abort(404)
        if not self.datamodel.may_write(item):
            abort(403)
        return item

    def _start(self) -> dict[str, Any]:
        start = dict(self.starting_values())
        for column in self.add_columns:
            given = request.args.get(column)
            if given and kind_of(self.datamodel.obj, column) in ("related", "choice", "text"):
                start[column] = given
        for column in self.add_columns:
            if kind_of(self.datamodel.obj, column) == "related" and column in start and not isinstance(start[column], int):
                start[column] = int(start[column]) if str(start[column]).isdigit() and len(str(start[column])) < 10 else None
        if "organisation" in self.add_columns:
            start.setdefault("organisation", the_actor().organisation_id)
        return self.shaped_start(start)

    def _settle_organisation(self, form: AdminForm) -> None:
        """Fill in the environment where there is nothing to choose."""
        if "organisation" in form and len(the_actor().organisation_ids) <= 1:
            form["organisation"].data = the_actor().organisation_id
            form["organisation"].settled = True

    def _keep(self, form: AdminForm, pk: str | None) -> int | None:
        """Save inside one transaction and return the number of the row; None when it was refused and the form says why."""
        columns = self.add_columns if pk is None else seen_of(self.datamodel.obj, self.edit_columns)
        try:
            with transaction() as session, session.no_autoflush:
                item = self.datamodel.obj() if pk is None else self._present(pk)
                if pk is not None:
                    self._check_version(form, item)
                changed = None if pk is None else item
                found = {**answers(form, self, columns, self.shapes_of(changed)), **self.more_answers(form, changed)}
                if pk is None:
                    if self.kinds is not None:
                        found[self.kinds.column] = request.values.get(self.kinds.column)
                    if hasattr(self.datamodel.obj, "organisation_id"):
                        found.setdefault("organisation_id", the_actor().organisation_id)
                        found["organisation_id"] = found["organisation_id"] or the_actor().organisation_id
                else:
                    found = {name: value for name, value in found.items() if getattr(item, name) != value}
                kept = self.save(item, pk is None, found)
                session.flush()
                kept = item if kept is None else kept
                return kept if isinstance(kept, int) else kept.id
        except (DomainError, SQLAlchemyError) as fault:
            refusal = fault if isinstance(fault, DomainError) else refusal_of(fault, self)
            if refusal is None:
                raise
            self._say(form, refusal)
            return None

    def _present(self, pk: str) -> Any:
        item = self.datamodel.get(pk)
        if item is None:
            raise NotFound
        return item

    def _check_version(self, form: AdminForm, item: Any) -> None:
        if not isinstance(item, Versioned):
            return
        seen = str(form.version_seen.data or "")
        if seen == str(item.version):
            return
        behind = item.version - int(seen) if seen.isdigit() and len(seen) < 10 else 1
        lines = lines_of(self, item, max(1, min(behind, 10)))
        if lines:
            who, at = lines[0].actor, f"{clock.local(lines[0].at):%H:%M}"
            message = _("%(who)s changed this at %(at)s, while you were busy. Look at the differences and save again.", who=who, at=at)
        else:
            message = _("Somebody else changed this while you were busy. Look at the differences and save again.")
        raise Overtaken(message, lines, item.version)

    def _say(self, form: AdminForm, refusal: DomainError) -> None:
        if isinstance(refusal, Overtaken):
            form.version_seen.data = form.version_seen.raw_data = None
            form.version_seen.data = str(refusal.version)
            form.overtaken = refusal.lines  # type: ignore[attr-defined]
            flash(refusal.message, "warning")
            return
        several = refusal.parameters.get("fields")
        said = several if isinstance(several, dict) else {str(refusal.parameters.get("field", "")): refusal.message}
        for name, message in said.items():
            if not form.refuse(str(name), str(message)):
                flash(str(message), "danger")

    def _after_adding(self, number: int) -> str:
        """Return where to go with a new row: one with tabs has its card, where the rest (an address, a function) is added."""
        card = url_for(f"{self.endpoint}.show", pk=number)
        if self.tabs and request.form.get("after") == "stay":  # type: ignore[attr-defined]
            return card
        return self._after(number, back_to(card))

    def _after(self, number: int, back: str) -> str:
        if request.form.get("after") == "stay":
            return url_for(f"{self.endpoint}.edit", pk=number, terug=safe_path(request.values.get("terug")))
        return back

    def _form_page(self, form: AdminForm, item: Any) -> str:
        fieldsets = self.shown_fieldsets(item)
        fieldsets = fieldsets if item is None else seen_sets(self.datamodel.obj, fieldsets)
        otherwise = url_for(f"{self.endpoint}.list") if item is None else url_for(f"{self.endpoint}.show", pk=item.id)
        return self.render_template(  # type: ignore[attr-defined, no-any-return]
            "bondgenoot/form.html",
            title=self.form_title(item),
            lead=self.form_lead(item),
            view=self,
            item=item,
            form=form,
            fieldsets=[*fieldsets, *self.more_fieldsets(item)] if fieldsets else None,
            back=back_to(otherwise),
        )
