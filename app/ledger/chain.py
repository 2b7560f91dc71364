"""The hash chain over the entries of one administration: each hash covers the entry, its lines and the hash before it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256
from typing import NamedTuple

START = "0" * 64  # what the first entry points back at
_write = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode


class LineContent(NamedTuple):
    """What the hash covers of a line."""

    position: int
    account_id: int
    amount_cents: int
    description: str
    relation_id: int | None
    item_number: str | None
    due_date: date | None
    cost_centre_id: int | None


class EntryContent(NamedTuple):
    """What the hash covers of an entry, besides its lines."""

    organisation_id: int
    chain: int
    id: int
    journal: str
    book_year_id: int
    number: int
    entry_date: date
    description: str
    source_table: str | None
    source_id: int | None
    reverses_id: int | None
    posted_by: str


def content_of(entry: EntryContent, lines: Iterable[Sequence[object]]) -> str:
    """Write an entry and its lines (as `LineContent`) as one text, the same on every machine: JSON in ASCII, days as ISO."""
    head = [value.isoformat() if isinstance(value, date) else value for value in entry]
    # Position 6 is the due date; spelt out because this runs for each line of a season.
    rows = [(*line[:6], line[6] and line[6].isoformat(), line[7]) for line in lines]  # type: ignore[attr-defined]
    return _write([head, rows])


def hash_of(previous_hash: str, content: str) -> str:
    """Return the hash of an entry with this content after the entry with `previous_hash`."""
    return sha256(f"{previous_hash}\n{content}".encode("ascii")).hexdigest()
