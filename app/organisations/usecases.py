"""What is done with the tree: adding, changing and moving organisations, and the postcodes they cover."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.kernel import audit, identifiers
from app.kernel.actor import the_actor
from app.kernel.bulk import reserve_ids
from app.kernel.errors import DomainError, NotAllowed, NotFound
from app.kernel.unit_of_work import transaction
from app.organisations import tree
from app.organisations.models import KINDS, Organisation, PostcodeRange
from app.organisations.queries import root_id

_PARSERS: dict[str, Callable[[str], Any]] = {
    "email": identifiers.parse_email,
    "notification_email": identifiers.parse_email,
    "phone": identifiers.parse_phone,
    "postcode": identifiers.parse_postcode,
}
_FIELDS = {
    "code", "name", "kind", "street", "house_number", "postcode", "town", "email", "phone", "website", "notification_email", "area_km2",
    "inhabitants", "is_active", "team_amount_cents", "custom_values",
}  # fmt: skip


def add_organisation(parent_id: int | None, *, code: str, name: str, kind: str, **values: Any) -> int:
    """Hang a new organisation in the tree and return its id. Raises DomainError and NotFound."""
    with transaction() as session:
        parent = _organisation(session, parent_id) if parent_id else None
        if parent is None and not the_actor().is_system:
            raise NotAllowed("Kies de organisatie waar deze onder hangt.")
        if parent is None and root_id():
            raise DomainError("root_exists", "Er is al een bovenste organisatie. Zeg met --under onder welke deze hangt.")
        row = Organisation(parent_id=parent_id)
        _fill(session, row, {"code": code, "name": name, "kind": kind, **values})
        row.id = reserve_ids(Organisation.__table__, 1)[0]  # type: ignore[arg-type]
        row.path = tree.path_of(parent.path if parent else "", row.id)  # whole at once: it comes into the actor's scope only afterwards
        session.add(row)
        session.flush()
        return row.id


def change_organisation(organisation_id: int, **values: Any) -> None:
    """Change what is known of an organisation. Raises DomainError and NotFound."""
    with transaction() as session:
        _fill(session, _organisation(session, organisation_id), values)


def _fill(session: Session, row: Organisation, values: dict[str, Any]) -> None:
    if unknown := set(values) - _FIELDS:
        raise TypeError(f"an organisation has no {sorted(unknown)}")
    for name, value in values.items():
        cleaned = identifiers.clean_text(value) or None if isinstance(value, str) else value
        if cleaned and name in _PARSERS:
            cleaned = _at(name, _PARSERS[name], cleaned)
        setattr(row, name, cleaned)
    if row.team_amount_cents is not None and row.team_amount_cents < 0:
        raise DomainError(
            "amount_negative", "Een teambedrag is niet negatief. Vul 0 of meer in, of laat het leeg.", field="team_amount_cents"
        )
    if not row.code or not row.name:
        raise DomainError("field_required", "Vul een code en een naam in.", field="name" if row.code else "code")
    if row.kind not in KINDS:
        raise DomainError("kind_unknown", f"“{row.kind}” is geen soort organisatie. Kies er een uit de lijst.", field="kind")
    with session.no_autoflush:
        taken = session.scalar(select(Organisation.id).where(Organisation.code == row.code, Organisation.id != (row.id or 0)))
    if taken:
        raise DomainError("code_taken", f"Code “{row.code}” is al van een andere organisatie. Kies een andere.", field="code")


def _at(field: str, parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except DomainError as refusal:
        refusal.parameters["field"] = field
        raise


def move_organisation(organisation_id: int, new_parent_id: int) -> int:
    """Hang an organisation with all under it elsewhere and return how many moved. Raises DomainError and NotFound.

    Who works in it, or lower, cannot move it: where it hangs is decided from above.
    """
    with transaction() as session:
        row, parent = _organisation(session, organisation_id), _organisation(session, new_parent_id)
        if not (the_actor().may_write(organisation_id) and the_actor().may_write(new_parent_id)):
            raise NotAllowed
        if organisation_id == the_actor().organisation_id:
            raise NotAllowed("Je werkt zelf in deze organisatie. Laat haar verplaatsen vanuit de organisatie erboven.")
        tree.check_move(row.path, parent.path)
        if row.parent_id == new_parent_id:
            return 0
        old, new = row.path, tree.path_of(parent.path, row.id)
        before = row.parent_id
        row.parent_id = new_parent_id
        session.flush()
        moved = session.execute(
            update(Organisation)
            .where(Organisation.path.startswith(old, autoescape=True))
            .values(path=new + func.substr(Organisation.path, len(old) + 1), version=Organisation.version + 1)
            .execution_options(synchronize_session=False)
        ).rowcount
        session.expire_all()
        audit.record(
            "move", "organisation", organisation_id, organisation_id, parent_id=[before, new_parent_id], path=[old, new], moved=moved
        )
        return int(moved)


def cover_postcodes(organisation_id: int, first_postcode: int, last_postcode: int) -> int:
    """Let an organisation cover postcodes (four figures) and return the id of the range. Raises DomainError."""
    with transaction() as session:
        if not 1000 <= first_postcode <= last_postcode <= 9999:
            raise DomainError(
                "postcode_range_invalid",
                f"Postcodes {first_postcode} t/m {last_postcode} kunnen niet. Geef twee keer vier cijfers, de laagste eerst.",
                field="first_postcode",
            )
        row = PostcodeRange(organisation_id=organisation_id, first_postcode=first_postcode, last_postcode=last_postcode)
        session.add(row)
        session.flush()
        return row.id


def _organisation(session: Session, organisation_id: int) -> Organisation:
    row = session.scalar(select(Organisation).where(Organisation.id == organisation_id))
    if row is None:
        raise NotFound
    return row
