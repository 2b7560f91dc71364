"""What a payment says about itself: references with a check, and numbers in its free text."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from app.bank.statement import Payment
from app.kernel.identifiers import is_kenmerk, is_rf_reference

_GROUPS = re.compile(r"[0-9]+")
_RF = re.compile(r"RF[0-9]{2}[A-Z0-9]{1,21}")
_LOOSE = re.compile(r"[\s.\-]")
_MOST_GROUPS = 5  # a betalingskenmerk is printed in four groups
_MOST_TEXT = 1000


def structured_reference(payment: Payment) -> str:
    """Return the structured reference when its check figure is right, else an empty text."""
    bare = bare_reference(payment.reference)
    return bare if bare and (is_kenmerk(bare) or is_rf_reference(bare)) else ""


def bare_reference(text: str) -> str:
    """Return a reference without spaces, dots and dashes, in capitals."""
    return _LOOSE.sub("", text).upper()


def digits_of(number: str) -> str:
    """Return the figures of an invoice number."""
    bare = number.replace("-", "")
    return bare if bare.isdigit() and bare.isascii() else "".join(c for c in bare if "0" <= c <= "9")


def digit_runs(text: str) -> list[str]:
    """Return every row of figures in a text, also those that were written in up to five groups with one sign between.

    The longest come first from each place, so that `2026-00123` is found before `2026`.
    """
    found: dict[str, None] = {}
    groups = [(m.start(), m.end(), m.group()) for m in _GROUPS.finditer(text[:_MOST_TEXT])]
    for index, (_, end, group) in enumerate(groups):
        rows = [group]
        last = end
        for start, stop, more in groups[index + 1 : index + _MOST_GROUPS]:
            if start - last > 1 or text[last:start] not in (" ", "-", "/", ".", ""):
                break
            rows.append(rows[-1] + more)
            last = stop
        for row in reversed(rows):
            found.setdefault(row)
    return list(found)


def rf_references(text: str, wanted: Container[str] | None = None) -> Iterator[str]:
    """Yield every valid RF reference in a text, also when it is printed in groups; with `wanted` only those."""
    squeezed = _LOOSE.sub("", text[:_MOST_TEXT]).upper()
    if "RF" not in squeezed:
        return
    for match in re.finditer("(?=RF[0-9]{2})", squeezed):
        long = _RF.match(squeezed, match.start())
        if long:
            for end in range(long.end(), match.start() + 4, -1):
                found = squeezed[match.start() : end]
                if (wanted is None or found in wanted) and is_rf_reference(found):
                    yield found


def one_off(digits: str) -> Iterator[str]:
    """Yield every row of figures that one slip makes of another: one wrong, two swapped, one left out, one too many."""
    for i, right in enumerate(digits):
        for other in "0123456789":
            if other != right:
                yield digits[:i] + other + digits[i + 1 :]
        yield digits[:i] + digits[i + 1 :]
        if i + 1 < len(digits) and digits[i + 1] != right:
            yield digits[:i] + digits[i + 1] + right + digits[i + 2 :]
    for i in range(len(digits) + 1):
        for more in "0123456789":
            yield digits[:i] + more + digits[i:]
