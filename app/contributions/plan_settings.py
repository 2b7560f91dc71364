"""Further settings of a billing plan, beside its columns, with their names on screen: checked when saved, read once per run.

{"first_length": "months", "start_way": "table", "start_rows": [{"from_month": 10, "to_month": 12, "start_month": 1}]}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import validate

from app.contributions.adjustments.settings import (
    Choice,
    FieldName,
    Numbered,
    Reference,
    Rows,
    SettingsSchema,
    YesNo,
    called,
    flat,
    nested,
    says,
)
from app.contributions.facts import PlanTerms, StartRow
from app.contributions.plan_words import MONTHS
from app.contributions.plans import FIRST_LENGTHS
from app.contributions.starts import WAYS
from app.kernel.errors import DomainError


def _month(label: str) -> Numbered:
    wanted = validate.Range(1, 12, error="Een maand ligt tussen 1 en 12.")
    return Numbered(dict(enumerate(MONTHS, 1)), required=True, metadata=says(label), validate=wanted)


class StartRowFields(SettingsSchema):
    """A row of the table of first days."""

    MAKES = StartRow
    from_month = _month("Aangemeld van")
    to_month = _month("tot en met")
    start_month = _month("Begint op de eerste van")
    price_category_id = Reference("price_category", load_default=None, allow_none=True, metadata=says("Alleen voor prijscategorie"))


class Settings(SettingsSchema):
    """What a plan says beside its columns; `dict` because they become part of the plan's terms."""

    MAKES = dict
    first_length = Choice(FIRST_LENGTHS, load_default="same", metadata=says("Lengte van de eerste periode"))
    charges_late_joiners = YesNo(
        load_default=True,
        metadata=says("Ook wie na een vaste datum begint, betaalt die periode", "Uit: dan betaalt diegene vanaf de volgende datum."),
    )
    interval_field = FieldName(
        load_default="",
        metadata=says(
            "Kaartveld met het aantal maanden",
            "Zo kan in één contributie de een per maand en de ander per jaar betalen.",
            kinds=("number",),
        ),
    )
    start_field = FieldName(
        load_default="", metadata=says("Kaartveld met de eerste dag", "Leeg: de begindatum van de functie.", kinds=("date",))
    )
    end_field = FieldName(
        load_default="", metadata=says("Kaartveld met de laatste dag", "Leeg: de einddatum van de functie.", kinds=("date",))
    )
    start_way = Choice(
        WAYS,
        load_default="today",
        metadata=says("Voorstel voor de begindatum", "Als iemand wordt ingeschreven, of een nieuwe functie krijgt zonder begindatum."),
    )
    start_rows = Rows(
        nested(StartRowFields),
        least=0,
        load_default=(),
        metadata=says(
            "Tabel per maand van aanmelding",
            "Bijvoorbeeld oktober tot en met december: begint op 1 januari. Een maand die er niet in staat, begint op de dag zelf.",
            when=("start_way", ("table",)),
        ),
    )
    restarts_on_payment = YesNo(
        load_default=False,
        metadata=says(
            "De functie begint op de dag van de eerste betaling",
            "Zodra de eerste factuur is betaald. De eerste periode schuift mee en wordt niet opnieuw berekend; wie eerder betaalt, begint op "
            "de afgesproken dag. Neem je de betaling terug, dan geldt die dag weer.",
        ),
    )

    @ma.validates_schema
    def table_fits(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a table that is missing."""
        if data.get("start_way") == "table" and not data.get("start_rows"):
            raise ma.ValidationError("Vul de tabel met maanden in.", "start_rows")


def load(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings as fields of `PlanTerms`. Raises DomainError `plan_wrong` with the first field, and `fields` with every refusal."""
    schema = Settings()
    try:
        made: dict[str, Any] = schema.load(settings)
    except ma.ValidationError as refused:
        reasons = flat(refused.messages)
        text = " ".join(f"{called(schema, path)}: {reason}" for path, reason in reasons.items())
        first = next(iter(reasons)).partition(".")[0]
        raise DomainError("plan_wrong", f"De facturatie-instelling klopt niet. {text}", field=first, fields=reasons) from None
    return made


def kept(plan: PlanTerms) -> dict[str, Any]:
    """Return what a plan keeps beside its columns: only what differs from the usual."""
    usual = PlanTerms()
    found: dict[str, Any] = {}
    for name in Settings().fields:
        value = getattr(plan, name)
        if value != getattr(usual, name):
            found[name] = [row._asdict() for row in value] if name == "start_rows" else value
    return found
