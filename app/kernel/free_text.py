"""Looks at free text before it is kept, whoever writes it: no screen, form or import has to think of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from app.kernel.bsn import refuse_bsn

_FREE = frozenset({"remarks", "evidence", "reason", "waived_reason", "accepted_reason", "end_reason"})
_VALUES = "custom_values"


def install() -> None:
    """Look at the rows of every session of this process; twice is once."""
    if not event.contains(Session, "before_flush", _look):
        event.listen(Session, "before_flush", _look)


def _look(session: Session, _context: object, _instances: object) -> None:
    for row in [*session.new, *session.dirty]:
        columns = inspect(row).mapper.column_attrs
        for name in _FREE & set(columns.keys()):
            if isinstance(value := _new(row, name), str):
                refuse_bsn(value, name)
        if _VALUES in columns:
            for key, value in (_new(row, _VALUES) or {}).items():
                if isinstance(value, str):
                    refuse_bsn(value, f"custom_{key}")


def _new(row: Any, name: str) -> Any:
    """Return the value when it is new; what stood there already is for the morning look at the cards."""
    history = inspect(row).attrs[name].history
    return history.added[0] if history.added else None
