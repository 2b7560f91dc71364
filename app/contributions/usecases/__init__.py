"""What is done with contributions: rules kept, seasons copied, prices tried out, charges let go."""

from app.contributions.usecases.charges import preview_charge, waive_charges
from app.contributions.usecases.rules import keep_adjustment, keep_plan, keep_rule
from app.contributions.usecases.seasons import CopiedRule, copy_season, season_copy

__all__ = ["CopiedRule", "copy_season", "keep_adjustment", "keep_plan", "keep_rule", "preview_charge", "season_copy", "waive_charges"]
