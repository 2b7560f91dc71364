"""Wall 1: the database session shows and takes only rows of the acting person's organisations. No actor, no rows.

Every table is one of the kinds of `app.kernel.tables`, or stands here by name with its reason.
Wall 2 is in the database itself (`app/migrations/guards.py`).
"""

from __future__ import annotations

from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Select, TableClause, and_, event, exists, inspect, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import visitors

from app.background.models import JobRun
from app.functions.models import FunctionTerm
from app.groups.models import TargetGroup, TargetGroupMember
from app.kernel.actor import Actor, NoActor, current_actor
from app.kernel.db import APP_ROLE
from app.kernel.models import AuditRecord
from app.kernel.tables import Lent, OfRelation, Owned, Shared
from app.organisations.models import Organisation
from app.relations.models import Relation

# Tables without tenancy of their own, each with its reason.
UNSCOPED = {
    "number_series": "counters hold no personal data, and relation numbers come from the root whoever asks",
    "audit_seal": "digests of lines of the trail, over all organisations; only the sealing and its proof read it",
    "audit_redaction": "digests of wiped lines of the trail; only the wiping and its proof read it",
    "user_session": "a sign-in is asked for before it is known who acts; only security/ reads it",
    "sign_in_setting": "asked for before it is known who acts; only security/ reads it",
    "recovery_code": "asked for before it is known who acts; only security/ reads it",
    "password_reset": "asked for by who cannot sign in; only security/ reads it",
    "function_account": "asked for before it is known who acts; only security/ reads it",
    "looking_along": "belongs to a sign-in; only security/ reads it",
    "api_token": "asked for before it is known who acts; only security/ reads it",
    "role_requirement": "roles are of the installation; only security/ reads it",
    "job": "the timetable is of the installation; its screen is for system administrators",
    "lease": "which process does the work that only one may do; no data of an organisation",
    "alembic_version": "which migrations ran",
}
# Tables whose rule stands below by name.
SPECIAL = {"organisation", "relation", "audit_record", "job_run"}
FAB_PREFIX = "ab_"  # users, roles and permissions of Flask-AppBuilder: reached only through security/


class OutOfScopeError(SQLAlchemyError):
    """A write outside the actor's organisations. Flask-AppBuilder rolls back on SQLAlchemyError only."""


def kind_of(mapped: type) -> str:
    """Return which kind of table a mapped class is: owned, shared, of_relation, special, unscoped, or unknown."""
    name = getattr(mapped, "__tablename__", "")
    for base, kind in ((Owned, "owned"), (Lent, "owned"), (Shared, "shared"), (OfRelation, "of_relation")):
        if issubclass(mapped, base):
            return kind
    if name in SPECIAL:
        return "special"
    return "unscoped" if name in UNSCOPED or name.startswith(FAB_PREFIX) else "unknown"


_TERM = FunctionTerm.__table__.c


def _relation_seen(relation_id: Any, organisation_id: Any, ids: tuple[int, ...]) -> Any:
    """Say in SQL that a relation was entered, or has or had a function, in these organisations."""
    held = exists(
        select(1).where(_TERM.relation_id == relation_id, _TERM.organisation_id.in_(ids)).correlate_except(FunctionTerm.__table__)
    )
    return or_(organisation_id.in_(ids), held)


def _group_seen(group: Any, own: tuple[int, ...], readable: tuple[int, ...]) -> Any:
    """Say in SQL that a target group is of these organisations, or of one above that lets those below use it."""
    return or_(group.organisation_id.in_(own), and_(group.is_for_below.is_(True), group.organisation_id.in_(readable)))


def _group_member_seen(member: Any, own: tuple[int, ...], readable: tuple[int, ...]) -> Any:
    """Say in SQL that a place in a target group is of these organisations, or of a relation there in a group of one above."""
    group = TargetGroup.__table__.c
    lent = select(group.id).where(group.is_for_below.is_(True), group.organisation_id.in_(readable))
    held = select(_TERM.relation_id).where(_TERM.organisation_id.in_(own))
    return or_(member.organisation_id.in_(own), and_(member.target_group_id.in_(lent), member.relation_id.in_(held)))


def _runs_seen(actor: Actor, ids: tuple[int, ...]) -> Any:
    """Say in SQL that a run is of these organisations; who works at the top also sees the runs over all of them."""
    own = JobRun.organisation_id.in_(ids)
    return own if actor.ancestor_ids or not ids else or_(own, JobRun.organisation_id.is_(None))


def _criteria(actor: Actor) -> list[Any]:
    """Return the wall for reading. Each lambda asks the same of every class it is for: SQLAlchemy keeps its parameters by their place, and one
    that asks more of some classes gives those of its neighbours the wrong numbers.
    """
    own, readable = tuple(sorted(actor.organisation_ids)), tuple(sorted(actor.readable_ids))
    options = {"include_aliases": True, "propagate_to_loaders": False}
    return [
        with_loader_criteria(Owned, lambda cls: cls.organisation_id.in_(own), **options),
        with_loader_criteria(TargetGroup, lambda cls: _group_seen(cls, own, readable), track_closure_variables=False, **options),
        with_loader_criteria(
            TargetGroupMember, lambda cls: _group_member_seen(cls, own, readable), track_closure_variables=False, **options
        ),
        with_loader_criteria(Shared, lambda cls: cls.organisation_id.in_(readable), **options),
        with_loader_criteria(
            OfRelation, lambda cls: _relation_seen(cls.relation_id, cls.organisation_id, own), track_closure_variables=False, **options
        ),
        with_loader_criteria(
            Relation, lambda cls: _relation_seen(cls.id, cls.organisation_id, own), track_closure_variables=False, **options
        ),
        with_loader_criteria(Organisation, lambda cls: cls.id.in_(readable), **options),
        with_loader_criteria(AuditRecord, lambda cls: cls.organisation_id.in_(own), **options),
        with_loader_criteria(JobRun, _runs_seen(actor, own), **options),
    ]


def _touches_scoped(statement: Any) -> bool:
    classes = _classes_by_table()
    names = {element.name for element in visitors.iterate(statement) if isinstance(element, TableClause)}
    return any(name in classes and kind_of(classes[name]) != "unscoped" for name in names)


def _read_within_scope(state: ORMExecuteState) -> None:
    if state.is_column_load or state.is_insert:
        return
    actor = current_actor()
    if actor is not None and actor.is_system:
        return
    if actor is None:
        if _touches_scoped(state.statement):
            raise NoActor("rows of an organisation were asked for without an actor")
        return
    if _began_as(state.session) is not actor:
        raise NoActor("the actor changed inside a transaction: use working_as(...)")
    state.statement = state.statement.options(*_criteria(actor))


def _began_as(session: Session) -> Actor | None:
    if "actor" not in session.info:
        session.connection()  # begins the transaction, which notes the actor
    return session.info.get("actor")


def _note_actor(session: Session, transaction: Any, connection: Any) -> None:
    if transaction.nested:
        return
    actor = session.info["actor"] = current_actor()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_postgresql_scope(actor, connection))


def _postgresql_scope(actor: Actor | None, connection: Any) -> str:
    """Return the statement that tells row-level security who acts, until the transaction ends. Only numbers go in."""
    own = ",".join(str(int(i)) for i in sorted(actor.organisation_ids)) if actor else ""
    readable = ",".join(str(int(i)) for i in sorted(actor.readable_ids)) if actor else ""
    system = "on" if actor and actor.is_system else "off"
    role = f"SET LOCAL ROLE {APP_ROLE}; " if connection.info.get("lowers_role") else ""
    return f"{role}SET LOCAL app.scope = '{{{own}}}'; SET LOCAL app.readable = '{{{readable}}}'; SET LOCAL app.system = '{system}'"


def _forget_actor(session: Session, transaction: Any) -> None:
    if transaction.parent is None:
        session.info.pop("actor", None)


def _write_within_scope(session: Session, _context: object, _instances: object) -> None:
    actor = current_actor()
    if actor is not None and actor.is_system:
        return
    changed = [*session.new, *(row for row in session.dirty if session.is_modified(row)), *session.deleted]
    for row in changed:
        kind = kind_of(type(row))
        if kind == "unscoped":
            continue
        if actor is None:
            raise NoActor(f"{type(row).__name__} was written without an actor")
        with session.no_autoflush:
            _check_row(session, actor, row, kind)


def _check_row(session: Session, actor: Actor, row: Any, kind: str) -> None:
    if isinstance(row, Organisation):
        allowed = row.id in actor.organisation_ids or (
            row in session.new and actor.may_write(row.parent_id or getattr(row.parent, "id", None))
        )
        if not allowed or (row.id == actor.organisation_id and inspect(row).attrs.parent_id.history.has_changes()):
            raise OutOfScopeError("organisation out of scope")
    elif (
        kind in ("owned", "shared")
        or (kind == "special" and not isinstance(row, Relation))
        or (row in session.new and not isinstance(row, OfRelation))
    ):
        _check_organisation(actor, row)
    elif isinstance(row, Relation):
        state = inspect(row)
        if state.attrs.organisation_id.history.has_changes():
            _check_organisation(actor, row)
        _require_visible(session, Relation, row.id)
    _check_references(session, row)


def _check_organisation(actor: Actor, row: Any) -> None:
    history = inspect(row).attrs.organisation_id.history
    chosen = getattr(row, "organisation", None)
    new = chosen.id if chosen is not None else row.organisation_id
    for organisation_id in {new, *(history.deleted or ())} - {None}:
        if organisation_id not in actor.organisation_ids:
            raise OutOfScopeError(f"{type(row).__name__} out of scope")
    if new is None and not isinstance(row, AuditRecord):
        raise OutOfScopeError(f"{type(row).__name__} without organisation")


def _check_references(session: Session, row: Any) -> None:
    """Refuse a new reference to a row that the actor cannot see."""
    state = inspect(row)
    classes = _classes_by_table()
    for attribute in state.mapper.column_attrs:
        column = attribute.columns[0]
        targets = {key.column.table.name for key in column.foreign_keys if key.column.name == "id"}
        value = getattr(row, attribute.key, None)
        if not targets or value is None or not state.attrs[attribute.key].history.added:
            continue
        for target in targets:
            mapped = classes[target]
            if kind_of(mapped) != "unscoped" and not _is_pending(session, mapped, value):
                _require_visible(session, mapped, value)
    for link in state.mapper.relationships:
        if link.direction.name != "MANYTOONE" or link.viewonly or not state.attrs[link.key].history.added:
            continue
        chosen = getattr(row, link.key)
        if chosen is not None and chosen.id is not None and chosen not in session.new and kind_of(type(chosen)) != "unscoped":
            _require_visible(session, type(chosen), chosen.id)


def _is_pending(session: Session, mapped: type, row_id: int) -> bool:
    return any(isinstance(new, mapped) and new.id == row_id for new in session.new)


def _require_visible(session: Session, mapped: Any, row_id: int) -> None:
    found: Select[Any] = select(mapped.id).where(and_(mapped.id == row_id))
    if session.scalar(found) is None:
        raise OutOfScopeError(f"{mapped.__name__} out of scope")


def _classes_by_table() -> dict[str, type]:
    return {mapper.class_.__tablename__: mapper.class_ for mapper in Model.registry.mappers if hasattr(mapper.class_, "__tablename__")}


def install() -> None:
    """Put the wall on every session of this process; twice is once."""
    if event.contains(Session, "do_orm_execute", _read_within_scope):
        return
    event.listen(Session, "do_orm_execute", _read_within_scope)
    event.listen(Session, "before_flush", _write_within_scope)
    event.listen(Session, "after_begin", _note_actor)
    event.listen(Session, "after_transaction_end", _forget_actor)


def remove() -> None:
    """Take the wall down: only the tests that prove wall 2 do this."""
    event.remove(Session, "do_orm_execute", _read_within_scope)
    event.remove(Session, "before_flush", _write_within_scope)
