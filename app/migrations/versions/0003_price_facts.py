"""What prices may depend on: amounts and units on cards, custom fields, target groups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.kernel.db
from app.migrations import guards

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KINDS = {"custom_field": "shared", "target_group": "owned", "target_group_member": "owned"}
HOLDERS = ("organisation", "relation", "function_term")


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    _columns()
    _custom_field()
    _target_group()
    # In words of its own: SQLite takes a reference only together with the column, and rebuilding the table would drop its triggers.
    op.execute(
        "ALTER TABLE contribution_rule ADD COLUMN target_group_id INTEGER "
        "CONSTRAINT fk_contribution_rule_target_group_id REFERENCES target_group (id)"
    )
    for table, kind in KINDS.items():
        for statement in guards.write_triggers(table, kind) if sqlite else guards.row_security(table, kind):
            op.execute(statement)
    if not sqlite:
        for statement in guards.grants():
            op.execute(statement)


def _columns() -> None:
    op.add_column("organisation", sa.Column("team_amount_cents", app.kernel.db.Cents(), nullable=True))
    op.add_column("relation", sa.Column("gift_cents", app.kernel.db.Cents(), nullable=True))
    op.add_column("function_term", sa.Column("value_units", sa.Integer(), nullable=True))
    for table in HOLDERS:
        op.add_column(table, sa.Column("custom_values", app.kernel.db.NamedValues, server_default=sa.text("'{}'"), nullable=False))


def _custom_field() -> None:
    op.create_table(
        "custom_field",
        sa.Column("holder", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("help", sa.String(length=200), nullable=True),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("holder IN ('relation', 'function', 'organisation')", name=op.f("ck_custom_field_holder_known")),
        sa.CheckConstraint(
            "kind IN ('text', 'number', 'amount', 'date', 'yes_no', 'choice', 'choices')", name=op.f("ck_custom_field_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_custom_field_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
        sa.UniqueConstraint("organisation_id", "holder", "code", name=op.f("uq_custom_field_organisation_id_holder_code")),
    )
    op.create_index(op.f("ix_custom_field_organisation_id"), "custom_field", ["organisation_id"])


def _target_group() -> None:
    op.create_table(
        "target_group",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("remarks", sa.String(length=500), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_target_group_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_group")),
        sa.UniqueConstraint("organisation_id", "code", name=op.f("uq_target_group_organisation_id_code")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_target_group_organisation_id_id")),
    )
    op.create_table(
        "target_group_member",
        sa.Column("target_group_id", sa.Integer(), nullable=False),
        sa.Column("relation_id", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.String(length=120), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("made_at", app.kernel.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_target_group_member_organisation_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "target_group_id"],
            ["target_group.organisation_id", "target_group.id"],
            name=op.f("fk_target_group_member_organisation_id_target_group_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["relation_id"], ["relation.id"], name=op.f("fk_target_group_member_relation_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_group_member")),
        sa.UniqueConstraint("target_group_id", "relation_id", name=op.f("uq_target_group_member_target_group_id_relation_id")),
    )
    op.create_index(op.f("ix_target_group_member_organisation_id"), "target_group_member", ["organisation_id"])
    op.create_index("ix_target_group_member_relation", "target_group_member", ["relation_id"])


def downgrade() -> None:
    raise NotImplementedError("Bondgenoot only migrates forward: restore the backup to go back")
