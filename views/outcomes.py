"""What an action that asks may show under its questions: an answer to read, or a preview of what it would do, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Heads = Sequence[tuple[Any, str]]
"""The heads of a table as (label, css class)."""


@dataclass(frozen=True)
class AnswerTable:
    """A table to read, with a title, a total and a note below it."""

    title: Any
    heads: Heads
    rows: Sequence[Sequence[Any]]
    total: Sequence[Any] = ()
    note: Any = ""


@dataclass(frozen=True)
class Answer:
    """What came of an action that only looks: `said` in words with its tone, tables, and buttons (text, icon, address)."""

    said: Any = ""
    tone: str = "info"
    tables: Sequence[AnswerTable] = ()
    links: Sequence[tuple[Any, str, str]] = ()


@dataclass(frozen=True)
class PreviewRow:
    """One row of a preview: `key` comes back in `answers["chosen"]` when it stays ticked; None cannot be ticked."""

    key: str | None
    cells: Sequence[Any]
    is_marked: bool = False


@dataclass(frozen=True)
class Preview:
    """What an action would do. The user leaves rows out and presses `button`; the action is then called with `answers["chosen"]`."""

    heads: Heads
    rows: Sequence[PreviewRow]
    button: Any
    said: Any = ""
