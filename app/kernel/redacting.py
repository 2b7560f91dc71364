"""Wipes old and new values from the audit trail and keeps the chain of seals whole.

A wiped line keeps who did what to which row, when and from where; its values become "(gewist)". Its old digest stays in its seal. A row of
`audit_redaction` keeps the digests before and after, and a line of the trail tells of it, which is sealed as any other: so values can be
wiped, but never put in their place, and never in silence. See decision 025.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import bindparam, insert, select, update

from app.kernel import sealing
from app.kernel.audit import line_of
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.models import AuditRecord, AuditRedaction
from app.kernel.unit_of_work import transaction

_BATCH = 500


def redact(numbers: Iterable[int], organisation_id: int | None, why: str) -> int:
    """Wipe the values of these lines and return how many were not wiped yet. For a system actor; twice is once.

    Raises DomainError `trail_broken` for a line that is not what was sealed: a change behind the program's back stays in sight.
    """
    source = iter(sorted(set(numbers)))
    count = 0
    while part := list(islice(source, _BATCH)):
        with transaction():
            count += _redact(part, organisation_id, why)
    return count


def _redact(numbers: list[int], organisation_id: int | None, why: str) -> int:
    session = db.session
    table = AuditRedaction.__table__
    done = set(session.scalars(select(table.c.line).where(table.c.line.in_(numbers))))
    sealed = sealing.sealed_digests(set(numbers) - done)
    rows = []
    for line in sealing.lines_of(sorted(set(numbers) - done)):
        was = sealing.digest_of(line)
        if sealed.get(line.id, was) != was:
            raise DomainError(
                "trail_broken",
                f"Regel {line.id} van het logboek is buiten het programma om veranderd. Laat de beheerder eerst “flask audit check” draaien.",
                line=line.id,
            )
        blank = sealing.wiped(line.changes)
        values_hash = sealing.values_hash_of(line) if line.salt is not None else None
        now = sealing.digest_of([*line[:9], blank, line.device, None])
        rows.append({"line": line.id, "was": was, "now": now, "values_hash": values_hash, "blank": blank})
    if not rows:
        return 0
    kept = [AuditRedaction(**{name: value for name, value in row.items() if name != "blank"}) for row in rows]
    told = line_of("redact", AuditRecord.__tablename__, None, organisation_id, {
        "why": why, "lines": len(rows), "digest": sealing.told_digest(kept),
    })  # fmt: skip
    told_in = session.scalar(insert(AuditRecord.__table__).values(**told).returning(AuditRecord.__table__.c.id))
    session.execute(insert(table), [{**{k: v for k, v in row.items() if k != "blank"}, "told_in": told_in} for row in rows])
    lines = AuditRecord.__table__
    session.execute(
        update(lines).where(lines.c.id == bindparam("line")).values(changes=bindparam("blank"), salt=None),
        [{"line": row["line"], "blank": row["blank"]} for row in rows],
    )
    return len(rows)
