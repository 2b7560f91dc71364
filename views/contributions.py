"""Screens of contributions: what is charged with all its rules on one page, seasons, and what came of them."""

from __future__ import annotations

from typing import Any

from flask import make_response, url_for
from flask_appbuilder.actions import action
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.contributions import usecases
from app.contributions.explanation import charge_sentence
from app.contributions.models import Charge, Contribution, Season
from app.contributions.queries import findings_of
from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.unit_of_work import transaction
from app.relations.models import Relation
from views.addresses import here
from views.base import AdminView, FactView, ScopedInterface
from views.contribution_answers import ROUNDINGS, copy_preview, finding_group, raise_of, tried
from views.contribution_parts import groups_of
from views.contribution_presets import FromPreset
from views.outcomes import Answer, Preview
from views.panels import Link, Panel
from views.passing_on import months_of
from views.questions import Question, ask


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
    tabs = ((_("Passing on"), ("PassingOnView",)), (_("Charges"), ("ChargeView",)))

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep only a billing plan that does not do what a rule does already."""
        if not is_new and "billing_plan_id" in changes:
            usecases.check_plan_of(item.id, changes["billing_plan_id"])
        return super().save(item, is_new, changes)

    def panels(self, item: Any) -> list[Panel]:
        """Show all rules with their adjustments, and what is to be put right."""
        may_change = self.datamodel.may_write(item) and self.appbuilder.sm.has_access("can_edit", "ContributionRuleView")
        groups = groups_of(item, may_change=may_change)
        found = findings_of(item.id, clock.today())
        add = Link(gettext("Add a rule"), "fa-plus", url_for("ContributionRuleView.add", contribution=item.id, terug=here()))
        return [
            Panel(
                gettext("Rules"),
                groups,
                sum(len(group.cards) for group in groups),
                [add] if may_change else [],
                gettext("There are no rules yet. Add one with an amount."),
            ),
            Panel(
                gettext("Look over"),
                finding_group(found),
                len(found),
                empty=gettext("Nothing to put right: this contribution can be charged."),
            ),
        ]

    @ask(
        "try_out",
        _("Try on a member"),
        Question("season", _("Season"), "related", model=Season),
        Question("relation", _("Relation"), "related", model=Relation),
        button=_("Work out"),
        note=_("Nothing is made: you only see what this relation would pay, and why."),
        icon="fa-calculator",
        multiple=False,
    )
    def try_out(self, items: list[Any], answers: dict[str, Any]) -> Answer:
        """Show what one relation would pay, step by step."""
        return tried(items[0].id, int(answers["season"]), int(answers["relation"]))

    @ask(
        "copy_season",
        _("Copy a season"),
        Question("source", _("From season"), "related", model=Season),
        Question("target", _("To season"), "related", model=Season),
        Question("percentage", _("Raise by percentage"), "percent", required=False, help=_("For example 2,5; empty: the same amounts.")),
        Question("amount", _("Raise by amount"), "cents", required=False),
        Question("rounding", _("Round what was raised to"), "choice", required=False, words=ROUNDINGS),
        button=_("Look what it gives"),
        note=_("First you see each rule, old and new. Nothing is made before you press the button below that list."),
        icon="fa-copy",
        needs_rows=False,
        previews=True,
    )
    def copy_season(self, answers: dict[str, Any]) -> str | Preview:
        """Copy the rules of a season to the next one, after a look at each."""
        organisation_id, source, target = the_actor().organisation_id or 0, int(answers["source"]), int(answers["target"])
        by = raise_of(answers)
        if answers["chosen"] is None:
            return copy_preview(usecases.plan_copy(organisation_id, source, target, by), gettext("Copy these rules"))
        chosen = {int(number) for number in answers["chosen"] if number.isdigit()}
        made = usecases.copy_season(organisation_id, source, target, by, chosen)
        told = [ngettext("%(num)s rule copied.", "%(num)s rules copied.", made.made)]
        if made.there:
            told.append(ngettext("%(num)s rule was there already.", "%(num)s rules were there already.", made.there))
        if made.to_check:
            told.append(gettext("Look at these descriptions, they hold a year: %(texts)s.", texts=", ".join(made.to_check[:10])))
        return " ".join(told)

    @action("check", _("Look over"), "", "fa-list-check", single=False)
    def check(self, items: list[Any]) -> Any:
        """Say what stands in the way of charging them."""
        groups = [(item, findings_of(item.id, clock.today())) for item in items]
        panel = Panel(
            "", [group for item, found in groups for group in finding_group(found, item)], None, (), gettext("Nothing to put right.")
        )
        return make_response(self.render_template("bondgenoot/panel.html", title=gettext("Look over"), view=self, panel=panel))

    @action(
        "delete_unused",
        _("Delete what is not used"),
        _("What was charged for stays, and is told by name. You cannot undo this."),
        "fa-broom",
        single=False,
    )
    def delete_unused(self, items: list[Any]) -> str:
        """Delete those that nothing was charged for."""
        return deleted(usecases.delete_contributions([item.id for item in items]))


def deleted(done: usecases.Deleted) -> str:
    """Return what was deleted and what stays, in words."""
    told = [ngettext("%(num)s deleted.", "%(num)s deleted.", done.count)]
    if done.kept:
        told.append(gettext("These stay: %(names)s.", names="; ".join(done.kept)))
    return " ".join(told)


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

    @ask("take_back_waiver", _("Take back the waiver"), Question("reason", _("Reason")), icon="fa-rotate-left")
    def take_back_waiver(self, items: list[Any], answers: dict[str, Any]) -> str:
        """Open charges again that were let go, all or none."""
        numbers = [item.id for item in items]
        with transaction():
            for number in numbers:
                usecases.take_back_waiver(number, answers["reason"])
        return ngettext(
            "%(num)s charge is open again: the next run takes it up.",
            "%(num)s charges are open again: the next run takes them up.",
            len(numbers),
        )

    def action_shown(self, name: str, item: Any) -> bool:
        """Only what is still open can be waived, and only what was waived can be opened again."""
        return item.state == {"waive": "open", "take_back_waiver": "waived"}.get(name, item.state)
