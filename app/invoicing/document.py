"""What stands on one invoice: its lines, VAT per code on their sum, the family maximum, the payment term's own line, the total.

Amounts of lines are whole cents without VAT. An invoice below zero is a credit note.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from app.kernel.errors import DomainError
from app.kernel.money import allocate, dutch, percentage_of

FAMILY_MAXIMUM = "Gezinsmaximum"
DAYS_TO_PAY = 30  # where neither run, card nor source names a payment term


class Line(NamedTuple):
    """One line. `amount_cents` is quantity x price, without VAT; `explanation` only where no charge keeps it."""

    description: str
    amount_cents: int
    ledger_account_id: int
    vat_code_id: int | None = None
    charge_id: int | None = None
    contribution_id: int | None = None
    member_id: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    quantity: int = 1
    price_cents: int | None = None  # None: the amount itself
    cost_centre_id: int | None = None
    explanation: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """Days to pay, the way to pay (None: that of the card), and an optional line: a discount or a fee."""

    term_id: int | None = None
    days: int = DAYS_TO_PAY
    payment_method: str | None = None
    line_text: str = ""
    line_cents: int = 0
    line_account_id: int | None = None
    line_vat_code_id: int | None = None


class Document(NamedTuple):
    """An invoice as it adds up. `kind` is `invoice` or `credit_note`."""

    kind: str
    lines: Sequence[Line]
    net_cents: int
    vat_cents: int
    total_cents: int


class Earlier(NamedTuple):
    """What a payer's earlier invoices of the same source and season came to, before and after the family maximum."""

    charged_cents: int = 0
    net_cents: int = 0


NOTHING_EARLIER = Earlier()


def vat_per_code(lines: Sequence[Line], rates: Mapping[int, int]) -> dict[int, int]:
    """Return the VAT in cents per code: on the sum of the lines of a code, rounded half up once.

    `rates` are basis points per VAT code. Source: art. 38 Wet OB 1968 leaves rounding per invoice; EN 16931 BR-CO-17 asks it per rate.
    """
    sums: dict[int, int] = {}
    for line in lines:
        if line.vat_code_id is not None:
            sums[line.vat_code_id] = sums.get(line.vat_code_id, 0) + line.amount_cents
    return {code: percentage_of(cents, rates[code]) for code, cents in sums.items()}


def family_change_cents(now_cents: int, maximum_cents: int, earlier: Earlier) -> int:
    """Return what brings a payer's season to the family maximum, next to charges of `now_cents` on this document.

    Below zero it takes off, and an invoice never falls below zero by it. On a credit note it is zero or above: what the maximum took
    off before is not given back twice, and a credit note never becomes a claim.
    """
    should = min(earlier.charged_cents + now_cents, maximum_cents)
    change = should - earlier.net_cents - now_cents
    return max(min(change, 0), -now_cents) if now_cents >= 0 else min(max(change, 0), -now_cents)


def family_lines(lines: Sequence[Line], maximum_cents: int, earlier: Earlier = NOTHING_EARLIER) -> list[Line]:
    """Return the lines "Gezinsmaximum" of a document: one per ledger account, VAT code, contribution and period, each for its share.

    The shares are those of the lines of this document, to the cent.
    """
    now = sum(line.amount_cents for line in lines)
    change = family_change_cents(now, maximum_cents, earlier)
    if not change:
        return []
    weights: dict[Line, int] = {}
    for line in lines:
        like = Line(
            FAMILY_MAXIMUM, 0, line.ledger_account_id, line.vat_code_id, None, line.contribution_id, None, line.first_day, line.last_day
        )
        weights[like] = weights.get(like, 0) + (line.amount_cents if now > 0 else -line.amount_cents)
    likes = [like for like, weight in weights.items() if weight > 0]
    note = f"Samen € {dutch(earlier.charged_cents + now)}, het gezinsmaximum is € {dutch(maximum_cents)}."
    if change > 0:
        note += " De korting van eerder vervalt zover."
    return [
        like._replace(amount_cents=cents, explanation=({"text": FAMILY_MAXIMUM, "cents": cents, "note": note},))
        for like, cents in zip(likes, allocate(change, [weights[like] for like in likes]), strict=True)
        if cents
    ]


def term_line(term: Term) -> Line | None:
    """Return the payment term's own line, or None. Raises DomainError `term_without_account`."""
    if not term.line_cents:
        return None
    if term.line_account_id is None:
        raise DomainError(
            "term_without_account",
            f"De regel “{term.line_text}” van de betalingstermijn heeft geen grootboekrekening in deze administratie. Vul hem in bij de betalingstermijn.",
            term_id=term.term_id,
        )
    return Line(term.line_text or "Toeslag", term.line_cents, term.line_account_id, term.line_vat_code_id)


def document(
    lines: Sequence[Line],
    rates: Mapping[int, int],
    term: Term | None = None,
    maximum_cents: int | None = None,
    earlier: Earlier = NOTHING_EARLIER,
) -> Document:
    """Add an invoice up: the lines, the family maximum, the term's own line (only where something is to be paid), and VAT."""
    if maximum_cents is not None:
        lines = [*lines, *family_lines(lines, maximum_cents, earlier)]
    net = sum([line.amount_cents for line in lines])
    if term is not None and term.line_cents and net > 0 and (own := term_line(term)):
        lines = [*lines, own]
        net += own.amount_cents
    vat = sum(vat_per_code(lines, rates).values()) if rates else 0
    total = net + vat
    return Document("credit_note" if total < 0 else "invoice", lines, net, vat, total)
