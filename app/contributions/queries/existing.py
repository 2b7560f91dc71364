"""The charges that exist, for what should exist minus what exists, and those of the season before, to compare with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, select

from app.contributions.facts import SeasonTerms
from app.contributions.models import Charge, Season
from app.functions.models import FunctionTerm
from app.kernel.actor import the_actor
from app.kernel.db import db
from app.kernel.errors import NotAllowed
from app.organisations.queries import bookkeeper_of

_CHARGE = Charge.__table__.c


class ExistingCharge(NamedTuple):
    """A charge that is there, as far as a run looks at it."""

    charge_id: int
    key: str
    contribution_id: int
    relation_id: int
    payer_id: int
    function_term_id: int | None
    rule_id: int | None
    amount_cents: int
    state: str
    first_day: date
    last_day: date


def _within(organisation_id: int, contribution_ids: Sequence[int], season: SeasonTerms) -> list[Any]:
    return [
        _CHARGE.organisation_id == organisation_id,
        _CHARGE.contribution_id.in_(contribution_ids),
        _CHARGE.first_day.between(season.first_day, season.last_day),
    ]


_COLUMNS = (
    _CHARGE.id, _CHARGE.key, _CHARGE.contribution_id, _CHARGE.relation_id, _CHARGE.payer_id, _CHARGE.function_term_id, _CHARGE.rule_id,
    _CHARGE.amount_cents, _CHARGE.state, _CHARGE.first_day, _CHARGE.last_day,
)  # fmt: skip


def existing_charges(
    organisation_id: int, contribution_ids: Sequence[int], season: SeasonTerms, relation_ids: Sequence[int] | None = None
) -> Iterator[ExistingCharge]:
    """Give the charges of these contributions whose period starts within the season, oldest first."""
    wanted = select(*_COLUMNS).where(*_within(organisation_id, contribution_ids, season))
    if relation_ids is not None:
        wanted = wanted.where(_CHARGE.relation_id.in_(relation_ids))
    for row in db.session.connection().execute(wanted.order_by(_CHARGE.id).execution_options(yield_per=10_000)):
        yield ExistingCharge(*row)


def charged_until(function_term_id: int) -> date | None:
    """Return the last day for which this function was put on an invoice and not taken back, or None.

    Raises NotAllowed for who does not see the books that charge it: to him everything would look uncharged.
    """
    at = db.session.scalar(select(FunctionTerm.organisation_id).where(FunctionTerm.id == function_term_id))
    if at is None or (bookkeeper_of(at) is None and the_actor().ancestor_ids):
        raise NotAllowed("Dit hangt af van wat al is berekend, en die boekhouding zie je hier niet. Vraag het aan je provincie.")
    standing = _CHARGE.state.in_(("invoiced", "posted"))
    return db.session.scalar(select(func.max(Charge.last_day)).where(Charge.function_term_id == function_term_id, standing))


def newer_charges(organisation_id: int, last_id: int) -> list[ExistingCharge]:
    """Return the charges that were made after the one with this id."""
    rows = db.session.connection().execute(select(*_COLUMNS).where(_CHARGE.organisation_id == organisation_id, _CHARGE.id > last_id))
    return [ExistingCharge(*row) for row in rows]


def previous_season(season: SeasonTerms, organisation_id: int, contribution_ids: Sequence[int]) -> Season | None:
    """Return the season before this one in which these contributions were charged, or None."""
    charged = select(Charge.season_id).where(Charge.organisation_id == organisation_id, Charge.contribution_id.in_(contribution_ids))
    return db.session.scalars(
        select(Season).where(Season.last_day < season.first_day, Season.id.in_(charged)).order_by(Season.last_day.desc()).limit(1)
    ).first()


def previous_amounts(organisation_id: int, contribution_ids: Sequence[int], season_id: int) -> Iterator[tuple[int, int, int | None, int]]:
    """Give (relation, contribution, rule, cents) of what was charged in a season."""
    rows = db.session.connection().execute(
        select(_CHARGE.relation_id, _CHARGE.contribution_id, func.max(_CHARGE.rule_id), func.sum(_CHARGE.amount_cents))
        .where(
            _CHARGE.organisation_id == organisation_id,
            _CHARGE.contribution_id.in_(contribution_ids),
            _CHARGE.season_id == season_id,
            _CHARGE.state.not_in(("waived", "credited")),
        )
        .group_by(_CHARGE.relation_id, _CHARGE.contribution_id)
        .execution_options(yield_per=10_000)
    )
    for relation_id, contribution_id, rule_id, cents in rows:
        yield relation_id, contribution_id, rule_id, int(cents)
