"""What is done with contributions: what can be computed is kept, a season is copied, amounts are raised, what is unused is deleted."""

from app.contributions.usecases.copying import CopyRow, SeasonCopied, copy_season, plan_copy, plan_raise, raise_rules
from app.contributions.usecases.deleting import Deleted, delete_adjustments, delete_contributions, delete_rules
from app.contributions.usecases.keeping import (
    add_adjustment,
    check_adjustment,
    check_formula,
    check_plan,
    check_plan_of,
    check_rule,
    move_adjustment,
    take_adjustments,
)
from app.contributions.usecases.presets import add_from_preset
from app.contributions.usecases.previewing import TriedOut, check_contribution, preview_charge
from app.contributions.usecases.waiving import take_back_waiver, waive_charge

__all__ = [
    "CopyRow",
    "Deleted",
    "SeasonCopied",
    "TriedOut",
    "add_adjustment",
    "add_from_preset",
    "check_adjustment",
    "check_contribution",
    "check_formula",
    "check_plan",
    "check_plan_of",
    "check_rule",
    "copy_season",
    "delete_adjustments",
    "delete_contributions",
    "delete_rules",
    "move_adjustment",
    "plan_copy",
    "plan_raise",
    "preview_charge",
    "raise_rules",
    "take_adjustments",
    "take_back_waiver",
    "waive_charge",
]
