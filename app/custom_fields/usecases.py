"""What is done with custom fields. What a formula or a card depends on is not taken away: the refusal says where it is used."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.custom_fields import queries, values
from app.custom_fields.kinds import HOLDERS, KINDS
from app.custom_fields.models import CustomField
from app.kernel import audit
from app.kernel.db import is_sqlite
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction

# Says for a holder, a code and an organisation in which formulas the field stands: these are known above custom fields.
NamedIn = Callable[[str, str, int], list[str]]
_COLUMNS = ("organisation_id", "holder", "code", "label", "kind", "is_required", "help", "choices", "position", "is_active", "is_on_list")


def add_field(organisation_id: int, *, built_in: Collection[str] = (), **given: Any) -> int:
    """Make a field and return its id. `built_in` are codes that every card of this kind has.

    Raises DomainError `code_wrong`, `code_taken`, `choices_wrong`, `kind_unknown`.
    """
    with transaction() as session, session.no_autoflush:
        row = CustomField(organisation_id=organisation_id, **{name: value for name, value in given.items() if name in _COLUMNS})
        _check(row, built_in)
        session.add(row)
        session.flush()
        return row.id


def change_field(field_id: int, named_in: NamedIn, *, built_in: Collection[str] = (), **given: Any) -> None:
    """Change a field.

    Raises NotFound, the refusals of `add_field`, `field_in_use` when a formula names it and it would be called otherwise, be another kind
    or be put away, and `field_filled_in` when cards have values that would no longer fit.
    """
    with transaction() as session, session.no_autoflush:
        row = _field(session, field_id)
        before = (row.holder, row.code, row.kind, row.is_active)
        for name, value in given.items():
            if name in _COLUMNS and name not in ("organisation_id", "holder"):
                setattr(row, name, value)
        _check(row, built_in)
        if (row.code, row.kind) != before[1:3] or (before[3] and not row.is_active):
            _refuse_named(row, before[1], named_in, "code" if row.code != before[1] else "kind" if row.kind != before[2] else "is_active")
        if row.kind != before[2] and (count := queries.filled_in(row.holder, row.id)):
            raise DomainError(
                "field_filled_in",
                f"“{row.label}” is {_filled(count)}. Maak een nieuw veld voor een andere soort.",
                field="kind",
                count=count,
            )
        if row.kind in ("choice", "choices") and (gone := queries.choices_in_use(row.holder, row.id) - set(row.choices)):
            raise DomainError(
                "field_filled_in",
                f"Keuze “{sorted(gone)[0]}” staat nog op een kaart. Laat haar in de lijst, of wijzig eerst die kaarten.",
                field="choices",
            )
        session.flush()


def remove_field(field_id: int, named_in: NamedIn) -> None:
    """Take a field away. Raises NotFound, `field_in_use` and `field_filled_in`."""
    with transaction() as session:
        row = _field(session, field_id)
        _refuse_named(row, row.code, named_in, "code")
        if count := queries.filled_in(row.holder, row.id):
            raise DomainError(
                "field_filled_in",
                f"“{row.label}” is {_filled(count)}. Zet het veld op niet actief, of wis eerst de waarden.",
                count=count,
            )
        session.execute(delete(CustomField).where(CustomField.id == row.id))
        audit.record("delete", CustomField.__tablename__, row.id, row.organisation_id, label=row.label, holder=row.holder, code=row.code)


def clear_values(field_id: int, named_in: NamedIn) -> int:
    """Wipe what was filled in for a field from all cards and return how many there were. Raises NotFound and `field_in_use`."""
    with transaction() as session:
        row = _field(session, field_id)
        _refuse_named(row, row.code, named_in, "code")
        model = queries.holder_model(row.holder)
        values_ = model.custom_values
        without = func.json_remove(values_, f'$."{row.id}"') if is_sqlite(session.connection()) else values_.op("-")(str(row.id))
        ids = select(model.id).where(queries.has_value(model, row.id))
        changed = session.execute(
            update(model)
            .where(model.id.in_(ids))
            .values(custom_values=without, version=model.version + 1)
            .execution_options(synchronize_session=False)
        ).rowcount
        session.expire_all()
        audit.record("clear_values", CustomField.__tablename__, row.id, row.organisation_id, label=row.label, cleared=changed)
        return int(changed)


def _check(row: CustomField, built_in: Collection[str]) -> None:
    row.code = values.check_code(row.code or "")
    row.label = " ".join((row.label or "").split())
    if not row.label:
        raise DomainError("field_required", "Vul in hoe het veld heet.", field="label")
    for name, known in (("holder", HOLDERS), ("kind", KINDS)):
        if getattr(row, name) not in known:
            raise DomainError("kind_unknown", f"“{getattr(row, name)}” kan niet. Kies er een uit de lijst.", field=name)
    row.choices = values.check_choices(row.kind, row.choices or [])
    if row.code in built_in:
        raise DomainError("code_taken", f"“{row.code}” staat al op elke kaart. Kies een andere naam in formules.", field="code")
    other = next((one for one in queries.codes_near(row.organisation_id, row.holder, row.code) if one.id != row.id), None)
    if other is not None:
        raise DomainError(
            "code_taken",
            f"“{row.code}” is al de naam van het veld “{other.label}” van {other.organisation}. Kies een andere naam in formules.",
            field="code",
        )


def _refuse_named(row: CustomField, code: str, named_in: NamedIn, field: str) -> None:
    if places := named_in(row.holder, code, row.organisation_id):
        more = f" en nog {len(places) - 3}" if len(places) > 3 else ""
        raise DomainError(
            "field_in_use",
            f"“{row.label}” wordt gebruikt in {', '.join(places[:3])}{more}. Haal het daar eerst weg.",
            field=field,
            places=places,
        )


def _filled(count: int) -> str:
    return "op 1 kaart ingevuld" if count == 1 else f"op {count} kaarten ingevuld"


def _field(session: Session, field_id: int) -> CustomField:
    row = session.scalar(select(CustomField).where(CustomField.id == field_id))
    if row is None:
        raise NotFound
    return row
