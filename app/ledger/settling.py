"""What may be settled with what: parts that add up to zero, of items that are open, of one debtor on one control account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from app.kernel.errors import DomainError
from app.kernel.money import euros

Part = tuple[int, int]  # (line id, cents taken off that line)


class ItemFact(NamedTuple):
    """An open item as it stands: a line on a control account and what is left of it, in cents."""

    line_id: int
    account_id: int
    relation_id: int | None
    is_control: bool
    item_number: str | None
    entry_date: date
    open_cents: int

    @property
    def shown(self) -> str:
        """Return how a user knows the item."""
        return f"post {self.item_number}" if self.item_number else f"boekingsregel {self.line_id}"


def check_settlement(parts: Sequence[Part], items: Mapping[int, ItemFact]) -> None:
    """Refuse a settlement that is not right. `items` holds what is still open before it.

    Raises DomainError `settlement_unbalanced`, `settlement_empty`, `settlement_repeats`, `not_an_open_item`, `settlement_mixes` or
    `more_than_open`.
    """
    if len(parts) < 2:
        raise DomainError("settlement_empty", "Vereffenen vraagt minstens twee posten: bijvoorbeeld een factuur en een betaling.")
    if len({line_id for line_id, _ in parts}) < len(parts):
        raise DomainError("settlement_repeats", "Dezelfde post staat twee keer in deze vereffening. Haal er een weg.")
    total = sum(cents for _, cents in parts)
    if total:
        raise DomainError(
            "settlement_unbalanced",
            f"Deze vereffening komt niet op nul uit: er blijft {euros(total)} over. Pas de bedragen aan of kies een post erbij.",
            total_cents=total,
        )
    found = [_item(line_id, items) for line_id, _ in parts]
    if len({(item.account_id, item.relation_id) for item in found}) > 1:
        names = ", ".join(item.shown for item in found[:5])
        raise DomainError(
            "settlement_mixes",
            f"Deze posten ({names}) zijn niet van één debiteur op één rekening. Boek het bedrag eerst over naar dezelfde debiteur.",
        )
    for item, (_, cents) in zip(found, parts, strict=True):
        if not cents or abs(cents) > abs(item.open_cents) or (cents > 0) != (item.open_cents > 0):
            raise DomainError(
                "more_than_open",
                f"Van {item.shown} staat {euros(item.open_cents)} open; {euros(cents)} vereffenen kan niet. Ververs de pagina en kies een bedrag dat nog openstaat.",
                line_id=item.line_id,
                open_cents=item.open_cents,
            )


def _item(line_id: int, items: Mapping[int, ItemFact]) -> ItemFact:
    item = items.get(line_id)
    if item is None or not item.is_control:
        raise DomainError(
            "not_an_open_item",
            f"Boekingsregel {line_id} is geen openstaande post van deze administratie. Kies een post van een debiteur of crediteur.",
            line_id=line_id,
        )
    return item


def cancelling_parts(items: Sequence[ItemFact]) -> list[Part]:
    """Return the parts that let these items of one debtor cancel each other as far as they go, the oldest first.

    What is owed 100 and 50, and paid 120: takes 100 and 20 off what is owed and 120 off what is paid; 30 stays open.
    """
    ordered = sorted(items, key=lambda item: (item.entry_date, item.line_id))
    owed, paid = ([item for item in ordered if (item.open_cents > 0) is positive and item.open_cents] for positive in (True, False))
    amount = min(sum(item.open_cents for item in owed), -sum(item.open_cents for item in paid))
    parts: list[Part] = []
    for side, sign in ((owed, 1), (paid, -1)):
        left = amount
        for item in side:
            taken = min(left, abs(item.open_cents))
            if taken:
                parts.append((item.line_id, sign * taken))
                left -= taken
    return parts
