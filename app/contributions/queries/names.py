"""Names for the explanation: of fields, target groups and functions, so that a sentence shows no numbers and codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app.contributions.facts import RuleTerms
from app.contributions.fields import Named
from app.functions.models import FunctionType
from app.groups.models import TargetGroup
from app.kernel.db import db


def with_names(rules: Sequence[RuleTerms], named: Named) -> list[RuleTerms]:
    """Return rules that know what their fields are called, with conditions and tick boxes by name."""
    labels = named.labels
    groups: dict[int, str] = {}
    if named.group_ids:
        groups = {
            row.id: row.name
            for row in db.session.execute(select(TargetGroup.id, TargetGroup.name).where(TargetGroup.id.in_(named.group_ids)))
        }
    wanted = {_number(step.settings, "function_type_id") for rule in rules for step in rule.adjustments if step.kind == "condition"} - {
        None
    }
    types: dict[int, str] = {}
    if wanted:
        types = {
            row.id: row.name for row in db.session.execute(select(FunctionType.id, FunctionType.name).where(FunctionType.id.in_(wanted)))
        }
    found = []
    for rule in rules:
        steps = tuple(
            replace(step, settings={**step.settings, "name": name})
            if not step.settings.get("name") and (name := _name(step.kind, step.settings, labels, groups, types))
            else step
            for step in rule.adjustments
        )
        found.append(replace(rule, labels=labels, adjustments=steps) if labels or steps != rule.adjustments else rule)
    return found


def _name(
    kind: str, settings: Mapping[str, Any], labels: Mapping[str, tuple[str, str]], groups: Mapping[int, str], types: Mapping[int, str]
) -> str:
    """Return what a step is called, or nothing."""
    if kind == "tick_box":
        return labels.get(str(settings.get("field", "")), ("", ""))[0]
    if kind != "condition":
        return ""
    group, function_type = _number(settings, "selection_id"), _number(settings, "function_type_id")
    if group is not None and group in groups:
        return f"in doelgroep {groups[group]}"
    if function_type is not None and function_type in types:
        return f"heeft functie {types[function_type]}"
    return f"voldoet aan {settings['formula']}"[:200] if settings.get("formula") else ""


def _number(settings: Mapping[str, Any], name: str) -> int | None:
    value = settings.get(name)
    return int(value) if value not in (None, "") and str(value).isdigit() else None
