"""What the actions of contributions show: a price explained, a preview of copying or raising, findings with the row to change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from app.contributions import usecases
from app.contributions.checking import Finding
from app.contributions.explanation import step_words
from app.contributions.raising import Raise
from app.kernel.errors import DomainError
from app.kernel.money import euros
from app.kernel.periods import dutch_date
from views.addresses import here
from views.formats import money
from views.outcomes import Answer, AnswerTable, Preview, PreviewRow
from views.panels import Card, Group, Link

ROUNDINGS = {"5": "€ 0,05", "10": "€ 0,10", "50": "€ 0,50", "100": "€ 1,00", "500": "€ 5,00"}
_STEPS = ((lazy_gettext("What"), ""), (lazy_gettext("Calculation"), "bn-c-code"), (lazy_gettext("Amount"), "bn-c-num"))
_SCREENS = {"contribution": "ContributionView", "rule": "ContributionRuleView", "adjustment": "AdjustmentView"}


def tried(contribution_id: int, season_id: int, relation_id: int) -> Answer:
    """Return what a relation would pay for a contribution in a season, each step with its arithmetic, or why nothing."""
    found = usecases.preview_charge(contribution_id, season_id, relation_id)
    card = (_("Open the card"), "fa-address-card", url_for("RelationView.show", pk=relation_id))
    tables = [_explained(one) for one in found if one.cents is not None]
    words = [one.why for one in found if one.cents is None]
    total = sum(one.cents or 0 for one in found)
    if tables:
        said = ngettext("%(num)s charge of together %(total)s.", "%(num)s charges of together %(total)s.", len(tables), total=euros(total))
        return Answer(" ".join([said, *words]), "warning" if words else "success", tables, [card])
    tone = "danger" if any(one.is_error for one in found) else "warning"
    return Answer(" ".join(words), tone, (), [card])


def _explained(one: usecases.TriedOut) -> AnswerTable:
    rows: list[Sequence[Any]] = []
    for line in one.lines:
        if len(one.lines) > 1:
            rows.append((line["text"], "", money(line["cents"])))
        rows += [(words, sum_, money(cents)) for words, sum_, cents in map(step_words, line["steps"])]
    period = (
        _("%(first)s up to and including %(last)s", first=dutch_date(one.first_day), last=dutch_date(one.last_day))
        if one.first_day and one.last_day
        else ""
    )
    title = f"{one.lines[0]['text']}, {period}" if one.lines else period
    return AnswerTable(title, _STEPS, rows, (_("To pay"), "", money(one.cents)))


def raise_of(answers: dict[str, Any]) -> Raise:
    """Return what was asked to raise by. Raises DomainError when it is both a percentage and an amount, or too much."""
    points, cents = answers.get("percentage") or 0, answers.get("amount") or 0
    if points and cents:
        raise DomainError("raise_twice", "Vul een percentage of een bedrag in, niet allebei.", field="amount")
    if not -10_000 <= points <= 10_000:
        raise DomainError("raise_too_much", "Verhoog met hoogstens 100 % of verlaag met hoogstens 100 %.", field="percentage")
    return Raise(points, cents, int(answers.get("rounding") or 0))


def copy_preview(rows: Sequence[usecases.CopyRow], button: str, *, with_amount: bool = False) -> Preview:
    """Return each rule old and new; `with_amount` puts the old amount in its key, so that a second press finds nothing."""
    heads: list[tuple[Any, str]] = [(_("Rule"), ""), (_("Contribution"), ""), (_("Amount"), "bn-c-num"), (_("becomes"), "bn-c-num")]
    moves = any(row.old_born != row.new_born for row in rows)
    heads += [(_("Born from"), "bn-c-date")] * moves + [(_("Attention"), "")]
    made = []
    for row in rows:
        born = "" if row.old_born is None else dutch_date(row.old_born)
        if row.old_born != row.new_born and row.new_born is not None:
            born = f"{born} → {dutch_date(row.new_born)}"
        attention = [_("is there already")] if row.is_there and not with_amount else []
        attention += [_("holds a year")] if row.holds_year else []
        attention += [_("formula or tiers stay as they are")] if row.old_cents is None else []
        amounts = [money(row.old_cents), money(row.new_cents)] if row.old_cents is not None else ["", ""]
        cells = [row.description, row.contribution, *amounts, *([born] * moves), ", ".join(attention)]
        key = None if row.is_there else f"{row.rule_id}-{row.old_cents}" if with_amount else str(row.rule_id)
        made.append(PreviewRow(key, cells, is_marked=bool(attention)))
    return Preview(heads, made, button, _("Take the tick away from what should be left out."))


def finding_group(found: Sequence[Finding], item: Any = None) -> list[Group]:
    """Return findings as cards, each with a link to the row to change."""
    cards = []
    for one in found:
        links = []
        if one.about in _SCREENS:
            links = [Link(_("Change"), "fa-pen", url_for(f"{_SCREENS[one.about]}.edit", pk=one.row_id, terug=here()))]
        elif one.about == "season":
            links = [Link(_("Copy a season"), "fa-copy", url_for("ContributionView.do", name="copy_season", terug=here()))]
        elif one.about == "category":
            links = [Link(_("Look at the price category"), "fa-eye", url_for("PriceCategoryView.show", pk=one.row_id))]
        cards.append(Card(one.text, links=links))
    return [Group(str(item) if item is not None else "", cards)] if cards else []
