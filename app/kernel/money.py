"""Money: whole euro cents as `int`, read and written the Dutch way. There is one rounding and one way to share."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from app.kernel.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

NO_BREAK_SPACE = "\u00a0"
MAXIMUM_CENTS = 99_999_999_999  # EUR 999.999.999,99: the most a SEPA message can carry (EPC rulebook)
_DUTCH = re.compile(r"^(?P<sign>[-−]?)(?P<whole>\d{1,3}(?:\.\d{3})+|\d+)(?:,(?P<part>\d{1,2}))?$")
_PLAIN = re.compile(r"^(?P<sign>[-−]?)(?P<whole>\d+)\.(?P<part>\d{1,2})$")


def parse_cents(text: str) -> int:
    """Read an amount as a Dutch user types it and return whole cents.

    Accepts `12`, `12,5`, `12,50`, `1.234,56`, `€ 12,50`, `-12,50` and, because bank sites print it so, `12.50`.
    `1.234` is one thousand two hundred and thirty-four euros.

    Raises DomainError `amount_unreadable` for anything else: three decimals, exponents, other digits, no number.
    """
    bare = re.sub(r"[€\s\u00a0\u202f]", "", text)
    found = _DUTCH.match(bare) or _PLAIN.match(bare)
    if not found or (not bare.isascii() and "−" not in bare):
        raise DomainError("amount_unreadable", f"“{text}” is geen bedrag. Schrijf bijvoorbeeld 12,50.", value=text)
    cents = int(found["whole"].replace(".", "")) * 100 + int(((found["part"] or "") + "00")[:2])
    if cents > MAXIMUM_CENTS:
        raise DomainError("amount_too_large", f"“{text}” is te groot. Het hoogste bedrag is 999.999.999,99.", value=text)
    return -cents if found["sign"] else cents


def dutch(cents: int) -> str:
    """Write cents as `1.234,56`, with a minus in front when below zero."""
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}".replace(",", ".") + f",{part:02d}"


def euros(cents: int) -> str:
    """Write cents as `€ 1.234,56` with a no-break space; below zero `−€ 1.234,56`."""
    return f"{'−' if cents < 0 else ''}€{NO_BREAK_SPACE}{dutch(abs(cents))}"


def plain(cents: int) -> str:
    """Write cents as `1234.56`, the form of ISO 20022 and other files."""
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{part:02d}"


def round_half_up(amount: Fraction | int) -> int:
    """Round cents half away from zero: 0,5 becomes 1 and -0,5 becomes -1, the way a tax office rounds."""
    exact = Fraction(amount)
    sign = -1 if exact < 0 else 1
    return sign * ((2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator))


def part_of(cents: int, numerator: int, denominator: int) -> int:
    """Return `cents` x `numerator` / `denominator`, rounded half up once, without a float in between."""
    if denominator <= 0:
        return round_half_up(Fraction(cents * numerator, denominator))
    product = cents * numerator  # the same sum in whole numbers, six times as fast as a Fraction
    rounded = (2 * abs(product) + denominator) // (2 * denominator)
    return rounded if product >= 0 else -rounded


def percentage_of(cents: int, basis_points: int) -> int:
    """Return a percentage in basis points (500 is 5 %) of an amount, rounded half up."""
    return part_of(cents, basis_points, 10_000)


def allocate(cents: int, weights: Sequence[int]) -> list[int]:
    """Share an amount over whole non-negative weights so that the shares add up to it exactly.

    Largest remainder, ties to the first: `allocate(10000, [1] * 12)` gives 834 four times and 833 eight times.
    Raises ValueError when there is no weight to share over, or one is negative.
    """
    total = sum(weights)
    if total <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("allocate needs weights that are not negative and not all zero")
    sign = -1 if cents < 0 else 1
    exact = [divmod(abs(cents) * weight, total) for weight in weights]
    shares = [whole for whole, _ in exact]
    left = abs(cents) - sum(shares)
    for index in sorted(range(len(weights)), key=lambda i: (-exact[i][1], i))[:left]:
        shares[index] += 1
    return [sign * share for share in shares]
