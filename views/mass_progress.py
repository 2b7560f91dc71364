"""How far mass invoicing is: its steps with their addresses, and the progress of its background work in words."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.background.models import JobRun
from app.background.queries import time_left
from app.invoicing.queries.work import is_busy
from views.formats import number

STEPS = (
    (_("For whom and what"), "new"),
    (_("Check"), "check"),
    (_("Make invoices"), "make"),
    (_("Review and post"), "review"),
    (_("Send"), "send"),
)


def steps(endpoint: str, run_id: int | None, at: int, reached: int = 1) -> list[Any]:
    """Return the names of the steps; those that can be opened are links. `at` and `reached` count from 1."""
    shown: list[Any] = []
    for place, (name, step) in enumerate(STEPS, 1):
        opens = run_id is not None and place != at and 1 < place <= reached and not (place == 2 and reached == 5)
        address = url_for(f"{endpoint}.{step}", run_id=run_id) if opens else ""
        shown.append(Markup('<a href="{}">{}</a>').format(address, name) if address else str(name))
    return shown


def progress_of(work: JobRun | None) -> dict[str, Any]:
    """Return how far work is, as the progress bar asks it."""
    if work is None:
        return {"done": 0, "total": 0, "text": "", "ended": True}
    return {"done": work.progress_done, "total": work.progress_total, "text": _words(work), "ended": not is_busy(work)}


def _words(work: JobRun) -> str:
    if work.state == "queued":
        return gettext("Stands in line, begins within a minute")
    if work.stop_asked and work.state == "running":
        return gettext("Stops at the next whole step")
    if not is_busy(work):
        return work.result or ""
    told = (
        gettext("%(done)s of %(total)s", done=number(work.progress_done), total=number(work.progress_total)) if work.progress_total else ""
    )
    left = time_left(work)
    if left is None:
        return told or gettext("Busy")
    seconds = max(int(left.total_seconds()), 1)
    if seconds < 60:
        rest = ngettext("about %(num)s second left", "about %(num)s seconds left", seconds)
    else:
        rest = ngettext("about %(num)s minute left", "about %(num)s minutes left", round(seconds / 60))
    return f"{told} · {rest}"
