"""The parameters of mass invoicing: the form, and how many functions each contribution would touch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm
from sqlalchemy import select

from app.contributions.models import Contribution, Season
from app.contributions.queries import functions_touched, priced_contributions, season_terms
from app.invoicing.models import START_FILTERS, InvoiceRun, InvoiceSource, PaymentTerm
from app.invoicing.queries.runs import contribution_ids_of
from app.invoicing.run import GROUPINGS
from app.kernel import clock
from app.kernel.db import db
from views.fields import DayField, LineField, PickField, TicksField, YesNoField
from views.formats import number
from views.forms import Needed, NotLonger
from views.lookups import row_id


@dataclass(frozen=True)
class Touched:
    """How many functions a contribution would charge; `text` says it in words."""

    count: int
    text: str


def run_form(organisation_id: int, formdata: Any = None, start: dict[str, Any] | None = None) -> FlaskForm:
    """Return the form, filled with what was typed or with values to start from."""
    seasons = db.session.scalars(select(Season).order_by(Season.first_day.desc(), Season.id)).all()
    fields = {
        "season": PickField(_("Season"), words={str(row.id): row.name for row in seasons}, validators=[Needed()]),
        "contributions": TicksField(
            _("Contributions"), words={str(row.id): row.name for row in _contributions(organisation_id)}, validators=[Needed()]
        ),
        "start_filter": PickField(
            _("Start date filter"), words=START_FILTERS, description=_("Only functions that began on or after, or on or before, a day.")
        ),
        "start_date": DayField(_("Start date")),
        "new_members_only": YesNoField(
            _("New members only"), description=_("Only functions that were entered after the previous run of this season.")
        ),
        "invoice_date": DayField(_("Invoice date"), validators=[Needed()], description=_("Numbers and bookings follow this day.")),
        "payment_term": PickField(
            _("Payment term"), words=_words(PaymentTerm), blank=True, description=_("Empty: as it stands on the card of the payer.")
        ),
        "source": PickField(_("Invoice source"), words=_words(InvoiceSource), blank=True),
        "grouping_kind": PickField(_("Grouping"), words=GROUPINGS),
        "heading": LineField(_("Heading"), validators=[NotLonger(200)], description=_("Stands above the lines of every invoice.")),
        "name": LineField(_("Name of this run"), validators=[NotLonger(120)], description=_("Empty: the name of the season.")),
        "makes_charges": YesNoField(_("Makes charges"), description=_("Off: only charges that are still open go on an invoice.")),
        "stops_at_first_error": YesNoField(
            _("Stops at the first problem"), description=_("Off: who cannot be charged is left out, and stands in a list.")
        ),
    }
    return type("RunForm", (FlaskForm,), fields)(formdata=formdata, data=start or {})


def _contributions(organisation_id: int) -> list[Contribution]:
    asked = select(Contribution).where(Contribution.organisation_id == organisation_id, Contribution.is_active)
    return list(db.session.scalars(asked.order_by(Contribution.name)))


def _words(model: Any) -> dict[str, str]:
    return {str(row.id): row.name for row in db.session.scalars(select(model).order_by(model.name))}


def starting_values(earlier: InvoiceRun | None) -> dict[str, Any]:
    """Return values to begin with: those of an earlier run, else the season of today."""
    today = clock.today()
    if earlier is not None:
        return {
            "season": str(earlier.season_id),
            "contributions": [str(one) for one in contribution_ids_of(earlier.id)],
            "payment_term": str(earlier.payment_term_id or ""),
            "source": str(earlier.source_id or ""),
            **{
                name: getattr(earlier, name)
                for name in (
                    *("start_filter", "start_date", "new_members_only", "invoice_date", "grouping_kind", "heading", "name"),
                    *("makes_charges", "stops_at_first_error"),
                )
            },
        }
    seasons = list(db.session.scalars(select(Season).order_by(Season.first_day.desc())))
    now = next((row for row in seasons if row.first_day <= today <= row.last_day), None) or (seasons[0] if seasons else None)
    return {
        "season": str(now.id) if now else "",
        "start_filter": "all",
        "invoice_date": today,
        "grouping_kind": "payer",
        "makes_charges": True,
    }


def parameters(form: Any) -> dict[str, Any]:
    """Return what `set_up_run` takes, from a form that holds."""
    return {
        "season_id": int(form.season.data),
        "contribution_ids": [int(one) for one in form.contributions.data],
        "invoice_date": form.invoice_date.data,
        "name": form["name"].data or "",
        "source_id": row_id(form.source.data or ""),
        "payment_term_id": row_id(form.payment_term.data or ""),
        "heading": form.heading.data,
        "grouping_kind": form.grouping_kind.data or "payer",
        "start_filter": form.start_filter.data or "all",
        "start_date": form.start_date.data,
        **{name: form[name].data for name in ("makes_charges", "new_members_only", "stops_at_first_error")},
    }


def touched(organisation_id: int, season_id: int, start_filter: str, start_date: date | None) -> dict[int, Touched]:
    """Return for each contribution how many functions it would touch. Raises NotFound for a season that is not there."""
    season = season_terms(season_id)
    ids = [row.id for row in _contributions(organisation_id)]
    priced = priced_contributions(ids, season) if ids else []
    day_from = start_date if start_filter == "on_or_after" else None
    day_until = start_date if start_filter == "on_or_before" else None
    counts = functions_touched(priced, season, day_from, day_until)
    found = {}
    for one in priced:
        count = counts[one.contribution_id]
        text = ngettext("%(count)s function", "%(count)s functions", count, count=number(count))
        if not one.rule_ids:
            text = str(_("no rules for season %(name)s", name=season.name))
        found[one.contribution_id] = Touched(count, text)
    return found
