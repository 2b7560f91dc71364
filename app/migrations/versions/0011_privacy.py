"""Privacy: lines of the trail that can be wiped, consents, erased cards and how long what is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.kernel.db
from app.migrations import facts, guards

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KINDS = {"consent_purpose": "shared", "retention_rule": "shared", "consent": "of_relation", "erasure": "of_relation"}


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.add_column("audit_record", sa.Column("device", sa.String(80), nullable=True))
    op.add_column("audit_record", sa.Column("salt", sa.String(24), nullable=True))
    op.add_column("enrollment_form", sa.Column("consent_purposes", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("enrollment", sa.Column("purposes", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    _redaction()
    _consents()
    _privacy()
    for table, kind in KINDS.items():
        _run(guards.write_triggers(table, kind) if sqlite else guards.row_security(table, kind))
    _run(guards.never_changed("audit_redaction", sqlite))
    _run(guards.never_changed("consent", sqlite, ("update",)))
    _run(facts.wipeable_trail(sqlite))
    if not sqlite:
        _run(guards.grants())


def _run(statements) -> None:
    for statement in statements:
        op.execute(statement)


def _redaction() -> None:
    op.create_table(
        "audit_redaction",
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("was", sa.LargeBinary(), nullable=False),
        sa.Column("now", sa.LargeBinary(), nullable=False),
        sa.Column("values_hash", sa.String(64), nullable=True),
        sa.Column("told_in", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_redaction")),
        sa.UniqueConstraint("line", name=op.f("uq_audit_redaction_line")),
    )
    op.create_index(op.f("ix_audit_redaction_told_in"), "audit_redaction", ["told_in"])


def _consents() -> None:
    op.create_table(
        "consent_purpose",
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_consent_purpose_organisation_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_purpose")),
        sa.UniqueConstraint("organisation_id", "code", name=op.f("uq_consent_purpose_organisation_id_code")),
    )
    op.create_index(op.f("ix_consent_purpose_organisation_id"), "consent_purpose", ["organisation_id"])
    op.create_table(
        "consent",
        sa.Column("purpose_id", sa.Integer(), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("remarks", sa.String(200), nullable=True),
        sa.Column("noted_by", sa.String(120), nullable=False),
        *_on_a_card("consent"),
        sa.CheckConstraint("source IN ('form', 'phone', 'mail', 'paper', 'in_person')", name=op.f("ck_consent_source_known")),
        sa.ForeignKeyConstraint(["purpose_id"], ["consent_purpose.id"], name=op.f("fk_consent_purpose_id"), ondelete="RESTRICT"),
    )
    op.create_index(op.f("ix_consent_organisation_id"), "consent", ["organisation_id"])
    op.create_index(op.f("ix_consent_relation_id"), "consent", ["relation_id"])
    op.create_index("ix_consent_purpose", "consent", ["purpose_id", "relation_id"])


def _privacy() -> None:
    op.create_table(
        "erasure",
        sa.Column("reason", sa.String(10), nullable=False),
        sa.Column("erased_by", sa.String(120), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.Column("completed_at", app.kernel.db.UtcDateTime(timezone=True), nullable=True),
        *_on_a_card("erasure"),
        sa.CheckConstraint("reason IN ('request', 'ended', 'mistake')", name=op.f("ck_erasure_reason_known")),
        sa.UniqueConstraint("relation_id", name=op.f("uq_erasure_relation_id")),
    )
    op.create_index(op.f("ix_erasure_organisation_id"), "erasure", ["organisation_id"])
    op.create_index(op.f("ix_erasure_relation_id"), "erasure", ["relation_id"])
    op.create_table(
        "retention_rule",
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("months BETWEEN 0 AND 1200", name=op.f("ck_retention_rule_months_known")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_retention_rule_organisation_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rule")),
        sa.UniqueConstraint("organisation_id", "kind", name=op.f("uq_retention_rule_organisation_id_kind")),
    )
    op.create_index(op.f("ix_retention_rule_organisation_id"), "retention_rule", ["organisation_id"])


def _on_a_card(table: str) -> list:
    return [
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("relation_id", sa.Integer(), nullable=False),
        sa.Column("made_at", app.kernel.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f(f"fk_{table}_organisation_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["relation_id"], ["relation.id"], name=op.f(f"fk_{table}_relation_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    raise NotImplementedError("Bondgenoot only migrates forward: restore the backup to go back")
