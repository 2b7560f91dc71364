"""Make, submit and withdraw direct-debit batches."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.kernel import audit, clock
from app.kernel.actor import the_actor
from app.kernel.bulk import insert_rows, refresh_statistics, reserve_ids, update_rows
from app.kernel.errors import DomainError, NotFound
from app.kernel.identifiers import is_kenmerk, is_rf_reference
from app.kernel.unit_of_work import transaction
from app.ledger.entries import EntryDraft, LineDraft
from app.ledger.models import JournalLine, Settlement, SettlementPart
from app.ledger.queries import account_for
from app.ledger.usecases import post_entry, settle_many
from app.organisations.queries import administration_of
from app.sepa import pain008, queries
from app.sepa.batching import BatchRules, PlannedBatch, PlannedItem, plan_batches
from app.sepa.calendar import check_collection_date
from app.sepa.mandates import Amendment
from app.sepa.models import BATCH, BankAccount, Collection, DebitBatch, Mandate
from app.sepa.queries import OpenForDebit
from app.sepa.validation import validate

_PIECE = 1 << 18  # the parser takes a large file in pieces only
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
        found = {row.item.invoice_id: row for row in queries.open_for_debit(organisation_id, today, run_id)}
        rules = BatchRules(administration.creditor_id or "", account.announcement_days, nets_credit, queries.limits_of(account))
        plan = plan_batches((row.item for row in found.values()), collect_on, today, rules)
        if nets_credit:
            _net(organisation_id, [planned for batch in plan.batches for planned in batch.items if planned.netted_cents], found, today)
        creditor = pain008.Creditor(administration.sender_name, account.iban, administration.creditor_id or "", account.bic)
        made = tuple(_write(session, account, creditor, batch, found, version or account.pain_version) for batch in plan.batches)
        left_out = tuple((left.item.invoice_number, " ".join(r.message for r in left.reasons)) for left in plan.left_out)
        return BatchMade(made, left_out)


def submit_batch(batch_id: int, on_date: date) -> None:
    """Say that the bank has the file: the books move the amounts from debtors to 1150, and the invoices count as under way.

    Raises NotFound, `wrong_state` (so a second click does nothing), and what posting refuses.
    """
    with transaction() as session:
        batch = _claim(session, batch_id, "submit", submitted_at=clock.now())
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
        session.execute(update(DebitBatch).where(DebitBatch.id == batch_id).values(journal_entry_id=posted.id))
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
        batch = _claim(session, batch_id, "withdraw")
        session.execute(update(Collection).where(Collection.batch_id == batch_id).values(state="withdrawn"))
        audit.record("withdraw", DebitBatch.__tablename__, batch_id, batch.organisation_id, count=batch.count)


def _claim(session: Session, batch_id: int, verb: str, **values: object) -> DebitBatch:
    changed = session.execute(
        update(DebitBatch)
        .where(DebitBatch.id == batch_id, DebitBatch.state.in_(BATCH.sources(verb)))
        .values(state=BATCH.steps[verb][1], version=DebitBatch.version + 1, **values)
    )
    batch = session.get(DebitBatch, batch_id, populate_existing=True)
    if batch is None:
        raise NotFound("Deze incassobatch bestaat niet (meer), of hoort niet bij jouw omgeving.")
    if changed.rowcount != 1:
        raise BATCH.refusal(verb, batch.state)
    return batch


def _write(
    session: Session, account: BankAccount, creditor: pain008.Creditor, planned: PlannedBatch, found: dict[int, OpenForDebit], version: str
) -> int:
    batch_id = reserve_ids(DebitBatch.__table__, 1)[0]
    ids = reserve_ids(Collection.__table__, len(planned.items))
    organisation_id, message_id, now = account.organisation_id, f"BG{account.organisation_id}-{batch_id:08d}", clock.now()
    frozen = [_frozen(i, organisation_id, batch_id, part, found[part.item.invoice_id]) for i, part in zip(ids, planned.items, strict=True)]
    content = _file(message_id, now, planned.collection_day, creditor, frozen, version)
    figures = validate((content[start : start + _PIECE] for start in range(0, len(content), _PIECE)), version)
    if (figures.count, figures.total_cents) != (len(frozen), planned.total_cents):
        raise RuntimeError("the file does not hold what was planned")
    session.execute(
        insert(DebitBatch).values(
            id=batch_id,
            organisation_id=organisation_id,
            bank_account_id=account.id,
            collect_on=planned.collection_day,
            state="made",
            message_id=message_id,
            pain_version=version,
            count=len(frozen),
            total_cents=planned.total_cents,
            document=content,
            sha256=hashlib.sha256(content).hexdigest(),
            made_by=the_actor().name,
            made_at=now,
            version=1,
        )
    )
    insert_rows(Collection.__table__, _COLUMNS, frozen)
    refresh_statistics(len(frozen), Collection)
    audit.record("make", DebitBatch.__tablename__, batch_id, organisation_id, count=len(frozen), total_cents=planned.total_cents)
    return batch_id


def _frozen(collection_id: int, organisation_id: int, batch_id: int, part: PlannedItem, row: OpenForDebit) -> tuple[object, ...]:
    mandate = part.item.mandate
    if mandate is None or row.mandate_id is None or mandate.signed_on is None:
        raise RuntimeError("an item without mandate was planned")
    return (
        collection_id, organisation_id, batch_id, part.item.invoice_id, row.mandate_id, part.item.debtor_id, part.amount_cents, f"I{_base36(collection_id)}",
        mandate.sort, mandate.reference, mandate.signed_on, mandate.iban, mandate.bic, mandate.holder, row.original_iban, row.original_reference,
        row.reference or f"Factuur {part.item.invoice_number}", "open",
    )  # fmt: skip


def _file(message_id: str, created_at: datetime, day: date, creditor: pain008.Creditor, frozen: Sequence[tuple], version: str) -> bytes:
    """Return the bytes of the file; only what is kept with the collections goes in."""
    return b"".join(
        pain008.write(
            pain008.DebitFile(message_id, created_at, day, creditor, list(_collections(frozen)), "02" if version == "02" else "08")
        )
    )


def _collections(frozen: Iterable[tuple]) -> Iterator[pain008.Collection]:
    for (
        _,
        _,
        _,
        _,
        _,
        _,
        cents,
        end_to_end_id,
        sequence,
        reference,
        signed_on,
        iban,
        bic,
        holder,
        old_iban,
        old_reference,
        remittance,
        _,
    ) in frozen:
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


def _net(organisation_id: int, planned: list[PlannedItem], found: dict[int, OpenForDebit], today: date) -> None:
    """Settle what debtors have in hand with their invoices, oldest credit first."""
    in_hand: dict[int, list[list[int]]] = defaultdict(list)
    for relation_id, line_id, cents in queries.credit_items(organisation_id):
        in_hand[relation_id].append([line_id, cents])
    groups = []
    for part in planned:
        left, parts = part.netted_cents, [(found[part.item.invoice_id].open_item_id, part.netted_cents)]
        for credit in in_hand[part.item.debtor_id]:
            taken = min(left, credit[1])
            if taken:
                parts.append((credit[0], -taken))
                credit[1] -= taken
                left -= taken
        if left:
            raise DomainError(
                "credit_gone",
                f"Het tegoed van de debiteur van factuur {part.item.invoice_number} is intussen gebruikt. Maak de batch opnieuw.",
            )
        groups.append(parts)
    settle_many(organisation_id, groups, today, "collection", None)


def _base36(number: int) -> str:
    figures = ""
    while number:
        number, rest = divmod(number, 36)
        figures = _BASE36[rest] + figures
    return figures or "0"
