"""`/healthz`: this process answers. `/readyz`: the database answers, its tables are those of this release, somebody watches the clock."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

import app
from app.background.queries import lease_holder
from app.kernel.db import db

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify(status="ok")


@health.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Say what works; 503 when the database or its migrations do not. Without a scheduler people can still work: it is only told."""
    parts = {"database": "ok", "migrations": "ok", "scheduler": "ok"}
    try:
        present = db.session.scalar(text("SELECT version_num FROM alembic_version"))
        if present != _newest():
            parts["migrations"] = "behind"
        if lease_holder("scheduler") is None:
            parts["scheduler"] = "absent"
    except SQLAlchemyError:
        db.session.rollback()
        parts = {"database": "unreachable or without tables", "migrations": "unknown", "scheduler": "unknown"}
    ready = parts["database"] == parts["migrations"] == "ok"
    return jsonify(status="ok" if ready else "not ready", **parts), 200 if ready else 503


@cache
def _newest() -> str | None:
    return ScriptDirectory(str(Path(app.__file__).parent / "migrations")).get_current_head()
