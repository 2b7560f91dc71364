"""Many rows at once: numbers for them beforehand, and the driver's own fast path to write them.

What goes this way fires no ORM event: the use case sets every column, keeps within the actor's organisations (the database
checks it) and writes its own audit line.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import chain, islice
from typing import Any

from sqlalchemy import ARRAY, JSON, ColumnElement, Date, Table, bindparam, func, select
from sqlalchemy.engine import Connection

from app.kernel.db import APP_ROLE, UtcDateTime, db, is_sqlite
from app.kernel.unit_of_work import in_transaction

BATCH = 5_000
_BLOB_PIECE = 1 << 20  # bytes
_SQLITE_ROWS, _SQLITE_PARAMETERS = 500, 32_766  # per statement; the second is SQLite's own limit


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Let Python's search for cycles rest: among a million plain tuples it finds none, and takes a fifth of the time to say so."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def reserve_ids(table: Table, count: int) -> Sequence[int]:
    """Return `count` unused ids of a table, to be inserted in this transaction.

    On SQLite the transaction holds the only write lock; on PostgreSQL they come from the table's sequence.
    Raises RuntimeError outside a transaction.
    """
    if not in_transaction():
        raise RuntimeError("ids are reserved inside the transaction that uses them")
    connection = db.session().connection()
    if is_sqlite(connection):
        first = (connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1
        return range(first, first + count)
    sequence = f"{table.name}_id_seq"
    rows = connection.exec_driver_sql("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", (sequence, count))
    return [row[0] for row in rows]


def insert_rows(
    table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]], batch: int = BATCH, *, written: Collection[str] = ()
) -> int:
    """Insert rows given as tuples in the order of `columns` and return how many.

    Values are those of the model's types (cents, dates, aware moments, dicts for JSON); columns in `written` come as the text
    of their JSON (see `json_text`). The iterable is read in batches, so memory does not grow with it. Columns that are left out
    take the database's default, not the model's.
    Raises RuntimeError outside a transaction, and the driver's errors for a constraint.
    """
    if not in_transaction():
        raise RuntimeError("rows are inserted inside a transaction")
    connection = db.session().connection()
    prepare = _preparation(table, columns, connection, written)
    names = ", ".join(columns)
    total = 0
    if is_sqlite(connection):
        # Many rows per statement: a table with triggers keeps a journal per statement, which costs more than the rows.
        head, one = f"INSERT INTO {table.name} ({names}) VALUES ", f"({', '.join('?' * len(columns))})"
        for part in _batches(rows, min(batch, _SQLITE_ROWS, _SQLITE_PARAMETERS // len(columns))):
            connection.exec_driver_sql(head + ", ".join([one] * len(part)), tuple(chain.from_iterable(prepare(part))))
            total += len(part)
        return total
    # COPY does not work under row-level security; arrays through unnest come near it.
    arrays = ", ".join(f"%s::{table.c[name].type.compile(connection.dialect)}[]" for name in columns)
    statement = f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays})"
    for part in _batches(rows, batch):
        connection.exec_driver_sql(statement, tuple(_array(column) for column in zip(*prepare(part), strict=True)))
        total += len(part)
    return total


_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_text(value: Any) -> str | None:
    """Write a value as the text of a JSON column."""
    if value == []:
        return "[]"
    return None if value is None else _encoded(value)


def _array(values: Sequence[Any]) -> str:
    """Write the values of one column as a PostgreSQL array; psycopg's own way takes five times as long."""
    kind = next((type(value) for value in values if value is not None), int)
    if kind is str:
        shown = ["NULL" if v is None else '"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for v in values]
    elif kind is date or kind is datetime:
        shown = ["NULL" if v is None else v.isoformat() for v in values]
    elif kind is bytes:
        shown = ["NULL" if v is None else '"\\\\x' + v.hex() + '"' for v in values]
    elif kind is int or kind is bool:
        shown = ["NULL" if v is None else str(v) for v in values]
    else:
        raise TypeError(f"a column of {kind.__name__} cannot be written in bulk")
    return "{" + ",".join(shown) + "}"


def _batches(rows: Iterable[Sequence[Any]], size: int) -> Iterator[list[Sequence[Any]]]:
    source = iter(rows)
    while part := list(islice(source, size)):
        yield part


def _preparation(
    table: Table, columns: Sequence[str], connection: Connection, written: Collection[str] = ()
) -> Callable[[list[Sequence[Any]]], list[Sequence[Any]]]:
    """Return what turns the model's values into the driver's, touching only the columns that need it."""
    dialect = connection.dialect
    converters: list[tuple[int, Any]] = [
        (i, json_text if isinstance(table.c[name].type, JSON) else table.c[name].type.dialect_impl(dialect).bind_processor(dialect))
        for i, name in enumerate(columns)
        if name not in written
    ]
    needed = [(i, convert) for i, convert in converters if convert is not None]
    known: list[dict[Any, Any] | None] = [{} if isinstance(table.c[name].type, Date | UtcDateTime) else None for name in columns]

    def prepare(rows: list[Sequence[Any]]) -> list[Sequence[Any]]:
        if not needed:
            return rows
        changed = [list(column) for column in zip(*rows, strict=True)]
        for i, convert in needed:
            if known[i] is None:
                changed[i] = [convert(value) for value in changed[i]]
            else:  # few days and moments among many rows: each is written out once
                known[i] |= {value: convert(value) for value in {*changed[i]} - known[i].keys()}
                changed[i] = [known[i][value] for value in changed[i]]
        return list(zip(*changed, strict=True))

    return prepare


def store_bytes(table: Table, column: str, row_id: int, content: bytes) -> None:
    """Set the bytes of one row as they are: the usual way writes them out as text first, which takes five times their size.

    Raises RuntimeError outside a transaction.
    """
    if not in_transaction():
        raise RuntimeError("bytes are stored inside a transaction")
    connection = db.session().connection()
    if not is_sqlite(connection):
        connection.exec_driver_sql(f"UPDATE {table.name} SET {column} = %b WHERE id = %s", (content, row_id))
        return
    connection.exec_driver_sql(f"UPDATE {table.name} SET {column} = zeroblob(?) WHERE id = ?", (len(content), row_id))
    driver: Any = connection.connection.driver_connection
    with driver.blobopen(table.name, column, row_id) as blob, memoryview(content) as view:
        for start in range(0, len(content), _BLOB_PIECE):
            blob.write(view[start : start + _BLOB_PIECE])


def among(column: ColumnElement[Any], values: Collection[int] | Collection[str]) -> ColumnElement[bool]:
    """Say in SQL that a number or text is one of many: they go over as one value instead of one parameter each."""
    connection = db.session().connection()
    if is_sqlite(connection):
        listed = func.json_each(json_text(list(values))).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == func.any(bindparam(None, list(values), type_=ARRAY(column.type), unique=True))


def update_rows(table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]], batch: int = BATCH) -> int:
    """Set columns of many rows, given as (id, values in the order of `columns`), and return how many rows were changed.

    Raises RuntimeError outside a transaction, and the driver's errors for a constraint.
    """
    if not in_transaction():
        raise RuntimeError("rows are updated inside a transaction")
    connection = db.session().connection()
    names = ("id", *columns)
    prepare = _preparation(table, names, connection)
    total = 0
    if is_sqlite(connection):
        # Many rows per statement here as well, for the same reason as in `insert_rows`.
        changes = ", ".join(f"{name} = given.column{place}" for place, name in enumerate(columns, 2))
        one = f"({', '.join('?' * len(names))})"
        for part in _batches(rows, min(batch, _SQLITE_ROWS, _SQLITE_PARAMETERS // len(names))):
            given = f"(VALUES {', '.join([one] * len(part))}) AS given"
            statement = f"UPDATE {table.name} SET {changes} FROM {given} WHERE {table.name}.id = given.column1"
            total += connection.exec_driver_sql(statement, tuple(chain.from_iterable(prepare(part)))).rowcount
        return total
    arrays = ", ".join(f"%s::{table.c[name].type.compile(connection.dialect)}[]" for name in names)
    changes = ", ".join(f"{name} = given.{name}" for name in columns)
    statement = f"UPDATE {table.name} SET {changes} FROM unnest({arrays}) AS given({', '.join(names)}) WHERE {table.name}.id = given.id"
    for part in _batches(rows, batch):
        total += connection.exec_driver_sql(statement, tuple(_array(column) for column in zip(*prepare(part), strict=True))).rowcount
    return total


MANY = 1_000  # rows: from here on a plan made for an empty table hurts


def refresh_statistics(count: int, *tables: Any) -> None:
    """Let PostgreSQL look at tables that just grew, so that the next questions are planned on what is there; SQLite needs none.

    For after many rows: until its own round a minute later PostgreSQL plans as if they were empty, which makes joins quadratic.
    `count` is how many rows were added; few need nothing. Only the owner may, so the working role steps back for it.
    """
    if count < MANY:
        return
    connection = db.session().connection()
    if is_sqlite(connection):
        return
    lowered = connection.info.get("lowers_role")
    if lowered:
        connection.exec_driver_sql("SET LOCAL ROLE NONE")
    for table in tables:
        connection.exec_driver_sql(f"ANALYZE {table.__tablename__}")
    if lowered:
        connection.exec_driver_sql(f"SET LOCAL ROLE {APP_ROLE}")
