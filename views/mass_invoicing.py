"""Mass invoicing, a custom view: from parameters to sent invoices in steps, each with its own address.

A run can be left at any step and taken up again, by another user too. What takes long goes to the background.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, abort, current_app, flash, jsonify, redirect, request, url_for
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext, ngettext
from sqlalchemy import func, select

from app.background.usecases import ask_stop
from app.invoicing import usecases
from app.invoicing.models import RUN, Invoice, InvoiceRun, InvoiceRunIssue
from app.invoicing.queries import the_run, totals_per_contribution
from app.invoicing.queries.previewing import functions_in
from app.invoicing.queries.work import JOBS, is_busy, latest_work
from app.kernel.actor import the_actor
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction
from app.organisations.queries import administration_of
from views.lookups import row_id
from views.mass_check import checked, checking_work, preview_sheets
from views.mass_progress import progress_of, steps
from views.preview_names import PreviewNames
from views.run_form import parameters, run_form, starting_values, touched
from views.spreadsheets import spreadsheet

STEP_OF = {"set_up": "check", "making": "make", "made": "review", "posted": "send", "sent": "send"}
STEP_BUSY = {JOBS["make"]: "make", JOBS["post"]: "review", JOBS["send"]: "send"}
SHOWN = 200


class MassInvoicingView(BaseView):
    """Lead a run from its parameters to sent invoices."""

    route_base = "/massaal-factureren"
    default_view = "index"

    # ---------------------------------------------------------------- the runs, and a new one

    @expose("/")
    @has_access
    @permission_name("list")
    def index(self) -> Any:
        """Show the runs that wait to be taken up, and the last that were sent."""
        asked = select(InvoiceRun).order_by(InvoiceRun.id.desc())
        return self.render_template(
            "bondgenoot/mass_start.html",
            title=gettext("Mass invoicing"),
            view=self,
            waiting=list(db.session.scalars(asked.where(InvoiceRun.state.in_(("set_up", "making", "made", "posted"))).limit(50))),
            sent=list(db.session.scalars(asked.where(InvoiceRun.state == "sent").limit(10))),
            states=RUN.states,
            adding=self._may("can_add"),
        )

    @expose("/nieuw", methods=["GET", "POST"])
    @has_access
    @permission_name("add")
    def new(self) -> Any:
        """Ask the parameters, and keep them as a run; `van` is a run to start from, which is replaced while nothing is made."""
        home = the_actor().organisation_id or 0
        try:
            administration_of(home)
        except DomainError as refusal:
            flash(refusal.message, "warning")
            return redirect(url_for(f"{self.endpoint}.index"))
        earlier = self._run(row_id(request.values["van"]) or 0) if request.values.get("van") else None
        counting = request.form.get("tellen") == "1"
        if request.method == "GET":
            form = run_form(home, start=starting_values(earlier))
        else:
            form = run_form(home, request.form)
            if form.validate() and not counting:
                try:
                    return redirect(url_for(f"{self.endpoint}.check", run_id=self._set_up(home, form, earlier)))
                except DomainError as refusal:
                    self._say(form, refusal)
            elif counting:
                form.contributions.errors = ()
        return self.render_template(
            "bondgenoot/mass_parameters.html",
            title=gettext("New invoice run"),
            view=self,
            form=form,
            earlier=earlier,
            steps=steps(self.endpoint, None, 1),
            touched=self._touched(home, form),
        )

    @expose("/aantallen")
    @has_access
    @permission_name("add")
    def counts(self) -> Response:
        """Say how many functions each contribution would touch, while the form is filled in."""
        home = the_actor().organisation_id or 0
        return jsonify({str(key): one.text for key, one in self._touched(home, run_form(home, request.args)).items()})

    def _touched(self, home: int, form: Any) -> dict[int, Any]:
        season_id = row_id(form.season.data or "")
        if season_id is None:
            return {}
        try:
            return touched(home, season_id, form.start_filter.data or "all", form.start_date.data)
        except NotFound:
            return {}

    def _set_up(self, home: int, form: Any, earlier: InvoiceRun | None) -> int:
        with transaction():
            run_id = usecases.set_up_run(home, **parameters(form))
            if earlier is not None and earlier.state == "set_up":
                usecases.withdraw_run(earlier.id)
        if functions_in(run_id) > current_app.config["PRICED_AT_ONCE"]:
            usecases.ask_preview(run_id)
        return run_id

    def _say(self, form: Any, refusal: DomainError) -> None:
        fields = {"start_date_missing": "start_date"}
        field = form._fields.get(fields.get(refusal.code, ""))
        if field is None:
            flash(refusal.message, "danger")
        else:
            field.errors = [*field.errors, refusal.message]

    # ---------------------------------------------------------------- the steps of a run

    @expose("/<int:run_id>")
    @has_access
    @permission_name("list")
    def show(self, run_id: int) -> Any:
        """Go to the step where the run was left."""
        step = STEP_OF.get(self._run(run_id).state)
        work = latest_work(run_id)
        if work is not None and is_busy(work):
            step = STEP_BUSY[work.job_name]
        return redirect(url_for(f"{self.endpoint}.{step}", run_id=run_id) if step else url_for("InvoiceRunView.show", pk=run_id))

    @expose("/<int:run_id>/controleren")
    @has_access
    @permission_name("list")
    def check(self, run_id: int) -> Any:
        """Show what would be made. Writes nothing; a large run is worked out in the background."""
        run = self._run(run_id)
        if run.state not in ("set_up", "making", "made"):
            return redirect(url_for(f"{self.endpoint}.show", run_id=run_id))
        try:
            ready = checked(run)
        except DomainError as refusal:
            flash(refusal.message, "danger")
            return redirect(url_for(f"{self.endpoint}.new", van=run_id))
        names = PreviewNames(ready.found) if ready.found else None
        values = {
            "found": ready.found,
            "names": names,
            "shown": SHOWN,
            "making": self._may("can_make"),
            "exporting": self._may("can_export"),
        }
        return self._page("mass_check.html", run, 2, **values, work=ready.work, found_at=ready.found_at)

    @expose("/<int:run_id>/rekenen", methods=["POST"])
    @has_access
    @permission_name("list")
    def work_out(self, run_id: int) -> Any:
        """Let the background work out what would be made."""
        self._run(run_id)
        return self._done(lambda: usecases.ask_preview(run_id) and "", "check", run_id)

    @expose("/<int:run_id>/rekenen-voortgang")
    @has_access
    @permission_name("list")
    def checking(self, run_id: int) -> Response:
        """Say how far the background is with working it out."""
        return jsonify(progress_of(checking_work(self._run(run_id))))

    @expose("/<int:run_id>/controleren/xlsx")
    @has_access
    @permission_name("export")
    def check_xlsx(self, run_id: int) -> Any:
        """Give what would be made as a spreadsheet: everybody, with what changes and why."""
        run = self._run(run_id)

        def file() -> Any:
            found = checked(run).found if run.state in ("set_up", "making", "made") else None
            if found is None:
                raise DomainError("not_worked_out", gettext("This is not worked out yet. Work it out first."))
            return spreadsheet(f"{gettext('Check')} {run.name}", "invoice_run", preview_sheets(found, run))

        try:
            return file()
        except DomainError as refusal:
            flash(refusal.message, "warning")
            return redirect(url_for(f"{self.endpoint}.show", run_id=run_id))

    @expose("/<int:run_id>/maken", methods=["GET", "POST"])
    @has_access
    @permission_name("make")
    def make(self, run_id: int) -> Any:
        """Let the drafts be made, and show how far that is."""
        run = self._run(run_id)
        if request.method == "POST":
            return self._done(lambda: usecases.ask_work(run_id, "make") and "", "make", run_id)
        return self._page("mass_make.html", run, 3, counts=self._counts(run_id), work=latest_work(run_id, ("make",)))

    @expose("/<int:run_id>/nakijken")
    @has_access
    @permission_name("list")
    def review(self, run_id: int) -> Any:
        """Show what was made, before it is posted."""
        run = self._run(run_id)
        return self._page(
            "mass_review.html",
            run,
            4,
            counts=self._counts(run_id),
            totals=totals_per_contribution(run_id),
            work=latest_work(run_id, ("post",)),
            posting=self._may("can_post"),
            withdrawing=self._may("can_withdraw"),
        )

    @expose("/<int:run_id>/boeken", methods=["POST"])
    @has_access
    @permission_name("post")
    def post(self, run_id: int) -> Any:
        """Let the drafts be posted."""
        self._run(run_id)
        return self._done(lambda: usecases.ask_work(run_id, "post") and "", "review", run_id)

    @expose("/<int:run_id>/versturen", methods=["GET", "POST"])
    @has_access
    @permission_name("send")
    def send(self, run_id: int) -> Any:
        """Show to whom it would go (a simulation, until it is switched off), and let it be sent."""
        run = self._run(run_id)
        if request.method == "POST":
            return self._done(lambda: usecases.ask_work(run_id, "send") and "", "send", run_id)
        if run.state not in ("posted", "sent"):
            return redirect(url_for(f"{self.endpoint}.show", run_id=run_id))
        return self._page(
            "mass_send.html",
            run,
            5,
            would=usecases.send_run(run_id, simulate=True),
            for_real=request.args.get("echt") == "1",
            counts=self._counts(run_id),
            shown=SHOWN,
            work=latest_work(run_id, ("send",)),
        )

    @expose("/<int:run_id>/printen", methods=["GET", "POST"])
    @has_access
    @permission_name("send")
    def printing(self, run_id: int) -> Any:
        """Hand over one file of all that waits to be printed; posted: it is printed and gone."""
        run = self._run(run_id)
        if request.method == "POST":

            def printed() -> str:
                sending = latest_work(run_id, ("send",))
                if sending is not None and is_busy(sending):
                    raise DomainError("still_sending", "Er worden nog facturen klaargelegd. Wacht tot dat klaar is en print dan opnieuw.")
                count = usecases.mark_printed(run_id)
                return ngettext("%(num)s invoice put on sent.", "%(num)s invoices put on sent.", count)

            return self._done(printed, "send", run_id)
        try:
            content = usecases.print_pdf(run_id)
        except DomainError as refusal:
            flash(refusal.message, "warning")
            return redirect(url_for(f"{self.endpoint}.send", run_id=run_id))
        answer = Response(content, content_type="application/pdf")
        answer.headers.set("Content-Disposition", "attachment", filename=f"printen-{run.id}.pdf")
        return answer

    # ---------------------------------------------------------------- beside the steps

    @expose("/<int:run_id>/stoppen", methods=["POST"])
    @has_access
    @permission_name("make")
    def stop(self, run_id: int) -> Any:
        """Stop what the background does for this run; what was done stays whole."""
        self._run(run_id)
        work = latest_work(run_id)

        def stopped() -> str:
            if work is None:
                raise DomainError("nothing_runs", "Er is voor deze facturatie niets bezig.")
            ask_stop(work.id)
            return gettext("Asked to stop. What was done stays.")

        return self._done(stopped, "show", run_id)

    @expose("/<int:run_id>/intrekken", methods=["POST"])
    @has_access
    @permission_name("withdraw")
    def withdraw(self, run_id: int) -> Any:
        """Throw the drafts away and let the run go."""
        self._run(run_id)

        def gone() -> str:
            count = usecases.withdraw_run(run_id)
            return ngettext("Withdrawn; %(num)s draft is gone.", "Withdrawn; %(num)s drafts are gone.", count)

        return self._done(gone, "index", run_id)

    @expose("/<int:run_id>/voortgang")
    @has_access
    @permission_name("list")
    def progress(self, run_id: int) -> Response:
        """Say how far the background is."""
        self._run(run_id)
        return jsonify(progress_of(latest_work(run_id)))

    def _run(self, run_id: int) -> InvoiceRun:
        if row_id(run_id) is None:
            abort(404)
        try:
            return the_run(run_id)
        except NotFound:
            abort(404)

    def _may(self, permission: str) -> bool:
        return bool(self.appbuilder.sm.has_access(permission, type(self).__name__))

    def _done(self, act: Callable[[], str], then: str, run_id: int) -> Any:
        """Do something, say how it went, and go on; a refusal is told, never a fault."""
        try:
            if told := act():
                flash(told, "success")
        except DomainError as refusal:
            db.session.rollback()
            flash(refusal.message, "warning")
            then = "show" if then != "index" else then
        return redirect(url_for(f"{self.endpoint}.{then}", **({} if then == "index" else {"run_id": run_id})))

    def _page(self, template: str, run: InvoiceRun, at: int, **values: Any) -> Any:
        work = values.get("work")
        reached = {"set_up": 2, "making": 3, "made": 4, "posted": 5, "sent": 5}.get(run.state, 1)
        return self.render_template(
            f"bondgenoot/{template}",
            title=run.name,
            view=self,
            run=run,
            steps=steps(self.endpoint, run.id, at, reached),
            busy=is_busy(work),
            told=progress_of(work)["text"],
            **values,
        )

    def _counts(self, run_id: int) -> dict[str, int]:
        """Return how many were left out and why, and how the invoices of a run are sent."""
        counts = dict.fromkeys(("left_out", "error", "draft", "posted", "unsent", "queued", "sent", "to_print", "not_needed"), 0)
        for model, column in ((InvoiceRunIssue, InvoiceRunIssue.kind), (Invoice, Invoice.state), (Invoice, Invoice.send_state)):
            for word, count in db.session.execute(select(column, func.count()).where(model.run_id == run_id).group_by(column)):
                counts[word] = count
        return counts
