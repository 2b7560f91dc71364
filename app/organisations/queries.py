"""Questions about the tree."""

from __future__ import annotations

from sqlalchemy import select

from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.organisations import tree
from app.organisations.models import Administration, Organisation, PostcodeRange


def by_code(code: str) -> Organisation:
    """Return the organisation with this short code. Raises NotFound, also when it is not the actor's."""
    found = db.session.scalar(select(Organisation).where(Organisation.code == code))
    if found is None:
        raise NotFound(f"Er is geen organisatie met code “{code}” in jouw omgeving.")
    return found


def ids_under(path: str) -> list[int]:
    """Return the ids of the organisation with this path and of all below it."""
    return list(db.session.scalars(select(Organisation.id).where(Organisation.path.startswith(path, autoescape=True))))


def actor_for(organisation_id: int, name: str, user_id: int | None = None, address: str = "") -> Actor:
    """Return the actor that works in an organisation: it and all below to write, its ancestors to read. Raises NotFound."""
    path = db.session.scalar(select(Organisation.path).where(Organisation.id == organisation_id))
    if path is None:
        raise NotFound
    return Actor(
        name=name,
        organisation_id=organisation_id,
        organisation_ids=frozenset(ids_under(path)),
        ancestor_ids=frozenset(tree.ids_in(path)[:-1]),
        user_id=user_id,
        address=address,
    )


def administration_of(organisation_id: int) -> Administration:
    """Return the books of an organisation itself. Raises NotFound when it keeps none."""
    found = db.session.scalar(select(Administration).where(Administration.organisation_id == organisation_id))
    if found is None:
        raise NotFound("Deze organisatie voert geen eigen boekhouding. Kies een organisatie die dat wel doet.")
    return found


def administrations() -> dict[int, str]:
    """Return the organisations of the actor that keep books, by id with the name of their books, in the order of the tree."""
    rows = db.session.execute(
        select(Administration.organisation_id, Administration.name)
        .join(Organisation, Organisation.id == Administration.organisation_id)
        .order_by(Organisation.path)
    )
    return {row.organisation_id: row.name for row in rows}


def root_id() -> int:
    """Return the id of the organisation at the top, whose series number the relations. For system actors."""
    return db.session.scalars(select(Organisation.id).where(Organisation.parent_id.is_(None)).order_by(Organisation.id)).first() or 0


def department_for(postcode: str | None) -> int | None:
    """Return the active organisation that covers a Dutch postcode, the narrowest range first, or None."""
    figures = (postcode or "").strip()[:4]
    if not (figures.isascii() and figures.isdigit() and len(figures) == 4):
        return None
    found = (
        select(PostcodeRange.organisation_id)
        .join(Organisation, Organisation.id == PostcodeRange.organisation_id)
        .where(PostcodeRange.first_postcode <= int(figures), PostcodeRange.last_postcode >= int(figures), Organisation.is_active.is_(True))
        .order_by(PostcodeRange.last_postcode - PostcodeRange.first_postcode, PostcodeRange.organisation_id)
    )
    return db.session.scalars(found.limit(1)).first()


def bookkeeper_of(organisation_id: int) -> int | None:
    """Return the organisation that keeps the books for this one: itself or the nearest above it; None when the actor sees none."""
    path = db.session.scalar(select(Organisation.path).where(Organisation.id == organisation_id))
    above = tree.ids_in(path or "")
    keeping = set(db.session.scalars(select(Administration.organisation_id).where(Administration.organisation_id.in_(above))))
    return next((number for number in reversed(above) if number in keeping), None)


def name_of(organisation_id: int | None) -> str:
    """Return the name of an organisation; "de hele bond" for none."""
    name = db.session.scalar(select(Organisation.name).where(Organisation.id == organisation_id)) if organisation_id else None
    return name or "de hele bond"
