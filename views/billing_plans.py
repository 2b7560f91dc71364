"""The screen of billing plans: when is charged, in fields that apply and in one sentence."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.contributions import usecases
from app.contributions.adjustments.settings import Day, Rows, SettingsSchema, says
from app.contributions.models import BillingPlan
from app.contributions.plan_settings import Settings as PlanSettings
from app.contributions.plan_words import MONTHS, plan_sentence
from app.contributions.queries import plan_terms
from views.base import AdminView, ScopedInterface
from views.contribution_fields import REFERENCES
from views.fields import NumberPick
from views.shapes import Shape


class FixedDates(SettingsSchema):
    """The dates on which a period begins."""

    MAKES = dict
    fixed_dates = Rows(
        Day(metadata=says("Datum")),
        least=0,
        load_default=(),
        metadata=says("Vaste datums", "Een periode loopt van elke datum tot de volgende."),
    )


class BillingPlanView(AdminView):
    """When is charged."""

    datamodel = ScopedInterface(BillingPlan, load=("organisation",))
    one, many = _("Billing plan"), _("Billing plans")
    list_columns = ["name", "what", "organisation"]
    search_columns = ["name", "organisation", "months"]
    base_order = ("name", "asc")
    label_columns = {"what": _("In one sentence"), "anchor": _("Periods counted from"), "months": _("A period lasts")}
    computed = {"what": lambda item: plan_sentence(plan_terms(item))}
    show_fieldsets = [
        (_("Billing plan"), {"fields": ["name", "what", "organisation"]}),
        (_("Period"), {"fields": ["anchor", "months", "first_month", "fixed_dates", "until"]}),
        (_("First period"), {"fields": ["first_period", "first_period_months", "turning_point"]}),
        (_("Moment"), {"fields": ["issue_days", "issue_from_end", "sends_at_once"]}),
    ]
    add_fieldsets = [
        (_("Billing plan"), {"fields": ["organisation", "name"]}),
        (_("Period"), {"fields": ["anchor", "months", "first_month", "fixed_dates", "settings.charges_late_joiners", "until"]}),
        (_("First period"), {"fields": ["first_period", "settings.first_length", "first_period_months", "turning_point"]}),
        (
            _("A new function"),
            {
                "fields": ["settings.start_way", "settings.start_rows", "settings.restarts_on_payment"],
                "help": _("Which first day is proposed for who joins, and whether the first payment changes it."),
            },
        ),
        (_("Moment of the invoice"), {"fields": ["issue_days", "issue_from_end", "sends_at_once"]}),
        (
            _("From the card of a member"),
            {
                "fields": ["settings.interval_field", "settings.start_field", "settings.end_field"],
                "help": _("Only when members choose themselves how often they pay, or from when."),
            },
        ),
    ]
    shapes = {
        "settings": Shape(PlanSettings),
        "fixed_dates": Shape(FixedDates, lambda kept: kept.get("fixed_dates", []), lambda kept: {"fixed_dates": kept or []}, list),
    }
    references = REFERENCES
    fields = {
        "months": lambda **kwargs: NumberPick(
            words={"1": _("Month"), "2": _("Two months"), "3": _("Quarter"), "4": _("Four months"), "6": _("Half year"), "12": _("Year")},
            **{"default": 12, **kwargs},
        ),
        "first_month": lambda **kwargs: NumberPick(words={str(number): name for number, name in enumerate(MONTHS, 1)}, **kwargs),
    }
    applies = {
        "months": ("anchor", ("calendar", "function", "fixed")),
        "first_month": ("anchor", ("calendar",)),
        "fixed_dates": ("anchor", ("fixed",)),
        "settings.charges_late_joiners": ("anchor", ("fixed",)),
        "settings.first_length": ("anchor", ("calendar", "function")),
        "settings.restarts_on_payment": ("anchor", ("function",)),
        "turning_point": ("anchor", ("season", "calendar", "fixed")),
        "first_period_months": ("settings.first_length", ("months",)),
    }
    description_columns = {
        "first_month": _("With September and a year the year runs from September."),
        "turning_point": _(
            "Who begins in or after this month of the period (for a period of a month: this day) pays from the next period on."
        ),
        "issue_days": _("Days after the start of the period; below zero is before it."),
        "issue_from_end": _("Count the days from the end of the period; below zero is before the end."),
        "sends_at_once": _("When a function starts after the moment of the invoice."),
        "until": _("After this day nothing is charged any more."),
    }

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep only a plan that can be computed."""
        kept = super().save(item, is_new, changes)
        usecases.check_plan(item)
        return kept
