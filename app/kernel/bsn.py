"""Tells a citizen service number (BSN) in free text: an association may not keep one. See decision 026 for where the line lies.

Source: art. 46 Uitvoeringswet AVG (only who has a ground in law may process it); the test on eleven is that of the Rijksdienst voor
Identiteitsgegevens: 9a+8b+7c+6d+5e+4f+3g+2h-i is a multiple of eleven.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.kernel.errors import DomainError

# A whole run of figures with single marks between them: part of a longer number is never taken for one.
_RUN = re.compile(r"(?<![0-9A-Za-z])\+?[0-9]+(?:[ .\-][0-9]+)*(?![0-9A-Za-z])")
_GROUPS = frozenset({(9,), (3, 3, 3), (4, 2, 3), (2, 2, 2, 3), (2, 3, 4)})
_SAYS_SO = re.compile(r"\b(?:bsn|bsn-?nummer|burger ?service ?nummer|sofi(?:-?nummer|nr)?|persoonsnummer)\b", re.IGNORECASE)
# Words that say it is another number, right before it.
_ANOTHER = re.compile(
    r"(?:tel|telefoon|mobiel|gsm|fax|factuur|nota|kenmerk|order|bestelling|klant|lid|lidnummer|relatie|debiteur|iban|rekening|rek|giro|"
    r"kvk|btw|rsin|bond|bondsnummer|licentie|pas|dossier|polis|artikel|serie)[a-z]*(?:\.|:|-| |nr|nummer|no)*\s*$",
    re.IGNORECASE,
)
_LOOKED_BACK = 30


def passes_eleven(figures: str) -> bool:
    """Whether nine figures pass the test on eleven.

    >>> passes_eleven("111222333"), passes_eleven("111222334"), passes_eleven("000000000")
    (True, False, False)
    """
    total = sum(int(figure) * weight for figure, weight in zip(figures, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True))
    return total % 11 == 0 and figures.strip("0") != ""


def _candidates(text: str) -> Iterator[tuple[str, int]]:
    """Return the nine figures of each number that has the shape of one and passes the test, and where it begins."""
    for run in _RUN.finditer(text):
        groups = re.split(r"[ .\-]", run[0])
        figures = "".join(groups)
        if tuple(len(group) for group in groups) in _GROUPS and passes_eleven(figures):
            yield figures, run.start()


def holds_bsn(text: str) -> bool:
    """Whether a text surely holds a BSN: a number that passes, and the text says that it is one or holds nothing else."""
    found = list(_candidates(text))
    return bool(found) and (_SAYS_SO.search(text) is not None or re.fullmatch(r"[0-9 .\-]+", text.strip()) is not None)


def may_hold_bsn(text: str) -> bool:
    """Whether a text may hold a BSN: a number that passes, and nothing before it says that it is another number."""
    return holds_bsn(text) or any(not _ANOTHER.search(text[max(0, start - _LOOKED_BACK) : start]) for _figures, start in _candidates(text))


def refuse_bsn(text: str | None, field: str) -> None:
    """Refuse a text that holds a BSN. The refusal does not repeat it. Raises DomainError `bsn_refused`."""
    if text and holds_bsn(text):
        raise DomainError(
            "bsn_refused",
            "Hier staat een burgerservicenummer (BSN). Een vereniging mag dat niet bewaren (art. 46 UAVG). Haal het weg. "
            "Is het een ander nummer? Zet er dan bij wat het is, bijvoorbeeld “lidnummer 123456782”.",
            field=field,
        )
