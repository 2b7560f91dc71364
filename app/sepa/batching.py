"""Which open invoices go into which direct-debit batch, and which are left out and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import itemgetter

from app.kernel.money import MAXIMUM_CENTS, euros
from app.kernel.periods import dutch_date
from app.sepa.mandates import SEPA_COUNTRIES, MandateFacts, Reason, reasons_against

FILE_COUNT = 10_000  # Source: ABN AMRO recommends no more per file
FILE_COUNT_MOST = 100_000  # Source: RegioBank, ABN AMRO: hard maximum per file


@dataclass(frozen=True, slots=True)
class DebitItem:
    """One open invoice that could be collected; `invoice_id` gives the order, `debtor_credit_cents` is what the debtor has in hand."""

    invoice_id: int
    invoice_number: str
    debtor_id: int
    amount_cents: int
    mandate: MandateFacts | None
    announced_on: date | None
    is_under_way: bool = False
    blocked_because: str | None = None
    debtor_credit_cents: int = 0


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What the contract with the bank allows; `None` is no limit. `period_used_cents` is what this period took already."""

    item_cents: int | None = None
    batch_cents: int | None = None
    batch_count: int = FILE_COUNT
    period_cents: int | None = None
    period_used_cents: int = 0
    countries: frozenset[str] = SEPA_COUNTRIES


@dataclass(frozen=True, slots=True)
class BatchRules:
    """How a batch is made: the creditor, the days between announcing and collecting, and whether credit is netted."""

    creditor_id: str
    announcement_days: int = 14  # Source: EPC SDD Core rulebook 4.3.4; shorter only when agreed
    nets_credit: bool = False
    limits: BatchLimits = field(default_factory=BatchLimits)


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One item of a batch; `amount_cents` is what is collected, `netted_cents` what the debtor had in hand."""

    item: DebitItem
    amount_cents: int
    netted_cents: int = 0


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """One file for one day."""

    collection_day: date
    items: tuple[PlannedItem, ...]

    @property
    def total_cents(self) -> int:
        """Return what the batch collects."""
        return sum(i.amount_cents for i in self.items)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An item that is not collected, with every reason."""

    item: DebitItem
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """What would be made; the same items in any order give the same plan."""

    batches: tuple[PlannedBatch, ...]
    left_out: tuple[LeftOut, ...]


def plan_batches(items: Iterable[DebitItem], collection_day: date, today: date, rules: BatchRules) -> BatchPlan:
    """Share items over batches in the order of their invoices, leaving out what cannot be collected.

    Each item stands in at most one batch; a batch is closed when the next item would break its limit.
    """
    left_out: list[LeftOut] = []
    parts = planned_items(sorted(items, key=lambda i: i.invoice_id), collection_day, today, rules, left_out.append)
    batches = tuple(PlannedBatch(collection_day, tuple(p for _, p in batch)) for _, batch in groupby(parts, key=itemgetter(0)))
    return BatchPlan(batches, tuple(left_out))


def planned_items(
    ordered: Iterable[DebitItem], collection_day: date, today: date, rules: BatchRules, leave_out: Callable[[LeftOut], object]
) -> Iterator[tuple[int, PlannedItem]]:
    """Yield (place of its batch, item) for what is collected, as the items come by in the order of their invoices.

    Nothing but the state of debtors is kept, so a season takes no more memory than an evening; `leave_out` is told the others.
    """
    credit: dict[int, int] = {}
    seen: set[int] = set()
    most = max(1, min(rules.limits.batch_count, FILE_COUNT_MOST))
    place = count = total = 0
    room = None if rules.limits.period_cents is None else rules.limits.period_cents - rules.limits.period_used_cents
    one_off: dict[str, str] = {}
    for item in ordered:
        credit.setdefault(item.debtor_id, item.debtor_credit_cents)
        reasons = _reasons(item, collection_day, today, rules, is_double=item.invoice_id in seen)
        seen.add(item.invoice_id)
        if reasons:
            leave_out(LeftOut(item, tuple(reasons)))
            continue
        planned, reason = _netted(item, credit, rules)
        reason = reason or _over_limit(planned.amount_cents, room, rules.limits) or _one_off_twice(item, one_off)
        if reason:
            leave_out(LeftOut(item, (reason,)))
            continue
        credit[item.debtor_id] -= planned.netted_cents
        room = None if room is None else room - planned.amount_cents
        limit = rules.limits.batch_cents
        if count and (count == most or (limit is not None and total + planned.amount_cents > limit)):
            place, count, total = place + 1, 0, 0
        count, total = count + 1, total + planned.amount_cents
        yield place, planned


def left_out_by_reason(plan: BatchPlan) -> dict[str, list[LeftOut]]:
    """Return what was left out by the code of its first reason, for the summary on screen."""
    found: dict[str, list[LeftOut]] = defaultdict(list)
    for left in plan.left_out:
        found[left.reasons[0].code].append(left)
    return dict(found)


def _reasons(item: DebitItem, day: date, today: date, rules: BatchRules, *, is_double: bool) -> list[Reason]:
    name = f"Factuur {item.invoice_number}"
    found: list[Reason] = []
    if is_double:
        return [Reason("item_double", f"{name} staat twee keer in de selectie. Zij wordt één keer geïncasseerd.")]
    if item.is_under_way:
        return [Reason("item_under_way", f"{name} staat al in een incassobatch. Wacht op de bank of haal haar uit die batch.")]
    if item.amount_cents <= 0:
        return [Reason("item_nothing_open", f"{name} heeft niets open staan ({euros(item.amount_cents)}).")]
    if item.amount_cents > MAXIMUM_CENTS:
        found.append(
            Reason("item_too_large", f"{name} is {euros(item.amount_cents)}; één incasso mag hoogstens {euros(MAXIMUM_CENTS)} zijn.")
        )
    if item.blocked_because is not None:
        found.append(Reason("item_blocked", f"{name} is geblokkeerd: {item.blocked_because}."))
    if item.mandate is None:
        found.append(Reason("mandate_missing", f"{name}: de debiteur heeft geen machtiging. Voeg die toe of laat zelf betalen."))
    else:
        found += reasons_against(item.mandate, day, creditor_id=rules.creditor_id, today=today, countries=rules.limits.countries)
    if rules.announcement_days:
        found += _against_announcement(item, name, day, rules.announcement_days)
    return found


def _against_announcement(item: DebitItem, name: str, day: date, days: int) -> list[Reason]:
    if item.announced_on is None:
        return [Reason("not_announced", f"{name}: de incasso is niet aangekondigd. Verstuur eerst de factuur of een aankondiging.")]
    ahead = (day - item.announced_on).days
    if ahead < days:
        message = f"{name} is aangekondigd op {dutch_date(item.announced_on)}, {ahead} dagen voor de incasso; het moeten er {days} zijn. Kies een latere datum."
        return [Reason("announced_late", message)]
    return []


def _netted(item: DebitItem, credit: dict[int, int], rules: BatchRules) -> tuple[PlannedItem, Reason | None]:
    in_hand = credit[item.debtor_id]
    if in_hand <= 0:
        return PlannedItem(item, item.amount_cents), None
    name = f"Factuur {item.invoice_number}"
    if not rules.nets_credit:
        message = f"{name}: de debiteur heeft nog {euros(in_hand)} tegoed. Verreken dat eerst, of kies “tegoed verrekenen” bij de batch."
        return PlannedItem(item, item.amount_cents), Reason("debtor_credit", message)
    netted = min(in_hand, item.amount_cents)
    planned = PlannedItem(item, item.amount_cents - netted, netted)
    if planned.amount_cents:
        return planned, None
    credit[item.debtor_id] -= netted
    return planned, Reason(
        "covered_by_credit", f"{name} kan geheel met het tegoed van de debiteur verrekend worden. Er blijft niets te incasseren."
    )


def _one_off_twice(item: DebitItem, used: dict[str, str]) -> Reason | None:
    mandate = item.mandate
    if mandate is None or mandate.sort != "OOFF":
        return None
    other = used.setdefault(mandate.reference, item.invoice_number)
    if other == item.invoice_number:
        return None
    return Reason(
        "mandate_used",
        f"Machtiging {mandate.reference} is eenmalig en wordt in deze batch al gebruikt voor factuur {other}. Vraag een nieuwe machtiging.",
    )


def _over_limit(amount_cents: int, room: int | None, limits: BatchLimits) -> Reason | None:
    if limits.item_cents is not None and amount_cents > limits.item_cents:
        return Reason(
            "over_item_limit",
            f"{euros(amount_cents)} is meer dan de bank per incasso toestaat ({euros(limits.item_cents)}). Laat zelf betalen of verhoog de limiet bij je bank.",
        )
    if limits.batch_cents is not None and amount_cents > limits.batch_cents:
        return Reason("over_batch_limit", f"{euros(amount_cents)} is meer dan de bank per batch toestaat ({euros(limits.batch_cents)}).")
    if room is not None and amount_cents > room:
        return Reason(
            "over_period_limit",
            f"{euros(amount_cents)} past niet meer in wat de bank deze periode toestaat: er is nog {euros(max(room, 0))}. Kies een latere datum of verhoog de limiet.",
        )
    return None
