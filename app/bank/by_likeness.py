"""Payments that only resemble something: a number with one slip, a debtor number, a name with the exact amount. Never certain."""

from __future__ import annotations

from app.bank.clues import digit_runs, one_off
from app.bank.knowledge import SHORTEST_NUMBER, Knowledge
from app.bank.names import likeness
from app.bank.proposals import Candidate, OpenInvoice, Proposal, Target
from app.bank.statement import Payment
from app.kernel.money import euros

_LIKE = 80
_MOST_RUNS = 12
_LONGEST = 16


def by_likeness(payment: Payment, known: Knowledge) -> Proposal | None:
    """Explain money in by what it resembles, with the candidates in order."""
    if payment.cents <= 0:
        return None
    return _one_slip(payment, known) or _debtor_number(payment, known) or _name_and_amount(payment, known)


def _one_slip(payment: Payment, known: Knowledge) -> Proposal | None:
    """Find an invoice whose number or reference differs by one slip and whose open amount is exactly what was paid."""
    found: dict[int, OpenInvoice] = {}
    for text in (payment.reference, payment.end_to_end_id, payment.text):
        for run in digit_runs(text)[:_MOST_RUNS] if text else ():
            if not SHORTEST_NUMBER <= len(run) <= _LONGEST:
                continue
            for other in one_off(run):
                alike = known.by_digits.get(other, [])
                reference = known.by_reference.get(other)
                for invoice in [*alike, reference] if reference else alike:
                    if known.open_of(invoice) == payment.cents:
                        found.setdefault(invoice.id, invoice)
    if not found:
        return None
    ranked = sorted(found.values(), key=lambda i: (-likeness(payment.counter_name, known.debtors[i.debtor_id].name), i.id))
    scores = [likeness(payment.counter_name, known.debtors[i.debtor_id].name) for i in ranked]
    candidates = tuple(
        Candidate("invoice", i.id, max(s, 50), f"Factuur {i.number} scheelt één cijfer.") for i, s in zip(ranked[:5], scores, strict=False)
    )
    if len(ranked) > 1 and (scores[0] < _LIKE or scores[0] == scores[1]):
        return Proposal(
            "unknown",
            "unknown",
            (),
            ("Het nummer bestaat niet; meer facturen schelen er één cijfer mee en hebben dit bedrag.",),
            candidates,
        )
    first = ranked[0]
    reason = f"Het nummer bestaat niet, maar scheelt één cijfer met factuur {first.number}, en het bedrag is gelijk."
    return Proposal("invoice", "probable", (Target("invoice", first.id, payment.cents),), (reason,), candidates[1:])


def _debtor_number(payment: Payment, known: Knowledge) -> Proposal | None:
    debtors = {d.id: d for run in digit_runs(payment.text) if (d := known.by_debtor_number.get(run))} if payment.text else {}
    if len(debtors) != 1:
        return None
    debtor = next(iter(debtors.values()))
    open_ones = known.open_for([debtor.id])
    fitting = [i for i in open_ones if known.open_of(i) == payment.cents]
    if not fitting and likeness(payment.counter_name, debtor.name) < _LIKE:
        return None
    candidates = tuple(
        Candidate("invoice", i.id, 60, f"Factuur {i.number} staat open voor {euros(known.open_of(i))}.") for i in open_ones[:5]
    )
    if fitting:
        reason = f"De tekst noemt debiteurnummer {debtor.number} en het bedrag is precies factuur {fitting[0].number}."
        return Proposal("invoice", "probable", (Target("invoice", fitting[0].id, payment.cents),), (reason,), candidates)
    reason = f"De tekst noemt debiteurnummer {debtor.number} en de naam lijkt op {debtor.name}."
    return Proposal("debtor", "probable", (Target("debtor", debtor.id, payment.cents),), (reason,), candidates)


def _name_and_amount(payment: Payment, known: Knowledge) -> Proposal | None:
    if not payment.counter_name:
        return None
    text = payment.text.casefold()
    debtors, name = known.debtors, payment.counter_name
    found = known.alike(payment.cents, name, text)
    ranked = [(score, i) for i in found if (score := _score(name, text, debtors[i.debtor_id].name)) >= _LIKE]
    if not ranked:
        return None
    ranked.sort(key=lambda s: (-s[0], s[1].due_on, s[1].id))
    score, first = ranked[0]
    name = known.debtors[first.debtor_id].name
    candidates = tuple(
        Candidate("invoice", i.id, s, f"Factuur {i.number} van {known.debtors[i.debtor_id].name} heeft dit bedrag.") for s, i in ranked[:5]
    )
    if len(ranked) > 1 and ranked[1][0] == score and ranked[1][1].debtor_id != first.debtor_id:
        return Proposal(
            "unknown", "unknown", (), ("Meer debiteuren lijken evenveel op de naam en hebben dit bedrag open. Kies zelf.",), candidates
        )
    reason = f"De naam lijkt op {name} ({score} %) en het bedrag is precies factuur {first.number}."
    return Proposal("invoice", "probable", (Target("invoice", first.id, payment.cents),), (reason,), candidates[1:])


def _score(bank_name: str, text: str, name: str) -> int:
    """Return the likeness of names; one whose whole name stands in the text (a parent who pays for a child) counts as well."""
    score = likeness(bank_name, name, _LIKE)
    return 95 if score < _LIKE and text and name and name.casefold() in text else score
