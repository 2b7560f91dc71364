"""Searching cards asks which functions are the actor's once, not for every row on a card."""

from __future__ import annotations

from alembic import op

from app.migrations import guards

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in ("address", "contact_point", "relation_account"):
            op.execute(guards.read_of_relation(table))


def downgrade() -> None:
    raise NotImplementedError("Bondgenoot only migrates forward: restore the backup to go back")
