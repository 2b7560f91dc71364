"""Change what a line is taken for, confirm it, and remember it as a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.bank.models import STATEMENT, BankStatement, MatchRule, StatementLine, StatementTarget
from app.invoicing.models import Invoice
from app.kernel.errors import DomainError, NotFound
from app.kernel.money import euros
from app.kernel.unit_of_work import transaction
from app.ledger.models import LedgerAccount
from app.relations.models import Relation


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """Where a user wants a part of a line: `kind` invoice, debtor or account, and its id."""

    kind: str
    id: int
    amount_cents: int


_CHOICES = {"invoice": (Invoice, "invoice_id"), "debtor": (Relation, "relation_id"), "account": (LedgerAccount, "ledger_account_id")}


def change_line(line_id: int, targets: Sequence[TargetDraft]) -> None:
    """Put a line on what the user chose; several targets split it.

    Raises NotFound (also for a foreign target), `wrong_state` when the statement is booked, `targets_missing` and
    `targets_unbalanced` with the difference.
    """
    with transaction() as session:
        line = _open_line(session, line_id)
        if not targets:
            raise DomainError("targets_missing", "Kies een factuur, debiteur of grootboekrekening voor deze regel.")
        difference = line.amount_cents - sum(target.amount_cents for target in targets)
        if difference:
            raise DomainError(
                "targets_unbalanced",
                f"De delen komen niet uit op {euros(line.amount_cents)}: het verschil is {euros(difference)}. Pas de bedragen aan tot het verschil nul is.",
                difference_cents=difference,
            )
        session.execute(delete(StatementTarget).where(StatementTarget.line_id == line.id).execution_options(synchronize_session=False))
        for position, target in enumerate(targets, start=1):
            model, column = _CHOICES.get(target.kind, (None, ""))
            chosen = session.get(model, target.id) if model else None
            if chosen is None or (model is not Relation and chosen.organisation_id != line.organisation_id):
                raise NotFound("Wat je koos bestaat niet (meer), of hoort niet bij deze administratie. Kies opnieuw.")
            session.add(
                StatementTarget(
                    organisation_id=line.organisation_id,
                    line_id=line.id,
                    position=position,
                    kind=target.kind,
                    amount_cents=target.amount_cents,
                    **{column: target.id},
                )
            )
        line.kind = targets[0].kind
        line.reasons = ["Met de hand gekozen."]
        line.is_confirmed = True


def confirm_line(line_id: int) -> None:
    """Agree with the proposal of a line. Raises NotFound, `wrong_state`, and `line_unknown` when there is nothing to agree with."""
    with transaction() as session:
        line = _open_line(session, line_id)
        if session.scalar(select(StatementTarget.id).where(StatementTarget.line_id == line_id).limit(1)) is None:
            raise DomainError("line_unknown", "Voor deze regel is er geen voorstel. Kies zelf een factuur, debiteur of grootboekrekening.")
        line.is_confirmed = True


def confirm_certain(statement_id: int) -> int:
    """Agree with every certain proposal of a statement and return how many."""
    with transaction() as session:
        statement = session.get(BankStatement, statement_id, with_for_update=True, populate_existing=True)
        if statement is None:
            raise NotFound("Dit afschrift bestaat niet (meer), of hoort niet bij jouw omgeving.")
        STATEMENT.target("change", statement.state)
        changed = session.execute(
            update(StatementLine)
            .where(StatementLine.statement_id == statement_id, StatementLine.certainty == "certain", ~StatementLine.is_confirmed)
            .values(is_confirmed=True)
        )
        return changed.rowcount


def remember_rule(line_id: int, name: str, text_contains: str = "") -> int:
    """Make a rule of how a line was placed: this account (and this text) belongs there. Returns its id.

    Raises NotFound, `rule_needs_one_target` and `rule_needs_a_condition`.
    """
    with transaction() as session:
        line = session.get(StatementLine, line_id)
        if line is None:
            raise NotFound("Deze regel bestaat niet (meer), of hoort niet bij jouw omgeving.")
        targets = list(session.scalars(select(StatementTarget).where(StatementTarget.line_id == line_id)))
        if len(targets) != 1 or targets[0].kind not in ("account", "debtor"):
            raise DomainError("rule_needs_one_target", "Onthouden kan als de hele regel op één grootboekrekening of één debiteur staat.")
        if not line.counter_iban and not text_contains.strip():
            raise DomainError(
                "rule_needs_a_condition",
                "Deze regel heeft geen tegenrekening. Vul een stukje tekst in waaraan de regel te herkennen is.",
                field="text_contains",
            )
        rule = MatchRule(
            organisation_id=line.organisation_id,
            name=name.strip()[:120] or line.counter_name or text_contains,
            iban=line.counter_iban,
            text_contains=text_contains.strip()[:120] or None,
            is_incoming=line.amount_cents > 0,
            ledger_account_id=targets[0].ledger_account_id,
            relation_id=targets[0].relation_id,
        )
        session.add(rule)
        session.flush()
        return rule.id


def _open_line(session: Session, line_id: int) -> StatementLine:
    line = session.get(StatementLine, line_id)
    if line is None:
        raise NotFound("Deze regel bestaat niet (meer), of hoort niet bij jouw omgeving.")
    statement = session.get_one(BankStatement, line.statement_id, with_for_update=True, populate_existing=True)
    STATEMENT.target("change", statement.state)
    session.refresh(line)  # as it is now that nobody else can change or book it
    return line
