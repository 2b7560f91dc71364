"""What the rows that rules and adjustments point at are called."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import select

from app.contributions.adjustments import KINDS, told
from app.contributions.adjustments.settings import Reference
from app.contributions.models import Adjustment
from app.functions.models import CATEGORIES, FunctionType, PriceCategory
from app.groups.models import TargetGroup
from app.kernel.db import db

# Which table the rows of a reference are in. A kind of reference that is not here is called by its number.
TABLES: dict[str, Any] = {"function_type": FunctionType, "price_category": PriceCategory, "selection": TargetGroup}


def function_categories() -> dict[str, str]:
    """Return the categories of functions by their number, as settings hold it."""
    return {str(number): word for number, word in enumerate(CATEGORIES.values(), 1)}


def price_categories() -> dict[str, str]:
    """Return the price categories that the actor sees, by their number as settings hold it."""
    rows = db.session.scalars(select(PriceCategory).order_by(PriceCategory.name, PriceCategory.id))
    return {str(row.id): str(row) for row in rows}


def names_of(of: str, numbers: Collection[int]) -> dict[int, str]:
    """Return what rows are called; one that is not the actor's to see is called by its number."""
    found: dict[int, str] = {number: f"nummer {number}" for number in numbers}
    if of == "function_category":
        words = function_categories()
        found.update({number: words[str(number)] for number in numbers if str(number) in words})
    elif of in TABLES and numbers:
        model = TABLES[of]
        found.update({row.id: str(row) for row in db.session.scalars(select(model).where(model.id.in_(numbers)))})
    return found


def sentences_of(rows: Iterable[Adjustment]) -> dict[int, str]:
    """Return the settings of adjustments as Dutch sentences, by number: one question per kind of row that they point at."""
    rows = list(rows)
    wanted: dict[str, set[int]] = {}
    for row in rows:
        for name, field in KINDS[row.kind].Settings().fields.items() if row.kind in KINDS else ():
            if isinstance(field, Reference) and isinstance((row.settings or {}).get(name), int):
                wanted.setdefault(field.of, set()).add(row.settings[name])
    names = {of: names_of(of, numbers) for of, numbers in wanted.items()}
    return {
        row.id: told(row.kind, row.settings or {}, lambda of, number: names.get(of, {}).get(number, f"nummer {number}")) for row in rows
    }
