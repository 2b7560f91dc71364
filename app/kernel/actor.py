"""Who acts, and in which organisations. Every statement on rows of an organisation needs one: no actor, no rows."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a named part of the system, bound to one environment.

    `organisation_id` is the environment; `organisation_ids` is it and all below it: what may be read and written;
    `ancestor_ids` is what lies above it, whose settings may be read and never written.
    `is_system` lifts both walls: for migrations, the demo and jobs over all organisations, and always by name.
    `hidden_fields` are the sensitive fields, as `security/field_rights.py` names them, that this person may not see.
    """

    name: str
    organisation_id: int | None = None
    organisation_ids: frozenset[int] = frozenset()
    ancestor_ids: frozenset[int] = frozenset()
    user_id: int | None = None
    is_system: bool = False
    address: str = ""
    hidden_fields: frozenset[str] = frozenset()

    @property
    def readable_ids(self) -> frozenset[int]:
        """Return the organisations whose settings may be read."""
        return self.organisation_ids | self.ancestor_ids

    def may_write(self, organisation_id: int | None) -> bool:
        """Whether rows of this organisation may be written."""
        return self.is_system or organisation_id in self.organisation_ids


class NoActor(RuntimeError):
    """Rows of an organisation were touched without saying who acts: a fault in the program, never shown as it is."""


_current: ContextVar[Actor | None] = ContextVar("actor", default=None)


def current_actor() -> Actor | None:
    """Return who acts now, or None."""
    return _current.get()


def the_actor() -> Actor:
    """Return who acts now. Raises NoActor."""
    actor = _current.get()
    if actor is None:
        raise NoActor("no actor is bound: use acting_as(...)")
    return actor


@contextmanager
def acting_as(actor: Actor | None) -> Iterator[Actor | None]:
    """Bind `actor` for the block. The database session must not be inside a transaction of somebody else."""
    token = _current.set(actor)
    try:
        yield actor
    finally:
        _current.reset(token)


def system_actor(name: str) -> Actor:
    """Return the named part of the system that may touch all organisations, for example `system_actor("demo")`."""
    return Actor(name=f"systeem:{name}", is_system=True)
