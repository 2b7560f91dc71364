"""What of each charge is passed on to other organisations, and income that is spread over the months of its period."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.kernel.db
from app.migrations import guards

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OWNED = ("deferral", "deferral_release", "organisation_card", "passing_on", "passed_on")
NEVER_CHANGED = ("deferral", "deferral_release", "passed_on")


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    _tables()
    for table in OWNED:
        _run(guards.write_triggers(table, "owned") if sqlite else guards.row_security(table, "owned"))
    for table in NEVER_CHANGED:
        _run(guards.never_changed(table, sqlite))
    if not sqlite:
        _run(guards.grants())


def _run(statements) -> None:
    for statement in statements:
        op.execute(statement)


def _tables() -> None:
    op.create_table('deferral',
    sa.Column('deferral_account_id', sa.Integer(), nullable=False),
    sa.Column('ledger_account_id', sa.Integer(), nullable=False),
    sa.Column('cost_centre_id', sa.Integer(), nullable=True),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('amount_cents', app.kernel.db.Cents(), nullable=False),
    sa.Column('line_count', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('made_at', app.kernel.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('last_day >= first_day', name=op.f('ck_deferral_in_order')),
    sa.CheckConstraint('line_count > 0', name=op.f('ck_deferral_lines_positive')),
    sa.ForeignKeyConstraint(['cost_centre_id'], ['cost_centre.id'], name=op.f('fk_deferral_cost_centre_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id', 'deferral_account_id'], ['ledger_account.organisation_id', 'ledger_account.id'], name=op.f('fk_deferral_organisation_id_deferral_account_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id', 'ledger_account_id'], ['ledger_account.organisation_id', 'ledger_account.id'], name=op.f('fk_deferral_organisation_id_ledger_account_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_deferral_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deferral'))
    )
    op.create_index(op.f('ix_deferral_organisation_id'), 'deferral', ['organisation_id'], unique=False)
    op.create_table('deferral_release',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('deferral_account_id', sa.Integer(), nullable=False),
    sa.Column('ledger_account_id', sa.Integer(), nullable=False),
    sa.Column('cost_centre_id', sa.Integer(), nullable=True),
    sa.Column('amount_cents', app.kernel.db.Cents(), nullable=False),
    sa.Column('journal_entry_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('made_at', app.kernel.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('amount_cents <> 0', name=op.f('ck_deferral_release_not_zero')),
    sa.ForeignKeyConstraint(['cost_centre_id'], ['cost_centre.id'], name=op.f('fk_deferral_release_cost_centre_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id', 'deferral_account_id'], ['ledger_account.organisation_id', 'ledger_account.id'], name=op.f('fk_deferral_release_organisation_id_deferral_account_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id', 'journal_entry_id'], ['journal_entry.organisation_id', 'journal_entry.id'], name=op.f('fk_deferral_release_organisation_id_journal_entry_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id', 'ledger_account_id'], ['ledger_account.organisation_id', 'ledger_account.id'], name=op.f('fk_deferral_release_organisation_id_ledger_account_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_deferral_release_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deferral_release'))
    )
    op.create_index(op.f('ix_deferral_release_organisation_id'), 'deferral_release', ['organisation_id'], unique=False)
    op.create_table('organisation_card',
    sa.Column('for_organisation_id', sa.Integer(), nullable=False),
    sa.Column('relation_id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['for_organisation_id'], ['organisation.id'], name=op.f('fk_organisation_card_for_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_organisation_card_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['relation_id'], ['relation.id'], name=op.f('fk_organisation_card_relation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisation_card')),
    sa.UniqueConstraint('organisation_id', 'for_organisation_id', name=op.f('uq_organisation_card_organisation_id_for_organisation_id'))
    )
    op.create_index(op.f('ix_organisation_card_organisation_id'), 'organisation_card', ['organisation_id'], unique=False)
    op.create_table('passing_on',
    sa.Column('contribution_id', sa.Integer(), nullable=False),
    sa.Column('description', sa.String(length=120), nullable=False),
    sa.Column('payee', sa.String(length=14), nullable=False),
    sa.Column('for_organisation_id', sa.Integer(), nullable=True),
    sa.Column('amount_cents', app.kernel.db.Cents(), nullable=True),
    sa.Column('share_basis_points', sa.Integer(), nullable=True),
    sa.Column('ledger_account_id', sa.Integer(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=True),
    sa.Column('last_day', sa.Date(), nullable=True),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("(payee = 'organisation') = (for_organisation_id IS NOT NULL)", name=op.f('ck_passing_on_organisation_when_chosen')),
    sa.CheckConstraint("payee IN ('department', 'above', 'organisation')", name=op.f('ck_passing_on_payee_known')),
    sa.CheckConstraint('(amount_cents IS NULL) <> (share_basis_points IS NULL)', name=op.f('ck_passing_on_amount_or_share')),
    sa.CheckConstraint('amount_cents > 0', name=op.f('ck_passing_on_amount_positive')),
    sa.CheckConstraint('last_day IS NULL OR first_day IS NULL OR last_day >= first_day', name=op.f('ck_passing_on_in_order')),
    sa.CheckConstraint('share_basis_points BETWEEN 1 AND 10000', name=op.f('ck_passing_on_share_known')),
    sa.ForeignKeyConstraint(['for_organisation_id'], ['organisation.id'], name=op.f('fk_passing_on_for_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id', 'contribution_id'], ['contribution.organisation_id', 'contribution.id'], name=op.f('fk_passing_on_organisation_id_contribution_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id', 'ledger_account_id'], ['ledger_account.organisation_id', 'ledger_account.id'], name=op.f('fk_passing_on_organisation_id_ledger_account_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_passing_on_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passing_on')),
    sa.UniqueConstraint('organisation_id', 'id', name=op.f('uq_passing_on_organisation_id_id'))
    )
    op.create_index(op.f('ix_passing_on_contribution_id'), 'passing_on', ['contribution_id'], unique=False)
    op.create_table('passed_on',
    sa.Column('passing_on_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('charge_id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('for_organisation_id', sa.Integer(), nullable=False),
    sa.Column('relation_id', sa.Integer(), nullable=False),
    sa.Column('passed_on', sa.Date(), nullable=False),
    sa.Column('amount_cents', app.kernel.db.Cents(), nullable=False),
    sa.Column('journal_entry_id', sa.Integer(), nullable=True),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('made_at', app.kernel.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('amount_cents <> 0', name=op.f('ck_passed_on_not_zero')),
    sa.ForeignKeyConstraint(['for_organisation_id'], ['organisation.id'], name=op.f('fk_passed_on_for_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id', 'charge_id'], ['charge.organisation_id', 'charge.id'], name=op.f('fk_passed_on_organisation_id_charge_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id', 'invoice_id'], ['invoice.organisation_id', 'invoice.id'], name=op.f('fk_passed_on_organisation_id_invoice_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id', 'journal_entry_id'], ['journal_entry.organisation_id', 'journal_entry.id'], name=op.f('fk_passed_on_organisation_id_journal_entry_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id', 'passing_on_id'], ['passing_on.organisation_id', 'passing_on.id'], name=op.f('fk_passed_on_organisation_id_passing_on_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_passed_on_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['relation_id'], ['relation.id'], name=op.f('fk_passed_on_relation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passed_on')),
    sa.UniqueConstraint('passing_on_id', 'invoice_id', 'key', name=op.f('uq_passed_on_passing_on_id_invoice_id_key'))
    )
    op.create_index('ix_passed_on_charge', 'passed_on', ['charge_id'], unique=False)
    op.create_index('ix_passed_on_organisation', 'passed_on', ['for_organisation_id', 'passed_on'], unique=False)
    op.create_index(op.f('ix_passed_on_organisation_id'), 'passed_on', ['organisation_id'], unique=False)


def downgrade() -> None:
    raise NotImplementedError("Bondgenoot only migrates forward: restore the backup to go back")
