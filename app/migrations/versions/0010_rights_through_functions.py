"""Rights through functions: accounts of cards; and looking along with a user.

Until now the role of a function type gave nothing, and nobody checked who filled it in: it is emptied, so that rights begin only
where somebody who may give them says so.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.kernel.db
from app.migrations import guards

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "function_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("relation_id", sa.Integer(), nullable=False),
        sa.Column("made_here", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_function_account_user_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["relation_id"], ["relation.id"], name=op.f("fk_function_account_relation_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_function_account")),
        sa.UniqueConstraint("user_id", name=op.f("uq_function_account_user_id")),
        sa.UniqueConstraint("relation_id", name=op.f("uq_function_account_relation_id")),
    )
    op.create_table(
        "looking_along",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("environment_id", sa.Integer(), nullable=False),
        sa.Column("began_at", app.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("ended_at", app.kernel.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["user_session.id"], name=op.f("fk_looking_along_session_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_looking_along_user_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["organisation.id"], name=op.f("fk_looking_along_environment_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looking_along")),
    )
    op.create_index("ix_looking_along_session", "looking_along", ["session_id", "ended_at"])
    with op.batch_alter_table("password_reset") as table:
        table.add_column(sa.Column("relation_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_password_reset_relation_id"), "relation", ["relation_id"], ["id"], ondelete="CASCADE")
    if not sqlite:
        # Which cards have this address, whatever its case: asked at each request of who has rights through a function.
        op.execute("CREATE INDEX ix_contact_point_address ON contact_point (lower(value))")
        op.execute("SET LOCAL app.system = 'on'")
    op.execute("UPDATE function_type SET grants_role = NULL")
    if not sqlite:
        op.execute("SET LOCAL app.system = 'off'")
        for statement in guards.grants():
            op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("Bondgenoot only migrates forward: restore the backup to go back")
