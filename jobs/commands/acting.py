"""What every command needs: who acts, and a refusal that scripts and people can read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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


class Percent(click.ParamType):
    """A percentage as people write it, `2,5` or `2.5`, as whole basis points."""

    name = "procent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return basis points."""
        found = re.fullmatch(r"([-−]?)(\d{1,4})(?:[,.](\d{1,2}))?\s*%?", str(value))
        if found is None:
            self.fail(f"“{value}” is geen percentage. Schrijf bijvoorbeeld 2,5.", param, ctx)
        points = int(found[2]) * 100 + int((found[3] or "").ljust(2, "0"))
        return -points if found[1] else points


PERCENT = Percent()
