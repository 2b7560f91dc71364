"""Further settings of a billing plan, beside its columns: checked when saved, read once per run.

{"first_length": "months", "start_way": "table", "start_rows": [{"from_month": 10, "to_month": 12, "start_month": 1}]}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import validate

from app.contributions.adjustments.settings import Choice, Rows, SettingsSchema, Text, Whole, YesNo, nested
from app.contributions.facts import PlanTerms, StartRow
from app.contributions.plans import FIRST_LENGTHS
from app.contributions.starts import WAYS
from app.kernel.errors import DomainError


def _month() -> Whole:
    return Whole(required=True, validate=validate.Range(1, 12, error="Een maand ligt tussen 1 en 12."))


class StartRowFields(SettingsSchema):
    """A row of the table of first days."""

    MAKES = StartRow
    from_month = _month()
    to_month = _month()
    start_month = _month()
    price_category_id = Whole(load_default=None, allow_none=True)


class Settings(SettingsSchema):
    """What a plan says beside its columns; `dict` because they become part of the plan's terms."""

    MAKES = dict
    first_length = Choice(FIRST_LENGTHS, load_default="same")
    charges_late_joiners = YesNo(load_default=True)
    interval_field = Text(load_default="")
    start_field = Text(load_default="")
    end_field = Text(load_default="")
    start_way = Choice(WAYS, load_default="today")
    start_rows = Rows(nested(StartRowFields), least=0, load_default=())
    restarts_on_payment = YesNo(load_default=False)

    @ma.validates_schema
    def table_fits(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a table that is missing."""
        if data.get("start_way") == "table" and not data.get("start_rows"):
            raise ma.ValidationError("Vul de tabel met maanden in.", "start_rows")


def load(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings as fields of `PlanTerms`. Raises DomainError `plan_wrong` with the field."""
    try:
        made: dict[str, Any] = Settings().load(settings)
    except ma.ValidationError as refused:
        messages: Any = refused.messages
        field = next(iter(messages))
        raise DomainError("plan_wrong", f"De facturatie-instelling klopt niet. {field}: {_first(messages[field])}", field=field) from None
    return made


def _first(messages: Any) -> str:
    """Return the first refusal, however deep it lies."""
    while not isinstance(messages, str):
        messages = next(iter(messages.values() if isinstance(messages, dict) else messages))
    return messages


def kept(plan: PlanTerms) -> dict[str, Any]:
    """Return what a plan keeps beside its columns: only what differs from the usual."""
    usual = PlanTerms()
    found: dict[str, Any] = {}
    for name in Settings().fields:
        value = getattr(plan, name)
        if value != getattr(usual, name):
            found[name] = [row._asdict() for row in value] if name == "start_rows" else value
    return found
