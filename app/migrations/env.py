"""Runs the migrations on the database of the configuration, both kinds alike."""

from __future__ import annotations

from alembic import context
from flask import current_app
from flask_appbuilder import Model

import app.models  # noqa: F401 - all tables must be known
import security.models  # noqa: F401 - all tables must be known
from app.kernel.actor import acting_as, system_actor

# Indexes that are written by hand in a migration because they differ per database, or are on an expression.
BY_HAND = frozenset({"ix_relation_search_trigram", "ix_contact_point_address"})


def _ours(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    return not (kind == "index" and name in BY_HAND) and not (kind == "table" and str(name).startswith("relation_search"))


engine = current_app.extensions["migrate"].db.engine
with engine.connect() as connection, acting_as(system_actor("migratie")):
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_object=_ours,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
