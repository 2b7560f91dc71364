"""Questions about custom fields: which hold where, and how many cards have a value."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import func, select

from app.custom_fields.models import CustomField
from app.custom_fields.values import Field
from app.kernel.db import db
from app.organisations import tree
from app.organisations.models import Organisation

# Holders stand above this room, so their tables are found by name.
_TABLES = {"relation": "relation", "function": "function_term", "organisation": "organisation"}


def holder_model(holder: str) -> Any:
    """Return the mapped class of the rows that these fields stand on."""
    return next(m.class_ for m in Model.registry.mappers if getattr(m.class_, "__tablename__", "") == _TABLES[holder])


def chain_of(organisation_id: int | None) -> frozenset[int]:
    """Return an organisation and those above it, whose custom fields hold there."""
    path = db.session.scalar(select(Organisation.path).where(Organisation.id == (organisation_id or 0)))
    return frozenset(tree.ids_in(path or ""))


def fields_at(organisation_ids: Collection[int], holder: str | None = None, *, only_active: bool = True) -> list[Field]:
    """Return the fields that these organisations made (on one kind of holder), in the order of the form."""
    asked = select(CustomField).where(CustomField.organisation_id.in_(sorted(organisation_ids)))
    if holder is not None:
        asked = asked.where(CustomField.holder == holder)
    if only_active:
        asked = asked.where(CustomField.is_active)
    rows = db.session.scalars(asked.order_by(CustomField.holder, CustomField.position, CustomField.label, CustomField.id))
    return [field_of(row) for row in rows]


def field_of(row: CustomField) -> Field:
    """Return a field as the rules take it."""
    return Field(
        row.id, row.holder, row.code, row.label, row.kind, row.is_required, row.help or "", tuple(row.choices or ()), row.is_on_list
    )  # fmt: skip


def codes_near(organisation_id: int, holder: str, code: str) -> list[CustomField]:
    """Return the fields with this code on the same holder at, above or below an organisation: there they would be mistaken for each other."""
    path = db.session.scalar(select(Organisation.path).where(Organisation.id == organisation_id)) or ""
    below = select(Organisation.id).where(Organisation.path.startswith(path, autoescape=True))
    near = CustomField.organisation_id.in_(tree.ids_in(path)) | CustomField.organisation_id.in_(below)
    return list(db.session.scalars(select(CustomField).where(CustomField.holder == holder, CustomField.code == code, near)))


def has_value(model: Any, field_id: int) -> Any:
    """Say in SQL that a field is filled in."""
    return model.custom_values[str(field_id)].as_string().is_not(None)


def filled_in(holder: str, field_id: int) -> int:
    """Return on how many cards a field has a value, of those the actor sees."""
    model = holder_model(holder)
    return db.session.scalar(select(func.count()).select_from(model).where(has_value(model, field_id))) or 0


def choices_in_use(holder: str, field_id: int) -> set[str]:
    """Return the choices of a field that stand on some card."""
    model = holder_model(holder)
    found: set[str] = set()
    for one in db.session.scalars(select(model.custom_values[str(field_id)]).where(has_value(model, field_id)).distinct()):
        found |= {one} if isinstance(one, str) else set(one)
    return found
