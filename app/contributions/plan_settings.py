"""What a billing plan keeps in its `settings`: the fields with their names on screen; no settings at all is a plan too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.contributions.adjustments.settings import Choice, FieldName, SettingsSchema, YesNo, says

FIRST_LENGTHS: Final[Mapping[str, str]] = {
    "same": "Gelijk aan de volgende",
    "rest_of_year": "De rest van het jaar",
    "months": "Een eigen aantal maanden",
    "year_minus_day": "Een jaar min een dag",
}


@dataclass(frozen=True, slots=True)
class PlanExtras:
    """As `PlanTerms` has them."""

    first_length: str
    charges_late_joiners: bool
    interval_field: str
    start_field: str
    end_field: str


class PlanSettings(SettingsSchema):
    """The first period, who joins late, and card fields that say interval, start and end per member."""

    MAKES = PlanExtras
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


__all__ = ["FIRST_LENGTHS", "PlanExtras", "PlanSettings"]
