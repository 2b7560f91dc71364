"""Look up seasons and contributions as people name them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.contributions.models import Contribution, Season
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound


def season_by_name(name: str, organisation_id: int) -> Season:
    """Return the season with this name that an organisation uses: its own, else the nearest above it. Raises NotFound."""
    rows = db.session.scalars(select(Season).where(Season.name == name)).all()
    if not rows:
        known = ", ".join(dict.fromkeys(db.session.scalars(select(Season.name).order_by(Season.first_day)))) or "nog geen"
        raise NotFound(f"Er is geen seizoen “{name}”. Er zijn: {known}.")
    return next((row for row in rows if row.organisation_id == organisation_id), rows[-1])


def contributions_of(organisation_id: int, names: Sequence[str] = ()) -> list[Contribution]:
    """Return the active contributions of an administration, or those with these names.

    Raises NotFound for a name that does not exist, and DomainError `run_without_contributions` when there is none at all.
    """
    rows = db.session.scalars(
        select(Contribution).where(Contribution.organisation_id == organisation_id, Contribution.is_active).order_by(Contribution.name)
    ).all()
    if not names:
        if not rows:
            raise DomainError(
                "run_without_contributions", "Er is geen actieve contributie om te factureren. Voeg er eerst een toe bij Contributies."
            )
        return list(rows)
    by_name = {row.name: row for row in rows}
    for name in names:
        if name not in by_name:
            known = ", ".join(by_name) or "geen"
            raise NotFound(f"Er is geen actieve contributie “{name}” in deze administratie. Er zijn: {known}.")
    return [by_name[name] for name in dict.fromkeys(names)]
