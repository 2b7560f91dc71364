"""The timetable: its rows, the moments that fall due, and which process watches it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import case, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.background.kinds import KINDS, SCHEDULED
from app.background.models import Job, JobRun, Lease
from app.background.schedule import last_moment, parse_schedule
from app.kernel import clock
from app.kernel.db import db, is_sqlite
from app.kernel.unit_of_work import transaction
from app.organisations.queries import root_id

_MINUTE = timedelta(minutes=1)


def _insert(table: type) -> Any:
    return (sqlite if is_sqlite(db.session().connection()) else postgresql).insert(table)


def sync_timetable() -> None:
    """Give each scheduled kind of work its row; a schedule that was changed on the screen stays, work that is gone loses its row."""
    with transaction() as session:
        now = clock.now()
        for name, kind in KINDS.items():
            if kind.schedule:
                row = {"name": name, "title": kind.title, "schedule": kind.schedule, "is_active": True, "last_tick": now}
                session.execute(_insert(Job).values(**row).on_conflict_do_update(index_elements=["name"], set_={"title": kind.title}))
        session.execute(delete(Job).where(Job.name.not_in(SCHEDULED)).execution_options(synchronize_session=False))


def make_ticks() -> list[str]:
    """Make a run for each job whose moment has come since the last one, and return their names.

    However many were missed, the latest counts; a job that still waits gets no second run. The pair of job and moment is
    unique, so two processes that do this at once make one run. The runs are seen at the top organisation. A last tick in the future (the clock was wrong) is no obstacle.
    """
    made = []
    with transaction() as session:
        now, seen_at = clock.now(), root_id() or None
        for job in session.scalars(select(Job).where(Job.is_active).order_by(Job.name)).all():
            after = job.last_tick if job.last_tick and job.last_tick <= now else now - _MINUTE
            moment = last_moment(parse_schedule(job.schedule), after, now)
            if moment is None:
                continue
            if not session.scalar(select(exists().where(JobRun.job_name == job.name, JobRun.state == "queued"))):
                run = {
                    "organisation_id": seen_at,
                    "job_name": job.name,
                    "tick": moment.isoformat(),
                    "parameters": {},
                    "requested_by": "rooster",
                    "state": "queued",
                }
                run |= {"stop_asked": False, "progress_done": 0, "progress_total": 0, "attempts": 0, "made_at": now}
                statement = _insert(JobRun).values(**run).on_conflict_do_nothing(index_elements=["job_name", "tick"]).returning(JobRun.id)
                if session.execute(statement).first() is not None:
                    made.append(job.name)
            session.execute(update(Job).where(Job.id == job.id).values(last_tick=moment).execution_options(synchronize_session=False))
    return made


def hold_lease(name: str, holder: str, length: timedelta) -> int | None:
    """Take or keep what only one process may have, and return its fence; None while another holds it."""
    with transaction() as session:
        now = clock.now()
        first = _insert(Lease).values(name=name, holder=holder, until=now + length, fence=1)
        taken = case((Lease.holder == holder, Lease.fence), else_=Lease.fence + 1)
        statement = first.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "until": now + length, "fence": taken},
            where=(Lease.holder == holder) | (Lease.until < now),
        )
        return session.execute(statement.returning(Lease.fence)).scalar()


def let_go(name: str, holder: str) -> None:
    """Give a lease back before its time, so that another process need not wait."""
    with transaction() as session:
        mine = update(Lease).where(Lease.name == name, Lease.holder == holder).values(until=clock.now())
        session.execute(mine.execution_options(synchronize_session=False))
