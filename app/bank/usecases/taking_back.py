"""Take a booked statement back: by reversing entries, never by changing what was posted."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, update

from app.bank import queries
from app.bank.models import STATEMENT, BankStatement, StatementLine
from app.kernel import audit
from app.kernel.bulk import update_rows
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction
from app.ledger.entries import EntryDraft, LineDraft, fitted
from app.ledger.models import JournalEntry, JournalLine, LedgerAccount, Settlement
from app.ledger.usecases import post_entries, settle_many, undo_settlement
from app.sepa.models import Collection


def take_back(statement_id: int, on_date: date) -> int:
    """Undo the booking of the last booked statement of its account, and return the number of reversing entries.

    The lines keep what they were put on, so that they can be changed and booked again. Raises NotFound, `wrong_state`,
    `statement_after` when a later one is booked, and what posting refuses on `on_date`.
    """
    with transaction() as session:
        changed = session.execute(
            update(BankStatement)
            .where(BankStatement.id == statement_id, BankStatement.state.in_(STATEMENT.sources("take_back")))
            .values(state="imported", version=BankStatement.version + 1)
        )
        statement = session.get(BankStatement, statement_id, populate_existing=True)
        if statement is None:
            raise NotFound("Dit afschrift bestaat niet (meer), of hoort niet bij jouw omgeving.")
        if changed.rowcount != 1:
            raise STATEMENT.refusal("take_back", statement.state)
        after = queries.later_booked(statement)
        if after is not None:
            raise DomainError("statement_after", f"Neem eerst afschrift {after} terug: dat is later geboekt.")
        organisation_id = statement.organisation_id
        lines = list(
            session.scalars(select(StatementLine).where(StatementLine.statement_id == statement_id).order_by(StatementLine.position))
        )
        undone = select(Settlement.reverses_id).where(Settlement.organisation_id == organisation_id, Settlement.reverses_id.is_not(None))
        made = session.scalars(
            select(Settlement.id).where(
                Settlement.organisation_id == organisation_id,
                Settlement.source_table == BankStatement.__tablename__,
                Settlement.source_id == statement_id,
                Settlement.reverses_id.is_(None),
                Settlement.id.not_in(undone),
            )
        ).all()
        for settlement_id in made:
            undo_settlement(settlement_id, on_date)
        booked = [line.journal_entry_id for line in lines if line.journal_entry_id]
        count = _reverse([*_gap_entries(statement), *booked], organisation_id, on_date, str(statement))
        _set_collections_back(statement_id, organisation_id, on_date)
        update_rows(StatementLine.__table__, ("journal_entry_id",), ((line.id, None) for line in lines))
        audit.record("take_back", BankStatement.__tablename__, statement_id, organisation_id, entries=count)
        session.expire_all()
        return count


def _gap_entries(statement: BankStatement) -> list[int]:
    """Return the entries over a missing statement before this one; the very first opening balance stays."""
    gone = select(JournalEntry.reverses_id).where(
        JournalEntry.organisation_id == statement.organisation_id, JournalEntry.reverses_id.is_not(None)
    )
    return list(
        db.session.scalars(
            select(JournalEntry.id).where(
                JournalEntry.organisation_id == statement.organisation_id,
                JournalEntry.source_table == BankStatement.__tablename__,
                JournalEntry.source_id == statement.id,
                JournalEntry.journal == "bank",
                JournalEntry.id.not_in(gone),
            )
        )
    )


def _reverse(entry_ids: list[int], organisation_id: int, on_date: date, name: str) -> int:
    rows = db.session.execute(
        select(JournalLine, LedgerAccount.purpose)
        .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
        .where(JournalLine.organisation_id == organisation_id, JournalLine.entry_id.in_(entry_ids))
        .order_by(JournalLine.entry_id, JournalLine.position)
    ).all()
    by_entry: dict[int, list[tuple[JournalLine, str | None]]] = {}
    for line, purpose in rows:
        by_entry.setdefault(line.entry_id, []).append((line, purpose))
    drafts = [
        EntryDraft(
            "bank",
            on_date,
            fitted(f"Teruggenomen: afschrift {name}"),
            tuple(_opposite(line) for line, _ in found),
            JournalEntry.__tablename__,
            entry_id,
            entry_id,
        )
        for entry_id, found in by_entry.items()
    ]
    posted = post_entries(organisation_id, drafts, also_inactive=True)
    groups = [
        ((line.id, line.amount_cents), (new, -line.amount_cents))
        for found, entry in zip(by_entry.values(), posted, strict=True)
        for (line, purpose), new in zip(found, entry.line_ids, strict=True)
        if purpose in ("debtors", "creditors")
    ]
    settle_many(organisation_id, groups, on_date, JournalEntry.__tablename__, None)
    return len(posted)


def _opposite(line: JournalLine):
    return LineDraft(
        line.account_id, -line.amount_cents, line.description, line.relation_id, line.item_number, line.due_date, line.cost_centre_id
    )


def _set_collections_back(statement_id: int, organisation_id: int, on_date: date) -> None:
    """Tie the returned collections to their invoices as before, and let batches of this statement wait for their money again."""
    targets = [target for found in queries.targets_by_line(statement_id).values() for target in found]
    if ids := [t.collection_id for t in targets if t.collection_id]:
        rows = db.session.scalars(select(Collection).where(Collection.id.in_(ids), Collection.state == "returned")).all()
        facts = queries.invoice_facts(row.invoice_id for row in rows)
        groups = [((facts[row.invoice_id][2], row.amount_cents), (row.journal_line_id or 0, -row.amount_cents)) for row in rows]
        settle_many(organisation_id, groups, on_date, Collection.__tablename__, None)
        db.session.execute(
            update(Collection)
            .where(Collection.id.in_([row.id for row in rows]))
            .values(state="collected", return_code=None, returned_on=None)
            .execution_options(synchronize_session=False)
        )
    if batch_ids := {t.batch_id for t in targets if t.batch_id}:
        db.session.execute(
            update(Collection)
            .where(Collection.batch_id.in_(batch_ids), Collection.state == "collected")
            .values(state="open")
            .execution_options(synchronize_session=False)
        )
