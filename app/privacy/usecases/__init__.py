"""What is done with the data of a person: give all of it, erase it, and forget what was kept long enough."""

from app.privacy.usecases.erasing import Plan, PlanLine, complete, erase, plan_erasure
from app.privacy.usecases.exporting import export_person

__all__ = ["Plan", "PlanLine", "complete", "erase", "export_person", "plan_erasure"]
