"""Seals on the audit trail: a chain of hashes, so that a line changed, taken out or slipped in behind the program's back is found and named.

Lines are written by many at once, so they cannot be chained as they come. A job seals what is there every few minutes: a seal holds a digest of
each line it covers and the hash over these and over the seal before it. A line that was committed late comes into a later seal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Row, func, insert, select

from app.kernel import clock
from app.kernel.db import db
from app.kernel.models import AuditRecord, AuditSeal
from app.kernel.unit_of_work import transaction

START = "0" * 64
DIGEST_BYTES = 8
BATCH = 5_000
# Longer than any transaction lasts: a line with a lower number can come to light until then.
LONGEST_TRANSACTION = timedelta(hours=1)
_LINE = AuditRecord.__table__.c
_SEAL = AuditSeal.__table__.c
_COLUMNS = (
    _LINE.id, _LINE.organisation_id, _LINE.at, _LINE.actor, _LINE.user_id, _LINE.address, _LINE.action, _LINE.table_name, _LINE.row_id,
    _LINE.changes,
)  # fmt: skip


class Finding(NamedTuple):
    """What is wrong with the trail: `line` is the number of the audit line, None when it is a seal itself."""

    line: int | None
    detail: str


class Checked(NamedTuple):
    """How the trail stands: lines sealed, lines that wait for a seal, the hash of the last seal, and the first thing that is wrong."""

    sealed: int
    waiting: int
    head: str
    finding: Finding | None


def digest_of(line: Row[Any] | Sequence[Any]) -> bytes:
    """Return the digest of one line: number, whose, when, who, from where, what, and old and new."""
    plain = [value.isoformat() if isinstance(value, date) else value for value in line]
    text = json.dumps(plain, separators=(",", ":"), ensure_ascii=True, sort_keys=True)
    return sha256(text.encode("ascii")).digest()[:DIGEST_BYTES]


def seal_hash(previous: str, ranges: Sequence[Sequence[int]], digests: bytes) -> str:
    """Return the hash of a seal."""
    head = f"{previous}\n{json.dumps([list(pair) for pair in ranges])}\n"
    return sha256(head.encode("ascii") + digests).hexdigest()


def seal_trail() -> int:
    """Seal the lines that have no seal yet and return how many. For a system actor; one at a time."""
    sealed = 0
    while count := _seal_batch():
        sealed += count
    return sealed


def _seal_batch() -> int:
    with transaction() as session:
        previous = session.scalar(select(_SEAL.hash).order_by(_SEAL.id.desc()).limit(1)) or START
        numbers = _unsealed(BATCH)
        if not numbers:
            return 0
        digests = b"".join(digest_of(line) for line in _lines(numbers))
        ranges = _ranges(numbers)
        row = {
            "previous_hash": previous,
            "hash": seal_hash(previous, ranges, digests),
            "ranges": ranges,
            "digests": digests,
            "until_line": numbers[-1],
            "sealed_at": clock.now(),
        }
        session.execute(insert(AuditSeal), [row])
        return len(numbers)


def _unsealed(most: int | None = None) -> list[int]:
    """Return the numbers of lines without a seal, lowest first."""
    settled = select(func.max(_SEAL.until_line)).where(_SEAL.sealed_at < clock.now() - LONGEST_TRANSACTION)
    after = db.session.scalar(settled) or 0
    covered: set[int] = set()
    for ranges in db.session.scalars(select(_SEAL.ranges).where(_SEAL.until_line > after)):
        for first, last in ranges:
            covered.update(range(first, last + 1))
    found = []
    for number in db.session.scalars(select(_LINE.id).where(_LINE.id > after).order_by(_LINE.id)):
        if number not in covered:
            found.append(number)
            if most is not None and len(found) == most:
                break
    return found


def _lines(numbers: Sequence[int]) -> list[Row[Any]]:
    return list(db.session.execute(select(*_COLUMNS).where(_LINE.id.in_(numbers)).order_by(_LINE.id)))


def _ranges(numbers: Sequence[int]) -> list[list[int]]:
    """Return ascending numbers as [first, last] of each unbroken row of them."""
    found = [[numbers[0], numbers[0]]]
    for before, number in pairwise(numbers):
        if number == before + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def check_trail() -> Checked:
    """Count every seal again and return the first thing that is wrong. For a system actor."""
    previous, sealed = START, 0
    finding = None
    last_seal = 0
    while finding is None and (seals := _seals(last_seal)):
        for seal in seals:
            finding = _wrong_with(seal, previous)
            if finding:
                break
            previous, sealed, last_seal = seal.hash, sealed + len(seal.digests) // DIGEST_BYTES, seal.id
    waiting = _unsealed()
    if finding is None:
        finding = _slipped_in(sealed, len(waiting))
    return Checked(sealed, len(waiting), previous, finding)


def _seals(after: int) -> list[Row[Any]]:
    wanted = select(_SEAL.id, _SEAL.previous_hash, _SEAL.hash, _SEAL.ranges, _SEAL.digests, _SEAL.sealed_at).where(_SEAL.id > after)
    return list(db.session.execute(wanted.order_by(_SEAL.id).limit(100)))


def _wrong_with(seal: Row[Any], previous: str) -> Finding | None:
    if seal.previous_hash != previous:
        return Finding(None, f"zegel {seal.id} sluit niet aan op het vorige: er is een zegel weggehaald of veranderd")
    if seal_hash(previous, seal.ranges, seal.digests) != seal.hash:
        return Finding(None, f"zegel {seal.id} is buiten het programma om veranderd")
    kept = (seal.digests[place : place + DIGEST_BYTES] for place in range(0, len(seal.digests), DIGEST_BYTES))
    numbers = [number for first, last in seal.ranges for number in range(first, last + 1)]
    lines = {line.id: line for line in _lines(numbers)}
    for number, digest in zip(numbers, kept, strict=True):
        if number not in lines:
            return Finding(number, "deze regel is buiten het programma om verwijderd")
        if digest_of(lines[number]) != digest:
            return Finding(number, "deze regel is buiten het programma om veranderd")
    return None


def _slipped_in(sealed: int, waiting: int) -> Finding | None:
    """Return a line that got a number among those sealed long ago, if there is one."""
    total = db.session.scalar(select(func.count()).select_from(AuditRecord)) or 0
    if total == sealed + waiting:
        return None
    for number in _numbers_without_seal():
        return Finding(number, "deze regel is er na het verzegelen tussen gezet")
    return Finding(None, "er staan meer regels in het logboek dan er verzegeld zijn")


def _numbers_without_seal() -> Iterator[int]:
    settled = db.session.scalar(select(func.max(_SEAL.until_line)).where(_SEAL.sealed_at < clock.now() - LONGEST_TRANSACTION)) or 0
    covered: set[int] = set()
    for ranges in db.session.scalars(select(_SEAL.ranges)):
        for first, last in ranges:
            covered.update(range(first, last + 1))
    for number in db.session.scalars(select(_LINE.id).where(_LINE.id <= settled).order_by(_LINE.id)):
        if number not in covered:
            yield number
