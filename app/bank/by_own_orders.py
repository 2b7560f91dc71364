"""Payments that answer our own orders (returns, batches, refunds), and those that a rule explains."""

from __future__ import annotations

from datetime import date

from app.bank.knowledge import Knowledge
from app.bank.proposals import Proposal, Rule, SubmittedBatch, Target
from app.bank.statement import Payment
from app.kernel.identifiers import folded
from app.kernel.money import euros
from app.kernel.periods import dutch_date

_MOST_COSTS = 2_500  # cents; more than the costs of a return is something else
_DAYS_LATE = 7


def by_own_orders(payment: Payment, booked_on: date, known: Knowledge) -> Proposal | None:
    """Explain a payment by an order that we gave: a collection that came back or in, a batch, a refund."""
    collection = known.collections.get(payment.end_to_end_id) if payment.end_to_end_id else None
    if payment.cents < 0:
        if collection:
            return _return(payment, known)
        refund = known.refunds.get(payment.end_to_end_id)
        if refund:
            target = Target("debtor", refund.debtor_id, payment.cents)
            if -payment.cents == refund.amount_cents:
                return Proposal("debtor", "certain", (target,), ("Dit is de terugbetaling die klaarstond, met hetzelfde bedrag.",))
            return Proposal(
                "debtor",
                "probable",
                (target,),
                (f"Dit lijkt de terugbetaling van {euros(refund.amount_cents)}, maar het bedrag is anders.",),
            )
        if payment.is_return:
            shown = f"“{payment.end_to_end_id}”" if payment.end_to_end_id else "dat ontbreekt"
            return Proposal(
                "unknown",
                "unknown",
                reasons=(f"Dit is een storno met kenmerk {shown}, en dat hoort bij geen incasso van deze administratie.",),
                return_code=payment.return_code,
            )
        return None
    if collection:
        target = Target("batch", collection.batch_id, payment.cents)
        if payment.cents == collection.amount_cents:
            return Proposal(
                "batch", "certain", (target,), (f"Dit is incasso {collection.end_to_end_id} uit onze batch, met hetzelfde bedrag.",)
            )
        return Proposal(
            "batch",
            "probable",
            (target,),
            (f"Dit is incasso {collection.end_to_end_id}, maar het bedrag is {euros(collection.amount_cents)}.",),
        )
    return _batch(payment, booked_on, known)


def _return(payment: Payment, known: Knowledge) -> Proposal:
    collection = known.collections[payment.end_to_end_id]
    out = -payment.cents
    costs = out - collection.amount_cents
    target = Target("return", collection.id, payment.cents)
    reason = f"Dit is de storno van incasso {collection.end_to_end_id} van {euros(collection.amount_cents)}."

    def answer(certain: bool, *more: str, costs_cents: int = 0) -> Proposal:
        return Proposal(
            "return",
            "certain" if certain else "probable",
            (target,),
            (reason, *more),
            costs_cents=costs_cents,
            return_code=payment.return_code,
        )

    if ("return", collection.id) in known.used:
        return answer(False, "Deze incasso komt in dit afschrift al eerder terug.")
    if costs == 0:
        return answer(True)
    if 0 < costs <= _MOST_COSTS:
        told = payment.instructed_cents == collection.amount_cents
        return answer(told, f"De bank rekent {euros(costs)} kosten.", costs_cents=costs)
    return answer(False, f"Het bedrag is {euros(out)}, en dat past niet bij de incasso.")


def _batch(payment: Payment, booked_on: date, known: Knowledge) -> Proposal | None:
    named = next(
        (known.batch_keys[k] for k in (payment.payment_group_id, payment.message_id, payment.end_to_end_id) if k in known.batch_keys), None
    )
    if named:
        target = Target("batch", named.id, payment.cents)
        if ("batch", named.id) in known.used:
            return Proposal("batch", "probable", (target,), (f"Batch {named.message_id} is in dit afschrift al eerder bijgeschreven.",))
        if payment.cents == named.total_cents:
            return Proposal("batch", "certain", (target,), (f"De bank noemt onze batch {named.message_id} en het totaal is gelijk.",))
        return Proposal(
            "batch", "probable", (target,), (f"De bank noemt onze batch {named.message_id}, maar die is {euros(named.total_cents)}.",)
        )
    if payment.counter_iban or payment.counter_name:
        return None
    alike = [b for b in known.batches if _could_be(b, payment.cents, booked_on) and ("batch", b.id) not in known.used]
    if not alike:
        return None
    batch = min(alike, key=lambda b: (abs((booked_on - b.collection_day).days), b.id))
    sure = len(alike) == 1 and "/IDDT/" in payment.bank_code
    reason = f"Het totaal is gelijk aan onze batch {batch.message_id} van {dutch_date(batch.collection_day)}."
    return Proposal("batch", "certain" if sure else "probable", (Target("batch", batch.id, payment.cents),), (reason,))


def _could_be(batch: SubmittedBatch, cents: int, booked_on: date) -> bool:
    return batch.total_cents == cents and -1 <= (booked_on - batch.collection_day).days <= _DAYS_LATE


def by_rule(payment: Payment, known: Knowledge, *, is_set: bool) -> Proposal | None:
    """Explain a payment by the first rule that agrees in all it names; one set by a person is certain, a learned one probable."""
    if not known.rules:
        return None
    text = folded(f"{payment.counter_name} {payment.text}")
    for rule in known.rules:
        if rule.is_set == is_set and _agrees(rule, payment, text):
            target = (
                Target("account", rule.account_id, payment.cents)
                if rule.account_id is not None
                else Target("debtor", rule.debtor_id or 0, payment.cents)
            )
            kind = "Regel" if is_set else "Geleerde regel"
            return Proposal(
                target.kind, "certain" if is_set else "probable", (target,), (f"{kind} “{rule.name}” past hierop.",), rule_id=rule.id
            )
    return None


def _agrees(rule: Rule, payment: Payment, text: str) -> bool:
    if not rule.iban and not rule.text:
        return False
    return (
        (not rule.iban or rule.iban == payment.counter_iban)
        and (not rule.text or folded(rule.text) in text)
        and (not rule.direction or (rule.direction == "in") == (payment.cents > 0))
        and (rule.amount_cents is None or rule.amount_cents == payment.cents)
    )
