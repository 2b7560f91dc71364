"""Questions about contributions: the settings of a run made ready, the facts of its members, and the charges that exist."""

from app.contributions.queries.existing import (
    ExistingCharge,
    charged_until,
    existing_charges,
    newer_charges,
    previous_amounts,
    previous_season,
)
from app.contributions.queries.members import Subject, functions_touched, subjects
from app.contributions.queries.places import FeeYears, Settlements, fee_years, settled_places
from app.contributions.queries.settings import Priced, adjustment_terms, plan_terms, priced_contributions, rule_terms, season_terms

__all__ = [
    "ExistingCharge",
    "FeeYears",
    "Priced",
    "Settlements",
    "Subject",
    "adjustment_terms",
    "charged_until",
    "existing_charges",
    "fee_years",
    "functions_touched",
    "newer_charges",
    "plan_terms",
    "previous_amounts",
    "previous_season",
    "priced_contributions",
    "rule_terms",
    "season_terms",
    "settled_places",
    "subjects",
]
