"""Two people cannot both decide: a step is a claim on the state."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.enrollment.models import ENROLLMENT, Enrollment
from app.kernel import audit
from app.kernel.errors import NotFound


def claim(session: Session, enrollment_id: int, verb: str, **values: Any) -> Enrollment:
    """Bring an enrollment to the state that `verb` leads to, if it still may, and return it. Raises NotFound and `wrong_state`."""
    target = ENROLLMENT.steps[verb][1]
    claimed = session.execute(
        update(Enrollment)
        .where(Enrollment.id == enrollment_id, Enrollment.state.in_(ENROLLMENT.sources(verb)))
        .values(state=target, version=Enrollment.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    found = select(Enrollment).where(Enrollment.id == enrollment_id).execution_options(populate_existing=True)
    row = session.scalar(found)
    if row is None:
        raise NotFound
    if claimed.rowcount != 1:
        raise ENROLLMENT.refusal(verb, row.state)
    audit.record(verb, "enrollment", enrollment_id, row.organisation_id, state=target)
    return row
