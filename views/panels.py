"""Tabs of their own making on the card of a row: groups of cards with what hangs on them. Drawn by one template for all screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Link:
    """A button: text, icon, address; `posts` when it acts at once."""

    text: Any
    icon: str
    address: str
    posts: bool = False


@dataclass(frozen=True)
class Item:
    """One thing on a card: what it is called, a sentence about it, and its buttons."""

    title: Any
    text: Any = ""
    links: Sequence[Link] = ()


@dataclass(frozen=True)
class Card:
    """A row of another table with what hangs on it, in order."""

    title: Any
    address: str = ""
    value: Any = ""
    lines: Sequence[Any] = ()
    items: Sequence[Item] = ()
    links: Sequence[Link] = ()
    empty: Any = ""


@dataclass(frozen=True)
class Group:
    """Cards under one heading, folded in while it is not `is_open`."""

    title: Any
    cards: Sequence[Card]
    links: Sequence[Link] = ()
    is_open: bool = True


@dataclass(frozen=True)
class Panel:
    """A tab: its name, how many things are in it, groups of cards, and what to say when there are none."""

    title: Any
    groups: Sequence[Group] = field(default_factory=list)
    count: int | None = None
    links: Sequence[Link] = ()
    empty: Any = ""
