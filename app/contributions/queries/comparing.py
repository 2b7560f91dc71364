"""What was charged in a season, as far as a comparison looks at it: figures for everybody in one statement, explanations only where asked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby, islice
from typing import Any, NamedTuple

from sqlalchemy import String, func, select, type_coerce

from app.contributions.charges import base_key
from app.contributions.comparing import Paid, paid_for_key, together
from app.contributions.models import Charge, Contribution, ContributionRule, Season
from app.contributions.rules import EVERYONE_BORN
from app.functions.models import FunctionTerm, PriceCategory
from app.kernel.db import db
from app.kernel.periods import dutch_date
from app.relations.models import Relation

_CHARGE, _TERM, _CARD = Charge.__table__.c, FunctionTerm.__table__.c, Relation.__table__.c
_LET_GO = ("waived", "credited")
CHUNK = 5_000


class ChargedBefore(NamedTuple):
    """One charge of the season to compare with, and whose it is."""

    relation_id: int
    contribution_id: int
    rule_id: int | None
    cents: int
    organisation_id: int
    price_category_id: int | None
    born: date | None


def _standing(organisation_id: int, contribution_ids: Sequence[int], season_id: int) -> list[Any]:
    return [
        _CHARGE.organisation_id == organisation_id,
        _CHARGE.contribution_id.in_(contribution_ids),
        _CHARGE.season_id == season_id,
        _CHARGE.state.not_in(_LET_GO),
    ]


def contributions_charged(organisation_id: int, contribution_ids: Sequence[int], season_id: int) -> frozenset[int]:
    """Return which of the contributions were charged in a season."""
    asked = select(_CHARGE.contribution_id).where(*_standing(organisation_id, contribution_ids, season_id)).distinct()
    return frozenset(db.session.connection().execute(asked).scalars())


def charged_before(organisation_id: int, contribution_ids: Sequence[int], season_id: int) -> Iterator[ChargedBefore]:
    """Give what was charged in a season and stands, streaming."""
    place = func.coalesce(_TERM.organisation_id, _CHARGE.organisation_id)
    joined = Charge.__table__.outerjoin(FunctionTerm.__table__, _TERM.id == _CHARGE.function_term_id).outerjoin(
        Relation.__table__, _CARD.id == _CHARGE.relation_id
    )
    rows = db.session.connection().execute(
        select(
            _CHARGE.relation_id, _CHARGE.contribution_id, _CHARGE.rule_id, _CHARGE.amount_cents, place, _TERM.price_category_id, _CARD.birth_date
        )
        .select_from(joined)
        .where(*_standing(organisation_id, contribution_ids, season_id))
        .order_by(_CHARGE.id)
        .execution_options(yield_per=10_000)
    )  # fmt: skip
    for row in rows:
        yield ChargedBefore(*row)


def paid_before(
    organisation_id: int, contribution_ids: Sequence[int], season_id: int, keys: Iterable[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], Paid]]:
    """Give what these (relation, contribution) paid in a season, taken apart; in portions, so that no more is held than needed."""
    wanted = iter(sorted(keys))
    while part := set(islice(wanted, CHUNK)):
        rows = db.session.connection().execute(
            select(
                _CHARGE.relation_id, _CHARGE.contribution_id, _CHARGE.key, _CHARGE.amount_cents, _CHARGE.rule_id,
                type_coerce(_CHARGE.explanation, String),
            )
            .where(*_standing(organisation_id, contribution_ids, season_id), _CHARGE.relation_id.in_({key[0] for key in part}))
            .order_by(_CHARGE.relation_id, _CHARGE.contribution_id, _CHARGE.id)
        )  # fmt: skip
        for who, charges in groupby(rows, key=lambda row: (row[0], row[1])):
            if who in part:
                yield who, _paid(charges)


def _paid(rows: Iterable[Any]) -> Paid:
    by_key: dict[str, list[tuple[int, int | None, Any]]] = {}
    for _, _, key, cents, rule_id, explanation in rows:
        lines = json.loads(explanation) if isinstance(explanation, str) else explanation
        by_key.setdefault(base_key(key), []).append((cents, rule_id, lines))
    found: Paid | None = None
    for charges in by_key.values():
        found = together(found, paid_for_key(charges))
    if found is None:
        raise ValueError("no charges to take apart")
    return found


def rule_names(contribution_ids: Sequence[int]) -> dict[int, str]:
    """Return what rules are called; where several of a season are called alike, with the category and ages they are for."""
    rows = db.session.execute(
        select(
            ContributionRule.id, ContributionRule.contribution_id, ContributionRule.season_id, ContributionRule.description,
            ContributionRule.born_from, PriceCategory.name,
        )
        .outerjoin(PriceCategory, PriceCategory.id == ContributionRule.price_category_id)
        .where(ContributionRule.contribution_id.in_(contribution_ids))
    ).all()  # fmt: skip
    alike = Counter((row.contribution_id, row.season_id, row.description) for row in rows)
    found = {}
    for row in rows:
        extra = []
        if alike[row.contribution_id, row.season_id, row.description] > 1:
            extra += [row.name.lower()] if row.name else []
            extra += [f"geboren vanaf {dutch_date(row.born_from)}"] if row.born_from and row.born_from > EVERYONE_BORN else []
        found[row.id] = ", ".join((row.description, *extra))
    return found


def season_before(day: date) -> Season | None:
    """Return the last season that ended before a day, or None."""
    asked = select(Season).where(Season.last_day < day).order_by(Season.last_day.desc(), Season.id)
    found: Season | None = db.session.scalars(asked.limit(1)).first()
    return found


def contribution_names(contribution_ids: Sequence[int]) -> dict[int, str]:
    """Return the names of contributions."""
    return {
        row.id: row.name
        for row in db.session.execute(select(Contribution.id, Contribution.name).where(Contribution.id.in_(contribution_ids)))
    }
