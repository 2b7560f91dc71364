"""The morning mail to an organisation: what is new, what is still open, each with the card to open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.data_quality.rules import RULES

# A mail is read, a list of ten thousand is not: the screen has the rest.
MOST_LINES = 200
CARD = "/relationview/show/{}"
LIST = "/dataissueview/list/"


@dataclass(frozen=True, slots=True)
class Listed:
    """One open issue as the mail shows it."""

    id: int
    relation_id: int
    name: str
    number: int
    rule: str
    text: str
    is_new: bool


def written(organisation: str, issues: Sequence[Listed], base_url: str) -> tuple[str, str]:
    """Return subject and text of the mail about these issues, the new ones first."""
    new = [issue for issue in issues if issue.is_new]
    older = [issue for issue in issues if not issue.is_new]
    subject = f"{_count(len(new), 'nieuwe foutmelding', 'nieuwe foutmeldingen')}, {len(older)} nog open: {organisation}"
    lines = [f"Op deze kaarten van {organisation} ontbreekt iets of klopt iets niet. Klik op een kaart om het te verbeteren."]
    lines.append("Een melding verdwijnt vanzelf als het klopt. Hoort het zo? Kies dan in het scherm Foutmeldingen “Accepteren”.")
    left = MOST_LINES
    for heading, group in (("NIEUW", new), ("NOG OPEN", older)):
        if group and left > 0:
            lines += ["", f"{heading} ({len(group)})", *_by_rule(group[:left], base_url)]
            left -= len(group)
    if len(issues) > MOST_LINES:
        lines += ["", f"En nog {len(issues) - MOST_LINES} meer: {base_url}{LIST}"]
    return subject[:200], "\n".join(lines) + "\n"


def _by_rule(issues: Iterable[Listed], base_url: str) -> Iterable[str]:
    for code, group in groupby(issues, key=lambda issue: issue.rule):
        rule = RULES[code]
        yield from ("", f"{rule.title}. {rule.remedy}")
        for issue in group:
            detail = issue.text.removeprefix(rule.title).removeprefix(": ")
            yield f"- {issue.name} ({issue.number}){f': {detail}' if detail else ''}"
            yield f"  {base_url}{CARD.format(issue.relation_id)}"


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
