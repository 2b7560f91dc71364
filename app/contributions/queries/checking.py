"""Reads a contribution as it is set up, to be checked as a whole."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select

from app.contributions import plans
from app.contributions.checking import Finding, Setup, findings
from app.contributions.facts import ContributionTerms, SeasonTerms
from app.contributions.models import BillingPlan, Contribution, ContributionRule, Season
from app.contributions.queries.fields import known_fields
from app.contributions.queries.settings import plan_terms, rules_of
from app.functions.models import PriceCategory
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.organisations.models import Organisation


def setup_of(contribution_id: int, today: date | None) -> Setup:
    """Return a contribution as it is set up, with the seasons that it has rules for and have not ended, and the one of today.

    Without a `today` all seasons that it has rules for. Raises NotFound.
    """
    row = db.session.get(Contribution, contribution_id)
    if row is None:
        raise NotFound("Deze contributie bestaat niet (meer), of hoort niet bij jouw omgeving.")
    mine = select(ContributionRule.season_id).where(
        ContributionRule.contribution_id == contribution_id, ContributionRule.season_id.is_not(None)
    )
    asked = select(Season).where(Season.id.in_(mine))
    if today is not None:
        asked = select(Season).where(Season.last_day >= today, or_(Season.id.in_(mine), Season.first_day <= today))
    seasons = [SeasonTerms(one.id, one.name, one.first_day, one.last_day) for one in db.session.scalars(asked.order_by(Season.first_day))]
    plan = db.session.get(BillingPlan, row.billing_plan_id) if row.billing_plan_id else None
    terms, refused = plan_terms(None), ""
    try:
        terms = plan_terms(plan)
        plans.check(terms)
    except DomainError as refusal:
        refused = refusal.message
    places = db.session.execute(select(Organisation.id, Organisation.parent_id, Organisation.name)).all()
    categories = db.session.execute(select(PriceCategory.id, PriceCategory.name)).all()
    return Setup(
        ContributionTerms(
            row.id,
            row.name,
            row.ledger_account_id,
            row.price_category_id,
            row.must_hold_first_id,
            row.credits_on_end,
            {category.id: category.name for category in categories},
        ),
        rules_of([contribution_id])[contribution_id],
        seasons,
        terms,
        {place.id: place.parent_id for place in places},
        {place.id: place.name for place in places},
        known_fields(row.organisation_id, only_active=False),
        refused,
    )


def findings_of(contribution_id: int, today: date | None) -> list[Finding]:
    """Return what is to be put right before a contribution can be charged. Raises NotFound."""
    return findings(setup_of(contribution_id, today))
