"""Copy a season's rules to the next one: previewed first, each row may be left out, twice is once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from app.contributions import seasons
from app.contributions.models import Adjustment, Contribution, ContributionRule
from app.contributions.queries import season_terms
from app.kernel import audit
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction


class CopiedRule(NamedTuple):
    """One rule and what it becomes; `exists` when the new season has it already."""

    rule_id: int
    contribution: str
    description: str
    old_cents: int | None
    new_cents: int | None
    old_born_from: date | None
    new_born_from: date | None
    needs_attention: bool
    exists: bool


def season_copy(
    organisation_id: int, from_season_id: int, to_season_id: int, *, basis_points: int = 0, extra_cents: int = 0
) -> list[CopiedRule]:
    """Return what copying would make, without making it. Raises NotFound, DomainError `season_same` and `season_empty`."""
    old, new = season_terms(from_season_id), season_terms(to_season_id)
    if from_season_id == to_season_id:
        raise DomainError("season_same", f"Seizoen {old.name} kan niet naar zichzelf gekopieerd worden. Kies een ander seizoen.")
    rows = db.session.execute(
        select(ContributionRule, Contribution.name)
        .join(Contribution, Contribution.id == ContributionRule.contribution_id)
        .where(ContributionRule.organisation_id == organisation_id, ContributionRule.season_id.in_((from_season_id, to_season_id)))
        .order_by(Contribution.name, ContributionRule.born_from, ContributionRule.id)
    ).all()
    there = {_place(row, row.born_from) for row, _ in rows if row.season_id == to_season_id}
    found = []
    for row, name in rows:
        if row.season_id != from_season_id:
            continue
        born = seasons.moved(row.born_from, old, new)
        cents = seasons.raised(row.amount_cents, basis_points, extra_cents)
        attention = seasons.needs_attention(row.description)
        exists = _place(row, born) in there
        found.append(CopiedRule(row.id, name, row.description, row.amount_cents, cents, row.born_from, born, attention, exists))
    if not found:
        raise DomainError(
            "season_empty", f"Seizoen {old.name} heeft in deze administratie geen regels om te kopiëren. Kies een ander seizoen."
        )
    return found


def copy_season(
    organisation_id: int,
    from_season_id: int,
    to_season_id: int,
    *,
    basis_points: int = 0,
    extra_cents: int = 0,
    leave_out: Collection[int] = (),
) -> list[int]:
    """Copy the rules of a season with their adjustments and return the new ones' ids; what is there already is left alone.

    Amounts are raised by a percentage (basis points) and an amount; born-from dates move along. Raises as `season_copy`, and
    DomainError `amount_negative` when an amount would fall below zero.
    """
    with transaction() as session:
        made: dict[int, int] = {}
        references: list[tuple[ContributionRule, int]] = []
        for one in season_copy(organisation_id, from_season_id, to_season_id, basis_points=basis_points, extra_cents=extra_cents):
            if one.exists or one.rule_id in leave_out:
                continue
            if one.new_cents is not None and one.new_cents < 0 <= (one.old_cents or 0):
                raise DomainError("amount_negative", f"“{one.description}” zou onder nul komen. Kies een ander percentage of bedrag.")
            source = session.get_one(ContributionRule, one.rule_id)
            copy = ContributionRule(
                organisation_id=organisation_id,
                contribution_id=source.contribution_id,
                season_id=to_season_id,
                price_category_id=source.price_category_id,
                born_from=one.new_born_from,
                for_organisation_id=source.for_organisation_id,
                amount_cents=one.new_cents,
                formula=source.formula,
                tiers=source.tiers,
                description=source.description,
                season_label=source.season_label,
                ledger_account_id=source.ledger_account_id,
                blocks_family_discount=source.blocks_family_discount,
                is_free=source.is_free,
            )
            session.add(copy)
            session.flush()
            made[source.id] = copy.id
            if source.adjustments_of_id is not None:
                references.append((copy, source.adjustments_of_id))
            for step in session.scalars(select(Adjustment).where(Adjustment.rule_id == source.id)):
                session.add(
                    Adjustment(
                        organisation_id=organisation_id,
                        rule_id=copy.id,
                        position=step.position,
                        kind=step.kind,
                        settings=step.settings,
                        text=step.text,
                        is_own_line=step.is_own_line,
                        ledger_account_id=step.ledger_account_id,
                    )
                )
        for copy, source_id in references:
            copy.adjustments_of_id = made.get(source_id, source_id)
        session.flush()
        audit.record("copy", "season", to_season_id, organisation_id, rules=len(made), from_season=from_season_id)
        return list(made.values())


def _place(row: ContributionRule, born_from: date | None) -> tuple[object, ...]:
    return (row.contribution_id, row.price_category_id, born_from, row.for_organisation_id)
