"""Whether the chain over the entries still holds: every hash counted again, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import func, select

from app.kernel.db import db
from app.kernel.models import NumberSeries
from app.kernel.periods import dutch_date
from app.ledger.chain import START, EntryContent, LineContent, content_of, hash_of
from app.ledger.checking import Violation
from app.ledger.models import JOURNALS, JournalEntry, JournalLine

_BATCH = 5_000
_ENTRY = [getattr(JournalEntry, name) for name in EntryContent._fields]
_LINE = [getattr(JournalLine, name) for name in LineContent._fields]


def chain_intact(organisation_id: int) -> Iterator[Violation]:
    """Every entry has the hash of its content and of the entry before it, none is missing; names the first that is not so.

    What comes after a broken one cannot be judged, so there is at most one violation.
    """
    previous, expected = START, 1
    for row, lines in _entries(organisation_id):
        content, kept_previous, kept = EntryContent(*row[:-2]), row[-2], row[-1]
        where = f"{JOURNALS.get(content.journal, content.journal)} {content.number} van {dutch_date(content.entry_date)}"
        if content.chain != expected:
            yield Violation(
                "hash_chain", where, f"plaats {expected} in de keten ontbreekt: een boeking is buiten het programma om verwijderd"
            )
            return
        if kept_previous != previous:
            yield Violation("hash_chain", where, "de boeking sluit niet aan op de vorige: de volgorde is buiten het programma om veranderd")
            return
        if hash_of(previous, content_of(content, lines)) != kept:
            yield Violation("hash_chain", where, "de inhoud is buiten het programma om veranderd")
            return
        previous, expected = kept, expected + 1
    given = db.session.scalar(
        select(func.max(NumberSeries.last_number)).where(NumberSeries.organisation_id == organisation_id, NumberSeries.series == "chain")
    )
    if (given or 0) != expected - 1:
        yield Violation(
            "hash_chain", f"einde van de keten, na plaats {expected - 1}", f"er zijn {given or 0} boekingen gemaakt: de laatste ontbreken"
        )


def _entries(organisation_id: int) -> Iterator[tuple[Any, list[Any]]]:
    """Give entry after entry in order of the chain, each with its lines."""
    after = -1
    while True:
        entries = db.session.execute(
            select(*_ENTRY, JournalEntry.previous_hash, JournalEntry.hash)
            .where(JournalEntry.organisation_id == organisation_id, JournalEntry.chain > after)
            .order_by(JournalEntry.chain)
            .limit(_BATCH)
        ).all()
        if not entries:
            return
        after = entries[-1].chain
        numbers = [entry.id for entry in entries]
        lines = db.session.execute(
            select(JournalLine.entry_id, *_LINE)
            .where(JournalLine.organisation_id == organisation_id, JournalLine.entry_id.between(min(numbers), max(numbers)))
            .order_by(JournalLine.entry_id, JournalLine.position)
        )
        by_entry = {entry_id: [row[1:] for row in rows] for entry_id, rows in groupby(lines, key=itemgetter(0))}
        for entry in entries:
            yield entry, by_entry.get(entry.id, [])
