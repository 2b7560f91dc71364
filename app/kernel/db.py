"""The database: one handle, two column types, and what every connection needs."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

from flask_appbuilder import Model
from flask_appbuilder.models.sqla.base import SQLA
from sqlalchemy import JSON, BigInteger, DateTime, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.types import TypeDecorator

from app.kernel.actor import current_actor

Model.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
db = SQLA(metadata=Model.metadata, engine_options={"hide_parameters": True})

# Who waits longer than this for another writer gets a Dutch "probeer opnieuw" instead of a frozen screen.
BUSY_TIMEOUT_MS = 20_000


class Cents(TypeDecorator[int]):
    """Whole euro cents. Anything but an int is refused before it reaches the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """Let whole cents through. Raises TypeError for floats, decimals and booleans."""
        if value is not None and type(value) is not int:
            raise TypeError(f"cents must be int, not {type(value).__name__}")
        return value


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into UTC. Raises ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Values by name of which the database itself compares some: the values of custom fields.
NamedValues = JSON().with_variant(JSONB(), "postgresql")


def is_sqlite(connection: Connection) -> bool:
    """Whether this connection speaks to SQLite."""
    return connection.dialect.name == "sqlite"


def _in_scope(organisation_id: int | None) -> int:
    """Answer SQLite's triggers whether the acting person may write rows of this organisation."""
    actor = current_actor()  # asked for every row that is written: no further calls
    return int(actor is not None and (actor.is_system or organisation_id in actor.organisation_ids))


# The role that works under row-level security, for installations that connect as the database's owner or superuser.
APP_ROLE = "bondgenoot_app"


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: Any, record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (rolsuper OR rolbypassrls) AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s) FROM pg_roles WHERE rolname = current_user",
                (APP_ROLE,),
            )
            record.info["lowers_role"] = cursor.fetchone()[0]
        connection.rollback()
        connection.autocommit = True  # a setting made inside a transaction goes when it is undone
        # What is read in pieces here is read to its end: plan for that, not for the first rows.
        connection.execute("SET cursor_tuple_fraction = 1")
        connection.autocommit = False
        return
    connection.isolation_level = None  # SQLAlchemy's "begin" event below says BEGIN, so that it can say IMMEDIATE
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-65536",
        "wal_autocheckpoint=10000",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    connection.create_function("bondgenoot_in_scope", 1, _in_scope)


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if is_sqlite(connection):
        # A transaction that will write takes the lock at once: upgrading later fails when another wrote in between.
        immediate = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
