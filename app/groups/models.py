"""Target groups: relations put together by hand or from a list, to act on and to price by."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.tables import Lent, Made, Table, Versioned, referable, same_organisation
from app.organisations.models import Organisation
from app.relations.models import Relation


class TargetGroup(Lent, Versioned, Table):
    """A frozen set of relations of one organisation; `code` is its name in formulas: `{member_of.code}`."""

    __tablename__ = "target_group"
    __table_args__ = (referable(), UniqueConstraint("organisation_id", "code"))

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    remarks: Mapped[str | None] = mapped_column(String(500))
    is_for_below: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name


class TargetGroupMember(Lent, Made, Table):
    """One relation in a target group, with who put it in and when. Taking it out leaves a line in the audit trail."""

    __tablename__ = "target_group_member"
    __table_args__ = (
        same_organisation("target_group", "target_group_id"),
        UniqueConstraint("target_group_id", "relation_id"),
        Index("ix_target_group_member_relation", "relation_id"),
    )

    target_group_id: Mapped[int] = mapped_column(Integer)
    relation_id: Mapped[int] = mapped_column(ForeignKey("relation.id", ondelete="RESTRICT"))
    added_by: Mapped[str] = mapped_column(String(120))

    organisation: Mapped[Organisation] = relationship()
    target_group: Mapped[TargetGroup] = relationship(
        primaryjoin="TargetGroupMember.target_group_id == TargetGroup.id", foreign_keys=[target_group_id]
    )
    relation: Mapped[Relation] = relationship()

    def __str__(self) -> str:
        return str(self.relation)
