"""Tables of the kernel: number series and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import UtcDateTime
from app.kernel.tables import Table


class NumberSeries(Table):
    """The last number given out in one unbroken series. Without tenancy: relation numbers come from the root, whoever asks."""

    __tablename__ = "number_series"
    __table_args__ = (UniqueConstraint("organisation_id", "series", "year"), CheckConstraint("last_number >= 0", name="not_negative"))

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    series: Mapped[str] = mapped_column(String(40))
    year: Mapped[int] = mapped_column(Integer)
    last_number: Mapped[int] = mapped_column(Integer, default=0)

    def __str__(self) -> str:
        return f"{self.series} {self.year}: {self.last_number}"


class AuditRecord(Table):
    """One change to one row: who, when, from where, old and new. Never updated or deleted (guarded by the database).

    Only `changes` and `salt` may be wiped, by `app.kernel.redacting`, which says so in the trail itself.
    """

    __tablename__ = "audit_record"
    __table_args__ = (Index("ix_audit_record_row", "table_name", "row_id"),)

    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(120))
    user_id: Mapped[int | None] = mapped_column(Integer)
    address: Mapped[str] = mapped_column(String(64), default="")
    action: Mapped[str] = mapped_column(String(40))
    table_name: Mapped[str] = mapped_column(String(64))
    row_id: Mapped[int | None] = mapped_column(Integer)
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
    device: Mapped[str | None] = mapped_column(String(80))
    salt: Mapped[str | None] = mapped_column(String(24))

    def __str__(self) -> str:
        return f"{self.action} {self.table_name} {self.row_id}"


class AuditRedaction(Table):
    """One line of the trail whose old and new values were wiped; see `app.kernel.redacting`. Never updated or deleted. Without tenancy:
    it holds digests only.

    `was` and `now` are the digests of the line before and after, `values_hash` that of the values alone (empty for lines from before
    there was a salt), `told_in` the line of the trail that tells of it.
    """

    __tablename__ = "audit_redaction"

    line: Mapped[int] = mapped_column(Integer, unique=True)
    was: Mapped[bytes] = mapped_column(LargeBinary)
    now: Mapped[bytes] = mapped_column(LargeBinary)
    values_hash: Mapped[str | None] = mapped_column(String(64))
    told_in: Mapped[int] = mapped_column(Integer, index=True)

    def __str__(self) -> str:
        return f"{self.line}"


class AuditSeal(Table):
    """A seal on lines of the audit trail; see `app.kernel.sealing`. Never updated or deleted. Without tenancy: it holds digests only.

    `ranges` are [first, last] numbers of lines, `digests` eight bytes for each of them in that order.
    """

    __tablename__ = "audit_seal"

    previous_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64))
    ranges: Mapped[list[list[int]]] = mapped_column(JSON)
    digests: Mapped[bytes] = mapped_column(LargeBinary)
    until_line: Mapped[int] = mapped_column(Integer, index=True)
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    def __str__(self) -> str:
        return f"{self.hash[:12]}"
