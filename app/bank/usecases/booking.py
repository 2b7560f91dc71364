"""Book a whole statement in one transaction: every line an entry, settled with what it pays."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.bank import queries
from app.bank.models import STATEMENT, BankStatement, MatchRule, StatementLine, StatementTarget
from app.invoicing.usecases import follow_payments
from app.kernel import audit, clock
from app.kernel.bulk import refresh_statistics, update_rows
from app.kernel.errors import DomainError, NotFound
from app.kernel.money import euros
from app.kernel.periods import dutch_date
from app.kernel.unit_of_work import transaction
from app.ledger.entries import EntryDraft, LineDraft, PostedEntry, fitted
from app.ledger.models import JournalEntry, JournalLine, Settlement, SettlementPart
from app.ledger.queries import account_for, open_cents_of
from app.ledger.usecases import post_entries, post_entry, settle_many, undo_settlement
from app.sepa.models import BankAccount, Collection, Mandate
from app.sepa.return_reasons import reason_of


class _Pays(NamedTuple):
    """A credit line that pays an invoice: place of the line in the draft, the invoice's open item and the cents."""

    place: int
    open_item_id: int
    cents: int


def book_statement(statement_id: int, *, rest_to_suspense: bool = False) -> int:
    """Book an imported statement and return the number of entries.

    Unresolved lines (unknown, or doubtful and not confirmed) refuse the whole, unless `rest_to_suspense` sends them to 2020
    vraagposten. Raises NotFound, `wrong_state` (a second click), `statement_before`, `lines_unresolved`, `balance_differs`, and what
    posting refuses; nothing is booked then.
    """
    with transaction() as session:
        statement = _claim(session, statement_id)
        before = queries.earlier_unbooked(statement)
        if before is not None:
            raise DomainError("statement_before", f"Boek eerst afschrift {before}: dat komt ervoor.")
        lines = list(
            session.scalars(select(StatementLine).where(StatementLine.statement_id == statement_id).order_by(StatementLine.position))
        )
        targets = queries.targets_by_line(statement_id)
        unresolved = [line for line in lines if not _is_resolved(line, targets.get(line.id, []))]
        if unresolved and not rest_to_suspense:
            raise DomainError(
                "lines_unresolved",
                f"{len(unresolved)} regels zijn nog niet herkend of bevestigd; de eerste is regel {unresolved[0].position} van {euros(unresolved[0].amount_cents)}. "
                "Kies daar een factuur, debiteur of grootboekrekening.",
                count=len(unresolved),
            )
        account = session.get_one(BankAccount, statement.bank_account_id)
        _open_balance(statement, account)
        loose = {line.id for line in unresolved}
        return _Booking(session, statement, account).book(lines, {i: t for i, t in targets.items() if i not in loose})


def _is_resolved(line: StatementLine, targets: list[StatementTarget]) -> bool:
    return (
        bool(targets) and sum(t.amount_cents for t in targets) == line.amount_cents and (line.is_confirmed or line.certainty == "certain")
    )


def _claim(session: Session, statement_id: int) -> BankStatement:
    changed = session.execute(
        update(BankStatement)
        .where(BankStatement.id == statement_id, BankStatement.state.in_(STATEMENT.sources("book")))
        .values(state="booked", version=BankStatement.version + 1)
    )
    statement = session.get(BankStatement, statement_id, populate_existing=True)
    if statement is None:
        raise NotFound("Dit afschrift bestaat niet (meer), of hoort niet bij jouw omgeving.")
    if changed.rowcount != 1:
        raise STATEMENT.refusal("book", statement.state)
    return statement


def _open_balance(statement: BankStatement, account: BankAccount) -> None:
    """Bring the books to the opening balance: at the very first statement, or over a gap that was accepted."""
    organisation_id = statement.organisation_id
    booked = queries.booked_cents(organisation_id, account.ledger_account_id)
    difference = statement.opening_cents - (booked or 0)
    if not difference:
        return
    if booked is not None and not statement.gap_accepted:
        raise DomainError(
            "balance_differs",
            f"Afschrift {statement} begint met {euros(statement.opening_cents)}, maar de boekhouding staat op {euros(booked)}. "
            "Lees het ontbrekende afschrift in, of zoek een boeking op de bankrekening die er niet hoort.",
        )
    purpose, text = ("equity", "Beginsaldo bank") if booked is None else ("suspense", "Verschil door ontbrekend afschrift")
    lines = (
        LineDraft(account.ledger_account_id, difference, text),
        LineDraft(account_for(organisation_id, purpose).id, -difference, text),
    )
    post_entry(
        organisation_id,
        EntryDraft("opening" if booked is None else "bank", statement.first_day, text, lines, "bank_statement", statement.id),
    )


class _Booking:
    """Books the lines of one statement inside one transaction."""

    def __init__(self, session: Session, statement: BankStatement, account: BankAccount) -> None:
        self._session, self._statement, self._account = session, statement, account
        self._organisation_id = statement.organisation_id
        self._accounts: dict[str, int] = {}
        self._returned: list[tuple[int, int, int, StatementLine]] = []  # entry, place of the debtor line, collection

    def book(self, lines: list[StatementLine], targets: dict[int, list[StatementTarget]]) -> int:
        """Post, settle and note what follows."""
        began = clock.now()
        every = [target for found in targets.values() for target in found]
        self._invoices = queries.invoice_facts(t.invoice_id for t in every if t.invoice_id)
        self._open = open_cents_of([item for _, _, item in self._invoices.values()])
        self._collections = self._load_collections(every)
        drafts, pays = [], []
        for index, line in enumerate(lines):
            draft, paid = self._draft(index, line, targets.get(line.id, []))
            drafts.append(draft)
            pays.append(paid)
        posted = post_entries(self._organisation_id, drafts)
        update_rows(
            StatementLine.__table__, ("journal_entry_id",), ((line.id, entry.id) for line, entry in zip(lines, posted, strict=True))
        )
        groups = [
            ((paid.open_item_id, paid.cents), (entry.line_ids[paid.place], -paid.cents))
            for entry, found in zip(posted, pays, strict=True)
            for paid in found
        ]
        settle_many(self._organisation_id, groups, self._statement.last_day, BankStatement.__tablename__, self._statement.id)
        refresh_statistics(len(posted), JournalEntry, JournalLine, Settlement, SettlementPart)
        self._close_batches(every)
        self._reopen(posted)
        self._count_rules(lines)
        audit.record(
            "book", BankStatement.__tablename__, self._statement.id, self._organisation_id, entries=len(posted), settled=len(groups)
        )
        self._session.expire_all()
        follow_payments(self._organisation_id, began)
        return len(posted)

    def _account_id(self, purpose: str) -> int:
        if purpose not in self._accounts:
            self._accounts[purpose] = account_for(self._organisation_id, purpose).id
        return self._accounts[purpose]

    def _draft(self, index: int, line: StatementLine, targets: list[StatementTarget]) -> tuple[EntryDraft, list[_Pays]]:
        text = fitted(" · ".join(part for part in (line.counter_name, line.description) if part) or "Bankregel")
        drafts, pays = [LineDraft(self._account.ledger_account_id, line.amount_cents, text)], []
        if not targets:
            drafts.append(LineDraft(self._account_id("suspense"), -line.amount_cents, text))
        for target in targets:
            if target.kind == "invoice" and target.invoice_id:
                debtor_id, number, item = self._invoices[target.invoice_id]
                left, cents = self._open.get(item, 0), target.amount_cents
                applied = min(cents, left) if cents > 0 < left else max(cents, left) if cents < 0 > left else 0
                if applied:
                    self._open[item] -= applied
                    pays.append(_Pays(len(drafts), item, applied))
                drafts.append(LineDraft(self._account_id("debtors"), -target.amount_cents, text, debtor_id, number))
            elif target.kind == "debtor":
                drafts.append(LineDraft(self._account_id("debtors"), -target.amount_cents, text, target.relation_id))
            elif target.kind == "account" and target.ledger_account_id:
                drafts.append(LineDraft(target.ledger_account_id, -target.amount_cents, text))
            elif target.kind == "batch":
                drafts.append(LineDraft(self._account_id("direct_debit"), -target.amount_cents, text))
            elif target.kind == "return" and target.collection_id:
                drafts += self._return(index, line, target, text, len(drafts))
        return EntryDraft("bank", line.booked_on, text, tuple(drafts), StatementLine.__tablename__, line.id), pays

    def _return(self, index: int, line: StatementLine, target: StatementTarget, text: str, place: int) -> list[LineDraft]:
        collection, number, _ = self._collections[target.collection_id or 0]
        costs = -target.amount_cents - collection.amount_cents
        if costs < 0:
            raise DomainError(
                "return_too_small",
                f"Regel {line.position}: de bank boekt {euros(-target.amount_cents)} terug, maar de incasso was {euros(collection.amount_cents)}. Splits de regel zelf.",
            )
        before = any(known == collection.id for _, _, known, _ in self._returned)
        if before or collection.state == "returned" or collection.journal_line_id is None:
            raise DomainError(
                "returned_before",
                f"Regel {line.position}: incasso {collection.end_to_end_id} is al eerder gestorneerd. Kies zelf waar deze regel hoort.",
            )
        self._returned.append((index, place, collection.id, line))
        made = [LineDraft(self._account_id("debtors"), collection.amount_cents, text, collection.relation_id, number)]
        if costs:
            made.append(LineDraft(self._account_id("bank_costs"), costs, f"Kosten storno factuur {number}"))
        return made

    def _load_collections(self, targets: list[StatementTarget]) -> dict[int, tuple[Collection, str, int]]:
        ids = [t.collection_id for t in targets if t.collection_id]
        rows = self._session.scalars(select(Collection).where(Collection.id.in_(ids))).all() if ids else []
        facts = queries.invoice_facts(row.invoice_id for row in rows)
        return {row.id: (row, facts[row.invoice_id][1], facts[row.invoice_id][2]) for row in rows}

    def _close_batches(self, targets: list[StatementTarget]) -> None:
        batch_ids = sorted({t.batch_id for t in targets if t.batch_id})
        if batch_ids:
            self._session.execute(
                update(Collection)
                .where(Collection.batch_id.in_(batch_ids), Collection.state == "open")
                .values(state="collected")
                .execution_options(synchronize_session=False)
            )

    def _reopen(self, posted: list[PostedEntry]) -> None:
        """Open the invoices of returned collections again, and act on the reason the bank gave."""
        for index, place, collection_id, line in self._returned:
            collection, _, _ = self._collections[collection_id]
            settlement_id = self._settlement_of(collection.journal_line_id or 0)
            undo_settlement(settlement_id, line.booked_on)
            groups = [
                ((posted[index].line_ids[place], collection.amount_cents), (collection.journal_line_id or 0, -collection.amount_cents))
            ]
            settle_many(self._organisation_id, groups, line.booked_on, BankStatement.__tablename__, self._statement.id)
            reason = reason_of(line.return_code or "")
            self._session.execute(
                update(Collection)
                .where(Collection.id == collection_id)
                .values(state="returned", return_code=line.return_code, returned_on=line.booked_on)
                .execution_options(synchronize_session=False)
            )
            if reason.blocks_mandate:
                state = "revoked" if reason.step == "revoke_mandate" else "suspended"
                self._session.execute(
                    update(Mandate)
                    .where(Mandate.id == collection.mandate_id, Mandate.state == "active")
                    .values(state=state)
                    .execution_options(synchronize_session=False)
                )
                audit.record(
                    state,
                    Mandate.__tablename__,
                    collection.mandate_id,
                    self._organisation_id,
                    return_code=line.return_code,
                    returned_on=dutch_date(line.booked_on),
                )

    def _settlement_of(self, line_id: int) -> int:
        """Return the settlement that still ties the credit of a collection to its invoice."""
        found = self._session.scalar(
            select(func.max(SettlementPart.settlement_id)).where(SettlementPart.line_id == line_id, SettlementPart.amount_cents < 0)
        )
        if found is None:
            raise RuntimeError("a submitted collection has no settlement")
        return found

    def _count_rules(self, lines: list[StatementLine]) -> None:
        used: dict[int, int] = defaultdict(int)
        for line in lines:
            for candidate in line.candidates:
                if candidate.get("kind") == "rule":
                    used[candidate["id"]] += 1
        for rule_id, count in used.items():
            self._session.execute(
                update(MatchRule)
                .where(MatchRule.id == rule_id)
                .values(use_count=MatchRule.use_count + count)
                .execution_options(synchronize_session=False)
            )
