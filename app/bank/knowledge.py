"""Open items, indexed so that every question about a payment is one look-up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from app.bank.clues import bare_reference, digits_of
from app.bank.lookalikes import SameAmount
from app.bank.proposals import CollectionUnderWay, Debtor, OpenInvoice, RefundUnderWay, Rule, SubmittedBatch

Key = TypeVar("Key")
Thing = TypeVar("Thing")
SMALL = 200  # of one amount: their names are all compared, also without a surname in common
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
    _lookalikes: dict[int, SameAmount] = field(default_factory=dict)
    _changed: dict[int, int] = field(default_factory=dict)  # per amount how many invoices have that no longer open

    def open_of(self, invoice: OpenInvoice) -> int:
        """Return what is still open of an invoice, in cents."""
        return self.left.get(invoice.id, invoice.open_cents)

    def take(self, invoice_id: int, cents: int) -> None:
        """Count a part of an invoice as paid."""
        first = self.invoices[invoice_id].open_cents
        if invoice_id not in self.left:
            self._changed[first] = self._changed.get(first, 0) + 1
        self.left[invoice_id] = self.left.get(invoice_id, first) - cents

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

    def namesakes(self, cents: int, name: str, text: str = "") -> list[OpenInvoice]:
        """Return the invoices of exactly this amount whose debtor shares a surname word with `name`.

        Of many only those that can be alike, or whose whole name stands in the small-lettered `text`.
        """
        same = self._same_amount(cents)
        return self._still(cents, same.alike(name, text) if self._are_many(cents) else same.sharing(name))

    def alike(self, cents: int, name: str, text: str) -> list[OpenInvoice]:
        """Return the namesakes; when there are none, all of exactly this amount unless those are many."""
        found = self.namesakes(cents, name, text)
        if found or self._are_many(cents):
            return found
        return self._still(cents, (invoice for invoice, _name in self._same_amount(cents).named))

    def _are_many(self, cents: int) -> bool:
        return len(self._same_amount(cents).named) - self._changed.get(cents, 0) > SMALL

    def _same_amount(self, cents: int) -> SameAmount:
        if self._by_amount is None:
            self._by_amount = defaultdict(list)
            for invoice in self.invoices.values():
                self._by_amount[invoice.open_cents].append(invoice)
        if cents not in self._lookalikes:
            self._lookalikes[cents] = SameAmount((i, self.debtors[i.debtor_id].name) for i in self._by_amount.get(cents, ()))
        return self._lookalikes[cents]

    def _still(self, cents: int, found: Iterable[OpenInvoice]) -> list[OpenInvoice]:
        """Return each invoice once that has this amount open still, in order."""
        once = {invoice.id: invoice for invoice in found if self.open_of(invoice) == cents}
        return [once[number] for number in sorted(once)]


def know(
    *,
    invoices: Iterable[OpenInvoice],
    debtors: Iterable[Debtor],
    collections: Iterable[CollectionUnderWay] = (),
    batches: Iterable[SubmittedBatch] = (),
    refunds: Iterable[RefundUnderWay] = (),
    rules: Iterable[Rule] = (),
) -> Knowledge:
    """Index what is open. `debtors` must hold the debtor of every invoice, and those whose IBAN or number is to be known.

    Of a debtor who is given twice the last counts; who share an account come in the order of their ids.
    """
    batches, people = tuple(batches), {d.id: d for d in debtors}
    all_invoices, by_reference = {}, {}
    by_digits: dict[str, list[OpenInvoice]] = {}
    for invoice in invoices:
        all_invoices[invoice.id] = invoice
        if reference := invoice.reference:
            by_reference[reference if reference.isalnum() else bare_reference(reference)] = invoice
        digits = digits_of(invoice.number)
        if len(digits) >= SHORTEST_NUMBER:
            by_digits.setdefault(digits, []).append(invoice)
    return Knowledge(
        invoices=all_invoices,
        debtors=people,
        by_reference=by_reference,
        by_digits=by_digits,
        by_debtor=_listed((i.debtor_id, i) for i in all_invoices.values()),
        by_iban=_listed((iban, d) for d in sorted(d for d in people.values() if d.ibans) for iban in d.ibans),
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
