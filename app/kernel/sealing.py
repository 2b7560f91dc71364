"""Seals on the audit trail: a chain of hashes, so that a line changed, taken out or slipped in behind the program's back is found and named.

Lines are written by many at once, so they cannot be chained as they come. A job seals what is there every few minutes: a seal holds a digest of
each line it covers and the hash over these and over the seal before it. A line that was committed late comes into a later seal.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Row, func, insert, select

from app.kernel import clock
from app.kernel.db import db
from app.kernel.models import AuditRecord, AuditRedaction, AuditSeal
from app.kernel.unit_of_work import transaction

START = "0" * 64
WIPED = "(gewist)"  # stands where a value was
DIGEST_BYTES = 8
BATCH = 5_000
# Longer than any transaction lasts: a line with a lower number can come to light until then.
LONGEST_TRANSACTION = timedelta(hours=1)
_LINE = AuditRecord.__table__.c
_SEAL = AuditSeal.__table__.c
_COLUMNS = (
    _LINE.id, _LINE.organisation_id, _LINE.at, _LINE.actor, _LINE.user_id, _LINE.address, _LINE.action, _LINE.table_name, _LINE.row_id,
    _LINE.changes, _LINE.device, _LINE.salt,
)  # fmt: skip
_CHANGES, _DEVICE, _SALT = 9, 10, 11


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
    wiped: int = 0


def digest_of(line: Row[Any] | Sequence[Any], values_hash: str | None = None) -> bytes:
    """Return the digest of one line: number, whose, when, who, from where, what, and old and new.

    Of a line with a salt it covers the hash of salt and values instead of the values: who wiped these (`values_hash` is kept then)
    cannot change the rest of the line, and the digest does not help to guess them. Lines from before that are covered as they were.
    """
    plain = [value.isoformat() if isinstance(value, date) else value for value in line]
    head, device, salt = plain[:_CHANGES], plain[_DEVICE], plain[_SALT]
    if salt is not None or values_hash is not None:
        text = _written([*head, device, values_hash or values_hash_of(line)])
    else:
        text = _written([*head, plain[_CHANGES]] if device is None else [*head, plain[_CHANGES], device])
    return sha256(text).digest()[:DIGEST_BYTES]


def values_hash_of(line: Row[Any] | Sequence[Any]) -> str:
    """Return the hash of the salt and the values of a line."""
    return sha256(_written([line[_SALT], line[_CHANGES]])).hexdigest()


def _written(plain: list[Any]) -> bytes:
    return json.dumps(plain, separators=(",", ":"), ensure_ascii=True, sort_keys=True).encode("ascii")


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
        digests = b"".join(digest_of(line) for line in lines_of(numbers))
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


def lines_of(numbers: Sequence[int]) -> list[Row[Any]]:
    """Return lines of the trail as their digest is made of them, lowest first."""
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
    redactions = {row.line: row for row in db.session.execute(select(*AuditRedaction.__table__.c))}
    finding = _untold(redactions.values())
    last_seal = 0
    while finding is None and (seals := _seals(last_seal)):
        for seal in seals:
            finding = _wrong_with(seal, previous, redactions)
            if finding:
                break
            previous, sealed, last_seal = seal.hash, sealed + len(seal.digests) // DIGEST_BYTES, seal.id
    waiting = _unsealed()
    if finding is None:
        finding = _slipped_in(sealed, len(waiting))
    return Checked(sealed, len(waiting), previous, finding, len(redactions))


def _seals(after: int, from_line: int = 0) -> list[Row[Any]]:
    """Return the next seals after one, leaving out those that end before a line."""
    wanted = select(_SEAL.id, _SEAL.previous_hash, _SEAL.hash, _SEAL.ranges, _SEAL.digests, _SEAL.sealed_at).where(_SEAL.id > after)
    return list(db.session.execute(wanted.where(_SEAL.until_line >= from_line).order_by(_SEAL.id).limit(20)))


def sealed_digests(numbers: Iterable[int]) -> dict[int, bytes]:
    """Return the digest under which each of these lines was sealed; lines without a seal are left out."""
    wanted = sorted(numbers)
    found: dict[int, bytes] = {}
    last = 0
    while len(found) < len(wanted) and (seals := _seals(last, wanted[0])):
        for seal in seals:
            place = 0
            for first, until in seal.ranges:
                for number in wanted[bisect_left(wanted, first) : bisect_right(wanted, until)]:
                    start = (place + number - first) * DIGEST_BYTES
                    found[number] = seal.digests[start : start + DIGEST_BYTES]
                place += until - first + 1
            last = seal.id
            if len(found) == len(wanted):
                break
    return found


def wiped(value: Any) -> Any:
    """Return the values of a line without what they were: what was empty stays empty."""
    if isinstance(value, dict):
        return {name: wiped(one) for name, one in value.items()}
    if isinstance(value, list):
        return [None if one is None else WIPED for one in value]
    return None if value is None else WIPED


def told_digest(rows: Iterable[Row[Any] | AuditRedaction]) -> str:
    """Return what the line that tells of redactions holds of them."""
    parts = [[row.line, row.was.hex(), row.now.hex(), row.values_hash] for row in sorted(rows, key=lambda row: row.line)]
    return sha256(_written(parts)).hexdigest()


def _untold(redactions: Iterable[Row[Any]]) -> Finding | None:
    """Return a redaction that no line of the trail tells of, if there is one."""
    told: dict[int, list[Row[Any]]] = {}
    for row in redactions:
        told.setdefault(row.told_in, []).append(row)
    for number, rows in told.items():
        by = db.session.execute(select(_LINE.action, _LINE.changes).where(_LINE.id == number)).first()
        if by is None or by.action != "redact" or by.changes.get("digest") != told_digest(rows):
            return Finding(min(row.line for row in rows), "deze regel is gewist zonder dat het logboek dat zegt")
    return None


def _holds(line: Row[Any], kept: bytes, redaction: Row[Any] | None) -> bool:
    """Whether a line is what was sealed: as it stands, or wiped since then and nothing else."""
    digest = digest_of(line)
    if redaction is None:
        return digest == kept
    if digest != redaction.now or line.salt is not None or line.changes != wiped(line.changes):
        return False
    as_it_was = redaction.values_hash is None or digest_of(line, redaction.values_hash) == redaction.was
    return as_it_was and kept in (redaction.was, redaction.now)


def _wrong_with(seal: Row[Any], previous: str, redactions: Mapping[int, Row[Any]]) -> Finding | None:
    if seal.previous_hash != previous:
        return Finding(None, f"zegel {seal.id} sluit niet aan op het vorige: er is een zegel weggehaald of veranderd")
    if seal_hash(previous, seal.ranges, seal.digests) != seal.hash:
        return Finding(None, f"zegel {seal.id} is buiten het programma om veranderd")
    kept = (seal.digests[place : place + DIGEST_BYTES] for place in range(0, len(seal.digests), DIGEST_BYTES))
    numbers = [number for first, last in seal.ranges for number in range(first, last + 1)]
    lines = {line.id: line for line in lines_of(numbers)}
    for number, digest in zip(numbers, kept, strict=True):
        if number not in lines:
            return Finding(number, "deze regel is buiten het programma om verwijderd")
        if not _holds(lines[number], digest, redactions.get(number)):
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
