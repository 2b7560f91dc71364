"""Turns what the database refuses into a sentence that a user can act on; never its own words, which hold statements and values."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from app.kernel.errors import DomainError, NotAllowed
from security.scope import OutOfScopeError


class Overtaken(DomainError):
    """Somebody else changed the row while this user was busy. `lines` says who changed what."""

    def __init__(self, message: str, lines: list[Any], version: int) -> None:
        super().__init__("overtaken", message)
        self.lines, self.version = lines, version


def refusal_of(fault: SQLAlchemyError, view: Any, *, deleting: bool = False) -> DomainError | None:
    """Return the refusal that stands for a fault of the database, or None when it is a fault of ours."""
    if isinstance(fault, OutOfScopeError):
        return NotAllowed(_("This belongs to an organisation outside your environment. Choose one of your own."))
    if isinstance(fault, StaleDataError):
        return DomainError("overtaken", _("Somebody else changed this at the same moment. Look at it again and save once more."))
    if isinstance(fault, OperationalError) and "locked" in str(fault.orig):
        return DomainError("busy", _("Somebody else is saving at this moment. Try again."))
    if isinstance(fault, IntegrityError):
        return _integrity(fault, view, deleting=deleting)
    return None


def _integrity(fault: IntegrityError, view: Any, *, deleting: bool) -> DomainError:
    text = str(fault.orig)
    diagnosed = getattr(getattr(fault.orig, "diag", None), "constraint_name", None) or ""
    if deleting:
        return DomainError("in_use", _("This is still used elsewhere, so it cannot be deleted. First delete what hangs on it, or end it."))
    columns = _unique_columns(view.datamodel.obj, text, diagnosed)
    if columns:
        known = [column for column in columns if column in view.label_columns or column.removesuffix("_id") in view.label_columns]
        names = [str(view.label_columns.get(c) or view.label_columns[c.removesuffix("_id")]) for c in known if c != "organisation_id"]
        shown = ", ".join(f"“{name}”" for name in names)
        message = _("There already is one with the same %(columns)s. Choose another value, or change the existing one.", columns=shown)
        return DomainError(
            "exists_already", message if names else _("This exists already."), field=next((c for c in known if c != "organisation_id"), "")
        )
    if "foreign key" in text.lower():
        return DomainError(
            "reference_gone", _("One of the choices does not exist (any more), or belongs to another organisation. Choose again.")
        )
    return DomainError("does_not_fit", _("What you filled in does not fit together. Look at dates, amounts and choices, and save again."))


def _unique_columns(model: Any, text: str, constraint: str) -> list[str]:
    """Find the columns of the uniqueness that was broken: SQLite names the columns, PostgreSQL the constraint."""
    if text.startswith("UNIQUE constraint failed: "):
        return [part.strip().split(".")[-1] for part in text.removeprefix("UNIQUE constraint failed: ").split(",")]
    for candidate in [*model.__table__.constraints, *model.__table__.indexes]:
        if isinstance(candidate, UniqueConstraint | Index) and candidate.name and str(candidate.name) == constraint:
            return [column.name for column in candidate.columns]
    return []
