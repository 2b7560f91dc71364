"""Bank reconciliation, a custom view: the lines of a statement on the left, the chosen line and where it belongs on the right."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, jsonify, redirect, request, url_for
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext, ngettext
from sqlalchemy import func, select

from app.bank import usecases
from app.bank.models import CERTAINTIES, BankStatement, StatementLine, StatementTarget
from app.bank.queries import count_of_kind, targets_by_line
from app.bank.usecases import TargetDraft
from app.invoicing.models import Invoice
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.ledger.models import LedgerAccount
from app.ledger.queries import open_cents_of
from views.bank_options import TABLES, TONES, Names, offered, options_of
from views.bank_parts import PLACES, SPLIT_ROWS, parts_again, typed_parts
from views.lookups import Lookup, row_id

PAGE = 100


class BankReconciliationView(BaseView):
    """Process the lines of bank statements."""

    route_base = "/bankregels"
    default_view = "index"

    @expose("/")
    @has_access
    @permission_name("list")
    def index(self) -> Any:
        """Go to the oldest statement that is not booked, or say that there is none."""
        oldest = db.session.scalar(
            select(BankStatement.id).where(BankStatement.state == "imported").order_by(BankStatement.last_day, BankStatement.id).limit(1)
        )
        if oldest is None:
            return self.render_template(
                "bondgenoot/bank_done.html",
                title=gettext("Process bank lines"),
                importing=self._may("can_import_file", "BankStatementView"),
            )
        return redirect(url_for(f"{self.endpoint}.show", statement_id=oldest))

    @expose("/<int:statement_id>")
    @has_access
    @permission_name("list")
    def show(self, statement_id: int) -> Any:
        """Show a statement with one line chosen."""
        return self._page(statement_id, row_id(request.args.get("regel", "")))

    def _page(self, statement_id: int, wanted: int | None, typed: list[dict[str, Any]] | None = None) -> Any:
        """Draw a statement with one line chosen; `typed` is what a refused form had under "somewhere else"."""
        statement = self._statement(statement_id)
        kind = request.values.get("soort", "")
        page = max(row_id(request.args.get("pagina", "1")) or 1, 1)
        asked = select(StatementLine).where(StatementLine.statement_id == statement_id).order_by(StatementLine.position)
        if kind in CERTAINTIES:
            asked = asked.where(StatementLine.certainty == kind, ~StatementLine.is_confirmed)
        lines = list(db.session.scalars(asked.offset((page - 1) * PAGE).limit(PAGE + 1)))
        has_more, lines = len(lines) > PAGE, lines[:PAGE]
        chosen = self._chosen(statement_id, lines, wanted)
        targets = (
            targets_by_line(statement_id)
            if statement.line_count <= PAGE
            else self._targets([line.id for line in lines] + ([chosen.id] if chosen else []))
        )
        names = Names([target for found in targets.values() for target in found], [line for line in [chosen] if line])
        return self.render_template(
            "bondgenoot/bank.html",
            title=gettext("Process bank lines"),
            view=self,
            statement=statement,
            lines=lines,
            chosen=chosen,
            targets=targets,
            names=names,
            options=options_of(chosen, targets.get(chosen.id, []), names) if chosen else [],
            counts=self._counts(statement_id),
            kind=kind,
            page=page,
            has_more=has_more,
            words=CERTAINTIES,
            tones=TONES,
            split_rows=typed or [{} for _place in range(SPLIT_ROWS)],
            is_typed=typed is not None,
            editable=statement.state == "imported" and self._may("can_edit", type(self).__name__),
            bookable=statement.state == "imported" and self._may("can_book", type(self).__name__),
        )

    @expose("/<int:statement_id>/regel/<int:line_id>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def line(self, statement_id: int, line_id: int) -> Any:
        """Put a line where the user says, and go to the next that needs somebody."""
        self._statement(statement_id)
        line = db.session.get(StatementLine, line_id)
        if line is None or line.statement_id != statement_id:
            abort(404)
        try:
            self._place(line)
        except DomainError as refusal:
            flash(refusal.message, "danger")
            if request.form.get("keuze") == "elders":
                return self._page(statement_id, line_id, parts_again())
            return redirect(self._address(statement_id, line_id))
        try:
            if request.form.get("onthoud"):
                usecases.remember_rule(line_id, request.form.get("naam", ""), request.form.get("tekst", ""))
                flash(gettext("Remembered as a match rule."), "success")
        except DomainError as refusal:
            flash(gettext("The line is in its place, but it is not remembered. %(reason)s", reason=refusal.message), "warning")
            return redirect(self._address(statement_id, line_id))
        return redirect(self._address(statement_id, self._next(statement_id, line.position)))

    @expose("/<int:statement_id>/bevestig", methods=["POST"])
    @has_access
    @permission_name("edit")
    def confirm(self, statement_id: int) -> Response:
        """Agree with every recognised line."""
        try:
            count = usecases.confirm_certain(statement_id)
            flash(ngettext("%(num)s recognised line confirmed.", "%(num)s recognised lines confirmed.", count), "success")
        except DomainError as refusal:
            flash(refusal.message, "danger")
        return redirect(self._address(statement_id))

    @expose("/<int:statement_id>/boek", methods=["POST"])
    @has_access
    @permission_name("book")
    def book(self, statement_id: int) -> Response:
        """Book the whole statement in one go; the rest on suspense when asked by name."""
        self._statement(statement_id)
        try:
            count = usecases.book_statement(statement_id, rest_to_suspense=bool(request.form.get("rest")))
        except DomainError as refusal:
            flash(refusal.message, "danger")
            return redirect(self._address(statement_id))
        flash(ngettext("%(num)s line booked.", "%(num)s lines booked.", count), "success")
        if returned := count_of_kind(statement_id, "return"):
            flash(
                ngettext(
                    "%(num)s direct debit came back; its invoice is open again. Collections with the state returned say what to do.",
                    "%(num)s direct debits came back; their invoices are open again. Collections with the state returned say what to do.",
                    returned,
                ),
                "warning",
            )
        return redirect(url_for(f"{self.endpoint}.index"))

    @expose("/zoek/<string:kind>")
    @has_access
    @permission_name("edit")
    def search(self, kind: str) -> Response:
        """Find an invoice, debtor or ledger account while typing."""
        if kind not in PLACES:
            abort(404)
        model = TABLES[kind][0]
        narrow = {
            "invoice": lambda asked: asked.where(Invoice.state == "posted"),
            "account": lambda asked: asked.where(LedgerAccount.is_active),
        }.get(kind)
        page = max((row_id(request.args.get("page", "1")) or 1) - 1, 0)
        rows, more = Lookup(model, narrow).search(request.args.get("term", ""), page)
        open_cents = open_cents_of([row.open_item_id for row in rows if row.open_item_id]) if kind == "invoice" else {}
        found = [{"id": row.id, "text": offered(row, open_cents)} for row in rows]
        return jsonify(results=found, pagination={"more": more})

    def _statement(self, statement_id: int) -> BankStatement:
        found = db.session.get(BankStatement, statement_id) if row_id(statement_id) else None
        if found is None:
            abort(404)
        return found

    def _may(self, permission: str, view: str) -> bool:
        return bool(self.appbuilder.sm.has_access(permission, view))

    def _chosen(self, statement_id: int, lines: list[StatementLine], wanted: int | None) -> StatementLine | None:
        if wanted:
            found = db.session.get(StatementLine, wanted)
            if found is not None and found.statement_id == statement_id:
                return found
        waiting = [line for line in lines if line.certainty != "certain" and not line.is_confirmed]
        return (waiting or lines or [None])[0]

    def _targets(self, line_ids: list[int]) -> dict[int, list[StatementTarget]]:
        found: dict[int, list[StatementTarget]] = {}
        asked = (
            select(StatementTarget).where(StatementTarget.line_id.in_(line_ids)).order_by(StatementTarget.line_id, StatementTarget.position)
        )
        for target in db.session.scalars(asked):
            found.setdefault(target.line_id, []).append(target)
        return found

    def _counts(self, statement_id: int) -> dict[str, int]:
        """Return how many lines still ask for somebody per certainty, all, and how many are settled."""
        rows = db.session.execute(
            select(StatementLine.certainty, StatementLine.is_confirmed, func.count())
            .where(StatementLine.statement_id == statement_id)
            .group_by(StatementLine.certainty, StatementLine.is_confirmed)
        )
        counts = dict.fromkeys((*CERTAINTIES, "all", "ready"), 0)
        for certainty, confirmed, count in rows:
            counts["all"] += count
            counts["ready"] += count if confirmed or certainty == "certain" else 0
            counts[certainty] += 0 if confirmed else count
        return counts

    def _next(self, statement_id: int, position: int) -> int | None:
        """Return the next line that needs somebody, from this one on and then from the start."""
        asked = select(StatementLine.id).where(
            StatementLine.statement_id == statement_id, StatementLine.certainty != "certain", ~StatementLine.is_confirmed
        )
        after = db.session.scalar(asked.where(StatementLine.position > position).order_by(StatementLine.position).limit(1))
        return after or db.session.scalar(asked.order_by(StatementLine.position).limit(1))

    def _address(self, statement_id: int, line_id: int | None = None) -> str:
        kind = request.form.get("soort", "")
        asked = {"soort": kind} if kind in CERTAINTIES else {}
        return url_for(f"{self.endpoint}.show", statement_id=statement_id, regel=line_id, **asked)

    def _place(self, line: StatementLine) -> None:
        choice = request.form.get("keuze", "")
        if choice == "voorstel":
            usecases.confirm_line(line.id)
            return
        kind, _, number = choice.partition(":")
        if kind in PLACES and row_id(number):
            usecases.change_line(line.id, [TargetDraft(kind, int(number), line.amount_cents)])
            return
        usecases.change_line(line.id, typed_parts(line.amount_cents))
