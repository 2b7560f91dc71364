"""Tables that grow by a season at a time prove their organisation once: through the row that each of their rows hangs on.

On SQLite the words of the foreign key are taken out of the table's definition, the way its manual gives for this: nothing on disk changes.
"""

from __future__ import annotations

import re

from alembic import op
from sqlalchemy import text

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("charge", "invoice_line", "passed_on", "journal_entry", "journal_line", "settlement_part", "collection")


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT fk_{table}_organisation_id")
        return
    op.execute("PRAGMA writable_schema=ON")
    for table in TABLES:
        asked = text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name")
        before = connection.scalar(asked, {"name": table})
        name = rf'CONSTRAINT "?fk_{table}_organisation_id"?'
        pattern = rf',\s*{name} FOREIGN KEY\s*\("?organisation_id"?\) REFERENCES "?organisation"? \("?id"?\) ON DELETE RESTRICT'
        after, count = re.subn(pattern, "", before)
        if count != 1:
            raise RuntimeError(f"the foreign key of {table} to its organisation was found {count} times")
        connection.execute(text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name"), {"sql": after, "name": table})
    version = connection.scalar(text("PRAGMA schema_version"))
    op.execute(f"PRAGMA schema_version={version + 1}")
    op.execute("PRAGMA writable_schema=RESET")
    if connection.scalar(text("PRAGMA quick_check")) != "ok":
        raise RuntimeError("SQLite no longer reads its tables: restore the backup and report this")


def downgrade() -> None:
    raise NotImplementedError("Bondgenoot only migrates forward: restore the backup to go back")
