"""What kind of column is this: the one question behind formats, form fields and filters."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Date, DateTime, Integer, LargeBinary, String, Text, inspect
from sqlalchemy.orm import RelationshipProperty

from app.kernel.db import Cents, UtcDateTime

_KINDS = (
    (Cents, "cents"),
    (UtcDateTime, "moment"),
    (DateTime, "moment"),
    (Date, "date"),
    (Boolean, "boolean"),
    (JSON, "json"),
    (LargeBinary, "bytes"),
    (Text, "long_text"),
    (String, "text"),
    (Integer, "number"),
)


def kind_of(model: type, name: str) -> str:
    """Return cents, moment, date, boolean, json, bytes, long_text, text, choice, number, percent, related, several or computed."""
    link = link_of(model, name)
    if link is not None:
        return "several" if link.uselist else "related"
    column = column_of(model, name)
    if column is None:
        return "computed"
    if words_of(model, name):
        return "choice"
    if name.endswith("_basis_points"):
        return "percent"
    return next((kind for type_, kind in _KINDS if isinstance(column.type, type_)), "computed")


def link_of(model: type, name: str) -> RelationshipProperty[Any] | None:
    """Return the relationship of this name, or None."""
    return inspect(model).relationships.get(name)


def column_of(model: type, name: str) -> Column[Any] | None:
    """Return the table's column behind this attribute, or None."""
    attribute = inspect(model).column_attrs.get(name)
    return attribute.columns[0] if attribute is not None else None  # type: ignore[return-value]


def words_of(model: type, name: str) -> dict[str, str]:
    """Return the Dutch word of each value that `one_of` lets a column hold; empty when anything goes."""
    for constraint in model.__table__.constraints:  # type: ignore[attr-defined]
        if isinstance(constraint, CheckConstraint) and constraint.info.get("column") == name:
            return dict(constraint.info["words"])
    return {}


def key_of(model: type, name: str) -> str:
    """Return the attribute that holds the number of the row that a relationship points at."""
    link = link_of(model, name)
    if link is None:
        return name
    return next(iter(inspect(model).get_property_by_column(column).key for column in link.local_columns))


def is_required(model: type, name: str) -> bool:
    """Whether a form must have a value here: not empty in the table, and the table has no value of its own to fill in."""
    column = column_of(model, key_of(model, name))
    if column is None or column.nullable:
        return False
    return column.default is None and column.server_default is None


def default_of(model: type, name: str) -> Any:
    """Return the value that the table fills in by itself, when it is a plain one."""
    column = column_of(model, name)
    if column is None or column.default is None or not column.default.is_scalar:
        return None
    return column.default.arg  # type: ignore[attr-defined]
