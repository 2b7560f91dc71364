"""Fields that an administrator adds to relations, functions and organisations, without code."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Integer, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.custom_fields.kinds import HOLDERS, KINDS
from app.kernel.tables import Shared, Table, Versioned, one_of
from app.organisations.models import Organisation


class CustomField(Shared, Versioned, Table):
    """One field: what it is called, on what it stands, and which values it takes.

    It holds for its organisation and all below it. What is filled in stands on the holder, in `custom_values`, under the
    number of the field (see docs/decisions/009); `code` is its name in formulas.
    """

    __tablename__ = "custom_field"
    __table_args__ = (UniqueConstraint("organisation_id", "holder", "code"), one_of("holder", HOLDERS), one_of("kind", KINDS))

    holder: Mapped[str] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(10))
    is_required: Mapped[bool] = mapped_column(Boolean, default=False)
    help: Mapped[str | None] = mapped_column(String(200))
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)
    position: Mapped[int] = mapped_column(Integer, default=1)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    is_on_list: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.label
