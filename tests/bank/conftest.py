"""A province with posted invoices, a bank account and members who pay in different ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.invoicing.models import Invoice
from app.invoicing.usecases import make_run, post_run
from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from app.relations.models import RelationAccount
from app.sepa.models import BankAccount
from app.sepa.usecases import give_mandate
from tests.bank.camt_builder import OUR_IBAN
from tests.federation import Federation
from tests.invoicing.season import DAY, Province, province

MEMBER_IBANS = {"Incasso": "NL20INGB0001234567", "Storno": "NL69INGB0123456789", "Overmaker": "NL02ABNA0123456789"}
TODAY = date(2026, 2, 20)


@dataclass
class Treasury:
    """Province A after its run: relations and invoices by surname."""

    province: Province
    relations: dict[str, int] = field(default_factory=dict)
    bank_account_id: int = 0
    run_id: int = 0

    @property
    def organisation_id(self) -> int:
        return self.province.organisation_id

    def as_(self, who: str = "anna") -> Any:
        return self.province.federation.as_(who)

    def invoice(self, surname: str) -> Invoice:
        """Return the (single) invoice of a member; inside `as_`."""
        return db.session.scalars(select(Invoice).where(Invoice.debtor_id == self.relations[surname], Invoice.kind == "invoice")).one()


@pytest.fixture
def treasury(federation: Federation) -> Treasury:
    return treasury_of(federation)


def treasury_of(federation: Federation) -> Treasury:
    """Make the province of these tests in a federation."""
    made = Treasury(province(federation))
    for surname, method in (
        ("Incasso", "direct_debit"),
        ("Storno", "direct_debit"),
        ("Overmaker", "transfer"),
        ("Laat", "transfer"),
        ("Zonder", "direct_debit"),
    ):
        made.relations[surname] = made.province.member(surname, payment_method=method)
    with federation.as_("anna"):
        with transaction() as session:
            account = BankAccount(
                organisation_id=made.organisation_id,
                name="Betaalrekening",
                iban=OUR_IBAN,
                holder="Provincie A",
                ledger_account_id=made.province.accounts["1100"],
                announcement_days=0,
            )
            session.add(account)
            session.flush()
            made.bank_account_id = account.id
            session.add(
                RelationAccount(
                    organisation_id=federation.organisations["A1"],
                    relation_id=made.relations["Overmaker"],
                    iban=MEMBER_IBANS["Overmaker"],
                    holder="J. Overmaker",
                )
            )
        for surname in ("Incasso", "Storno"):
            give_mandate(
                made.organisation_id,
                made.relations[surname],
                iban=MEMBER_IBANS[surname],
                holder=f"J. {surname}",
                signed_on=date(2025, 1, 1),
                today=TODAY,
            )
        made.run_id = made.province.run()
        make_run(made.run_id)
        post_run(made.run_id)
    assert DAY < TODAY
    return made
