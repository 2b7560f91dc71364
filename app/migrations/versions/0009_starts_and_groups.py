"""The day that was agreed for a function whose start its first payment moved, target groups that organisations below may use, and custom fields on lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations import guards

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("function_term", sa.Column("agreed_first_day", sa.Date(), nullable=True))
    op.add_column("target_group", sa.Column("is_for_below", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("custom_field", sa.Column("is_on_list", sa.Boolean(), server_default=sa.false(), nullable=False))
    if op.get_bind().dialect.name == "postgresql":
        for statement in guards.read_groups():
            op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("Bondgenoot only migrates forward: restore the backup to go back")
