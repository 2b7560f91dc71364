"""The walls of tenancy and the facts that never change."""

from __future__ import annotations

from alembic import op

from app.migrations import facts, guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OWNED = (
    "administration", "assignment", "bank_account", "bank_file", "bank_statement", "book_period", "book_year", "charge", "collection", "contribution",
    "contribution_rule", "adjustment", "data_issue", "debit_batch", "enrollment", "enrollment_form", "function_event", "function_term", "household",
    "invoice", "invoice_line", "invoice_run", "invoice_run_contribution", "invoice_run_issue", "journal_entry", "journal_line", "ledger_account",
    "mandate", "match_rule", "message", "postcode_range", "settlement", "settlement_part", "statement_line", "statement_target", "stored_document",
)  # fmt: skip
SHARED = (
    "billing_plan", "cost_centre", "end_reason", "function_type", "invoice_source", "payment_term", "price_category", "print_form", "season", "vat_code",
)  # fmt: skip
KINDS = {
    **dict.fromkeys(OWNED, "owned"),
    **dict.fromkeys(SHARED, "shared"),
    **dict.fromkeys(("address", "contact_point", "relation_account"), "of_relation"),
    "relation": "relation",
    "organisation": "organisation",
    "audit_record": "audit",
    "job_run": "run",
}
NEVER_CHANGED = ("audit_record", "journal_line", "settlement", "settlement_part")
NEVER_UPDATED = ("function_event",)  # they go only with their function, which the national level may delete while nothing was charged


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        _run(guards.role_and_functions())
        op.execute(guards.refuse_change_function())
    for table, kind in KINDS.items():
        _run(guards.write_triggers(table, kind) if sqlite else guards.row_security(table, kind))
    for table in NEVER_CHANGED:
        _run(guards.never_changed(table, sqlite))
    for table in NEVER_UPDATED:
        _run(guards.never_changed(table, sqlite, ("update",)))
    _run(facts.sqlite_guards() if sqlite else facts.postgresql_guards())
    if not sqlite:
        _run(guards.grants())


def _run(statements) -> None:
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("Bondgenoot only migrates forward: restore the backup to go back")
