"""Make, submit and withdraw direct-debit batches."""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.kernel import audit, clock
from app.kernel.actor import the_actor
from app.kernel.bulk import insert_rows, refresh_statistics, reserve_ids, store_bytes, update_rows
from app.kernel.errors import DomainError, NotFound
from app.kernel.identifiers import is_kenmerk, is_rf_reference
from app.kernel.unit_of_work import transaction
from app.ledger.entries import EntryDraft, LineDraft
from app.ledger.models import JournalLine, Settlement, SettlementPart
from app.ledger.queries import account_for
from app.ledger.usecases import post_entry, settle_many
from app.organisations.queries import administration_of
from app.sepa import pain008, queries
from app.sepa.batching import BatchRules, DebitItem, LeftOut, PlannedItem, planned_items
from app.sepa.calendar import check_collection_date
from app.sepa.mandates import Amendment
from app.sepa.models import BATCH, BankAccount, Collection, DebitBatch, Mandate
from app.sepa.queries import OpenForDebit
from app.sepa.validation import validate

_AT_ONCE = 5_000  # collections that are in memory together
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_COLUMNS = (
    "id", "organisation_id", "batch_id", "invoice_id", "mandate_id", "relation_id", "amount_cents", "end_to_end_id", "sequence", "mandate_reference",
    "signed_on", "iban", "bic", "holder", "original_iban", "original_reference", "remittance", "state",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BatchMade:
    """What making gave: the ids of the batches, and (invoice number, Dutch reason) of what was left out."""

    batch_ids: tuple[int, ...]
    left_out: tuple[tuple[str, str], ...]


def make_batches(
    organisation_id: int,
    collect_on: date,
    today: date,
    *,
    bank_account_id: int | None = None,
    version: str | None = None,
    run_id: int | None = None,
    nets_credit: bool = False,
) -> BatchMade:
    """Put every open invoice that can be collected into batches for one day, each with its file, all or nothing.

    Raises DomainError for a day on which banks do not collect, a missing creditor id, and whatever makes the file invalid.
    """
    with transaction() as session:
        account = queries.bank_account_of(organisation_id, bank_account_id)
        # Two people at once: the second waits here, and then finds the invoices of the first under way.
        session.execute(
            update(BankAccount)
            .where(BankAccount.id == account.id)
            .values(version=BankAccount.version)
            .execution_options(synchronize_session=False)
        )
        check_collection_date(collect_on, today, lead_days=account.lead_days)
        administration = administration_of(organisation_id)
        rules = BatchRules(administration.creditor_id or "", account.announcement_days, nets_credit, queries.limits_of(account))
        left_out: list[tuple[str, str]] = []
        netted: list[_Netted] = []
        source = _planned(queries.open_for_debit(organisation_id, today, run_id), collect_on, today, rules, left_out, netted)
        batch_ids, counts = [], []
        for _, batch in groupby(source, key=itemgetter(0)):
            batch_ids.append(_begin(session, account, collect_on, version or account.pain_version))
            counts.append(_freeze(batch_ids[-1], organisation_id, (one[1:] for one in batch)))
        refresh_statistics(sum(counts), Collection)
        creditor = pain008.Creditor(administration.sender_name, account.iban, administration.creditor_id or "", account.bic)
        for batch_id, count in zip(batch_ids, counts, strict=True):
            _write(session, batch_id, creditor, count)
        if netted:
            _net(organisation_id, netted, today)
        return BatchMade(tuple(batch_ids), tuple(left_out))


class _Netted(NamedTuple):
    """An invoice of which the debtor's credit pays a part."""

    invoice_number: str
    debtor_id: int
    open_item_id: int
    cents: int


def _planned(
    rows: Iterable[OpenForDebit], day: date, today: date, rules: BatchRules, left_out: list[tuple[str, str]], netted: list[_Netted]
) -> Iterator[tuple[int, PlannedItem, OpenForDebit]]:
    """Yield (place of its batch, planned item, row) as the rows come by, and tell of what is left out and netted."""
    waiting: dict[int, OpenForDebit] = {}

    def items() -> Iterator[DebitItem]:
        for row in rows:
            waiting[row.item.invoice_id] = row
            yield row.item

    def leave_out(left: LeftOut) -> None:
        waiting.pop(left.item.invoice_id, None)
        left_out.append((left.item.invoice_number, " ".join(reason.message for reason in left.reasons)))

    for place, part in planned_items(items(), day, today, rules, leave_out):
        row = waiting.pop(part.item.invoice_id)
        if part.netted_cents:
            netted.append(_Netted(part.item.invoice_number, part.item.debtor_id, row.open_item_id, part.netted_cents))
        yield place, part, row


def submit_batch(batch_id: int, on_date: date) -> None:
    """Say that the bank has the file: the books move the amounts from debtors to 1150, and the invoices count as under way.

    Raises NotFound, `wrong_state` (so a second click does nothing), and what posting refuses.
    """
    with transaction() as session:
        batch = _held(session, batch_id, "submit")
        _check_mandates(session, batch_id)
        organisation_id = batch.organisation_id
        rows = queries.collection_rows(batch_id)
        debtors, under_way = account_for(organisation_id, "debtors").id, account_for(organisation_id, "direct_debit").id
        lines = [LineDraft(under_way, batch.total_cents, f"Incassobatch {batch.message_id}")]
        lines += [
            LineDraft(debtors, -cents, f"Incasso factuur {number}", relation_id, number) for _, relation_id, cents, number, _, _ in rows
        ]
        posted = post_entry(
            organisation_id,
            EntryDraft("direct_debit", on_date, f"Incassobatch {batch.message_id}", tuple(lines), DebitBatch.__tablename__, batch_id),
        )
        credit_lines = posted.line_ids[1:]
        settle_many(
            organisation_id,
            (((open_item, cents), (line, -cents)) for (_, _, cents, _, open_item, _), line in zip(rows, credit_lines, strict=True)),
            on_date,
            DebitBatch.__tablename__,
            batch_id,
        )
        refresh_statistics(batch.count, JournalLine, Settlement, SettlementPart)
        update_rows(Collection.__table__, ("journal_line_id",), zip((row[0] for row in rows), credit_lines, strict=True))
        _use_mandates(session, batch_id, batch.collect_on)
        _move(session, batch_id, "submit", submitted_at=clock.now(), journal_entry_id=posted.id)
        audit.record(
            "submit",
            DebitBatch.__tablename__,
            batch_id,
            organisation_id,
            count=batch.count,
            total_cents=batch.total_cents,
            sha256=batch.sha256,
        )


def _check_mandates(session: Session, batch_id: int) -> None:
    """Refuse a batch of which a mandate was revoked, suspended or used up since it was made."""
    gone = session.scalar(
        select(Mandate.reference)
        .join(Collection, Collection.mandate_id == Mandate.id)
        .where(Collection.batch_id == batch_id, Mandate.state != "active")
        .limit(1)
    )
    if gone is not None:
        raise DomainError(
            "mandate_gone",
            f"Machtiging {gone} in deze batch is intussen niet meer geldig. Trek de batch terug en maak haar opnieuw.",
            reference=gone,
        )


def withdraw_batch(batch_id: int) -> None:
    """Take back a batch that the bank does not have: its invoices can be collected or paid again. Raises NotFound, `wrong_state`."""
    with transaction() as session:
        batch = _held(session, batch_id, "withdraw")
        _move(session, batch_id, "withdraw")
        session.execute(update(Collection).where(Collection.batch_id == batch_id).values(state="withdrawn"))
        audit.record("withdraw", DebitBatch.__tablename__, batch_id, batch.organisation_id, count=batch.count)


def _held(session: Session, batch_id: int, verb: str) -> DebitBatch:
    """Return a batch that may take this step, held until the transaction ends: who comes second waits, and finds it done."""
    batch = session.get(DebitBatch, batch_id, populate_existing=True, with_for_update=True)
    if batch is None:
        raise NotFound("Deze incassobatch bestaat niet (meer), of hoort niet bij jouw omgeving.")
    if batch.state not in BATCH.sources(verb):
        raise BATCH.refusal(verb, batch.state)
    return batch


def _move(session: Session, batch_id: int, verb: str, **values: object) -> None:
    """Let a held batch take a step, in one update: each rewrites the row with the whole file in it."""
    changed = session.execute(
        update(DebitBatch)
        .where(DebitBatch.id == batch_id, DebitBatch.state.in_(BATCH.sources(verb)))
        .values(state=BATCH.steps[verb][1], version=DebitBatch.version + 1, **values)
    )
    if changed.rowcount != 1:
        raise RuntimeError("a batch that was held has changed")


def _begin(session: Session, account: BankAccount, day: date, version: str) -> int:
    """Make a batch without anything in it yet and return its id."""
    batch_id = reserve_ids(DebitBatch.__table__, 1)[0]
    session.execute(
        insert(DebitBatch).values(
            id=batch_id, organisation_id=account.organisation_id, bank_account_id=account.id, collect_on=day, state="made",
            message_id=f"BG{account.organisation_id}-{batch_id:08d}", pain_version=version, count=0, total_cents=0,
            made_by=the_actor().name, made_at=clock.now(), version=1,
        )
    )  # fmt: skip
    return batch_id


def _freeze(batch_id: int, organisation_id: int, parts: Iterator[tuple[PlannedItem, OpenForDebit]]) -> int:
    """Keep what goes into the file of a batch and return how many collections there are; a few thousand are in memory at a time."""
    count = 0
    while some := list(islice(parts, _AT_ONCE)):
        ids = reserve_ids(Collection.__table__, len(some))
        rows = (_frozen(i, organisation_id, batch_id, part, row) for i, (part, row) in zip(ids, some, strict=True))
        count += insert_rows(Collection.__table__, _COLUMNS, rows)
    return count


def _write(session: Session, batch_id: int, creditor: pain008.Creditor, count: int) -> None:
    """Write the file of a batch from what was kept, prove it while it grows, and keep its bytes."""
    batch = session.get_one(DebitBatch, batch_id)
    sums = queries.sums_by_sequence(batch_id)
    groups = [
        pain008.Group(sequence, *sums[sequence], _collections(sequence, queries.frozen_collections(batch_id, sequence)))
        for sequence in pain008.SEQUENCES
        if sequence in sums
    ]
    head = pain008.DebitFile(
        batch.message_id, batch.made_at, batch.collect_on, creditor, version="02" if batch.pain_version == "02" else "08"
    )
    kept, digest = io.BytesIO(), hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        for piece in pain008.write_groups(head, groups):
            kept.write(piece)
            digest.update(piece)
            yield piece

    figures = validate(pieces(), batch.pain_version)
    total = sum(cents for _, cents in sums.values())
    if (figures.count, figures.total_cents) != (count, total) or sum(n for n, _ in sums.values()) != count:
        raise RuntimeError("the file does not hold what was planned")
    session.execute(update(DebitBatch).where(DebitBatch.id == batch_id).values(count=count, total_cents=total, sha256=digest.hexdigest()))
    store_bytes(DebitBatch.__table__, "document", batch_id, kept.getvalue())
    audit.record("make", DebitBatch.__tablename__, batch_id, batch.organisation_id, count=count, total_cents=total)


def _frozen(collection_id: int, organisation_id: int, batch_id: int, part: PlannedItem, row: OpenForDebit) -> tuple[object, ...]:
    mandate = part.item.mandate
    if mandate is None or row.mandate_id is None or mandate.signed_on is None:
        raise RuntimeError("an item without mandate was planned")
    return (
        collection_id, organisation_id, batch_id, part.item.invoice_id, row.mandate_id, part.item.debtor_id, part.amount_cents, f"I{_base36(collection_id)}",
        mandate.sort, mandate.reference, mandate.signed_on, mandate.iban, mandate.bic, mandate.holder, row.original_iban, row.original_reference,
        row.reference or f"Factuur {part.item.invoice_number}", "open",
    )  # fmt: skip


def _collections(sequence: str, rows: Iterable[Sequence[Any]]) -> Iterator[pain008.Collection]:
    """Give what is kept as the file has it: only that goes in."""
    for end_to_end_id, cents, reference, signed_on, holder, iban, bic, remittance, old_iban, old_reference in rows:
        structured = is_rf_reference(remittance) or is_kenmerk(remittance)
        yield pain008.Collection(
            end_to_end_id=end_to_end_id,
            amount_cents=cents,
            mandate_reference=reference,
            signed_on=signed_on,
            debtor_name=holder,
            debtor_iban=iban,
            debtor_bic=bic,
            remittance="" if structured else remittance,
            reference=remittance if structured else None,
            sequence=sequence,
            amendment=Amendment(original_reference=old_reference, is_other_account=old_iban is not None)
            if old_iban or old_reference
            else None,
        )


def _use_mandates(session: Session, batch_id: int, day: date) -> None:
    used = select(Collection.mandate_id).where(Collection.batch_id == batch_id)
    session.execute(update(Mandate).where(Mandate.id.in_(used)).values(last_used_on=day).execution_options(synchronize_session=False))
    told = used.where((Collection.original_iban.is_not(None)) | (Collection.original_reference.is_not(None)))
    session.execute(update(Mandate).where(Mandate.id.in_(told)).values(amendment_sent_on=day).execution_options(synchronize_session=False))
    session.execute(
        update(Mandate)
        .where(Mandate.id.in_(used), Mandate.sort == "OOFF", Mandate.state == "active")
        .values(state="used")
        .execution_options(synchronize_session=False)
    )


def _net(organisation_id: int, netted: list[_Netted], today: date) -> None:
    """Settle what debtors have in hand with their invoices, oldest credit first."""
    in_hand: dict[int, list[list[int]]] = defaultdict(list)
    for relation_id, line_id, cents in queries.credit_items(organisation_id):
        in_hand[relation_id].append([line_id, cents])
    groups = []
    for invoice_number, debtor_id, open_item_id, cents in netted:
        left, parts = cents, [(open_item_id, cents)]
        for credit in in_hand[debtor_id]:
            taken = min(left, credit[1])
            if taken:
                parts.append((credit[0], -taken))
                credit[1] -= taken
                left -= taken
        if left:
            raise DomainError(
                "credit_gone",
                f"Het tegoed van de debiteur van factuur {invoice_number} is intussen gebruikt. Maak de batch opnieuw.",
            )
        groups.append(parts)
    settle_many(organisation_id, groups, today, "collection", None)


def _base36(number: int) -> str:
    figures = ""
    while number:
        number, rest = divmod(number, 36)
        figures = _BASE36[rest] + figures
    return figures or "0"
