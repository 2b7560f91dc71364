"""What may be chosen for a bank line, and what each choice is called."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.bank.models import StatementLine, StatementTarget
from app.invoicing.models import Invoice
from app.kernel.db import db
from app.kernel.money import euros
from app.ledger.models import LedgerAccount
from app.ledger.queries import open_cents_of
from app.relations.models import Relation
from app.sepa.models import Collection, DebitBatch

TONES = {"certain": ("ok", "check"), "probable": ("warn", "question"), "unknown": ("bad", "xmark")}
TABLES: dict[str, tuple[Any, str]] = {
    "invoice": (Invoice, "invoice_id"),
    "debtor": (Relation, "relation_id"),
    "account": (LedgerAccount, "ledger_account_id"),
    "batch": (DebitBatch, "batch_id"),
    "return": (Collection, "collection_id"),
}
_NAMED_BY = {"invoice": ("debtor",), "return": ("invoice", "relation")}


def offered(row: Any, open_cents: dict[int, int]) -> str:
    """Return what a row is called among the choices: of an invoice also what is open."""
    if not isinstance(row, Invoice):
        return shown(row)
    return gettext("%(invoice)s · open %(amount)s", invoice=shown(row), amount=euros(open_cents.get(row.open_item_id or 0, 0)))


def shown(row: Any) -> str:
    """Return what a row is called."""
    if isinstance(row, Invoice):
        return f"{row.number} · {row.debtor.display_name}"
    if isinstance(row, Collection):
        return gettext("Return of %(invoice)s · %(name)s", invoice=row.invoice.number, name=row.relation.display_name)
    return gettext("Debit batch %(number)s", number=row.message_id) if isinstance(row, DebitBatch) else str(row)


class Names:
    """What targets and candidates are called, a statement per table."""

    def __init__(self, targets: list[StatementTarget], lines: list[StatementLine]) -> None:
        wanted: dict[str, set[int]] = {kind: set() for kind in TABLES}
        for target in targets:
            wanted[target.kind].add(getattr(target, TABLES[target.kind][1]) or 0)
        for line in lines:
            for candidate in line.candidates:
                if candidate["kind"] in wanted:
                    wanted[candidate["kind"]].add(candidate["id"])
        self.rows = {kind: self._rows(kind, ids - {0}) for kind, ids in wanted.items()}
        items = {row.open_item_id for row in self.rows["invoice"].values() if row.open_item_id}
        self.open_cents = open_cents_of(items) if items else {}

    @staticmethod
    def _rows(kind: str, ids: set[int]) -> dict[int, Any]:
        if not ids:
            return {}
        model = TABLES[kind][0]
        asked = select(model).where(model.id.in_(ids)).options(*(selectinload(getattr(model, name)) for name in _NAMED_BY.get(kind, ())))
        return {row.id: row for row in db.session.scalars(asked)}

    def of(self, kind: str, number: int | None) -> str:
        """Return the name of one row."""
        row = self.rows.get(kind, {}).get(number or 0)
        return "" if row is None else shown(row)

    def of_target(self, target: StatementTarget) -> str:
        """Return the name of where a target goes."""
        return self.of(target.kind, getattr(target, TABLES[target.kind][1]))

    def open_of(self, kind: str, number: int) -> int | None:
        """Return what is open of an invoice."""
        row = self.rows.get(kind, {}).get(number)
        return self.open_cents.get(row.open_item_id) if kind == "invoice" and row is not None else None


def options_of(line: StatementLine, targets: list[StatementTarget], names: Names) -> list[dict[str, Any]]:
    """Return what one may choose for a line: the proposal first, then the candidates in the order of likeness."""
    options: list[dict[str, Any]] = []
    if targets:
        options.append(
            {
                "value": "voorstel",
                "parts": [(names.of_target(target), target.amount_cents) for target in targets],
                "why": line.reasons,
                "tone": TONES[line.certainty][0],
                "sure": gettext("Chosen")
                if line.is_confirmed
                else gettext("Very likely")
                if line.certainty == "certain"
                else gettext("Possible"),
            }
        )
    proposed = {(target.kind, getattr(target, TABLES[target.kind][1])) for target in targets}
    ranked = sorted((c for c in line.candidates if c["kind"] in TABLES), key=lambda c: -c["score"])
    for candidate in ranked[:8]:
        key = (candidate["kind"], candidate["id"])
        if key in proposed or not names.of(*key):
            continue
        open_cents = names.open_of(*key)
        options.append(
            {
                "value": f"{candidate['kind']}:{candidate['id']}",
                "parts": [(names.of(*key), line.amount_cents)],
                "open_cents": open_cents,
                "why": [candidate["reason"]] if candidate["reason"] else [],
                "tone": "warn",
                "sure": gettext("Possible"),
            }
        )
    return options
