"""Charts as SVG made on the server, with attributes only: they need no script and no style, and the same numbers stand beside them as a table.

Bars lie under their label, so that they can be read on a phone; the colours are classes of the stylesheet and follow its dark side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

WIDTH, LINE, THICK, THIN, GAP = 360, 18, 11, 6, 13


@dataclass(frozen=True)
class Bar:
    """One label with its value now and before (None: there is no before)."""

    label: str
    now: int
    before: int | None = None


def bars(name: str, title: Any, rows: Sequence[Bar], show: Callable[[int], Any], heads: Sequence[Any]) -> Markup:
    """Return a chart of bars. `heads` are the heads of the hidden table: label, now, before; `show` writes a value."""
    most = max((abs(value) for row in rows for value in (row.now, row.before or 0)), default=0) or 1
    parts, top = [], 0
    for row in rows:
        parts.append(_text(0, top + 13, row.label, "bn-bar-label"))
        parts.append(_text(WIDTH, top + 13, _bare(show(row.now)), "bn-bar-value", "end"))
        top += LINE
        parts.append(_bar(top, row.now, most, THICK, "bn-bar-now"))
        top += THICK + 1
        if row.before is not None:
            parts.append(_bar(top, row.before, most, THIN, "bn-bar-before"))
            top += THIN
        top += GAP
    drawing = Markup(
        '<svg class="bn-chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{}" xmlns="http://www.w3.org/2000/svg"><title id="{}">{}</title>{}</svg>'
    ).format(WIDTH, max(top - GAP, 1), f"{name}-t", f"{name}-t", title, Markup("").join(parts))
    return drawing + _table(title, rows, show, heads)


def _bar(top: int, value: int, most: int, height: int, css: str) -> Markup:
    width = max(abs(value) * WIDTH // most, 1 if value else 0)
    lower = " bn-bar-below" if value < 0 else ""
    return Markup('<rect class="{}" x="0" y="{}" width="{}" height="{}" rx="2"></rect>').format(css + lower, top, width, height)


def _text(left: int, top: int, words: str, css: str, anchor: str = "start") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(css, left, top, anchor, words)


def _table(title: Any, rows: Sequence[Bar], show: Callable[[int], Any], heads: Sequence[Any]) -> Markup:
    """Return the same numbers for who listens."""
    has_before = any(row.before is not None for row in rows)
    shown = heads if has_before else heads[:2]
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(text) for text in shown)
    lines = []
    for row in rows:
        cells = [show(row.now)] + ([show(row.before or 0)] if has_before else [])
        lines.append(
            Markup('<tr><th scope="row">{}</th>{}</tr>').format(
                row.label, Markup("").join(Markup("<td>{}</td>").format(cell) for cell in cells)
            )
        )
    return Markup('<div class="sr-only"><table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>').format(
        title, head, Markup("").join(lines)
    )


def _bare(shown: Any) -> str:
    return shown.striptags() if isinstance(shown, Markup) else str(shown)
