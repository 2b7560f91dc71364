"""What background work found, kept for who asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.kernel.db
from app.migrations import guards

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OWNED = ("job_result",)


def upgrade() -> None:
    op.create_table(
        "job_result",
        sa.Column("job_run_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("made_at", app.kernel.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_run_id"], ["job_run.id"], name=op.f("fk_job_result_job_run_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_job_result_organisation_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_result")),
        sa.UniqueConstraint("job_run_id", name=op.f("uq_job_result_job_run_id")),
    )
    op.create_index(op.f("ix_job_result_organisation_id"), "job_result", ["organisation_id"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in OWNED:
        for statement in guards.write_triggers(table, "owned") if sqlite else guards.row_security(table, "owned"):
            op.execute(statement)
    if not sqlite:
        for statement in guards.grants():
            op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("Bondgenoot only migrates forward: restore the backup to go back")
