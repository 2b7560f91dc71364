"""One business action is one transaction: the outermost block commits, inner ones join it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.kernel.actor import Actor, acting_as
from app.kernel.db import db

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEPTH, _DOOMED, _COMMITTING = "uow_depth", "uow_doomed", "uow_committing"


@contextmanager
def transaction() -> Iterator[Session]:
    """Do the block whole or not at all.

    The outermost block takes the write lock at once (SQLite: BEGIN IMMEDIATE) and commits at its end; any exception
    undoes everything. Raises RuntimeError when there is unsaved work from before the block, or when a failure of an
    inner block was swallowed.
    """
    session = db.session()
    info = session.info
    depth = info.get(_DEPTH, 0)
    if depth == 0:
        _start_writing(session)
    info[_DEPTH] = depth + 1
    try:
        yield session
        if depth == 0:
            if info.pop(_DOOMED, False):
                raise RuntimeError("a failed inner action was swallowed; refusing to commit half of it")
            info[_COMMITTING] = True
            session.commit()
    except BaseException:
        if depth == 0:
            info.pop(_DOOMED, None)
            info[_DEPTH] = 0
            session.rollback()
        else:
            info[_DOOMED] = True
        raise
    finally:
        info[_DEPTH] = depth
        info.pop(_COMMITTING, None)


def _start_writing(session: Session) -> None:
    if session.new or session.deleted or any(session.is_modified(row) for row in session.dirty):
        raise RuntimeError("unsaved work from before the transaction would be lost: begin the transaction first")
    if session.in_transaction():
        session.rollback()  # what was read before is read again, now that nobody else can write in between
    session.connection(execution_options={"writes": True})


@contextmanager
def savepoint() -> Iterator[Session]:
    """One item of a batch: its failure undoes that item only."""
    session = db.session()
    if session.info.get(_DEPTH, 0) == 0:
        raise RuntimeError("savepoint() lives inside transaction()")
    with session.begin_nested():
        depth = session.info[_DEPTH]
        try:
            yield session
        except BaseException:
            session.info.pop(_DOOMED, None)  # inner blocks of this item are undone with it
            session.info[_DEPTH] = depth
            raise


@contextmanager
def working_as(actor: Actor | None) -> Iterator[Actor | None]:
    """Bind `actor` for the block, with nothing in the session of who acted before or after.

    Raises RuntimeError inside a unit of work: one action has one actor.
    """
    if in_transaction():
        raise RuntimeError("the actor cannot change inside a transaction")
    _forget()
    with acting_as(actor):
        try:
            yield actor
        finally:
            _forget()


@contextmanager
def aside(actor: Actor) -> Iterator[None]:
    """Read as another actor, in a session of its own beside that of the block around it, also inside a unit of work. Nothing is kept."""
    with current_app.app_context(), acting_as(actor):
        try:
            yield
        finally:
            db.session.remove()


def _forget() -> None:
    session = db.session()
    session.rollback()
    session.expunge_all()


def in_transaction() -> bool:
    """Whether a unit of work is open."""
    return bool(db.session().info.get(_DEPTH, 0))


@event.listens_for(Session, "before_commit")
def _refuse_stray_commit(session: Session) -> None:
    if session.info.get(_DEPTH, 0) > 0 and not session.info.get(_COMMITTING) and not session.in_nested_transaction():
        raise RuntimeError("commit() inside a unit of work")
