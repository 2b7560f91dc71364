"""The audit trail: every change that goes through the session is kept by itself; bulk writes say one line of their own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import Session

from app.kernel import clock
from app.kernel.actor import current_actor
from app.kernel.db import db
from app.kernel.models import AuditRecord, AuditSeal, NumberSeries

# Counters and the trail itself are not worth a line; secrets are named in it, never shown.
_SILENT = {
    *(
        AuditRecord.__tablename__,
        NumberSeries.__tablename__,
        AuditSeal.__tablename__,
        "ab_permission",
        "ab_view_menu",
        "ab_permission_view",
    ),
    *(
        "user_session",
        "sign_in_setting",
        "recovery_code",
        "password_reset",
        "api_token",
    ),  # their use cases say what happened, without secrets
}
_SECRET = {"password", "token", "secret", "content", "document", "raw"}
_KEPT_LENGTH = 500


def record(action: str, table_name: str, row_id: int | None, organisation_id: int | None, **changes: Any) -> None:
    """Write one line for what a use case did in bulk, inside its transaction."""
    db.session.execute(  # inline: the line is not read back, so its writer need not be allowed to see it
        insert(AuditRecord.__table__).inline(),
        [_line(action, table_name, row_id, organisation_id, {k: _shown(v) for k, v in changes.items()})],
    )


def _line(action: str, table_name: str, row_id: int | None, organisation_id: int | None, changes: dict[str, Any]) -> dict[str, Any]:
    actor = current_actor()
    return {
        "organisation_id": organisation_id,
        "at": clock.now(),
        "actor": actor.name if actor else "onbekend",
        "user_id": actor.user_id if actor else None,
        "address": actor.address if actor else "",
        "action": action,
        "table_name": table_name,
        "row_id": row_id,
        "changes": changes,
    }


def _shown(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, str) and len(value) > _KEPT_LENGTH:
        return value[:_KEPT_LENGTH] + "…"
    return value if isinstance(value, str | int | bool | list | dict | type(None)) else str(value)


def _changes(row: Any, action: str) -> dict[str, Any]:
    state = inspect(row)
    found: dict[str, Any] = {}
    for attribute in state.mapper.column_attrs:
        name = attribute.key
        if name in ("id", "version"):
            continue
        history = state.attrs[name].history
        old = history.deleted[0] if history.deleted else None
        new = history.added[0] if history.added else (history.unchanged[0] if history.unchanged else None)
        if (action == "update" and not history.has_changes()) or (action == "insert" and new is None):
            continue
        pair = [old, new] if action == "update" else [new if action == "insert" else old or new]
        found[name] = ["…" for _ in pair] if name in _SECRET else [_shown(value) for value in pair]
    return found


def _owner(row: Any, action: str) -> int | None:
    """Return whose line it is; of a new organisation its parent's, for it is in nobody's scope yet."""
    if row.__tablename__ == "organisation":
        return row.parent_id or row.id if action == "insert" else row.id
    return getattr(row, "organisation_id", None)


def install() -> None:
    """Keep the trail for every session of this process; twice is once."""
    if not event.contains(Session, "after_flush", _keep_changes):
        event.listen(Session, "after_flush", _keep_changes)


def _keep_changes(session: Session, _context: object) -> None:
    lines = []
    for action, rows in (("insert", session.new), ("update", session.dirty), ("delete", session.deleted)):
        for row in rows:
            table = row.__tablename__
            if table in _SILENT or (action == "update" and not session.is_modified(row)):
                continue
            if changes := _changes(row, action):
                owner = _owner(row, action)
                lines.append(_line(action, table, getattr(row, "id", None), owner, changes))
    if lines:
        session.connection().execute(insert(AuditRecord.__table__).inline(), lines)
