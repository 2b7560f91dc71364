"""What if: the budget of contributions, as a page of figures with a chart and a spreadsheet; large ones are worked out in the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Response, current_app, flash, jsonify, redirect, request, url_for
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import select

from app.background.models import JobRun
from app.background.queries import found_by, is_busy, latest_asked
from app.contributions.models import Contribution, Season
from app.invoicing.models import InvoiceSource
from app.invoicing.run import GROUPINGS
from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.db import db
from app.kernel.money import dutch
from app.reporting.queries import functions_asked, what_if
from app.reporting.usecases import JOB, ask_what_if
from app.reporting.what_if import Asked, Findings
from views.charts import Bar, bars
from views.mass_progress import progress_of
from views.questions import Question
from views.reports import Answers, ReportView, Shown
from views.spreadsheets import spreadsheet
from views.what_if_tables import CHARTS, HEADS, sheets, shown_money, shown_percent, tables

_MOST_BARS = 12


@dataclass
class Budget(Shown):
    """What this page draws besides tables. `found` None: not worked out yet; `work` is the background that does it."""

    found: Findings | None = None
    found_at: datetime | None = None
    work: JobRun | None = None
    busy: bool = False
    charts: Sequence[tuple[Any, Markup]] = field(default_factory=list)
    functions: int = 0


class WhatIfView(ReportView):
    """Next season's rules on the members of today, next to another season, without making anything."""

    route_base = "/wat-als"
    title = _("What if: budget of contributions")
    lead = _(
        "Today's members by the rules of a season, next to another season. Nothing is made or changed. The figures per group are income without VAT; what members pay with VAT and the family maximum is told beside it."
    )
    report_template = "bondgenoot/what_if.html"

    def percent(self, basis_points: int) -> str:
        """Show a difference as +3,5 %."""
        return str(shown_percent(basis_points))

    def questions(self, organisation_id: int) -> Sequence[Question]:
        """Ask the scenario."""
        seasons = db.session.scalars(select(Season).order_by(Season.first_day.desc(), Season.id)).all()
        words = {str(row.id): row.name for row in seasons}
        contributions = db.session.execute(
            select(Contribution.id, Contribution.name)
            .where(Contribution.organisation_id == organisation_id, Contribution.is_active)
            .order_by(Contribution.name)
        )
        ages = {"move": _("Age bands move along with the season"), "stay": _("Birth dates stay as they are")}
        return (
            Question("season", _("Season"), "choice", words=words, start=_next_of(seasons)),
            Question("against", _("Next to"), "choice", words={"0": _("The season before"), **words}, start="0"),
            Question(
                "contribution", _("Contribution"), "choice", words={"0": _("All"), **{str(row.id): row.name for row in contributions}}, start="0"
            ),
            Question("rules_of", _("Rules of"), "choice", words={"0": _("The season itself, else the latest"), **words}, start="0"),
            Question("ages", _("When rules are taken over"), "choice", words=ages, start="move"),
            Question("raise_percent", _("As if dearer: percent"), "percent", required=False),
            Question("raise_cents", _("As if dearer: euros"), "cents", required=False),
            Question("source", _("With the family maximum of"), "choice", words={"0": _("None"), **_sources()}, start="0"),
            Question("grouping", _("Grouping"), "choice", words=GROUPINGS, start="payer"),
            Question("limit", _("Show who rises more than: percent"), "percent", start=1000),
        )  # fmt: skip

    def answered(self, form: Any, organisation_id: int, answers: Answers) -> Budget:
        """Work it out at once, or show what the background found for this user by the same question."""
        if not answers["season"]:
            return Budget(form, note=gettext("There is no season yet. Add one at Seasons first."))
        asked = _asked(organisation_id, answers)
        shown = Budget(form, functions=functions_asked(asked))
        if shown.functions <= current_app.config["PRICED_AT_ONCE"]:
            shown.found = what_if(asked, clock.today())
        else:
            shown.work = latest_asked(JOB, organisation_id, asked.key, the_actor().name)
            shown.busy = is_busy(shown.work)
            kept = found_by(shown.work.id) if shown.work is not None else None
            if kept is not None:
                shown.found, shown.found_at = Findings.of(kept[0]), kept[1]
        if shown.found is not None:
            shown.tables = tables(shown.found)
            shown.charts = _charts(shown.found)
        return shown

    @expose("/doorrekenen", methods=["POST"])
    @has_access
    @permission_name("list")
    def work_out(self) -> Any:
        """Let the background work the question of the address out."""
        _form, asked = self._question()
        if asked is not None:
            ask_what_if(asked)
        return redirect(url_for(f"{self.endpoint}.list", **request.args))

    @expose("/voortgang")
    @has_access
    @permission_name("list")
    def progress(self) -> Response:
        """Say how far the background is with the question of the address."""
        _form, asked = self._question()
        work = latest_asked(JOB, asked.organisation_id, asked.key, the_actor().name) if asked is not None else None
        return jsonify(progress_of(work))

    @expose("/xlsx")
    @has_access
    @permission_name("export")
    def xlsx(self) -> Any:
        """Give all figures and lists as a spreadsheet."""
        shown = self._answered(None)
        found = getattr(shown, "found", None)
        if found is None:
            flash(gettext("This is not worked out yet. Work it out first."), "warning")
            return redirect(url_for(f"{self.endpoint}.list", **request.args))
        return spreadsheet(self.title, "contribution", sheets(found))

    def _question(self) -> tuple[Any, Asked | None]:
        """Return the form of the address and what it asks, None when it cannot be read."""
        answered: list[Asked] = []

        def keep(form: Any, organisation_id: int, answers: Answers) -> Shown:
            if answers["season"]:
                answered.append(_asked(organisation_id, answers))
                answered[-1].check()
            return Shown(form)

        shown = self._answered(None, keep)
        return shown.form, next(iter(answered), None)


def _next_of(seasons: Sequence[Season]) -> str:
    """Return the season after that of today, else the latest; seasons come latest first."""
    today = clock.today()
    coming = [row for row in seasons if row.first_day > today]
    chosen = coming[-1] if coming else seasons[0] if seasons else None
    return str(chosen.id) if chosen else ""


def _asked(organisation_id: int, answers: Answers) -> Asked:
    contribution = int(answers["contribution"] or 0)
    return Asked(
        organisation_id,
        int(answers["season"]),
        int(answers["against"] or 0) or None,
        (contribution,) if contribution else (),
        int(answers["rules_of"] or 0) or None,
        answers["raise_percent"] or 0,
        answers["raise_cents"] or 0,
        answers["ages"] != "stay",
        answers["limit"],
        int(answers["source"] or 0) or None,
        answers["grouping"] or "payer",
    )


def _sources() -> dict[str, str]:
    """Return the invoice sources with a family maximum."""
    rows = db.session.scalars(select(InvoiceSource).where(InvoiceSource.family_maximum_cents.is_not(None)).order_by(InvoiceSource.name))
    return {str(row.id): f"{row.name}: {dutch(row.family_maximum_cents or 0)}" for row in rows}


def _charts(found: Findings) -> list[tuple[Any, Markup]]:
    """Draw the figures that people compare: by age and by place, the largest first where there are many."""
    made = []
    for name, title in CHARTS:
        rows = found.table(name)
        if name == "province" and len(rows) < 2:
            name, title = "department", _("Income per department")  # noqa: PLW2901 - one province says nothing: its departments do
            rows = found.table(name)
        if name != "age_class":
            rows = sorted(rows, key=lambda row: -row.pair.cents)[:_MOST_BARS]
        values = [Bar(row.label, row.pair.cents, row.pair.before_cents if found.against else None) for row in rows]
        heads = (HEADS[name], found.season, found.against)
        made.append((title, bars(f"chart-{name}", title, values, shown_money, heads)))
    return made
