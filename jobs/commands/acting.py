"""What every command needs: who acts, and a refusal that scripts and people can read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from app.kernel.actor import Actor, system_actor
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import working_as
from app.organisations.queries import actor_for, by_code


@contextmanager
def acting_in(code: str) -> Iterator[Actor]:
    """Act from the command line in one organisation and all below it. Raises NotFound for an unknown code."""
    with working_as(system_actor("opdrachtregel")):
        actor = actor_for(by_code(code).id, f"opdrachtregel {code}")
    with working_as(actor):
        yield actor


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a refusal into its Dutch sentence on stderr and exit code 1."""
    try:
        yield
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None
