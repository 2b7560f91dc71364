"""What the books guarantee, kept by the database itself: balanced entries, sealed once, in an open period; posted invoices stand.

SQLite does it row by row; PostgreSQL once per statement, so that bulk posting stays quick.
"""

from __future__ import annotations

from collections.abc import Iterator

# Columns of a posted invoice that may still change: how it is sent.
SENDING = ("send_state", "sent_at", "document_id", "version")
FIXED = (
    "organisation_id", "run_id", "kind", "credits_id", "state", "number", "debtor_id", "payment_method", "invoice_date", "due_date", "heading",
    "total_cents", "vat_cents", "reference", "journal_entry_id", "open_item_id", "posted_at",
)  # fmt: skip
_ENTRY = (
    "id", "organisation_id", "journal", "book_year_id", "number", "chain", "entry_date", "description", "source_table", "source_id", "reverses_id",
    "posted_by", "previous_hash", "hash",
)  # fmt: skip

_UNBALANCED = "journal entry does not balance or has fewer than two lines"
_SEALED = "journal entry is sealed"
_CLOSED = "book period is blocked, closed or missing"
_POSTED = "posted invoice is never changed"


def _differs(columns: tuple[str, ...], operator: str) -> str:
    return " OR ".join(f"OLD.{column} {operator} NEW.{column}" for column in columns)


def sqlite_guards() -> Iterator[str]:
    """Give the triggers of SQLite."""

    def refuse(text: str, condition: str) -> str:
        return f"SELECT RAISE(ABORT, '{text}') WHERE {condition}"

    open_period = (
        "NOT EXISTS (SELECT 1 FROM book_period p JOIN book_year y ON y.id = p.book_year_id WHERE p.organisation_id = NEW.organisation_id "
        "AND p.book_year_id = NEW.book_year_id AND NEW.entry_date BETWEEN p.first_day AND p.last_day AND p.state = 'open' AND y.state = 'open')"
    )
    yield f"CREATE TRIGGER journal_entry_open BEFORE INSERT ON journal_entry BEGIN {refuse(_CLOSED, open_period)}; {refuse(_SEALED, 'NEW.is_sealed')}; END"
    balanced = "(SELECT count(*) < 2 OR coalesce(sum(amount_cents), 1) <> 0 FROM journal_line WHERE entry_id = NEW.id)"
    yield f"""CREATE TRIGGER journal_entry_seal BEFORE UPDATE ON journal_entry BEGIN
        {refuse(_SEALED, "OLD.is_sealed OR NOT NEW.is_sealed")};
        {refuse(_SEALED, _differs(_ENTRY, "IS NOT"))};
        {refuse(_UNBALANCED, balanced)}; END"""
    yield f"CREATE TRIGGER journal_entry_keep BEFORE DELETE ON journal_entry BEGIN {refuse(_SEALED, '1')}; END"
    sealed = "(SELECT is_sealed FROM journal_entry WHERE id = NEW.entry_id)"
    yield f"CREATE TRIGGER journal_line_add BEFORE INSERT ON journal_line BEGIN {refuse(_SEALED, sealed)}; END"
    changed = _differs(FIXED, "IS NOT")
    yield f"CREATE TRIGGER invoice_stands BEFORE UPDATE ON invoice WHEN OLD.state = 'posted' BEGIN {refuse(_POSTED, changed)}; END"
    yield f"CREATE TRIGGER invoice_keep BEFORE DELETE ON invoice WHEN OLD.state = 'posted' BEGIN {refuse(_POSTED, '1')}; END"
    for verb, row in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD")):
        posted = f"(SELECT state = 'posted' FROM invoice WHERE id = {row}.invoice_id)"
        yield f"CREATE TRIGGER invoice_line_{verb}_stands BEFORE {verb.upper()} ON invoice_line BEGIN {refuse(_POSTED, posted)}; END"


def postgresql_guards() -> Iterator[str]:
    """Give the functions and triggers of PostgreSQL."""

    def trigger(name: str, when: str, table: str, body: str, referencing: str = "", level: str = "STATEMENT") -> Iterator[str]:
        # Runs as the owner and looks at the new rows only: who may see them is the policies' business.
        # A check of a whole statement is planned each time: a plan kept from when the tables were empty reads them whole for every row.
        fresh = "SET plan_cache_mode = force_custom_plan " if level == "STATEMENT" else ""
        yield f"CREATE OR REPLACE FUNCTION {name}_check() RETURNS trigger LANGUAGE plpgsql {fresh}AS $$ BEGIN {body} END $$"
        yield f"CREATE TRIGGER {name} {when} ON {table} {referencing} FOR EACH {level} EXECUTE FUNCTION {name}_check()"

    def refuse(text: str, query: str) -> str:
        return f"IF EXISTS ({query}) THEN RAISE EXCEPTION '{text}'; END IF; "

    added, both = "REFERENCING NEW TABLE AS added", "REFERENCING OLD TABLE AS before NEW TABLE AS added"
    yield from trigger(
        "journal_entry_open",
        "AFTER INSERT",
        "journal_entry",
        refuse(_SEALED, "SELECT 1 FROM added WHERE is_sealed")
        + refuse(
            _CLOSED,
            "SELECT 1 FROM (SELECT DISTINCT organisation_id, book_year_id, entry_date FROM added) a WHERE NOT EXISTS (SELECT 1 FROM book_period p "
            "JOIN book_year y ON y.id = p.book_year_id WHERE p.organisation_id = a.organisation_id AND p.book_year_id = a.book_year_id "
            "AND a.entry_date BETWEEN p.first_day AND p.last_day AND p.state = 'open' AND y.state = 'open')",
        )
        + "RETURN NULL;",
        added,
    )
    yield from trigger(
        "journal_entry_seal",
        "AFTER UPDATE",
        "journal_entry",
        refuse(_SEALED, "SELECT 1 FROM before WHERE is_sealed UNION ALL SELECT 1 FROM added WHERE NOT is_sealed")
        + refuse(_SEALED, f"SELECT {', '.join(_ENTRY)} FROM added EXCEPT SELECT {', '.join(_ENTRY)} FROM before")
        + refuse(
            _UNBALANCED,
            "SELECT 1 FROM added a LEFT JOIN journal_line l ON l.entry_id = a.id GROUP BY a.id "
            "HAVING count(l.id) < 2 OR coalesce(sum(l.amount_cents), 1) <> 0",
        )
        + "RETURN NULL;",
        both,
    )
    yield from trigger("journal_entry_keep", "BEFORE DELETE", "journal_entry", f"RAISE EXCEPTION '{_SEALED}';", level="ROW")
    yield from trigger(
        "journal_line_add",
        "AFTER INSERT",
        "journal_line",
        refuse(_SEALED, "SELECT 1 FROM (SELECT DISTINCT entry_id FROM added) a JOIN journal_entry e ON e.id = a.entry_id WHERE e.is_sealed")
        + "RETURN NULL;",
        added,
    )
    yield from trigger(
        "invoice_stands",
        "BEFORE UPDATE",
        "invoice",
        f"IF OLD.state = 'posted' AND ({_differs(FIXED, 'IS DISTINCT FROM')}) THEN RAISE EXCEPTION '{_POSTED}'; END IF; RETURN NEW;",
        level="ROW",
    )
    yield from trigger(
        "invoice_keep",
        "BEFORE DELETE",
        "invoice",
        f"IF OLD.state = 'posted' THEN RAISE EXCEPTION '{_POSTED}'; END IF; RETURN OLD;",
        level="ROW",
    )
    for verb, table in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD")):
        yield from trigger(
            f"invoice_line_{verb}_stands",
            f"AFTER {verb.upper()}",
            "invoice_line",
            refuse(
                _POSTED,
                "SELECT 1 FROM (SELECT DISTINCT invoice_id FROM touched) t JOIN invoice i ON i.id = t.invoice_id WHERE i.state = 'posted'",
            )
            + "RETURN NULL;",
            f"REFERENCING {table} TABLE AS touched",
        )


# Columns of a line of the trail that never change, also when its values are wiped.
TRAIL_FIXED = ("id", "organisation_id", "at", "actor", "user_id", "address", "action", "table_name", "row_id", "device")


def wipeable_trail(sqlite: bool) -> Iterator[str]:
    """Let the values of a line of the trail be wiped once a redaction of it is written down, and nothing else about it change."""
    told = "EXISTS (SELECT 1 FROM audit_redaction r WHERE r.line = OLD.id)"
    if sqlite:
        wiped = f"NEW.salt IS NULL AND {told} AND NOT ({_differs(TRAIL_FIXED, 'IS NOT')})"
        yield "DROP TRIGGER audit_record_no_update"
        yield f"""CREATE TRIGGER audit_record_no_update BEFORE UPDATE ON audit_record WHEN NOT ({wiped})
            BEGIN SELECT RAISE(ABORT, 'facts are never changed: audit_record'); END"""
        return
    wiped = f"NEW.salt IS NULL AND {told} AND NOT ({_differs(TRAIL_FIXED, 'IS DISTINCT FROM')})"
    yield f"""CREATE OR REPLACE FUNCTION audit_record_wiped_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF {wiped} THEN RETURN NEW; END IF; RAISE EXCEPTION 'facts are never changed: audit_record'; END $$"""
    yield "DROP TRIGGER audit_record_no_update ON audit_record"
    yield "CREATE TRIGGER audit_record_no_update BEFORE UPDATE ON audit_record FOR EACH ROW EXECUTE FUNCTION audit_record_wiped_only()"
