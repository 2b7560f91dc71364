"""Of debtors only those are read that a statement can point at; the proposals are those of who knows everybody."""

from __future__ import annotations

from sqlalchemy import select

from app.bank import queries
from app.bank.knowledge import know
from app.bank.matching import Incoming, propose
from app.bank.proposals import Debtor, OpenInvoice
from app.bank.statement import Payment
from app.invoicing.models import Invoice
from app.invoicing.usecases import credit_invoice
from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from app.ledger.queries import open_cents_of
from app.relations.models import Household, Relation, RelationAccount
from app.sepa.models import Mandate
from tests.bank.conftest import MEMBER_IBANS, TODAY, Treasury


def _everybody() -> tuple[list[OpenInvoice], list[Debtor]]:
    """Read all posted invoices and all debtors with all their accounts, row by row."""
    invoices, debtors = [], {}
    for invoice in db.session.scalars(select(Invoice).where(Invoice.state == "posted").order_by(Invoice.id)):
        card = db.session.get_one(Relation, invoice.debtor_id)
        ibans = {a.iban for a in card.accounts} | set(db.session.scalars(select(Mandate.iban).where(Mandate.relation_id == card.id)))
        debtors[card.id] = Debtor(card.id, str(card.number), card.display_name, tuple(sorted(ibans)), card.household_id)
        if (cents := open_cents_of([invoice.open_item_id])[invoice.open_item_id]) > 0:
            invoices.append(OpenInvoice(invoice.id, card.id, invoice.number, invoice.reference, cents, invoice.due_date))
    return invoices, [debtors[number] for number in sorted(debtors)]


def test_reading_less_proposes_the_same(treasury: Treasury) -> None:
    with treasury.as_():
        late, other, gone = (treasury.invoice(name) for name in ("Laat", "Overmaker", "Incasso"))
        credit_invoice(gone.id, TODAY)  # who was invoiced and has nothing open
        with transaction() as session:
            purse = Household(organisation_id=treasury.organisation_id, name="Samen")
            session.add(purse)
            session.flush()
            for name in ("Overmaker", "Laat"):
                session.get_one(Relation, treasury.relations[name]).household_id = purse.id
            session.add(
                RelationAccount(
                    organisation_id=other.debtor.organisation_id,
                    relation_id=gone.debtor_id,
                    iban=MEMBER_IBANS["Overmaker"],
                    holder="J. en O.",
                )
            )
        numbers = {name: db.session.get_one(Relation, treasury.relations[name]).number for name in ("Laat", "Incasso")}
        invoices, debtors = _everybody()
        assert (len(invoices), len(debtors)) == (4, 5)
        payments = [
            Payment(cents, counter_iban=iban, counter_name=name, text=text, reference=reference)
            for cents in (late.total_cents, 1234, -500)
            for iban in ("", MEMBER_IBANS["Overmaker"], "NL39RABO0300065264")
            for name in ("", db.session.get_one(Relation, late.debtor_id).display_name, "J. Incasso")
            for text, reference in (
                ("", ""),
                (f"lid {numbers['Laat']} en {numbers['Incasso']}", ""),
                (f"lid {numbers['Incasso']}", ""),
                (f"factuur {late.number[:-1]}9", ""),
                (f"factuur {gone.number}", other.reference),
            )
        ]
        kinds = set()
        for payment in payments:
            one = [Incoming(payment, TODAY)]
            found = propose(one, queries.knowledge(treasury.organisation_id, TODAY, [payment]))
            assert found == propose(one, know(invoices=invoices, debtors=debtors)), payment
            kinds.add((found[0].kind, found[0].certainty))
        assert {("invoice", "certain"), ("invoice", "probable"), ("debtor", "probable"), ("unknown", "unknown")} <= kinds
