"""Checks before a rule is kept: what cannot be computed, and rules that would fit equally well."""

from __future__ import annotations

from collections.abc import Iterable

from app.contributions.facts import RuleTerms
from app.contributions.prepared import check_amount
from app.kernel.errors import DomainError


def same_place(one: RuleTerms, other: RuleTerms) -> bool:
    """Whether two rules hold for the same people in the same season or from the same day."""
    return _place(one) == _place(other)


def _place(rule: RuleTerms) -> tuple[object, ...]:
    return (rule.season_id, rule.valid_from, rule.price_category_id, rule.born_from, rule.organisation_id, rule.selection_id)


def check_rule(rule: RuleTerms, others: Iterable[RuleTerms], *, has_account: bool) -> None:
    """Refuse a rule that cannot be charged.

    `others` are the other rules of the contribution; `has_account` says that the rule or its contribution has a ledger account.
    Raises DomainError `rule_wrong`, `rule_without_account`, `rules_fit_equally`.
    """
    check_amount(rule)
    if not has_account and not rule.is_free:
        raise DomainError(
            "rule_without_account",
            f"Contributieregel “{rule.description}” heeft geen grootboekrekening, en de contributie ook niet. Vul er een in.",
            field="ledger_account",
        )
    for other in others:
        if other.rule_id != rule.rule_id and same_place(rule, other):
            raise DomainError(
                "rules_fit_equally",
                f"Contributieregel “{other.description}” past al op precies dezelfde relaties. Kies een andere geboortedatum, prijscategorie, "
                "organisatie of ingangsdatum, of wijzig die regel.",
                field="born_from",
            )
