"""What the screens of rules, adjustments and plans show beside their columns: sentences, whom a rule holds for, cards of a contribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.contributions.adjustments.tiers import NAME as TIERS
from app.contributions.models import Adjustment, Contribution, ContributionRule, Season
from app.contributions.queries import rule_terms, sentences_of
from app.contributions.rules import EVERYONE_BORN, RuleIndex
from app.kernel import clock
from app.kernel.db import db
from app.kernel.money import euros
from app.kernel.periods import Period, dutch_date
from views.addresses import here
from views.panels import Card, Group, Item, Link


def price_of(rule: ContributionRule) -> str:
    """Return how much a rule asks, in words."""
    if rule.is_free:
        return _("free of charge")
    if rule.amount_cents is not None:
        return euros(rule.amount_cents)
    if rule.formula:
        return _("formula %(formula)s", formula=rule.formula)
    return TIERS if rule.tiers else "–"


def holds_for(rule: ContributionRule, last_born: Any = None) -> str:
    """Return whom a rule holds for, in words: dates of birth, price category, organisation, group."""
    parts = []
    first = rule.born_from if rule.born_from and rule.born_from > EVERYONE_BORN else None
    if first or last_born:
        parts.append(_("born %(days)s", days=str(Period(first, last_born)).replace("t/m", "tot en met")))
    if rule.price_category is not None:
        parts.append(_("price category %(name)s", name=str(rule.price_category)))
    if rule.for_organisation is not None:
        parts.append(_("at %(name)s", name=str(rule.for_organisation)))
    if rule.target_group is not None:
        parts.append(_("in group %(name)s", name=str(rule.target_group)))
    text = ", ".join(parts) or _("everybody")
    return text[0].upper() + text[1:]


def rules_with_all(contribution_id: int) -> list[ContributionRule]:
    """Return the rules of a contribution with what their words need, in a few statements whatever their number."""
    named = (
        *(ContributionRule.contribution, ContributionRule.season, ContributionRule.price_category, ContributionRule.for_organisation),
        *(ContributionRule.target_group, ContributionRule.adjustments_of, ContributionRule.adjustments),
    )
    asked = select(ContributionRule).where(ContributionRule.contribution_id == contribution_id)
    return list(db.session.scalars(asked.options(*(selectinload(one) for one in named)).order_by(ContributionRule.id)))


def groups_of(item: Contribution, *, may_change: bool) -> list[Group]:
    """Return the rules of a contribution per season or date, the latest first, each with its adjustments in order."""
    rules = rules_with_all(item.id)
    steps = {rule.id: rule.adjustments for rule in rules}
    told = sentences_of([step for mine in steps.values() for step in mine])
    used_by: dict[int, list[str]] = {}
    for rule in rules:
        if rule.adjustments_of_id:
            used_by.setdefault(rule.adjustments_of_id, []).append(rule.description)
    sorted_out: dict[tuple[Any, Any], list[ContributionRule]] = {}
    for rule in rules:
        sorted_out.setdefault((rule.season, rule.valid_from), []).append(rule)
    found = []
    for (season, since), mine in sorted(sorted_out.items(), key=lambda pair: _moment(*pair[0]), reverse=True):
        last_born = _last_born(mine, season, item)
        cards = [
            _card(rule, steps, told, last_born.get(rule.id), used_by.get(rule.id, []), may_change=may_change)
            for rule in sorted(mine, key=lambda rule: (str(rule.price_category or ""), rule.born_from or EVERYONE_BORN))
        ]
        title = _("Season %(name)s", name=str(season)) if season is not None else _("From %(day)s", day=dutch_date(since))
        ends = season.last_day if season is not None else None
        found.append(Group(title, cards, (_add_rule(item, season),) if may_change else (), is_open=ends is None or ends >= clock.today()))
    return found


def _moment(season: Season | None, since: Any) -> Any:
    return season.first_day if season is not None else since


def _last_born(rules: Sequence[ContributionRule], season: Season | None, item: Contribution) -> dict[int, Any]:
    """Return per rule the last date of birth it holds for, where a later band begins."""
    terms = [rule_terms(rule) for rule in rules]
    index = RuleIndex(terms, season.id if season else None, None, item.price_category_id)
    day = season.first_day if season else max(rule.valid_from for rule in rules if rule.valid_from)
    return {terms[place].rule_id: band.last_day for place, band in index.bands(day).items()}


def _add_rule(item: Contribution, season: Season | None) -> Link:
    wanted = {"contribution": item.id, **({"season": season.id} if season is not None else {})}
    return Link(_("Add a rule"), "fa-plus", url_for("ContributionRuleView.add", **wanted, terug=here()))


def _card(
    rule: ContributionRule,
    steps: dict[int, list[Adjustment]],
    told: dict[int, str],
    last_born: Any,
    used_by: list[str],
    *,
    may_change: bool,
) -> Card:
    back = here()
    links: list[Link] = []
    notes = []
    if may_change:
        links.append(Link(_("Change"), "fa-pen", url_for("ContributionRuleView.edit", pk=rule.id, terug=back)))
    source = rule.adjustments_of
    shown = steps[rule.id]
    if source is not None:
        notes.append(_("The same discounts as “%(name)s”.", name=source.description))
        shown = steps.get(source.id, [])
        if may_change:
            links.append(
                Link(
                    _("Take them over to change"),
                    "fa-clone",
                    url_for("ContributionRuleView.action", name="take_adjustments", pk=rule.id),
                    True,
                )
            )
    elif may_change:
        links.append(Link(_("Add a discount"), "fa-plus", url_for("AdjustmentView.add", rule=rule.id, terug=back)))
    links.append(
        Link(_("Try on a member"), "fa-calculator", url_for("ContributionRuleView.action", name="try_out", pk=rule.id, terug=back))
    )
    if used_by:
        notes.append(_("Also for: %(names)s.", names=", ".join(used_by)))
    items = [_item(step, told[step.id], place, len(shown), may_change=may_change and source is None) for place, step in enumerate(shown)]
    return Card(
        title=rule.description,
        address=url_for("ContributionRuleView.show", pk=rule.id),
        value=price_of(rule),
        lines=(holds_for(rule, last_born), *notes),
        items=items,
        links=links,
        empty=_("No discounts or surcharges."),
    )


def _item(step: Adjustment, sentence: str, place: int, count: int, *, may_change: bool) -> Item:
    text = f"{step.text} ({step.kind_name})" if step.text else step.kind_name
    links = []
    if may_change:
        back = here()
        if place:
            links.append(Link(_("Up"), "fa-arrow-up", url_for("AdjustmentView.action", name="move_up", pk=step.id), True))
        if place < count - 1:
            links.append(Link(_("Down"), "fa-arrow-down", url_for("AdjustmentView.action", name="move_down", pk=step.id), True))
        links.append(Link(_("Change"), "fa-pen", url_for("AdjustmentView.edit", pk=step.id, terug=back)))
    return Item(text, sentence, links)
