"""The kinds of adjustment: one module each, one row here.

To add a kind: write a module with the face of `face.Kind`, add its row, and a test table in
`tests/contributions/test_adjustments.py`. The order of this table is the order in which a new rule's adjustments are
proposed; the order in which they are applied is their position on the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import marshmallow as ma

from app.contributions.adjustments import (
    condition,
    factor,
    family,
    federation_number,
    first_period,
    gift,
    payment_method,
    postage,
    quantity,
    several_activities,
    short_period,
    team_amount,
    tick_box,
    tiers,
    union_fee,
)
from app.contributions.adjustments.face import Kind, Names
from app.contributions.adjustments.settings import called, flat
from app.kernel.errors import DomainError

KINDS: Final[Mapping[str, Kind]] = {
    "team_amount": team_amount,
    "union_fee": union_fee,
    "factor": factor,
    "federation_number": federation_number,
    "condition": condition,
    "tick_box": tick_box,
    "several_activities": several_activities,
    "family": family,
    "payment_method": payment_method,
    "short_period": short_period,
    "first_period": first_period,
    "quantity": quantity,
    "tiers": tiers,
    "postage": postage,
    "gift": gift,
}
NAMES: Final[Mapping[str, str]] = {code: kind.NAME for code, kind in KINDS.items()}


def load(kind: str, settings: Mapping[str, Any]) -> Any:
    """Return the frozen settings of a kind, made from what a form or the database holds.

    Raises DomainError `adjustment_kind_unknown`, or `adjustment_settings_wrong` with every refusal and its field.
    """
    if kind not in KINDS:
        raise DomainError(
            "adjustment_kind_unknown", f"De korting of toeslag “{kind}” bestaat niet. Kies een van de soorten uit de lijst.", kind=kind
        )
    try:
        made = KINDS[kind].Settings().load(settings)
    except ma.ValidationError as refused:
        raise _wrong(kind, flat(refused.messages)) from None
    if kind == "union_fee" and (unknown := [code for code in made.also if code not in KINDS or KINDS[code].BESIDE]):
        raise _wrong(kind, {"also": f"{unknown[0]} is geen korting die op de bijdrage kan werken."})
    return made


def told(kind: str, settings: Mapping[str, Any], names: Names) -> str:
    """Return the settings of an adjustment as a Dutch sentence; `names` has what rows are called.

    Settings that cannot be computed give the refusal, so that a list shows what must be put right.
    """
    try:
        made = load(kind, settings)
    except DomainError as refusal:
        return refusal.message
    return KINDS[kind].told(made, names)


def _wrong(kind: str, refused: Mapping[str, str]) -> DomainError:
    schema = KINDS[kind].Settings()
    reasons = " ".join(f"{called(schema, path)}: {reason}" for path, reason in refused.items())
    return DomainError(
        "adjustment_settings_wrong", f"De instellingen van “{KINDS[kind].NAME}” kloppen niet. {reasons}", kind=kind, fields=dict(refused)
    )
