"""Read a file of the bank, prove it, store it with a proposal per payment: whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.bank import queries
from app.bank.archive import unpack
from app.bank.camt053 import read_statements
from app.bank.invariants import CheckedStatement, check_file, payment_key
from app.bank.matching import Incoming, payments_of, propose
from app.bank.models import BankFile, BankStatement, StatementLine, StatementTarget
from app.bank.proposals import Proposal
from app.bank.statement import Entry, Payment, Statement
from app.kernel import audit, clock
from app.kernel.actor import the_actor
from app.kernel.bulk import collector_at_rest, insert_rows, reserve_ids, update_rows
from app.kernel.clock import local
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.periods import dutch_date
from app.kernel.unit_of_work import transaction

_LINE_COLUMNS = (
    "id", "organisation_id", "statement_id", "bank_account_id", "position", "entry_key", "booked_on", "value_on", "amount_cents", "counter_iban",
    "counter_name", "description", "structured_reference", "end_to_end_id", "mandate_reference", "bank_reference", "batch_reference", "return_code",
    "transaction_code", "raw", "kind", "certainty", "reasons", "candidates", "is_confirmed", "version",
)  # fmt: skip
_TARGET_COLUMNS = (
    "organisation_id",
    "line_id",
    "position",
    "kind",
    "amount_cents",
    "invoice_id",
    "relation_id",
    "ledger_account_id",
    "batch_id",
    "collection_id",
)
# Which column of a target holds the id, by the kind of the proposal.
_POINTS_AT = {
    "invoice": "invoice_id",
    "debtor": "relation_id",
    "account": "ledger_account_id",
    "batch": "batch_id",
    "return": "collection_id",
}


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import gave: the ids of the statements in order, and the questions that were answered with yes."""

    statement_ids: tuple[int, ...]
    gaps: tuple[str, ...]


@collector_at_rest()
def import_file(organisation_id: int, name: str, content: bytes, today: date, *, accepts_gaps: bool = False) -> Imported:
    """Store the statements of one file (CAMT.053, or a ZIP of them) with a proposal for each payment.

    Raises FileRefused with every refusal, DomainError `file_imported_before`, or `statement_gap` when a statement is missing
    in between and `accepts_gaps` was not said. Nothing is stored then.
    """
    digest = hashlib.sha256(content).hexdigest()
    _refuse_known(organisation_id, name, digest)
    statements: list[Statement] = []
    for inner, part in unpack(content, name):
        statements += read_statements(part, inner)
    with transaction() as session:
        accounts = queries.bank_accounts(organisation_id)
        for account in accounts.values():  # two people importing at once stand in line here
            session.execute(
                update(type(account))
                .where(type(account).id == account.id)
                .values(name=account.name)
                .execution_options(synchronize_session=False)
            )
        _refuse_known(organisation_id, name, digest)
        first_days = {s.head.iban: min(s.first_day or today, today) for s in statements}
        checked = check_file(statements, name, queries.known_accounts(organisation_id, first_days), today)
        if checked.gaps and not accepts_gaps:
            raise DomainError("statement_gap", " ".join(gap.message for gap in checked.gaps), count=len(checked.gaps))
        file_id = session.execute(
            insert(BankFile)
            .values(
                organisation_id=organisation_id,
                name=name[:200],
                sha256=digest,
                content=content,
                imported_by=the_actor().name,
                made_at=clock.now(),
            )
            .returning(BankFile.id)
        ).scalar_one()
        incoming = [payment for one in checked.statements for payment in payments_of(one.statement.entries)]
        proposals = iter(propose(incoming, queries.knowledge(organisation_id, today, (one.payment for one in incoming))))
        gaps = {gap.statement_id for gap in checked.gaps}
        ids = []
        for one in checked.statements:
            account = accounts[one.statement.head.iban]
            ids.append(_store(session, organisation_id, account.id, file_id, one, proposals, one.statement.head.statement_id in gaps))
        audit.record("import", BankFile.__tablename__, file_id, organisation_id, name=name[:200], statements=len(ids), lines=len(incoming))
        return Imported(tuple(ids), tuple(gap.message for gap in checked.gaps))


def _refuse_known(organisation_id: int, name: str, digest: str) -> None:
    known = db.session.scalar(select(BankFile).where(BankFile.organisation_id == organisation_id, BankFile.sha256 == digest))
    if known is not None:
        raise DomainError(
            "file_imported_before",
            f"{name} is al ingelezen op {dutch_date(local(known.made_at).date())} als {known.name}. Er is niets opnieuw ingelezen.",
        )


def _store(
    session: Session,
    organisation_id: int,
    bank_account_id: int,
    file_id: int,
    one: CheckedStatement,
    proposals: Iterator[Proposal],
    gap: bool,
) -> int:
    head = one.statement.head
    payments = [
        (entry, payment, key if len(entry.payments) == 1 else payment_key(key, place))
        for entry, key in zip(one.statement.entries, one.entry_keys, strict=True)
        for place, payment in enumerate(entry.payments, start=1)
    ]
    statement_id = session.execute(
        insert(BankStatement)
        .values(
            organisation_id=organisation_id,
            bank_account_id=bank_account_id,
            file_id=file_id,
            statement_id=(head.statement_id or f"{one.first_day}-{head.ordinal}")[:60],
            sequence_number=head.number,
            first_day=one.first_day,
            last_day=one.last_day,
            opening_cents=head.opening_cents,
            closing_cents=head.closing_cents,
            line_count=len(payments),
            state="imported",
            gap_accepted=gap,
            made_at=clock.now(),
            version=1,
        )
        .returning(BankStatement.id)
    ).scalar_one()
    line_ids = reserve_ids(StatementLine.__table__, len(payments))
    proposed = [next(proposals) for _ in payments]
    rows = (
        _line_row(line_id, organisation_id, statement_id, bank_account_id, place, *payment, proposal)
        for place, (line_id, payment, proposal) in enumerate(zip(line_ids, payments, proposed, strict=True), start=1)
    )
    insert_rows(StatementLine.__table__, _LINE_COLUMNS, rows)
    insert_rows(StatementTarget.__table__, _TARGET_COLUMNS, _target_rows(organisation_id, zip(line_ids, proposed, strict=True)))
    return statement_id


def _line_row(
    line_id: int,
    organisation_id: int,
    statement_id: int,
    bank_account_id: int,
    place: int,
    entry: Entry,
    payment: Payment,
    key: str,
    proposal: Proposal,
) -> tuple[Any, ...]:
    return (
        line_id, organisation_id, statement_id, bank_account_id, place, key, entry.booked_on, entry.valued_on, payment.cents, payment.counter_iban[:34] or None,
        payment.counter_name[:140] or None, payment.text or entry.text, payment.reference[:40] or None, payment.end_to_end_id[:40] or None,
        payment.mandate_reference[:40] or None, (payment.transaction_id or entry.bank_reference)[:60] or None,
        (payment.payment_group_id or entry.batch_id)[:60] or None, (payment.return_code or proposal.return_code)[:10] or None,
        (payment.bank_code or entry.bank_code)[:40] or None, entry.raw_xml if payment is entry.payments[0] else "",
        proposal.kind, proposal.certainty, list(proposal.reasons), _candidates(proposal), False, 1,
    )  # fmt: skip


def _candidates(proposal: Proposal) -> list[dict[str, Any]]:
    found = [{"kind": c.kind, "id": c.id, "score": c.score, "reason": c.reason} for c in proposal.candidates]
    if proposal.rule_id is not None:
        found.append({"kind": "rule", "id": proposal.rule_id, "score": 100, "reason": ""})
    if proposal.costs_cents:
        found.append({"kind": "costs", "id": 0, "score": 0, "reason": "", "cents": proposal.costs_cents})
    return found


def _target_rows(organisation_id: int, proposed: Any) -> Iterator[tuple[Any, ...]]:
    for line_id, proposal in proposed:
        for place, target in enumerate(proposal.targets, start=1):
            points = {_POINTS_AT[target.kind]: target.id}
            yield (organisation_id, line_id, place, target.kind, target.cents, *(points.get(column) for column in _TARGET_COLUMNS[5:]))


@collector_at_rest()
def propose_again(statement_id: int, today: date) -> int:
    """Make new proposals for the lines that nobody confirmed, on what is known today; return how many changed kind or certainty."""
    with transaction() as session:
        statement = session.get(BankStatement, statement_id, with_for_update=True, populate_existing=True)
        if statement is None or statement.state != "imported":
            return 0
        lines = list(
            session.scalars(
                select(StatementLine)
                .where(StatementLine.statement_id == statement_id, ~StatementLine.is_confirmed)
                .order_by(StatementLine.position)
            )
        )
        incoming = [Incoming(_payment_of(line), line.booked_on) for line in lines]
        proposals = propose(incoming, queries.knowledge(statement.organisation_id, today, (one.payment for one in incoming)))
        session.execute(
            delete(StatementTarget)
            .where(StatementTarget.line_id.in_([line.id for line in lines]))
            .execution_options(synchronize_session=False)
        )
        changed = sum((line.kind, line.certainty) != (p.kind, p.certainty) for line, p in zip(lines, proposals, strict=True))
        update_rows(
            StatementLine.__table__,
            ("kind", "certainty", "reasons", "candidates"),
            ((line.id, p.kind, p.certainty, list(p.reasons), _candidates(p)) for line, p in zip(lines, proposals, strict=True)),
        )
        pairs = zip([line.id for line in lines], proposals, strict=True)
        insert_rows(StatementTarget.__table__, _TARGET_COLUMNS, _target_rows(statement.organisation_id, pairs))
        session.expire_all()
        return changed


def _payment_of(line: StatementLine) -> Payment:
    return Payment(
        cents=line.amount_cents,
        counter_iban=line.counter_iban or "",
        counter_name=line.counter_name or "",
        text=line.description,
        end_to_end_id=line.end_to_end_id or "",
        mandate_reference=line.mandate_reference or "",
        reference=line.structured_reference or "",
        payment_group_id=line.batch_reference or "",
        transaction_id=line.bank_reference or "",
        return_code=line.return_code or "",
        bank_code=line.transaction_code or "",
        is_return=bool(line.return_code),
    )
