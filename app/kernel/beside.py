"""Write side by side: parts of one piece of work in units of work of their own, while the caller goes on.

PostgreSQL proves what a row points at one row at a time, in the process of the session that writes it: two sessions do twice as much,
and Python works on meanwhile. SQLite has one writer, so there is nothing to share out.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from flask import current_app

from app.kernel.actor import the_actor
from app.kernel.db import db, is_sqlite
from app.kernel.unit_of_work import transaction, working_as


def can_share() -> bool:
    """Whether this database lets two sessions write at once."""
    return not is_sqlite(db.session().connection())


class Hands:
    """Sessions that write beside the caller's, each part as one unit of work of the same actor.

    Parts are kept in the order in which they were given: one that fails takes all later ones with it, so what is there is always
    the first so many. What they write must not need what the caller has not committed yet. Leaving the block waits for them all, and
    raises what the first failing one raised.
    """

    def __init__(self, count: int = 2) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="beside")
        self._given: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.shutdown(wait=True)
        if error is None:
            for part in self._given:
                part.result()

    @property
    def are_busy(self) -> bool:
        """Whether parts were given."""
        return bool(self._given)

    def give(self, write: Callable[[], Any]) -> None:
        """Let a part be written while the caller goes on; `write` runs inside a transaction of its own."""
        flask, actor = current_app._get_current_object(), the_actor()  # type: ignore[attr-defined]
        before = self._given[-1] if self._given else None

        def work() -> None:
            with flask.app_context(), working_as(actor), transaction():
                write()
                if before is not None:
                    before.result()  # raises what the part before it raised: then this one is undone as well

        self._given.append(self._pool.submit(work))
