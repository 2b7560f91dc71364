"""Payments from an account that is known: by what that payer has open, alone or as a household."""

from __future__ import annotations

from itertools import combinations

from app.bank.clues import bare_reference, digit_runs, structured_reference
from app.bank.knowledge import Knowledge
from app.bank.proposals import Candidate, Certainty, Debtor, OpenInvoice, Proposal, Target
from app.bank.statement import Payment
from app.kernel.money import euros

_MOST_INVOICES = 12  # for sums of some of them: 4,095 combinations


def by_payer(payment: Payment, known: Knowledge) -> Proposal | None:
    """Explain a payment by its account, when one or more debtors are known to pay from it."""
    payers = known.by_iban.get(payment.counter_iban, []) if payment.counter_iban else []
    if not payers:
        return None
    if payment.cents < 0:
        return _money_out(payment, payers)
    own = known.open_for(p.id for p in payers)
    purse = list({d.id: d for p in payers for d in known.household_of(p)}.values())
    shared = known.open_for(d.id for d in purse)
    doubt = _doubt(payment, known)
    found = _exact(payment, payers, own, shared, known, doubt) or _sums(payment, payers, own, shared, known, doubt)
    return found or _oldest_first(payment, payers, own or shared, known)


def _money_out(payment: Payment, payers: list[Debtor]) -> Proposal:
    candidates = tuple(Candidate("debtor", p.id, 50, f"De rekening is van {p.name}.") for p in payers[1:5])
    reason = f"De rekening is van {payers[0].name}; er stond geen terugbetaling klaar."
    return Proposal("debtor", "probable", (Target("debtor", payers[0].id, payment.cents),), (reason,), candidates)


def _doubt(payment: Payment, known: Knowledge) -> str:
    """Return why payer and amount alone are not enough: the payment names something that leads nowhere."""
    reference = structured_reference(payment) or bare_reference(payment.reference)
    if reference and reference not in known.by_reference:
        return f"De betaling noemt kenmerk {reference}, en dat hoort bij geen openstaande factuur."
    for run in digit_runs(payment.text) if payment.text else ():
        if len(run) in known.number_lengths and run not in known.by_digits:
            return f"De betaling noemt nummer {run}, en dat is geen openstaande factuur."
    return ""


def _exact(
    payment: Payment, payers: list[Debtor], own: list[OpenInvoice], shared: list[OpenInvoice], known: Knowledge, doubt: str
) -> Proposal | None:
    cents = payment.cents
    fitting = [i for i in own if known.open_of(i) == cents]
    in_household = [i for i in shared if known.open_of(i) == cents]
    if not in_household:
        return None
    chosen = (fitting or in_household)[0]
    reasons = [f"De rekening is bekend van {payers[0].name} en het bedrag is precies factuur {chosen.number}."]
    candidates = tuple(
        Candidate("invoice", i.id, 75, f"Factuur {i.number} heeft hetzelfde bedrag.") for i in in_household if i is not chosen
    )[:5]
    if len(in_household) > 1:
        reasons.append("Er zijn meer facturen met dit bedrag; dit is de oudste.")
    if not fitting:
        reasons.append("De factuur is van iemand uit hetzelfde huishouden.")
    if doubt:
        reasons.append(doubt)
    sure = len(payers) == 1 and len(fitting) == 1 and len(in_household) == 1 and not doubt
    return Proposal("invoice", _certainty(sure), (Target("invoice", chosen.id, cents),), tuple(reasons), candidates)


def _sums(
    payment: Payment, payers: list[Debtor], own: list[OpenInvoice], shared: list[OpenInvoice], known: Knowledge, doubt: str
) -> Proposal | None:
    for found, words, may_be_sure in (
        (own, "alles wat deze betaler open heeft", True),
        (shared, "alles wat dit huishouden open heeft", False),
    ):
        if len(found) > 1 and sum(known.open_of(i) for i in found) == payment.cents:
            reasons = [f"De rekening is bekend van {payers[0].name} en het bedrag is {words}: {_numbers(found)}."]
            sure = may_be_sure and len(payers) == 1 and not doubt
            return Proposal("invoice", _certainty(sure), _targets(found, known), tuple([*reasons, doubt] if doubt else reasons))
    for found in (own, shared):
        some = _one_combination(found, payment.cents, known)
        if some:
            reason = f"De rekening is bekend van {payers[0].name} en het bedrag is de som van {_numbers(some)}."
            return Proposal("invoice", "probable", _targets(some, known), (reason, doubt) if doubt else (reason,))
    return None


def _one_combination(found: list[OpenInvoice], cents: int, known: Knowledge) -> list[OpenInvoice]:
    """Return the only combination of two or more invoices that makes the amount, or nothing."""
    if not 2 < len(found) <= _MOST_INVOICES:
        return []
    fitting: list[list[OpenInvoice]] = []
    for size in range(2, len(found)):
        for some in combinations(found, size):
            if sum(known.open_of(i) for i in some) == cents:
                fitting.append(list(some))
                if len(fitting) > 1:
                    return []
    return fitting[0] if fitting else []


def _oldest_first(payment: Payment, payers: list[Debtor], found: list[OpenInvoice], known: Knowledge) -> Proposal:
    debtor = payers[0]
    candidates = tuple(Candidate("invoice", i.id, 60, f"Factuur {i.number} staat open voor {euros(known.open_of(i))}.") for i in found[:5])
    if not found:
        reason = f"De rekening is bekend van {debtor.name}, maar die heeft niets open staan."
        return Proposal("debtor", "probable", (Target("debtor", debtor.id, payment.cents),), (reason,))
    targets: list[Target] = []
    left = payment.cents
    for invoice in found:
        part = min(left, known.open_of(invoice))
        if part:
            targets.append(Target("invoice", invoice.id, part))
            left -= part
    if left:
        targets.append(Target("debtor", debtor.id, left))
    open_cents = sum(known.open_of(i) for i in found)
    reason = (
        f"De rekening is bekend van {debtor.name}. Het bedrag past niet precies: er staat {euros(open_cents)} open. De oudste gaat voor."
    )
    return Proposal("invoice", "probable", tuple(targets), (reason,), candidates)


def _targets(found: list[OpenInvoice], known: Knowledge) -> tuple[Target, ...]:
    return tuple(Target("invoice", i.id, known.open_of(i)) for i in found)


def _numbers(found: list[OpenInvoice]) -> str:
    return ", ".join(i.number for i in found)


def _certainty(sure: bool) -> Certainty:
    return "certain" if sure else "probable"
