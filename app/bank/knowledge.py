"""Open items, indexed so that every question about a payment is one look-up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from app.bank.clues import bare_reference, digits_of
from app.bank.names import surnames
from app.bank.proposals import CollectionUnderWay, Debtor, OpenInvoice, RefundUnderWay, Rule, SubmittedBatch

Key = TypeVar("Key")
Thing = TypeVar("Thing")
SHORTEST_NUMBER = 5  # figures; a shorter invoice number in free text is as likely a year or a house number


@dataclass(slots=True)
class Knowledge:
    """All that is open in one administration. `left` is what is open of an invoice after the proposals made so far."""

    invoices: dict[int, OpenInvoice]
    debtors: dict[int, Debtor]
    by_reference: dict[str, OpenInvoice]
    by_digits: dict[str, list[OpenInvoice]]
    by_debtor: dict[int, list[OpenInvoice]]
    by_iban: dict[str, list[Debtor]]
    by_debtor_number: dict[str, Debtor]
    households: dict[int, list[Debtor]]
    collections: dict[str, CollectionUnderWay]
    batches: tuple[SubmittedBatch, ...]
    batch_keys: dict[str, SubmittedBatch]
    refunds: dict[str, RefundUnderWay]
    rules: tuple[Rule, ...]
    number_lengths: frozenset[int]
    left: dict[int, int] = field(default_factory=dict)
    used: set[tuple[str, int]] = field(default_factory=set)
    _by_amount: dict[int, list[OpenInvoice]] | None = None
    _by_surname: dict[tuple[int, str], list[OpenInvoice]] = field(default_factory=dict)
    _surnamed: set[int] = field(default_factory=set)

    def open_of(self, invoice: OpenInvoice) -> int:
        """Return what is still open of an invoice, in cents."""
        return self.left.get(invoice.id, invoice.open_cents)

    def take(self, invoice_id: int, cents: int) -> None:
        """Count a part of an invoice as paid."""
        self.left[invoice_id] = self.left.get(invoice_id, self.invoices[invoice_id].open_cents) - cents

    def open_for(self, debtor_ids: Iterable[int]) -> list[OpenInvoice]:
        """Return the open invoices of debtors, the oldest due day first."""
        found = [i for d in debtor_ids for i in self.by_debtor.get(d, ()) if self.open_of(i) > 0]
        return sorted(found, key=lambda i: (i.due_on, i.id))

    def household_of(self, debtor: Debtor) -> list[Debtor]:
        """Return the debtors who share a purse, this one included."""
        return self.households.get(debtor.household_id, [debtor]) if debtor.household_id is not None else [debtor]

    def same_purse(self, left: int, right: int) -> bool:
        """Whether two debtors are the same or of one household."""
        if left == right:
            return True
        household = self.debtors[left].household_id
        return household is not None and household == self.debtors[right].household_id

    def of_amount(self, cents: int) -> Iterator[OpenInvoice]:
        """Yield the invoices with exactly this amount open."""
        if self._by_amount is None:
            self._by_amount = defaultdict(list)
            for invoice in self.invoices.values():
                self._by_amount[invoice.open_cents].append(invoice)
        return (i for i in self._by_amount.get(cents, ()) if self.left.get(i.id, cents) == cents)

    def of_rare_amount(self, cents: int, most: int) -> list[OpenInvoice]:
        """Return the invoices with exactly this amount open, or nothing when more than `most` have it; those are not all looked at."""
        found = list(islice(self.of_amount(cents), most + 1))
        return found if len(found) <= most else []

    def of_amount_and_surname(self, cents: int, name: str) -> list[OpenInvoice]:
        """Return the invoices of exactly this amount whose debtor shares a surname word with `name`."""
        if cents not in self._surnamed:
            self._surnamed.add(cents)
            for invoice in self.of_amount(cents):
                for word in surnames(self.debtors[invoice.debtor_id].name):
                    self._by_surname.setdefault((cents, word), []).append(invoice)
        found = {i.id: i for word in surnames(name) for i in self._by_surname.get((cents, word), ())}
        return [i for i in found.values() if self.open_of(i) == cents]


def know(
    *,
    invoices: Iterable[OpenInvoice],
    debtors: Iterable[Debtor],
    collections: Iterable[CollectionUnderWay] = (),
    batches: Iterable[SubmittedBatch] = (),
    refunds: Iterable[RefundUnderWay] = (),
    rules: Iterable[Rule] = (),
) -> Knowledge:
    """Index what is open. `debtors` must hold the debtor of every invoice, and those whose IBAN is to be known."""
    batches, people = tuple(batches), {d.id: d for d in debtors}
    all_invoices = {i.id: i for i in invoices}
    by_digits = _listed((digits_of(i.number), i) for i in all_invoices.values())
    by_digits = {digits: found for digits, found in by_digits.items() if len(digits) >= SHORTEST_NUMBER}
    return Knowledge(
        invoices=all_invoices,
        debtors=people,
        by_reference={
            i.reference if i.reference.isalnum() else bare_reference(i.reference): i for i in all_invoices.values() if i.reference
        },
        by_digits=by_digits,
        by_debtor=_listed((i.debtor_id, i) for i in all_invoices.values()),
        by_iban=_listed((iban, d) for d in people.values() for iban in d.ibans),
        by_debtor_number={d.number: d for d in people.values() if d.number},
        households=_listed((d.household_id, d) for d in people.values() if d.household_id is not None),
        collections={c.end_to_end_id: c for c in collections},
        batches=batches,
        batch_keys={key: b for b in batches for key in (b.message_id, *b.group_ids)},
        refunds={r.end_to_end_id: r for r in refunds if r.end_to_end_id},
        number_lengths=frozenset(map(len, by_digits)),
        rules=tuple(sorted(rules, key=lambda r: (not r.is_set, -len(r.iban) - len(r.text), r.id))),
    )


def _listed(pairs: Iterable[tuple[Key, Thing]]) -> dict[Key, list[Thing]]:
    """Return what belongs to each key, in order."""
    found: dict[Key, list[Thing]] = {}
    for key, thing in pairs:
        if key in found:
            found[key].append(thing)
        else:
            found[key] = [thing]
    return found
