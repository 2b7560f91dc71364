"""Screens of contributions: seasons, plans, contributions with their rules, and what came of them."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.actions import action
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.contributions import usecases
from app.contributions.adjustments import NAMES
from app.contributions.explanation import charge_sentence
from app.contributions.models import Adjustment, BillingPlan, Charge, Contribution, ContributionRule, Season
from app.kernel.actor import the_actor
from app.kernel.errors import DomainError
from views.base import AdminView, FactView, ScopedInterface
from views.contribution_presets import FromPreset
from views.passing_on import months_of
from views.questions import Question, ask


class AdjustmentView(AdminView):
    """The steps that change a price, in order."""

    datamodel = ScopedInterface(Adjustment, load=("rule",))
    one, many = _("Adjustment"), _("Adjustments")
    list_columns = ["position", "kind", "text", "settings", "rule"]
    search_columns = ["kind", "rule", "text"]
    base_order = ("position", "asc")
    choices = {"kind": NAMES}
    show_fieldsets = add_fieldsets = [
        (_("Adjustment"), {"fields": ["rule", "position", "kind", "settings"]}),
        (_("On the invoice"), {"fields": ["text", "is_own_line", "ledger_account"]}),
    ]
    description_columns = {
        "position": _("The steps are done in this order."),
        "settings": _('What belongs to the kind, for example {"variant": "half_month"} for a shorter period.'),
        "text": _("Stands between brackets behind the description, or is the line itself."),
    }
    parent_columns = {"contribution_rule": "rule"}

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep only settings that the kind can compute."""
        kind = changes.get("kind", item.kind)
        usecases.check_adjustment(
            kind,
            changes.get("settings", item.settings),
            changes.get("organisation_id", item.organisation_id),
            changes.get("rule_id", item.rule_id),
        )
        return super().save(item, is_new, changes)


class ContributionRuleView(AdminView):
    """How much is charged: picked by season, category, date of birth and organisation."""

    datamodel = ScopedInterface(ContributionRule, load=("contribution", "season", "price_category", "for_organisation", "target_group"))
    one, many = _("Contribution rule"), _("Contribution rules")
    list_columns = ["description", "contribution", "season", "price_category", "born_from", "amount_cents", "is_free"]
    search_columns = ["description", "contribution", "season", "price_category", "born_from", "amount_cents"]
    base_order = ("id", "desc")
    show_fieldsets = add_fieldsets = [
        (_("Contribution rule"), {"fields": ["contribution", "description", "season_label", "ledger_account"]}),
        (_("Holds for"), {"fields": ["season", "valid_from", "price_category", "born_from", "target_group", "for_organisation"]}),
        (_("Amount"), {"fields": ["amount_cents", "formula", "is_free", "blocks_family_discount", "adjustments_of"]}),
    ]
    description_columns = {
        "born_from": _("Who was born on or after this day; the latest day that fits holds. Begin the oldest group at 01-01-1900."),
        "price_category": _("Empty: for every price category without a rule of its own."),
        "for_organisation": _("Empty: everywhere. Filled: for this organisation and all below it."),
        "valid_from": _("Instead of a season: the price is the one valid on the first day of the period."),
        "formula": _("Instead of an amount, for example {function.quantity} * 12. The fields are listed at Fields for formulas."),
        "target_group": _("Empty: for everyone. Filled: only for who is in this group, before rules without a group."),
        "adjustments_of": _("The same discounts and surcharges as that rule has."),
        "ledger_account": _("Empty: the account of the contribution."),
    }
    tabs = ((_("Adjustments"), ("AdjustmentView",)),)
    required_columns = ("contribution",)

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep only a rule that can be computed and that nobody can mistake for another."""
        columns = [column.key for column in ContributionRule.__table__.columns]
        usecases.check_rule({name: changes.get(name, getattr(item, name)) for name in columns}, None if is_new else item.id)
        return super().save(item, is_new, changes)


class ContributionView(FromPreset, AdminView):
    """What is charged, to whom and on which account."""

    datamodel = ScopedInterface(Contribution, load=("function_type", "ledger_account", "billing_plan"))
    one, many = _("Contribution"), _("Contributions")
    list_columns = ["name", "function_type", "ledger_account", "billing_plan", "posting_type", "is_active"]
    search_columns = ["name", "function_type", "posting_type", "is_active"]
    base_order = ("name", "asc")
    show_fieldsets = add_fieldsets = [
        (_("Contribution"), {"fields": ["name", "function_type", "must_hold_first", "price_category", "billing_plan", "is_active"]}),
        (_("Bookkeeping"), {"fields": ["ledger_account", "vat_code", "posting_type", "deferral_account", "credits_on_end"]}),
    ]
    description_columns = {
        "function_type": _("Everyone who holds this function here or below is charged."),
        "must_hold_first": _("Only who also holds this function is charged."),
        "price_category": _("For members without a price category of their own."),
        "billing_plan": _("When is charged; empty: once a season."),
        "deferral_account": _("When the income is spread over the months of the period."),
        "credits_on_end": _("Give back the rest when a function ends earlier."),
    }
    tabs = ((_("Rules"), ("ContributionRuleView",)), (_("Passing on"), ("PassingOnView",)), (_("Charges"), ("ChargeView",)))

    @ask(
        "copy_season",
        _("Copy a season"),
        Question("source", _("From season"), "related", model=Season),
        Question("target", _("To season"), "related", model=Season),
        Question("percentage", _("Raise by percentage"), "cents", required=False, help=_("For example 2,50; empty: the same amounts.")),
        needs_rows=False,
    )
    def copy_season(self, items: list[Any], answers: dict[str, Any]) -> str:  # noqa: ARG002 - above the list there are no rows
        """Copy all rules of a season to the next one."""
        made = usecases.copy_season(
            the_actor().organisation_id or 0, _number(answers["source"]), _number(answers["target"]), answers.get("percentage") or 0
        )
        told = [ngettext("%(num)s rule copied.", "%(num)s rules copied.", made.made)]
        if made.there:
            told.append(ngettext("%(num)s rule was there already.", "%(num)s rules were there already.", made.there))
        if made.to_check:
            told.append(gettext("Look at these descriptions, they hold a year: %(texts)s.", texts=", ".join(made.to_check[:10])))
        return " ".join(told)

    @action("check", _("Check"), "", "fa-list-check")
    def check(self, items: list[Any]) -> str:
        """Say what stands in the way of charging it."""
        found = [f"{item.name}: {text}" for item in items for text in usecases.check_contribution(item.id)]
        if found:
            raise DomainError("contribution_incomplete", " ".join(found))
        return gettext("This contribution can be charged.")


def _number(answer: Any) -> int:
    return int(getattr(answer, "id", answer))


class SeasonView(AdminView):
    """Periods that contributions are charged for."""

    datamodel = ScopedInterface(Season, load=("organisation",))
    one, many = _("Season"), _("Seasons")
    list_columns = ["name", "first_day", "last_day", "organisation"]
    search_columns = ["name", "organisation", "first_day"]
    base_order = ("first_day", "desc")
    show_fieldsets = add_fieldsets = [(_("Season"), {"fields": ["organisation", "name", "first_day", "last_day"]})]
    description_columns = {"name": _("Short, as it stands on the invoice: 2026 or 2026/2027.")}
    tabs = ((_("Rules"), ("ContributionRuleView",)),)


class BillingPlanView(AdminView):
    """When is charged."""

    datamodel = ScopedInterface(BillingPlan, load=("organisation",))
    one, many = _("Billing plan"), _("Billing plans")
    list_columns = ["name", "months", "anchor", "first_period", "organisation"]
    search_columns = ["name", "organisation", "months"]
    base_order = ("name", "asc")
    show_fieldsets = add_fieldsets = [
        (_("Billing plan"), {"fields": ["organisation", "name", "months", "anchor", "first_month"]}),
        (_("First period"), {"fields": ["first_period", "first_period_months", "turning_point"]}),
        (_("Moment"), {"fields": ["issue_days", "issue_from_end", "sends_at_once", "until"]}),
    ]
    description_columns = {
        "months": _("1, 3, 6 or 12; empty: the season."),
        "first_month": _("1 is January; with 9 and 12 months a year runs from September."),
        "turning_point": _("Who begins in or after this month of the period pays from the next period on."),
        "issue_days": _("Days after the start of the period; below zero is before it."),
        "issue_from_end": _("Count the days from the end of the period."),
    }

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep only a plan that can be computed."""
        kept = super().save(item, is_new, changes)
        usecases.check_plan(kept)
        return kept


class ChargeView(FactView):
    """Amounts owed, each with the steps that made it."""

    datamodel = ScopedInterface(Charge, load=("relation", "contribution", "season"))
    one, many = _("Charge"), _("Charges")
    list_columns = ["relation", "description", "amount_cents", "first_day", "last_day", "state"]
    search_columns = ["relation", "description", "contribution", "season", "amount_cents", "state", "first_day"]
    base_order = ("id", "desc")
    show_fieldsets = [
        (_("Charge"), {"fields": ["relation", "payer", "contribution", "rule", "season", "function_term", "first_day", "last_day"]}),
        (_("Amount"), {"fields": ["description", "amount_cents", "why", "months", "state", "waived_reason"]}),
    ]
    label_columns = {"why": _("Why this amount"), "months": _("Income per month")}
    computed = {
        "why": lambda item: charge_sentence(item.explanation, item.first_day) if item.explanation else "",
        "months": months_of,
    }
    tabs = ((_("Passed on"), ("PassedOnView",)),)

    @ask("waive", _("Waive"), Question("reason", _("Reason")))
    def waive(self, items: list[Any], answers: dict[str, Any]) -> str:
        """Let open charges go."""
        for item in items:
            usecases.waive_charge(item.id, answers["reason"])
        return ngettext("%(num)s charge waived.", "%(num)s charges waived.", len(items))

    def action_shown(self, name: str, item: Any) -> bool:
        """Only what is still open can be waived."""
        return item.state == "open" if name == "waive" else True
