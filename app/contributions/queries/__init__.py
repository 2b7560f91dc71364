"""Questions about contributions: the settings of a run made ready, the facts of its members, and the charges that exist."""

from app.contributions.queries.checking import findings_of, setup_of
from app.contributions.queries.existing import (
    ExistingCharge,
    charged_until,
    existing_charges,
    newer_charges,
    previous_amounts,
    previous_season,
)
from app.contributions.queries.fields import field_list, known_fields, named_in, used_in
from app.contributions.queries.members import Subject, functions_touched, subjects
from app.contributions.queries.naming import function_categories, names_of, price_categories, sentences_of
from app.contributions.queries.settings import (
    Priced,
    adjustment_terms,
    plan_terms,
    priced_contributions,
    rule_terms,
    rules_of,
    season_terms,
)
from app.contributions.queries.settled import FeeYears, Settlements, fee_years, settled_places
from app.contributions.queries.starting import ProposedStart, first_day_for, proposes_starts, start_for

__all__ = [
    "ExistingCharge",
    "FeeYears",
    "Priced",
    "ProposedStart",
    "Settlements",
    "Subject",
    "adjustment_terms",
    "charged_until",
    "existing_charges",
    "fee_years",
    "field_list",
    "findings_of",
    "first_day_for",
    "function_categories",
    "functions_touched",
    "known_fields",
    "named_in",
    "names_of",
    "newer_charges",
    "plan_terms",
    "previous_amounts",
    "previous_season",
    "price_categories",
    "priced_contributions",
    "proposes_starts",
    "rule_terms",
    "rules_of",
    "season_terms",
    "sentences_of",
    "settled_places",
    "setup_of",
    "start_for",
    "subjects",
    "used_in",
]
