"""Questions that importing, proposing and booking ask: what is known of the accounts, what is open, what a statement holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import and_, func, select

from app.bank.invariants import KnownAccount, KnownStatement
from app.bank.knowledge import Knowledge, know
from app.bank.models import BankStatement, MatchRule, StatementLine, StatementTarget
from app.bank.proposals import CollectionUnderWay, Debtor, OpenInvoice, Rule, SubmittedBatch
from app.bank.statement import Payment
from app.invoicing.models import Invoice
from app.kernel.bulk import among
from app.kernel.clock import local
from app.kernel.db import db
from app.kernel.money import euros
from app.ledger.checking import Check, Violation
from app.ledger.models import JournalLine, SettlementPart
from app.ledger.queries.totals import total
from app.organisations.queries import administration_of
from app.relations.models import Relation, RelationAccount
from app.sepa.models import BankAccount, Collection, DebitBatch, Mandate

# A debtor may reclaim an unauthorised collection for 13 months. Source: EPC SDD Core rulebook.
RECLAIM = timedelta(days=400)


def bank_accounts(organisation_id: int) -> dict[str, BankAccount]:
    """Return the bank accounts of an administration by IBAN."""
    found = db.session.scalars(select(BankAccount).where(BankAccount.organisation_id == organisation_id))
    return {account.iban: account for account in found}


def known_accounts(organisation_id: int, first_days: dict[str, date]) -> dict[str, KnownAccount]:
    """Return what is in already per account; `first_days` is where the new file begins, so that only keys near it are read."""
    starts_on = administration_of(organisation_id).starts_on
    return {
        iban: KnownAccount(
            iban=iban,
            starts_on=account.opening_date or starts_on,
            opening_cents=booked_cents(organisation_id, account.ledger_account_id),
            statements=_known_statements(account.id),
            entry_keys=_entry_keys(account.id, first_days[iban]) if iban in first_days else frozenset(),
        )
        for iban, account in bank_accounts(organisation_id).items()
    }


def booked_cents(organisation_id: int, ledger_account_id: int) -> int | None:
    """Return the balance of an account in the books, or None when nothing was booked on it."""
    row = db.session.execute(
        select(func.count(), total(JournalLine.amount_cents)).where(
            JournalLine.organisation_id == organisation_id, JournalLine.account_id == ledger_account_id
        )
    ).one()
    return int(row[1]) if row[0] else None


def _known_statements(bank_account_id: int) -> tuple[KnownStatement, ...]:
    rows = db.session.execute(
        select(
            BankStatement.statement_id,
            BankStatement.sequence_number,
            BankStatement.first_day,
            BankStatement.last_day,
            BankStatement.closing_cents,
            BankStatement.made_at,
        )
        .where(BankStatement.bank_account_id == bank_account_id)
        .order_by(BankStatement.last_day, BankStatement.id)
    )
    return tuple(KnownStatement(row[0], row[1], row[2], row[3], row[4], local(row[5]).date()) for row in rows)


def _entry_keys(bank_account_id: int, first_day: date) -> frozenset[str]:
    keys = db.session.scalars(
        select(StatementLine.entry_key).where(StatementLine.bank_account_id == bank_account_id, StatementLine.booked_on >= first_day)
    )
    return frozenset(key.partition("-")[0] for key in keys)


def knowledge(organisation_id: int, today: date, payments: Iterable[Payment]) -> Knowledge:
    """Index what is open in an administration, in a few statements; of accounts and collections only what these payments name."""
    accounts, end_to_end_ids = set(), set()
    for payment in payments:
        accounts.add(payment.counter_iban)
        end_to_end_ids.add(payment.end_to_end_id)
    return know(
        invoices=_open_invoices(organisation_id),
        debtors=_debtors(organisation_id, accounts - {""}),
        collections=_collections(organisation_id, today, end_to_end_ids - {""}),
        batches=_batches_under_way(organisation_id),
        rules=_rules(organisation_id),
    )


def _open_invoices(organisation_id: int) -> Iterable[OpenInvoice]:
    open_cents = JournalLine.amount_cents - total(SettlementPart.amount_cents)
    rows = db.session.execute(
        select(Invoice.id, Invoice.debtor_id, Invoice.number, Invoice.reference, open_cents, Invoice.due_date)
        .join(JournalLine, JournalLine.id == Invoice.open_item_id)
        .outerjoin(
            SettlementPart,
            and_(SettlementPart.organisation_id == JournalLine.organisation_id, SettlementPart.line_id == JournalLine.id),
        )
        .where(Invoice.organisation_id == organisation_id, Invoice.state == "posted")
        .group_by(Invoice.id, JournalLine.id)
        .having(open_cents > 0)
        .order_by(Invoice.id)
    )
    return [OpenInvoice(row[0], row[1], row[2], row[3] or "", row[4], row[5]) for row in rows]


def _debtors(organisation_id: int, accounts: set[str]) -> list[Debtor]:
    """Return everyone who ever had an invoice here, with which of these accounts are on the card, on mandates or on earlier booked payments."""
    owes = select(Invoice.debtor_id).where(Invoice.organisation_id == organisation_id, Invoice.state == "posted")
    ibans: dict[int, set[str]] = defaultdict(set)
    for wanted in (
        select(RelationAccount.relation_id, RelationAccount.iban).where(
            among(RelationAccount.iban, accounts), RelationAccount.relation_id.in_(owes)
        ),
        select(Mandate.relation_id, Mandate.iban).where(
            among(Mandate.iban, accounts), Mandate.organisation_id == organisation_id, Mandate.relation_id.in_(owes)
        ),
        select(Invoice.debtor_id, StatementLine.counter_iban)
        .join(StatementTarget, StatementTarget.invoice_id == Invoice.id)
        .join(StatementLine, StatementLine.id == StatementTarget.line_id)
        .where(
            StatementLine.organisation_id == organisation_id,
            among(StatementLine.counter_iban, accounts),
            StatementLine.journal_entry_id.is_not(None),
            StatementLine.amount_cents > 0,
        ),
    ):
        for relation_id, iban in db.session.execute(wanted):
            ibans[relation_id].add(iban)
    rows = db.session.execute(
        select(Relation.id, Relation.number, Relation.display_name, Relation.household_id)
        .where(Relation.id.in_(owes))
        .order_by(Relation.id)
    )
    return [
        Debtor(relation_id, str(number), name, tuple(sorted(ibans[relation_id])) if relation_id in ibans else (), household_id)
        for relation_id, number, name, household_id in rows
    ]


def _collections(organisation_id: int, today: date, end_to_end_ids: set[str]) -> Iterable[CollectionUnderWay]:
    rows = db.session.execute(
        select(
            Collection.id,
            Collection.end_to_end_id,
            Collection.invoice_id,
            Collection.relation_id,
            Collection.batch_id,
            Collection.amount_cents,
        )
        .join(DebitBatch, DebitBatch.id == Collection.batch_id)
        .where(
            among(Collection.end_to_end_id, end_to_end_ids),
            Collection.organisation_id == organisation_id,
            DebitBatch.state == "submitted",
            DebitBatch.collect_on >= today - RECLAIM,
            Collection.state.in_(("open", "collected")),
        )
    )
    return [CollectionUnderWay(*row) for row in rows]


def _batches_under_way(organisation_id: int) -> list[SubmittedBatch]:
    waiting = select(Collection.batch_id).where(Collection.organisation_id == organisation_id, Collection.state == "open")
    rows = db.session.execute(
        select(DebitBatch.id, DebitBatch.message_id, DebitBatch.total_cents, DebitBatch.collect_on)
        .where(DebitBatch.organisation_id == organisation_id, DebitBatch.state == "submitted", DebitBatch.id.in_(waiting))
        .order_by(DebitBatch.id)
    )
    return [SubmittedBatch(row[0], row[1], (f"{row[1]}-RCUR", f"{row[1]}-OOFF"), row[2], row[3]) for row in rows]


def _rules(organisation_id: int) -> list[Rule]:
    rows = db.session.scalars(
        select(MatchRule).where(MatchRule.organisation_id == organisation_id, MatchRule.is_active).order_by(MatchRule.id)
    )
    direction = {True: "in", False: "out", None: ""}
    return [
        Rule(
            id=row.id,
            name=row.name,
            is_set=not row.is_learned,
            account_id=row.ledger_account_id,
            debtor_id=row.relation_id,
            iban=row.iban or "",
            text=row.text_contains or "",
            direction=direction[row.is_incoming],  # type: ignore[arg-type]
        )
        for row in rows
    ]


def count_of_kind(statement_id: int, kind: str) -> int:
    """Return how many parts of the lines of a statement are put on a place of this kind."""
    return (
        db.session.scalar(
            select(func.count(StatementTarget.id))
            .join(StatementLine, StatementLine.id == StatementTarget.line_id)
            .where(StatementLine.statement_id == statement_id, StatementTarget.kind == kind)
        )
        or 0
    )


def targets_by_line(statement_id: int) -> dict[int, list[StatementTarget]]:
    """Return the targets of every line of a statement."""
    found: dict[int, list[StatementTarget]] = defaultdict(list)
    rows = db.session.scalars(
        select(StatementTarget)
        .join(StatementLine, StatementLine.id == StatementTarget.line_id)
        .where(StatementLine.statement_id == statement_id)
        .order_by(StatementTarget.line_id, StatementTarget.position)
    )
    for row in rows:
        found[row.line_id].append(row)
    return found


def earlier_unbooked(statement: BankStatement) -> BankStatement | None:
    """Return the first statement of the same account that should be booked before this one, if any."""
    return db.session.scalar(
        select(BankStatement)
        .where(
            BankStatement.bank_account_id == statement.bank_account_id,
            BankStatement.state == "imported",
            BankStatement.id != statement.id,
            (BankStatement.last_day < statement.last_day)
            | ((BankStatement.last_day == statement.last_day) & (BankStatement.id < statement.id)),
        )
        .order_by(BankStatement.last_day, BankStatement.id)
        .limit(1)
    )


def later_booked(statement: BankStatement) -> BankStatement | None:
    """Return a statement of the same account that was booked after this one, if any: that must be taken back first."""
    return db.session.scalar(
        select(BankStatement)
        .where(
            BankStatement.bank_account_id == statement.bank_account_id,
            BankStatement.state == "booked",
            BankStatement.id != statement.id,
            (BankStatement.last_day > statement.last_day)
            | ((BankStatement.last_day == statement.last_day) & (BankStatement.id > statement.id)),
        )
        .order_by(BankStatement.last_day.desc(), BankStatement.id.desc())
        .limit(1)
    )


def invoice_facts(invoice_ids: Iterable[int]) -> dict[int, tuple[int, str, int]]:
    """Return (debtor, number, open item) per invoice."""
    wanted, found = sorted(set(invoice_ids)), {}
    for start in range(0, len(wanted), 10_000):
        rows = db.session.execute(
            select(Invoice.id, Invoice.debtor_id, Invoice.number, Invoice.open_item_id).where(
                Invoice.id.in_(wanted[start : start + 10_000])
            )
        )
        found.update({row[0]: (row[1], row[2], row[3]) for row in rows})
    return found


def closing_balances_booked(organisation_id: int) -> Iterable[Violation]:
    """Check that each bank account in the books equals the closing balance of its last booked statement; for `ledger check`."""
    for iban, account in sorted(bank_accounts(organisation_id).items()):
        last = db.session.scalars(
            select(BankStatement)
            .where(BankStatement.bank_account_id == account.id, BankStatement.state == "booked")
            .order_by(BankStatement.last_day.desc(), BankStatement.id.desc())
            .limit(1)
        ).first()
        booked = booked_cents(organisation_id, account.ledger_account_id) or 0
        if last is not None and booked != last.closing_cents:
            detail = (
                f"het laatste geboekte afschrift {last} eindigt op {euros(last.closing_cents)}, de boekhouding staat op {euros(booked)}"
            )
            yield Violation("bank_balance", f"bankrekening {iban}", detail)


CHECKS: tuple[Check, ...] = (closing_balances_booked,)
