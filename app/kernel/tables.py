"""The four kinds of tables, by who may see their rows. The two walls read these kinds; a table without one is refused by a test.

- `Owned`: rows of one organisation, seen from it and from above.
- `Lent`: rows of one organisation, of which those below see what it lends them; which that are, stands in `security/scope.py`.
- `Shared`: settings of an organisation, also read from below, written only from it and above.
- `OfRelation`: rows on a relation card, seen by who sees the relation.
- `Unscoped`: not of an organisation; short list, each with its reason in `security/scope.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.kernel import clock
from app.kernel.db import UtcDateTime


class Table(Model):
    """A table with a number for each row."""

    __abstract__ = True
    id: Mapped[int] = mapped_column(Integer, primary_key=True)


class Owned:
    """Rows of one organisation."""

    @declared_attr
    def organisation_id(cls) -> Mapped[int]:  # noqa: N805
        """Return the column of the organisation whose row this is.

        A referable table has a key that begins with it and no index on it alone: beside that key PostgreSQL, as long as it
        has no statistics, takes such an index for each foreign key it checks, and reads all rows of the organisation each time.
        A table whose every row hangs on a row of the same organisation needs no proof of its own that the organisation is there.
        """
        about: set[str] = {key for one in getattr(cls, "__table_args__", ()) for key in getattr(one, "info", {})}
        keys = () if "proves_organisation" in about else (ForeignKey("organisation.id", ondelete="RESTRICT"),)
        return mapped_column(Integer, *keys, nullable=False, index="referable" not in about)


class Lent:
    """Rows of one organisation, some of them lent to those below."""

    organisation_id = Owned.__dict__["organisation_id"]


class Shared:
    """Settings of one organisation that those below it use."""

    @declared_attr
    def organisation_id(cls) -> Mapped[int]:  # noqa: N805
        """Return the column of the organisation whose row this is."""
        return mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), nullable=False, index=True)


class OfRelation:
    """Rows on a relation card; `organisation_id` is the one that entered the card."""

    @declared_attr
    def organisation_id(cls) -> Mapped[int]:  # noqa: N805
        """Return the column of the organisation whose row this is."""
        return mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), nullable=False, index=True)

    @declared_attr
    def relation_id(cls) -> Mapped[int]:  # noqa: N805
        """Return the column of the card that this hangs on."""
        return mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"), nullable=False, index=True)


class Versioned:
    """Rows that people edit side by side: the second one is shown what the first changed."""

    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1, server_default="1")

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.version}


class Made:
    """Rows that remember when they were made."""

    made_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, default=clock.now)


def one_of(column: str, values: Any, name: str | None = None) -> CheckConstraint:
    """Return the constraint that a column holds one of these words; of a mapping the keys, and screens show its Dutch values."""
    listed = ", ".join(f"'{value}'" for value in values)
    words = dict(values) if isinstance(values, Mapping) else {value: value for value in values}
    return CheckConstraint(f"{column} IN ({listed})", name=name or f"{column}_known", info={"column": column, "words": words})


def same_organisation(table: str, column: str, *, proves_organisation: bool = False) -> ForeignKeyConstraint:
    """Return the foreign key that makes a row point only at rows of its own organisation, also for raw SQL.

    `proves_organisation`, for a column that is never empty: the row that it points at shows that the organisation is there, so that
    this table has no foreign key for that alone. For tables that grow by hundreds of thousands at a time (decision 018).
    """
    return ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{table}.organisation_id", f"{table}.id"],
        ondelete="RESTRICT",
        info={"proves_organisation": True} if proves_organisation else {},
    )


def referable() -> UniqueConstraint:
    """Return the key that `same_organisation` points at."""
    return UniqueConstraint("organisation_id", "id", info={"referable": True})
