"""Screens of contribution rules and their adjustments: forms that show only what applies, and sentences instead of settings."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_appbuilder.actions import action
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.contributions import usecases
from app.contributions.adjustments import KINDS, NAMES
from app.contributions.adjustments.settings import OneOf
from app.contributions.adjustments.tiers import Settings as TierSettings
from app.contributions.adjustments.tiers import as_rows
from app.contributions.models import Adjustment, ContributionRule, Season
from app.contributions.queries import sentences_of
from app.relations.models import Relation
from views.base import AdminView, ScopedInterface
from views.contribution_answers import ROUNDINGS, copy_preview, raise_of, tried
from views.contribution_fields import REFERENCES
from views.contribution_parts import holds_for, price_of
from views.contributions import deleted
from views.outcomes import Answer, Preview
from views.questions import Question, ask
from views.shapes import Shape
from views.shaping import Kinds


class AdjustmentView(AdminView):
    """The steps that change a price, in order."""

    datamodel = ScopedInterface(Adjustment, load=("rule",))
    one, many = _("Adjustment"), _("Adjustments")
    list_columns = ["kind", "what", "text", "rule"]
    search_columns = ["kind", "rule", "text"]
    base_order = ("position", "asc")
    choices = {"kind": NAMES}
    label_columns = {"what": _("What it does")}
    computed = {"what": lambda _item: ""}
    show_fieldsets = [
        (_("Adjustment"), {"fields": ["kind", "what", "rule"]}),
        (_("On the invoice"), {"fields": ["text", "is_own_line", "ledger_account"]}),
    ]
    add_fieldsets = [
        (_("Adjustment"), {"fields": ["rule", "settings"]}),
        (_("On the invoice"), {"fields": ["text", "is_own_line", "ledger_account"]}),
    ]
    edit_fieldsets = [
        (_("Adjustment"), {"fields": ["settings"]}),
        (_("On the invoice"), {"fields": ["text", "is_own_line", "ledger_account"]}),
    ]
    kinds = Kinds(
        "kind",
        "settings",
        lambda code: Shape(KINDS[code].Settings) if code in KINDS else None,
        NAMES,
        {code: kind.HELP for code, kind in KINDS.items()},
        _("Which discount or surcharge?"),
    )
    references = REFERENCES
    required_columns = settled_columns = ("rule",)
    description_columns = {"text": _("Stands between brackets behind the description, or is the line itself.")}
    parent_columns = {"contribution_rule": "rule"}

    def more_values(self, items: list[Any]) -> dict[str, dict[int, Any]]:
        """Say the settings of each in a sentence."""
        return {"what": sentences_of(items)}

    def form_lead(self, item: Any) -> Any:
        """Say of which rule, and what the kind does."""
        rule = self.lookups["rule"].find(request.args.get("rule", "")) if item is None else item.rule
        said = super().form_lead(item)
        if rule is None:
            return said
        at = gettext(
            "For %(contribution)s, rule %(rule)s.", contribution=str(rule.contribution), rule=f"{rule.description} {price_of(rule)}"
        )
        return f"{at} {said}".strip()

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep only settings that the kind can compute."""
        if is_new:
            return usecases.add_adjustment(**changes)
        usecases.check_adjustment(item.kind, changes.get("settings", item.settings), item.organisation_id, item.rule_id)
        return super().save(item, is_new, changes)

    def header(self, item: Any, values: dict[str, Any]) -> dict[str, Any]:
        """Say of which contribution and rule it is."""
        rule = item.rule
        sub = [gettext("Adjustment"), f"{rule.contribution.name}: {rule.description}"]
        back = (gettext("To the contribution"), "fa-arrow-left", url_for("ContributionView.show", pk=rule.contribution_id) + "#paneel1")
        return {**super().header(item, values), "sub": sub, "links": [back]}

    @action("move_up", _("Up"), "", "fa-arrow-up", multiple=False)
    def move_up(self, items: list[Any]) -> None:
        """Do it before the one above it."""
        usecases.move_adjustment(items[0].id, -1)

    @action("move_down", _("Down"), "", "fa-arrow-down", multiple=False)
    def move_down(self, items: list[Any]) -> None:
        """Do it after the one below it."""
        usecases.move_adjustment(items[0].id, 1)

    @action(
        "delete_unused",
        _("Delete what is not used"),
        _("What was charged with stays, and is told by name. You cannot undo this."),
        "fa-broom",
        single=False,
    )
    def delete_unused(self, items: list[Any]) -> str:
        """Delete those that nothing was charged with."""
        return deleted(usecases.delete_adjustments([item.id for item in items]))


def _first(kept: Any) -> dict[str, Any]:
    """Return tiers as the schema takes them, from what a rule keeps."""
    first = kept[0] if kept else {}
    return (
        as_rows(first)
        if isinstance(first, dict)
        else {"way": "bracket", "rows": [{"up_to": bound, "price": price} for bound, price in kept]}
    )


class ContributionRuleView(AdminView):
    """How much is charged: picked by season, category, date of birth, group and organisation."""

    datamodel = ScopedInterface(ContributionRule, load=("contribution", "season", "price_category", "for_organisation", "target_group"))
    one, many = _("Contribution rule"), _("Contribution rules")
    list_columns = ["description", "contribution", "season", "holds_for", "price"]
    search_columns = ["description", "contribution", "season", "price_category", "born_from", "amount_cents"]
    base_order = ("id", "desc")
    label_columns = {"holds_for": _("Holds for"), "price": _("Amount")}
    computed = {"holds_for": holds_for, "price": price_of}
    column_class = {"price": "bn-c-num"}
    show_fieldsets = [
        (_("Contribution rule"), {"fields": ["contribution", "description", "season_label", "ledger_account"]}),
        (_("Holds for"), {"fields": ["season", "valid_from", "price_category", "born_from", "target_group", "for_organisation"]}),
        (_("Amount"), {"fields": ["price", "blocks_family_discount", "adjustments_of"]}),
    ]
    add_fieldsets = [
        (_("Contribution rule"), {"fields": ["contribution", "description", "season_label", "ledger_account"]}),
        (
            _("Holds for"),
            {"fields": ["holds_in", "season", "valid_from", "price_category", "born_from", "target_group", "for_organisation"]},
        ),
        (_("Amount"), {"fields": ["amount_way", "amount_cents", "formula", "tiers"]}),
        (_("Discounts and surcharges"), {"fields": ["adjustments_of", "blocks_family_discount"]}),
    ]
    one_of = {
        "holds_in": OneOf(_("Holds in"), {"season": _("One season"), "valid_from": _("From a day on")}),  # type: ignore[arg-type]
        "amount_way": OneOf(
            _("How the amount comes about"),  # type: ignore[arg-type]
            {"amount_cents": _("A fixed amount"), "formula": _("A formula"), "tiers": _("Tiers"), "is_free": _("Free of charge")},  # type: ignore[dict-item]
        ),
    }
    shapes = {"tiers": Shape(TierSettings, lambda kept: [kept], _first, list)}
    references = REFERENCES
    description_columns = {
        "born_from": _("Who was born on or after this day; the latest day that fits holds. Begin the oldest group at 01-01-1900."),
        "price_category": _("Empty: for every price category without a rule of its own."),
        "target_group": _(
            "Empty: for everyone. Filled: only for who is in this group, before rules without a group. You can choose the groups of the "
            "organisation of this contribution, and those that an organisation above it lets you use."
        ),
        "for_organisation": _("Empty: everywhere. Filled: for this organisation and all below it."),
        "valid_from": _("The price is the one valid on the first day of the period."),
        "formula": _("For example {person.age} * 2,50. A result of 0 gives no line. The fields are listed at Fields for formulas."),
        "adjustments_of": _("The same discounts and surcharges as that rule has."),
        "ledger_account": _("Empty: the account of the contribution."),
        "season_label": _("What stands with the description on the invoice."),
    }
    tabs = ((_("Adjustments"), ("AdjustmentView",)),)
    required_columns = ("contribution",)

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep only a rule that can be computed and that nobody can mistake for another."""
        columns = [column.key for column in ContributionRule.__table__.columns]
        usecases.check_rule({name: changes.get(name, getattr(item, name)) for name in columns}, None if is_new else item.id)
        return super().save(item, is_new, changes)

    def header(self, item: Any, values: dict[str, Any]) -> dict[str, Any]:
        """Lead to the contribution with all its rules."""
        back = (gettext("To the contribution"), "fa-arrow-left", url_for("ContributionView.show", pk=item.contribution_id) + "#paneel1")
        facts = [(gettext("Amount"), price_of(item), ""), (gettext("Holds for"), holds_for(item), "")]
        return {**super().header(item, values), "sub": [str(item.contribution)], "links": [back], "facts": facts}

    def action_shown(self, name: str, item: Any) -> bool:
        """Only what was taken from another rule can be taken over."""
        return item.adjustments_of_id is not None if name == "take_adjustments" else True

    @ask(
        "try_out",
        _("Try on a member"),
        Question("relation", _("Relation"), "related", model=Relation),
        Question("season", _("Season"), "related", model=Season, required=False, help=_("Empty: the season of the rule.")),
        button=_("Work out"),
        note=_("Nothing is made: you only see what this relation would pay, and why."),
        icon="fa-calculator",
        multiple=False,
    )
    def try_out(self, items: list[Any], answers: dict[str, Any]) -> Answer:
        """Show what one relation would pay, step by step."""
        season = answers["season"] or items[0].season_id
        if season is None:
            return Answer(gettext("Choose a season: this rule holds from a day on."), "warning")
        return tried(items[0].contribution_id, int(season), int(answers["relation"]))

    @action("take_adjustments", _("Take the discounts over to change"), "", "fa-clone", multiple=False)
    def take_adjustments(self, items: list[Any]) -> str:
        """Give the rule its own copy of the discounts it has from another."""
        count = usecases.take_adjustments(items[0].id)
        return ngettext("%(num)s discount taken over.", "%(num)s discounts taken over.", count)

    @ask(
        "raise_amounts",
        _("Raise amounts"),
        Question("percentage", _("Raise by percentage"), "percent", required=False, help=_("Below zero is lower.")),
        Question("amount", _("Raise by amount"), "cents", required=False),
        Question("rounding", _("Round what was raised to"), "choice", required=False, words=ROUNDINGS),
        button=_("Look what it gives"),
        icon="fa-arrow-trend-up",
        single=False,
        previews=True,
    )
    def raise_amounts(self, items: list[Any], answers: dict[str, Any]) -> str | Preview:
        """Raise the chosen rules, after a look at each."""
        by, numbers = raise_of(answers), {item.id for item in items}
        if answers["chosen"] is None:
            return copy_preview(usecases.plan_raise(sorted(numbers), by), gettext("Raise these amounts"), with_amount=True)
        amounts: dict[int, int] = {}
        for key in answers["chosen"]:
            number, _dash, cents = key.partition("-")
            if number.isdigit() and int(number) in numbers and cents.lstrip("-").isdigit():
                amounts[int(number)] = int(cents)
        count = usecases.raise_rules(amounts, by)
        return ngettext("%(num)s amount raised.", "%(num)s amounts raised.", count)

    @action(
        "delete_unused",
        _("Delete what is not used"),
        _("What was charged with stays, and is told by name. You cannot undo this."),
        "fa-broom",
        single=False,
    )
    def delete_unused(self, items: list[Any]) -> str:
        """Delete those that nothing was charged with."""
        return deleted(usecases.delete_rules([item.id for item in items]))
