"""Open items that a treasurer ticks: let them cancel each other, or write off what will not come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction
from app.ledger import queries
from app.ledger.entries import EntryDraft, LineDraft, fitted
from app.ledger.models import JournalLine
from app.ledger.settling import ItemFact, cancelling_parts
from app.ledger.usecases.locking import lock_books
from app.ledger.usecases.posting import post_entry
from app.ledger.usecases.settling import settle, settle_many


def settle_lines(organisation_id: int, line_ids: Collection[int], on_date: date) -> int:
    """Let the chosen items of each debtor cancel each other as far as they go, and return the number of settlements.

    Raises DomainError `not_an_open_item`, and `nothing_to_settle` when nobody's items cancel.
    """
    with transaction():
        lock_books(organisation_id)
        by_debtor: dict[tuple[int, int | None], list[ItemFact]] = defaultdict(list)
        for item in _chosen(organisation_id, line_ids):
            by_debtor[item.account_id, item.relation_id].append(item)
        groups = [parts for items in by_debtor.values() if (parts := cancelling_parts(items))]
        if not groups:
            raise DomainError(
                "nothing_to_settle",
                "Deze posten vallen niet tegen elkaar weg. Kies van dezelfde debiteur een factuur én een betaling of creditnota.",
            )
        return len(settle_many(organisation_id, groups, on_date))


def write_off(organisation_id: int, line_ids: Collection[int], account_id: int, on_date: date, reason: str) -> int:
    """Take what is left of the chosen items off, against an account (costs of write-offs by default); return the entry.

    Raises DomainError `reason_missing`, `not_an_open_item`, `nothing_to_settle`, and those of `post_entries`.
    """
    with transaction():
        lock_books(organisation_id)
        if not reason.strip():
            raise DomainError("reason_missing", "Schrijf waarom je deze posten afboekt: de reden staat in de boeking.", field="reason")
        items = [item for item in _chosen(organisation_id, line_ids) if item.open_cents]
        if not items:
            raise DomainError("nothing_to_settle", "Van deze posten staat niets meer open. Kies posten die nog openstaan.")
        text = fitted(f"Afboeking: {reason.strip()}")
        lines = [LineDraft(item.account_id, -item.open_cents, text, item.relation_id, item.item_number) for item in items]
        if total := sum(item.open_cents for item in items):
            lines.append(LineDraft(account_id, total, text))
        posted = post_entry(organisation_id, EntryDraft("memorial", on_date, text, tuple(lines)))
        for item, line_id in zip(items, posted.line_ids, strict=False):
            settle(
                organisation_id, [(item.line_id, item.open_cents), (line_id, -item.open_cents)], on_date, JournalLine.__tablename__, line_id
            )
        return posted.id


def _chosen(organisation_id: int, line_ids: Collection[int]) -> list[ItemFact]:
    found = queries.item_facts(organisation_id, line_ids)
    if len(found) < len(set(line_ids)) or not all(item.is_control for item in found.values()):
        raise DomainError("not_an_open_item", "Kies alleen openstaande posten van debiteuren of crediteuren van deze administratie.")
    return list(found.values())
