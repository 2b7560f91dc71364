"""What is done with contributions."""

from app.contributions.usecases.keeping import (
    SeasonCopied,
    TriedOut,
    check_adjustment,
    check_contribution,
    check_plan,
    check_plan_of,
    check_rule,
    copy_season,
    preview_charge,
    waive_charge,
)
from app.contributions.usecases.presets import add_from_preset

__all__ = [
    "SeasonCopied",
    "TriedOut",
    "add_from_preset",
    "check_adjustment",
    "check_contribution",
    "check_plan",
    "check_plan_of",
    "check_rule",
    "copy_season",
    "preview_charge",
    "waive_charge",
]
