"""What a person typed under "somewhere else" of a bank line: its parts, each with a place and an amount."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext

from app.bank.usecases import TargetDraft
from app.kernel.errors import DomainError
from app.kernel.money import parse_cents
from views.bank_options import TABLES, shown
from views.lookups import Lookup, row_id

SPLIT_ROWS = 3
PLACES = ("invoice", "debtor", "account")  # where a person may put a part of a line


def typed_parts(whole_cents: int) -> list[TargetDraft]:
    """Return what was typed under "somewhere else": per part one place, and its amount; one part without amount takes what is left.

    Of money that goes out the amounts may be typed without their minus. Raises DomainError when a part is not clear.
    """
    rows: list[tuple[str, int, str]] = []
    for place in range(SPLIT_ROWS):
        found = [(kind, number) for kind in PLACES if (number := row_id(request.form.get(f"{kind}_{place}", "")))]
        if len(found) > 1:
            raise DomainError(
                "part_not_clear", gettext("Part %(number)s stands in two places. Choose one and clear the other.", number=place + 1)
            )
        rows += [(kind, number, request.form.get(f"bedrag_{place}", "").strip()) for kind, number in found]
    typed = {index: parse_cents(amount) for index, (_kind, _number, amount) in enumerate(rows) if amount}
    if whole_cents < 0 and all(cents > 0 for cents in typed.values()):
        typed = {index: -cents for index, cents in typed.items()}
    left = whole_cents - sum(typed.values())
    if len(rows) - len(typed) > 1:
        raise DomainError("amounts_missing", gettext("Fill in the amount of each part; one may stay empty and takes what is left."))
    if rows and len(typed) < len(rows) and not left:
        raise DomainError(
            "nothing_left", gettext("Nothing is left for the part without an amount. Lower another amount, or clear this part.")
        )
    return [TargetDraft(kind, number, typed.get(index, left)) for index, (kind, number, _amount) in enumerate(rows)]


def parts_again() -> list[dict[str, Any]]:
    """Return the parts as they stood in a refused form, to show them again."""
    parts: list[dict[str, Any]] = []
    for place in range(SPLIT_ROWS):
        part: dict[str, Any] = {"amount": request.form.get(f"bedrag_{place}", "")}
        for kind in PLACES:
            row = Lookup(TABLES[kind][0]).find(request.form.get(f"{kind}_{place}", ""))
            part[kind] = (row.id, shown(row)) if row is not None else None
        parts.append(part)
    return parts
