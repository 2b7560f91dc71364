"""Copies a season's rules to the next one, and raises amounts; each with a plan that can be looked at first."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contributions.models import Adjustment, ContributionRule, Season
from app.contributions.raising import Raise
from app.contributions.usecases.keeping import PICKS
from app.kernel import audit
from app.kernel.errors import DomainError, NotFound
from app.kernel.periods import add_months
from app.kernel.unit_of_work import transaction

_COPIED = (
    "organisation_id", "contribution_id", "price_category_id", "for_organisation_id", "target_group_id", "formula", "tiers", "description", "season_label",
    "ledger_account_id", "blocks_family_discount", "is_free",
)  # fmt: skip
UNRAISED = Raise()
_STEP = ("organisation_id", "position", "kind", "settings", "text", "is_own_line", "ledger_account_id")
_YEAR = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class SeasonCopied:
    """What copying gave: rules made, rules that were there already, and descriptions that hold a year."""

    made: int
    there: int
    to_check: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CopyRow:
    """One rule as it would be copied or raised. `cents` are None where a formula or tiers say the amount, which stay as they are."""

    rule_id: int
    contribution: str
    description: str
    old_cents: int | None
    new_cents: int | None
    old_born: date | None
    new_born: date | None
    is_there: bool
    holds_year: bool


def plan_copy(organisation_id: int, from_season_id: int, to_season_id: int, by: Raise = UNRAISED) -> list[CopyRow]:
    """Return what copying a season would make, one row per rule, without making it. Raises as `copy_season`."""
    with transaction() as session:
        source, target = _seasons(session, from_season_id, to_season_id)
        months = _months(source, target)
        rules = _rules(session, organisation_id, source)
        names = {rule.contribution_id: rule.contribution.name for rule in rules}
        return [
            CopyRow(
                rule.id,
                names[rule.contribution_id],
                rule.description,
                rule.amount_cents,
                None if rule.amount_cents is None else by.of(rule.amount_cents),
                rule.born_from,
                _moved(rule.born_from, months),
                _is_there(session, _copied(rule, target, months, by)),
                bool(_YEAR.search(rule.description)),
            )
            for rule in rules
        ]


def copy_season(
    organisation_id: int, from_season_id: int, to_season_id: int, by: Raise | int = UNRAISED, chosen: Collection[int] | None = None
) -> SeasonCopied:
    """Copy the rules of one season to another, with their adjustments; only those `chosen`, when given.

    Amounts are raised by a percentage (250 is 2,5 %) or an amount, born-from dates move along by the time between the seasons, so that people
    of the same age pay alike; 1 January 1900 stays. What is there already is left alone: copying twice makes nothing new.
    Raises NotFound, and DomainError `season_same`, `season_without_rules`, `amount_negative`.
    """
    by = Raise(by) if isinstance(by, int) else by
    with transaction() as session:
        source, target = _seasons(session, from_season_id, to_season_id)
        months = _months(source, target)
        rules = [rule for rule in _rules(session, organisation_id, source) if chosen is None or rule.id in chosen]
        made, there, to_check = 0, 0, []
        copies: dict[int, int] = {}
        for rule in rules:
            values = _copied(rule, target, months, by)
            _check_sign(rule, values["amount_cents"])
            if _is_there(session, values):
                there += 1
                continue
            copy = ContributionRule(**values)
            session.add(copy)
            session.flush()
            copies[rule.id] = copy.id
            made += 1
            if _YEAR.search(rule.description):
                to_check.append(rule.description)
        for rule in rules:  # a reference to another rule's adjustments points at that rule's copy
            if rule.id in copies and rule.adjustments_of_id:
                session.get_one(ContributionRule, copies[rule.id]).adjustments_of_id = copies.get(
                    rule.adjustments_of_id, rule.adjustments_of_id
                )
        steps = session.scalars(select(Adjustment).where(Adjustment.rule_id.in_(copies)).order_by(Adjustment.id)).all()
        session.add_all(Adjustment(rule_id=copies[step.rule_id], **{name: getattr(step, name) for name in _STEP}) for step in steps)
        audit.record("copy_season", Season.__tablename__, target.id, organisation_id, source=source.name, made=made, there=there)
        return SeasonCopied(made, there, tuple(to_check))


def plan_raise(rule_ids: Sequence[int], by: Raise) -> list[CopyRow]:
    """Return what raising rules would give, one row per rule. Raises DomainError `raise_nothing` when there is nothing to raise by."""
    _check_raise(by)
    with transaction() as session:
        rules = session.scalars(select(ContributionRule).where(ContributionRule.id.in_(rule_ids)).order_by(ContributionRule.id)).all()
        return [
            CopyRow(
                rule.id,
                rule.contribution.name,
                rule.description,
                rule.amount_cents,
                None if rule.amount_cents is None else by.of(rule.amount_cents),
                rule.born_from,
                rule.born_from,
                is_there=rule.amount_cents is None,
                holds_year=False,
            )
            for rule in rules
        ]


def raise_rules(amounts: dict[int, int], by: Raise) -> int:
    """Raise rules: `amounts` is what each was when it was looked at; one that is something else by now is left alone. Returns how many.

    So a second click raises nothing. Raises DomainError `raise_nothing`, `amount_negative`.
    """
    _check_raise(by)
    with transaction() as session:
        rules = session.scalars(select(ContributionRule).where(ContributionRule.id.in_(amounts)).with_for_update()).all()
        raised = [rule for rule in rules if rule.amount_cents is not None and rule.amount_cents == amounts[rule.id]]
        for rule in raised:
            cents = by.of(rule.amount_cents or 0)
            _check_sign(rule, cents)
            rule.amount_cents = cents
        return len(raised)


def _check_raise(by: Raise) -> None:
    if not by.basis_points and not by.cents:
        raise DomainError("raise_nothing", "Vul een percentage of een bedrag in.", field="percentage")


def _check_sign(rule: ContributionRule, cents: int | None) -> None:
    if cents is not None and cents < 0 <= (rule.amount_cents or 0):
        raise DomainError("amount_negative", f"Regel “{rule.description}” zou onder nul uitkomen. Verlaag minder.", field="amount")


def _seasons(session: Session, from_season_id: int, to_season_id: int) -> tuple[Season, Season]:
    source, target = session.get(Season, from_season_id), session.get(Season, to_season_id)
    if source is None or target is None:
        raise NotFound("Dit seizoen bestaat niet (meer). Kies een ander seizoen.")
    if source.id == target.id:
        raise DomainError("season_same", "Kies twee verschillende seizoenen.", field="target")
    return source, target


def _months(source: Season, target: Season) -> int:
    return (target.first_day.year - source.first_day.year) * 12 + target.first_day.month - source.first_day.month


def _rules(session: Session, organisation_id: int, source: Season) -> Sequence[ContributionRule]:
    rules = session.scalars(
        select(ContributionRule)
        .where(ContributionRule.organisation_id == organisation_id, ContributionRule.season_id == source.id)
        .order_by(ContributionRule.id)
    ).all()
    if not rules:
        raise DomainError("season_without_rules", f"Seizoen {source.name} heeft geen contributieregels om te kopiëren.", field="source")
    return rules


def _copied(rule: ContributionRule, target: Season, months: int, by: Raise) -> dict[str, Any]:
    cents = None if rule.amount_cents is None else by.of(rule.amount_cents)
    moved = {"born_from": _moved(rule.born_from, months), "season_id": target.id, "amount_cents": cents}
    return {**{name: getattr(rule, name) for name in _COPIED}, **moved}


def _is_there(session: Session, values: dict[str, Any]) -> bool:
    known = select(ContributionRule.id).where(*(getattr(ContributionRule, name).is_not_distinct_from(values.get(name)) for name in PICKS))
    return session.scalar(known.limit(1)) is not None


def _moved(born_from: date | None, months: int) -> date | None:
    """Move a born-from date along; the first of all bands begins at 1 January 1900 and stays."""
    if born_from is None or born_from.year <= 1900:
        return born_from
    return add_months(born_from, months)
