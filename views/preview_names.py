"""What the rows of a preview are called: cards, contributions and rules, a statement per table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import select

from app.contributions.models import Contribution, ContributionRule
from app.functions.models import PriceCategory
from app.invoicing.preview import Preview
from app.kernel.db import db
from app.kernel.periods import dutch_date
from app.relations.models import Relation
from views.links import screen_of

SHOWN = 200
EVERYBODY = 1900  # a band from this year on is for who has no other


class PreviewNames:
    """The names that a page about a preview needs."""

    def __init__(self, found: Preview, shown: Sequence[Any] | None = None) -> None:
        if shown is None:
            shown = [*found.changes[:SHOWN], *found.outliers[:SHOWN], *found.left_out[:SHOWN], *found.errors[:SHOWN]]
        self.cards = self.cards_of({one.relation_id for one in shown})
        contributions = {_of(one) for rows in (found.changes, found.left_out, found.errors) for one in rows}
        self.contributions = self._rows(Contribution, set(found.per_contribution) | contributions, Contribution.name)
        columns = (ContributionRule.description, ContributionRule.born_from, ContributionRule.price_category_id)
        self.rules = self._rows(ContributionRule, set(found.per_rule), *columns)
        self.categories = self._rows(PriceCategory, {row.price_category_id or 0 for row in self.rules.values()}, PriceCategory.name)
        self.links = screen_of(Relation) is not None

    def cards_of(self, ids: set[int]) -> dict[int, Any]:
        """Return names and numbers of cards, as far as the user may see them."""
        return self._rows(Relation, ids, Relation.display_name, Relation.number)

    @staticmethod
    def _rows(model: Any, ids: set[int], *columns: Any) -> dict[int, Any]:
        wanted = sorted(ids - {0})
        return {row.id: row for row in db.session.execute(select(model.id, *columns).where(model.id.in_(wanted)))} if wanted else {}

    def card(self, relation_id: int) -> Any:
        """Return the name on a card, as a link for who may open it."""
        row = self.cards.get(relation_id)
        if row is None:
            return str(relation_id)
        if not self.links:
            return row.display_name
        return Markup('<a href="{}">{}</a>').format(url_for("RelationView.show", pk=relation_id), row.display_name)

    def number(self, relation_id: int) -> int | str:
        """Return the number of a card."""
        row = self.cards.get(relation_id)
        return row.number if row is not None else ""

    def contribution(self, contribution_id: int | None) -> str:
        """Return the name of a contribution."""
        row = self.contributions.get(contribution_id or 0)
        return row.name if row is not None else ""

    def rule(self, rule_id: int) -> str:
        """Return the description of a rule, with what tells it from others: who it is for."""
        row = self.rules.get(rule_id)
        if row is None:
            return ""
        category = self.categories.get(row.price_category_id or 0)
        born = gettext("born from %(day)s", day=dutch_date(row.born_from)) if row.born_from and row.born_from.year > EVERYBODY else ""
        return ", ".join(part for part in (row.description, category.name.lower() if category else "", born) if part)


def _of(row: Any) -> int:
    return getattr(row, "contribution_id", None) or 0
