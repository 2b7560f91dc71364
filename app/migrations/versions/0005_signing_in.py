"""Signing in step by step: first passwords, the second step, recovery codes, links for who forgot the password; seals on the trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.kernel.db
from app.migrations import guards

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STEPS = "waits_for IN ('', 'code', 'password', 'factor')"


def upgrade() -> None:
    with op.batch_alter_table("user_session") as table:
        table.add_column(sa.Column("device", sa.String(80), nullable=False, server_default=""))
        table.add_column(sa.Column("waits_for", sa.String(10), nullable=False, server_default=""))
        table.create_check_constraint("waits_for_known", STEPS)
    op.create_table(
        "sign_in_setting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("must_replace_password", sa.Boolean(), nullable=False),
        sa.Column("totp_secret", sa.String(200), nullable=True),
        sa.Column("totp_since", app.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_sign_in_setting_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_setting")),
        sa.UniqueConstraint("user_id", name=op.f("uq_sign_in_setting_user_id")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", app.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_recovery_code_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_code_user_id_code_hash")),
    )
    op.create_table(
        "password_reset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.String(64), nullable=True),
        sa.Column("asked_at", app.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("sent_at", app.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("used_at", app.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_password_reset_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_reset_token_hash")),
    )
    op.create_index("ix_password_reset_user", "password_reset", ["user_id", "asked_at"])
    op.create_table(
        "role_requirement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], name=op.f("fk_role_requirement_role_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_requirement")),
        sa.UniqueConstraint("role_id", name=op.f("uq_role_requirement_role_id")),
    )
    op.create_table(
        "audit_seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("ranges", sa.JSON(), nullable=False),
        sa.Column("digests", sa.LargeBinary(), nullable=False),
        sa.Column("until_line", sa.Integer(), nullable=False),
        sa.Column("sealed_at", app.kernel.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_audit_seal_previous_hash")),
    )
    op.create_index(op.f("ix_audit_seal_until_line"), "audit_seal", ["until_line"])
    op.create_index(op.f("ix_audit_seal_sealed_at"), "audit_seal", ["sealed_at"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in guards.never_changed("audit_seal", sqlite):
        op.execute(statement)
    if not sqlite:
        for statement in guards.grants():
            op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("Bondgenoot only migrates forward: restore the backup to go back")
