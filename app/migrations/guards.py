"""Wall 2 and the facts that never change, as DDL for both databases.

PostgreSQL: row-level security for reads and writes, on also for the owner. SQLite: triggers that ask the connection's
`bondgenoot_in_scope` (see `app/kernel/db.py`); they guard writes only, SQLite knows no reader.
"""

from __future__ import annotations

from collections.abc import Iterator

APP_ROLE = "bondgenoot_app"
_OWN = "organisation_id = ANY ((SELECT app_scope())::int[])"
_READABLE = "organisation_id = ANY ((SELECT app_readable())::int[])"
_SYSTEM = "(SELECT app_system())"
_HELD = "EXISTS (SELECT 1 FROM function_term f WHERE f.relation_id = {column} AND f.organisation_id = ANY ((SELECT app_scope())::int[]))"


def role_and_functions() -> Iterator[str]:
    """Say who acts, in SQL (PostgreSQL)."""
    yield f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN CREATE ROLE {APP_ROLE} NOLOGIN; END IF;
        EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
        END $$"""
    yield "CREATE OR REPLACE FUNCTION app_scope() RETURNS int[] LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.scope', true), '')::int[] $$"
    yield "CREATE OR REPLACE FUNCTION app_readable() RETURNS int[] LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.readable', true), '')::int[] $$"
    yield "CREATE OR REPLACE FUNCTION app_system() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT coalesce(current_setting('app.system', true), '') = 'on' $$"


def grants() -> Iterator[str]:
    """Let the working role use all tables (PostgreSQL); after the last table."""
    yield f"""
        DO $$ BEGIN
            IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
                GRANT USAGE ON SCHEMA public TO {APP_ROLE};
                GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP_ROLE};
                GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE};
                ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP_ROLE};
                ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {APP_ROLE};
            END IF;
        END $$"""


def row_security(table: str, kind: str) -> Iterator[str]:
    """Give the policies of one table (PostgreSQL)."""
    own, readable = _OWN, _OWN
    if kind == "shared":
        readable = _READABLE
    elif kind == "relation":
        own = readable = f"({_OWN} OR {_HELD.format(column='relation.id')})"
    elif kind == "of_relation":
        own = f"({_OWN} OR {_HELD.format(column=f'{table}.relation_id')})"
        readable = held_once(table)
    elif kind == "run":  # runs over all organisations have none: who works at the top sees them
        readable = f"({_OWN} OR (organisation_id IS NULL AND (SELECT app_scope()) = (SELECT app_readable())))"
    elif kind == "organisation":
        readable = "id = ANY ((SELECT app_readable())::int[])"
        own = "(id = ANY ((SELECT app_scope())::int[]) OR parent_id = ANY ((SELECT app_scope())::int[]))"
        readable = f"({readable} OR {own})"
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    yield f"CREATE POLICY {table}_read ON {table} FOR SELECT USING ({_SYSTEM} OR {readable})"
    yield f"CREATE POLICY {table}_insert ON {table} FOR INSERT WITH CHECK ({_SYSTEM} OR {own if kind != 'audit' else 'true'})"
    yield f"CREATE POLICY {table}_update ON {table} FOR UPDATE USING ({_SYSTEM} OR {own}) WITH CHECK ({_SYSTEM} OR {own})"
    yield f"CREATE POLICY {table}_delete ON {table} FOR DELETE USING ({_SYSTEM} OR {own})"


def held_once(table: str) -> str:
    """Say that a row on a card is read: of an own organisation, or on a card with a function there.

    Asked as a list, which PostgreSQL makes once and keeps; asked per row, searching reads the functions of every card.
    """
    return (
        f"({_OWN} OR {table}.relation_id IN "
        "(SELECT f.relation_id FROM function_term f WHERE f.organisation_id = ANY ((SELECT app_scope())::int[])))"
    )


def read_of_relation(table: str) -> str:
    """Give the policy of `row_security` for reading rows on a card anew (PostgreSQL)."""
    return f"ALTER POLICY {table}_read ON {table} USING ({_SYSTEM} OR {held_once(table)})"


def read_groups() -> Iterator[str]:
    """Give the policies for reading target groups that organisations below may use (PostgreSQL).

    Of the members of such a group one reads from below who is a relation there: not who else is in it.
    """
    shared = "g.is_for_below AND g.organisation_id = ANY ((SELECT app_readable())::int[])"
    below = f"target_group_member.target_group_id IN (SELECT g.id FROM target_group g WHERE {shared})"
    held = (
        "target_group_member.relation_id IN "
        "(SELECT f.relation_id FROM function_term f WHERE f.organisation_id = ANY ((SELECT app_scope())::int[]))"
    )
    yield f"ALTER POLICY target_group_read ON target_group USING ({_SYSTEM} OR {_OWN} OR (is_for_below AND {_READABLE}))"
    yield f"ALTER POLICY target_group_member_read ON target_group_member USING ({_SYSTEM} OR {_OWN} OR ({below} AND {held}))"


def write_triggers(table: str, kind: str) -> Iterator[str]:
    """Give the triggers that keep writes inside the actor's organisations (SQLite)."""
    refused = f"SELECT RAISE(ABORT, 'outside the scope of the actor: {table}')"

    def trigger(verb: str, condition: str) -> str:
        return f"CREATE TRIGGER {table}_scope_{verb} BEFORE {verb.upper()} ON {table} WHEN NOT ({condition}) BEGIN {refused}; END"

    def within(row: str) -> str:
        if kind == "organisation":
            return f"bondgenoot_in_scope({row}.id) OR bondgenoot_in_scope({row}.parent_id)"
        if kind in ("relation", "of_relation"):
            relation = f"{row}.id" if kind == "relation" else f"{row}.relation_id"
            return (
                f"bondgenoot_in_scope({row}.organisation_id) OR EXISTS (SELECT 1 FROM function_term f "
                f"WHERE f.relation_id = {relation} AND bondgenoot_in_scope(f.organisation_id))"
            )
        return f"bondgenoot_in_scope({row}.organisation_id)"

    if kind != "audit":
        yield trigger("insert", within("NEW"))
    yield trigger("update", f"({within('OLD')}) AND ({within('NEW')})")
    yield trigger("delete", within("OLD"))


def never_changed(table: str, sqlite: bool, verbs: tuple[str, ...] = ("update", "delete")) -> Iterator[str]:
    """Refuse every update and delete of a table, by whomever."""
    for verb in verbs:
        name = f"{table}_no_{verb}"
        if sqlite:
            yield f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {table} BEGIN SELECT RAISE(ABORT, 'facts are never changed: {table}'); END"
        else:
            yield f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {table} FOR EACH ROW EXECUTE FUNCTION app_refuse_change()"


def refuse_change_function() -> str:
    """Give the function behind `never_changed` (PostgreSQL)."""
    return """
        CREATE OR REPLACE FUNCTION app_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'facts are never changed: %', TG_TABLE_NAME; END $$"""
