"""Write one batch of a run: charges, invoices and lines for whole invoices, in a few statements, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update

from app.contributions import charges, explanation
from app.contributions.facts import Outcome, Unpriceable
from app.contributions.models import Charge
from app.contributions.queries import newer_charges
from app.invoicing import run
from app.invoicing.document import Document, Earlier, Line, Term, document
from app.invoicing.models import Invoice, InvoiceLine, InvoiceRunIssue
from app.invoicing.queries.planning import Entry, Group, GroupKey, Issue, Plan
from app.invoicing.run import Known, Owed
from app.invoicing.usecases.dropping import drop_open
from app.kernel import clock
from app.kernel.beside import Hands, can_share
from app.kernel.bulk import insert_rows, json_text, reserve_ids
from app.kernel.db import db
from app.ledger.usecases.locking import lock_books

SHARED_FROM = 1_000  # invoices in a batch: from here on two sessions write it, each a half
_CHARGE_COLUMNS = (
    "id", "organisation_id", "key", "contribution_id", "rule_id", "season_id", "relation_id", "payer_id", "function_term_id", "first_day",
    "last_day", "description", "amount_cents", "state", "explanation", "made_at",
)  # fmt: skip
_INVOICE_COLUMNS = (
    "id", "organisation_id", "run_id", "run_key", "kind", "state", "debtor_id", "payment_term_id", "source_id", "payment_method", "invoice_date",
    "due_date", "heading", "total_cents", "vat_cents", "send_state", "made_at", "version",
)  # fmt: skip
_LINE_COLUMNS = (
    "organisation_id", "invoice_id", "position", "charge_id", "contribution_id", "member_id", "ledger_account_id", "vat_code_id", "description",
    "quantity", "price_cents", "amount_cents", "first_day", "last_day", "explanation",
)  # fmt: skip
_WRITTEN = ("explanation",)  # comes as text
_ISSUE_COLUMNS = ("organisation_id", "run_id", "relation_id", "contribution_id", "kind", "reason")


@dataclass
class Tally:
    """What a run made: invoices, their total, and (count, cents) per contribution."""

    made: int = 0
    total_cents: int = 0
    errors: int = 0
    per_contribution: dict[int, tuple[int, int]] = field(default_factory=dict)


class _Prepared(NamedTuple):
    """One invoice before it is written."""

    key: GroupKey
    entries: list[tuple[Entry, Owed]]
    term: Term


class BatchWriter:
    """Writes the batches of one run."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._settings = plan.settings
        self._organisation_id = plan.settings.organisation_id
        self._now = clock.now()
        self._text = explanation.Writer().text

    def write(self, groups: Sequence[Group], tally: Tally, hands: Hands) -> None:
        """Write these invoices with their charges, and the issues of their members; `hands` may still be at it on return."""
        lock_books(self._organisation_id)
        self._look_again()
        issues: list[Issue] = []
        dropped: list[int] = []
        prepared = [one for group in groups if (one := self._prepare(group, issues, dropped)) is not None]
        takes_up = bool(dropped) or any(owed.charge_id is not None for one in prepared for _, owed in one.entries)
        drop_open(self._organisation_id, dropped)
        prepared = self._claim_open(prepared)
        if takes_up or len(prepared) < SHARED_FROM or not can_share():
            self._rows(prepared, tally)()
        else:  # nothing that is there changes, so others can write these, while this transaction holds the books
            half = (len(prepared) + 1) // 2
            hands.give(self._rows(prepared[:half], tally))
            hands.give(self._rows(prepared[half:], tally))
        self.write_issues(issues)
        tally.errors += sum(issue.kind == "error" for issue in issues)

    def _rows(self, prepared: Sequence[_Prepared], tally: Tally) -> Callable[[], None]:
        """Return what writes these invoices, made ready."""
        new_charges = sum(1 for one in prepared for _, owed in one.entries if owed.charge_id is None)
        charge_ids = iter(reserve_ids(Charge.__table__, new_charges))
        invoice_ids = reserve_ids(Invoice.__table__, len(prepared))
        charge_rows: list[tuple[Any, ...]] = []
        invoice_rows: list[tuple[Any, ...]] = []
        line_rows: list[tuple[Any, ...]] = []
        rates, maximum_cents = self._settings.rates, self._settings.maximum_cents
        for one, invoice_id in zip(prepared, invoice_ids, strict=True):
            lines = self._lines(one, charge_ids, charge_rows, tally)
            made = document(lines, rates, one.term, maximum_cents, self._earlier(one.key[0]))
            if maximum_cents is not None:
                self._remember(one.key[0], made)
            invoice_rows.append(self._invoice_row(invoice_id, one, made))
            line_rows += self._line_rows(invoice_id, made)
            tally.made += 1
            tally.total_cents += made.total_cents
        if charge_rows:
            self._plan.last_charge_id = max(self._plan.last_charge_id, charge_rows[-1][0])

        def write() -> None:
            insert_rows(Charge.__table__, _CHARGE_COLUMNS, charge_rows, written=_WRITTEN)
            insert_rows(Invoice.__table__, _INVOICE_COLUMNS, invoice_rows)
            insert_rows(InvoiceLine.__table__, _LINE_COLUMNS, line_rows, written=_WRITTEN)

        return write

    def write_issues(self, issues: Iterable[Issue]) -> None:
        """Keep who was left out and why."""
        insert_rows(
            InvoiceRunIssue.__table__,
            _ISSUE_COLUMNS,
            ((self._organisation_id, self._settings.run_id, one[0], one[1], one[2], run.cut(one[3], 300)) for one in issues),
        )

    def _look_again(self) -> None:
        """Learn of charges that others made since the plan was drawn up; nobody else writes now."""
        for row in newer_charges(self._organisation_id, self._plan.last_charge_id):
            known = self._plan.known.setdefault(charges.base_key(row.key), [])
            known.append(Known(row.charge_id, row.key, row.amount_cents, row.state, "een andere facturatie"))
            self._plan.last_charge_id = max(self._plan.last_charge_id, row.charge_id)

    def _prepare(self, group: Group, issues: list[Issue], dropped: list[int]) -> _Prepared | None:
        key, members = group
        known, makes = self._plan.known, self._settings.makes_charges
        found: list[tuple[Entry, Owed]] = []
        for entry, outcome in members:
            if isinstance(outcome, Unpriceable):
                issues.append(_issue(entry, "error", explanation.sentence(outcome)))
                continue
            decision = run.decide(
                entry.key, outcome, known.get(entry.key, ()), credits_on_end=entry.subject.credits_on_end, makes_charges=makes
            )
            dropped += decision.dropped
            if decision.reason:
                issues.append(_issue(entry, "left_out", decision.reason))
            found += [(entry, owed) for owed in decision.owed]
        if not found:
            return None
        return _Prepared(key, found, self._settings.term_for(members[0][0].subject.payment_term_id))

    def _claim_open(self, prepared: list[_Prepared]) -> list[_Prepared]:
        """Put the open charges that are taken up on this draft; who was quicker keeps them."""
        wanted = [owed.charge_id for one in prepared for _, owed in one.entries if owed.charge_id is not None]
        if not wanted:
            return prepared
        table = Charge.__table__
        connection = db.session.connection()
        rows = connection.execute(
            select(table.c.id, table.c.explanation, table.c.amount_cents, table.c.description).where(
                table.c.id.in_(wanted), table.c.state == "open"
            )
        )
        kept = {row.id: row for row in rows}
        taken: list[int] = []
        claimed = []
        changed: list[dict[str, Any]] = []
        for one in prepared:
            entries = []
            for entry, owed in one.entries:
                if owed.charge_id is not None:
                    if owed.charge_id not in kept or kept[owed.charge_id].amount_cents != owed.was_cents:
                        continue  # taken up or changed by others since the plan: the next run sees it
                    taken.append(owed.charge_id)
                    if owed.is_changed:
                        changed.append(_changed(owed))
                entries.append(
                    (entry, owed._replace(lines=kept[owed.charge_id].explanation) if owed.charge_id and not owed.priced() else owed)
                )
            if entries:
                claimed.append(one._replace(entries=entries))
        connection.execute(update(table).where(table.c.id.in_(taken), table.c.state == "open").values(state="invoiced"))
        if changed:
            connection.execute(
                update(table)
                .where(table.c.id == bindparam("charge"))
                .values({name: bindparam(f"new_{name}") for name in ("amount_cents", "rule_id", "description", "explanation")}),
                changed,
            )
        return claimed

    def _lines(self, one: _Prepared, charge_ids: Iterator[int], charge_rows: list[tuple[Any, ...]], tally: Tally) -> list[Line]:
        """Return the lines of an invoice and add its new charges; runs for each invoice of a season, so without detours."""
        found = []
        for entry, owed in one.entries:
            subject = entry.subject
            first_day, last_day = run.covered(entry.period, subject.facts.last_day, owed)
            relation_id, priced, charge_id = subject.facts.relation_id, subject.priced, owed.charge_id
            if charge_id is None:
                charge_id = next(charge_ids)
                charge_rows.append(self._charge_row(charge_id, entry, owed))
            contribution_id, vat_code_id = priced.contribution_id, priced.vat_code_id
            count, total = tally.per_contribution.get(contribution_id, (0, 0))
            tally.per_contribution[contribution_id] = (count + 1, total + owed.amount_cents)
            default = self._settings.accounts.get(contribution_id, 0)
            found += [
                Line(run.cut(text), cents, account or default, vat_code_id, charge_id, contribution_id, relation_id, first_day, last_day)
                for text, cents, account in owed.priced()
            ]
        return found

    def _charge_row(self, charge_id: int, entry: Entry, owed: Owed) -> tuple[Any, ...]:
        subject = entry.subject
        facts, charged = subject.facts, owed.charged
        first_day, last_day = run.covered(entry.period, facts.last_day, owed)
        if charged is not None:
            words, why = charged.lines[0].description, self._text(charged)
        else:
            words, why = owed.lines[0]["text"], json_text(owed.lines)
        return (
            charge_id, self._organisation_id, owed.key, subject.priced.contribution_id, owed.rule_id, self._settings.season.season_id,
            facts.relation_id, subject.payer_id, facts.function_id, first_day, last_day, run.cut(words),
            owed.amount_cents, "invoiced", why, self._now,
        )  # fmt: skip

    def _earlier(self, payer_id: int) -> Earlier:
        return self._plan.earlier.get(payer_id, Earlier())

    def _remember(self, payer_id: int, made: Document) -> None:
        if self._settings.maximum_cents is not None:
            before = self._earlier(payer_id)
            charged = sum(line.amount_cents for line in made.lines if line.charge_id is not None)
            own = sum(line.amount_cents for line in made.lines if line.contribution_id is not None)
            self._plan.earlier[payer_id] = Earlier(before.charged_cents + charged, before.net_cents + own)

    def _invoice_row(self, invoice_id: int, one: _Prepared, made: Document) -> tuple[Any, ...]:
        settings, term = self._settings, one.term
        method = term.payment_method or one.entries[0][0].subject.facts.payment_method or "transfer"
        return (
            invoice_id, self._organisation_id, settings.run_id, run.shown_key(one.key), made.kind, "draft", one.key[0], term.term_id,
            settings.source_id, method, settings.invoice_date, settings.invoice_date + timedelta(days=term.days), settings.heading,
            made.total_cents, made.vat_cents, "unsent" if made.total_cents else "not_needed", self._now, 1,
        )  # fmt: skip

    def _line_rows(self, invoice_id: int, made: Document) -> list[tuple[Any, ...]]:
        organisation_id = self._organisation_id
        return [
            (
                organisation_id, invoice_id, position, charge_id, contribution_id, member_id, account_id, vat_code_id, text, quantity,
                cents if price_cents is None else price_cents, cents, first_day, last_day, json_text(list(why)) if why else "[]",
            )
            for position, (
                text, cents, account_id, vat_code_id, charge_id, contribution_id, member_id, first_day, last_day, quantity, price_cents, _, why,
            ) in enumerate(made.lines, 1)
        ]  # fmt: skip


def _issue(entry: Entry, kind: str, reason: str) -> Issue:
    return Issue(entry.subject.facts.relation_id, entry.subject.priced.contribution_id, kind, reason)


def _changed(owed: Owed) -> dict[str, Any]:
    return {
        "charge": owed.charge_id,
        "new_amount_cents": owed.amount_cents,
        "new_rule_id": owed.rule_id,
        "new_description": run.cut(next(iter(owed.priced()))[0]),
        "new_explanation": list(owed.explained()),
    }


def first_error(group: Group) -> tuple[Entry, Outcome] | None:
    """Return the first member of an invoice whose price cannot be told, or None."""
    return next((pair for pair in group[1] if isinstance(pair[1], Unpriceable)), None)
