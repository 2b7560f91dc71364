"""Questions about mandates, what can be collected, and batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import and_, exists, func, or_, select

from app.invoicing.models import Invoice
from app.kernel.bulk import among
from app.kernel.clock import local
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.ledger.models import JournalLine, LedgerAccount, SettlementPart
from app.ledger.queries.totals import total
from app.organisations.queries import administration_of
from app.sepa.batching import BatchLimits, DebitItem
from app.sepa.mandates import SEPA_COUNTRIES, MandateFacts
from app.sepa.models import BankAccount, Collection, DebitBatch, Mandate

HOME = frozenset({"NL"})
_AT_ONCE = 5_000  # rows that are in memory together


class OpenForDebit(NamedTuple):
    """An item for the rules with what the use case needs to write it down."""

    item: DebitItem
    open_item_id: int
    reference: str | None
    mandate_id: int | None
    original_iban: str | None
    original_reference: str | None


def bank_account_of(organisation_id: int, bank_account_id: int | None = None) -> BankAccount:
    """Return the bank account to collect on. Raises NotFound, or DomainError `bank_account_unclear` when there are more."""
    wanted = select(BankAccount).where(BankAccount.organisation_id == organisation_id).order_by(BankAccount.id)
    if bank_account_id is not None:
        wanted = wanted.where(BankAccount.id == bank_account_id)
    found = db.session.scalars(wanted.limit(2)).all()
    if not found:
        raise NotFound("Deze administratie heeft nog geen bankrekening. Voeg die eerst toe.")
    if len(found) > 1:
        raise DomainError("bank_account_unclear", "Deze administratie heeft meer bankrekeningen. Kies op welke je wilt incasseren.")
    return found[0]


def limits_of(account: BankAccount) -> BatchLimits:
    """Return what the contract of a bank account allows."""
    return BatchLimits(
        item_cents=account.max_item_cents,
        batch_cents=account.max_batch_cents,
        batch_count=account.max_batch_count,
        countries=SEPA_COUNTRIES if account.accepts_foreign else HOME,
    )


def mandates_of(organisation_id: int, relation_ids: list[int] | None = None) -> dict[int, Mandate]:
    """Return the mandate to use per relation: the active one signed last, else the one signed last."""
    wanted = (
        select(Mandate).where(Mandate.organisation_id == organisation_id).order_by(Mandate.state == "active", Mandate.signed_on, Mandate.id)
    )
    if relation_ids is not None:
        wanted = wanted.where(Mandate.relation_id.in_(relation_ids))
    return {mandate.relation_id: mandate for mandate in db.session.scalars(wanted)}


def payers_with_mandate(organisation_id: int) -> set[int]:
    """Return the relations with an active mandate, for the preview of a run."""
    return set(db.session.scalars(select(Mandate.relation_id).where(Mandate.organisation_id == organisation_id, Mandate.state == "active")))


def facts_of(mandate: Mandate, creditor_id: str, revoked_on: date) -> MandateFacts:
    """Return a mandate as the rules know it; a revoked or lapsed one counts as revoked on `revoked_on`."""
    return MandateFacts(
        reference=mandate.reference,
        sort=mandate.sort,
        signed_on=mandate.signed_on,
        iban=mandate.iban,
        holder=mandate.holder,
        creditor_id=creditor_id,
        revoked_on=revoked_on if mandate.state in ("revoked", "expired") else None,
        is_blocked=mandate.state == "suspended",
        last_used_on=mandate.last_used_on,
        bic=mandate.bic,
    )


def open_for_debit(organisation_id: int, today: date, run_id: int | None = None) -> Iterator[OpenForDebit]:
    """Yield every posted invoice with something open whose debtor pays by direct debit, in order; three statements, whatever their number."""
    creditor_id = administration_of(organisation_id).creditor_id
    if not creditor_id:
        raise DomainError(
            "creditor_id_missing",
            "Deze administratie heeft nog geen incassant-ID. Vul dat in bij Administratie; je krijgt het van je bank.",
        )
    credit = _credit(organisation_id)
    open_cents = JournalLine.amount_cents - total(SettlementPart.amount_cents)
    under_way = exists(select(1).where(Collection.invoice_id == Invoice.id, Collection.state == "open").correlate(Invoice.__table__))
    mandate = _best_mandate(organisation_id)
    rows = (
        select(
            Invoice.id,
            Invoice.number,
            Invoice.debtor_id,
            open_cents.label("open_cents"),
            Invoice.sent_at,
            Invoice.open_item_id,
            Invoice.reference,
            under_way.label("under_way"),
            mandate.c.id.label("mandate_id"),
            mandate.c.reference.label("mandate_reference"),
            mandate.c.sort,
            mandate.c.signed_on,
            mandate.c.iban,
            mandate.c.holder,
            mandate.c.bic,
            mandate.c.state,
            mandate.c.last_used_on,
            mandate.c.original_iban,
            mandate.c.original_reference,
            mandate.c.amended_on,
            mandate.c.amendment_sent_on,
        )
        .join(JournalLine, JournalLine.id == Invoice.open_item_id)
        .outerjoin(
            SettlementPart,
            and_(SettlementPart.organisation_id == JournalLine.organisation_id, SettlementPart.line_id == JournalLine.id),
        )
        .outerjoin(mandate, and_(mandate.c.relation_id == Invoice.debtor_id, mandate.c.place == 1))
        .where(Invoice.organisation_id == organisation_id, Invoice.state == "posted", Invoice.payment_method == "direct_debit")
        .group_by(Invoice.id, JournalLine.id, *mandate.c)
        .having(open_cents > 0)
        .order_by(Invoice.id)
    )
    if run_id is not None:
        rows = rows.where(Invoice.run_id == run_id)
    for row in db.session.execute(rows, execution_options={"yield_per": _AT_ONCE}):
        yield _open_row(row, creditor_id, credit, today)


def _best_mandate(organisation_id: int):
    ordered = func.row_number().over(
        partition_by=Mandate.relation_id, order_by=((Mandate.state == "active").desc(), Mandate.signed_on.desc(), Mandate.id.desc())
    )
    return select(Mandate.__table__, ordered.label("place")).where(Mandate.organisation_id == organisation_id).subquery("best_mandate")


def _open_row(row, creditor_id: str, credit: dict[int, int], today: date) -> OpenForDebit:
    facts = None
    if row.mandate_id is not None:
        gone = row.state in ("revoked", "expired")
        facts = MandateFacts(
            row.mandate_reference,
            row.sort,
            row.signed_on,
            row.iban,
            row.holder,
            creditor_id,
            today if gone else None,
            row.state == "suspended",
            row.last_used_on,
            row.bic,
        )
    item = DebitItem(
        invoice_id=row.id,
        invoice_number=row.number,
        debtor_id=row.debtor_id,
        amount_cents=row.open_cents,
        mandate=facts,
        announced_on=local(row.sent_at).date() if row.sent_at else None,
        is_under_way=row.under_way,
        debtor_credit_cents=credit.get(row.debtor_id, 0),
    )
    changed = row.amended_on is not None and row.amendment_sent_on is None
    return OpenForDebit(
        item,
        row.open_item_id,
        row.reference,
        row.mandate_id,
        row.original_iban if changed else None,
        row.original_reference if changed else None,
    )


def _credit(organisation_id: int) -> dict[int, int]:
    """Return what debtors have in hand: open items below zero, as cents above zero."""
    found: dict[int, int] = defaultdict(int)
    for relation_id, _, cents in credit_items(organisation_id):
        found[relation_id] += cents
    return dict(found)


def credit_items(organisation_id: int) -> Iterator[tuple[int, int, int]]:
    """Yield (debtor, journal line, cents above zero) of every open credit, oldest first."""
    open_cents = JournalLine.amount_cents - total(SettlementPart.amount_cents)
    rows = (
        select(JournalLine.relation_id, JournalLine.id, -open_cents)
        .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
        .outerjoin(
            SettlementPart,
            and_(SettlementPart.organisation_id == JournalLine.organisation_id, SettlementPart.line_id == JournalLine.id),
        )
        .where(JournalLine.organisation_id == organisation_id, LedgerAccount.purpose == "debtors", JournalLine.amount_cents < 0)
        .group_by(JournalLine.id)
        .having(open_cents < 0)
        .order_by(JournalLine.id)
    )
    yield from (tuple(row) for row in db.session.execute(rows))


def collections_of(batch_id: int) -> list[Collection]:
    """Return the collections of a batch in the order of the file, for small batches; see `collection_rows` for all."""
    return list(db.session.scalars(select(Collection).where(Collection.batch_id == batch_id).order_by(Collection.id)))


def frozen_collections(batch_id: int, sequence: str) -> Iterator[Any]:
    """Yield what goes into the file of the collections of a batch with one sequence, in order, without objects."""
    wanted = Collection.__table__.c
    rows = (
        select(
            wanted.end_to_end_id, wanted.amount_cents, wanted.mandate_reference, wanted.signed_on, wanted.holder, wanted.iban, wanted.bic,
            wanted.remittance, wanted.original_iban, wanted.original_reference,
        )
        .where(wanted.batch_id == batch_id, wanted.sequence == sequence)
        .order_by(wanted.id)
    )  # fmt: skip
    yield from db.session.connection().execute(rows, execution_options={"yield_per": _AT_ONCE})


def sums_by_sequence(batch_id: int) -> dict[str, tuple[int, int]]:
    """Return the number of collections of a batch and their cents, by sequence."""
    rows = db.session.execute(
        select(Collection.sequence, func.count(), total(Collection.amount_cents))
        .where(Collection.batch_id == batch_id)
        .group_by(Collection.sequence)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def collection_rows(batch_id: int) -> list[tuple[int, int, int, str, int, int]]:
    """Return (collection, relation, cents, invoice number, open item, mandate) of a batch, without objects."""
    rows = (
        select(Collection.id, Collection.relation_id, Collection.amount_cents, Invoice.number, Invoice.open_item_id, Collection.mandate_id)
        .join(Invoice, Invoice.id == Collection.invoice_id)
        .where(Collection.batch_id == batch_id)
        .order_by(Collection.id)
    )
    return [tuple(row) for row in db.session.execute(rows)]


def at_the_bank(invoice_ids: list[int]) -> set[int]:
    """Return which of these invoices are in a batch that the bank has, and that it has not paid or returned yet."""
    asked = select(Collection.invoice_id).where(among(Collection.invoice_id, invoice_ids), Collection.state == "open")
    return set(db.session.scalars(asked.where(Collection.journal_line_id.is_not(None))))


def lapsing_mandates(before: date) -> list[int]:
    """Return the ids of mandates that were not used, or not signed, since `before`."""
    last = func.coalesce(Mandate.last_used_on, Mandate.signed_on)
    return list(db.session.scalars(select(Mandate.id).where(or_(Mandate.state == "active", Mandate.state == "suspended"), last < before)))


def batches_of(organisation_id: int, limit: int = 20) -> list[DebitBatch]:
    """Return the newest batches of an administration."""
    return list(
        db.session.scalars(
            select(DebitBatch).where(DebitBatch.organisation_id == organisation_id).order_by(DebitBatch.id.desc()).limit(limit)
        )
    )
