"""What posted invoices change in what is owed to other organisations, and what was passed on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, select

from app.contributions.charges import base_key
from app.contributions.models import Charge, Contribution, OrganisationCard, PassingOn
from app.contributions.passing_on import PassingOnTerms
from app.functions.models import FunctionTerm
from app.invoicing.models import Invoice, InvoiceLine, PassedOn
from app.kernel.db import db
from app.ledger.models import JournalEntry, JournalLine, LedgerAccount
from app.organisations.models import Organisation

_CHARGE, _LINE, _INVOICE = Charge.__table__.c, InvoiceLine.__table__.c, Invoice.__table__.c
_PASSED = PassedOn.__table__.c


class Posted(NamedTuple):
    """A charge on an invoice that was just posted."""

    invoice_id: int
    number: str
    invoice_date: date
    charge_id: int
    key: str
    contribution_id: int
    first_day: date
    function_organisation_id: int | None


class Due(NamedTuple):
    """What was passed on to one organisation over a period."""

    organisation_id: int
    organisation: str
    description: str
    contribution: str
    charges: int
    cents: int


def passing_on_terms(organisation_id: int) -> dict[int, list[PassingOnTerms]]:
    """Return what an administration passes on, by contribution."""
    found: dict[int, list[PassingOnTerms]] = {}
    for row in db.session.scalars(select(PassingOn).where(PassingOn.organisation_id == organisation_id).order_by(PassingOn.id)):
        found.setdefault(row.contribution_id, []).append(
            PassingOnTerms(
                row.id,
                row.contribution_id,
                row.payee,
                row.ledger_account_id,
                row.amount_cents,
                row.share_basis_points,
                row.for_organisation_id,
                row.first_day,
                row.last_day,
                row.description,
            )
        )
    return found


def in_scope(organisation_id: int, run_id: int | None, invoice_ids: Sequence[int] | None) -> list[Any]:
    """Say in SQL which posted invoices: those of a run, or these."""
    found = [_INVOICE.organisation_id == organisation_id, _INVOICE.state == "posted"]
    if run_id is not None:
        found.append(_INVOICE.run_id == run_id)
    if invoice_ids is not None:
        found.append(_INVOICE.id.in_(invoice_ids))
    return found


_ON_INVOICES = InvoiceLine.__table__.join(Invoice.__table__, _INVOICE.id == _LINE.invoice_id).join(
    Charge.__table__, _CHARGE.id == _LINE.charge_id
)


def posted_charges(contribution_ids: Sequence[int], scope: Sequence[Any]) -> list[Posted]:
    """Return each charge on these invoices once per invoice, in the order of the invoices."""
    term = FunctionTerm.__table__.c
    rows = db.session.connection().execute(
        select(
            _INVOICE.id, _INVOICE.number, _INVOICE.invoice_date, _CHARGE.id, _CHARGE.key, _CHARGE.contribution_id, _CHARGE.first_day,
            term.organisation_id,
        )
        .select_from(_ON_INVOICES.outerjoin(FunctionTerm.__table__, term.id == _CHARGE.function_term_id))
        .where(*scope, _CHARGE.contribution_id.in_(contribution_ids))
        .distinct()
        .order_by(_INVOICE.id, _CHARGE.id)
    )  # fmt: skip
    return [Posted(*row) for row in rows]


def _relations(contribution_ids: Sequence[int], scope: Sequence[Any]) -> Any:
    return select(_CHARGE.relation_id).select_from(_ON_INVOICES).where(*scope, _CHARGE.contribution_id.in_(contribution_ids))


def charged_by_key(organisation_id: int, contribution_ids: Sequence[int], scope: Sequence[Any]) -> dict[str, int]:
    """Return what all posted invoices and credit notes charge, by key without number, for everybody on these invoices; without VAT."""
    rows = db.session.connection().execute(
        select(_CHARGE.key, func.sum(_LINE.amount_cents))
        .select_from(_ON_INVOICES)
        .where(
            _INVOICE.organisation_id == organisation_id,
            _INVOICE.state == "posted",
            _CHARGE.contribution_id.in_(contribution_ids),
            _CHARGE.relation_id.in_(_relations(contribution_ids, scope)),
        )
        .group_by(_CHARGE.key)
    )
    found: dict[str, int] = {}
    for key, cents in rows:
        base = base_key(key)
        found[base] = found.get(base, 0) + int(cents)
    return found


def passed_before(contribution_ids: Sequence[int], scope: Sequence[Any]) -> dict[tuple[str, int], tuple[int, int]]:
    """Return (organisation, cents) that was passed on before, by key and row of the contribution."""
    rows = db.session.connection().execute(
        select(_PASSED.key, _PASSED.passing_on_id, func.max(_PASSED.for_organisation_id), func.sum(_PASSED.amount_cents))
        .select_from(PassedOn.__table__.join(Charge.__table__, _CHARGE.id == _PASSED.charge_id))
        .where(_CHARGE.contribution_id.in_(contribution_ids), _CHARGE.relation_id.in_(_relations(contribution_ids, scope)))
        .group_by(_PASSED.key, _PASSED.passing_on_id)
    )
    return {(key, passing_on_id): (int(organisation), int(cents)) for key, passing_on_id, organisation, cents in rows}


def parents() -> dict[int, int | None]:
    """Return the organisation above each one that the actor knows."""
    return {row.id: row.parent_id for row in db.session.execute(select(Organisation.id, Organisation.parent_id))}


def cards_of(organisation_id: int, for_organisation_ids: Sequence[int]) -> dict[int, int]:
    """Return by organisation the card that stands for it in these books."""
    rows = db.session.execute(
        select(OrganisationCard.for_organisation_id, OrganisationCard.relation_id).where(
            OrganisationCard.organisation_id == organisation_id, OrganisationCard.for_organisation_id.in_(for_organisation_ids)
        )
    )
    return {row.for_organisation_id: row.relation_id for row in rows}


def due_to_organisations(organisation_id: int, first_day: date, last_day: date) -> list[Due]:
    """Return what an administration passed on in a period, per organisation and row of a contribution."""
    rows = db.session.execute(
        select(
            Organisation.id, Organisation.name, PassingOn.description, Contribution.name,
            func.count(func.distinct(PassedOn.key)), func.sum(PassedOn.amount_cents),
        )
        .join(Organisation, Organisation.id == PassedOn.for_organisation_id)
        .join(PassingOn, PassingOn.id == PassedOn.passing_on_id)
        .join(Contribution, Contribution.id == PassingOn.contribution_id)
        .where(PassedOn.organisation_id == organisation_id, PassedOn.passed_on.between(first_day, last_day))
        .group_by(Organisation.path, Organisation.id, Organisation.name, Contribution.name, PassingOn.id, PassingOn.description)
        .order_by(Organisation.path, Contribution.name, PassingOn.id)
    )  # fmt: skip
    return [Due(*row[:5], int(row[5])) for row in rows]


def is_used(passing_on_id: int) -> bool:
    """Whether something was passed on by this row."""
    return db.session.scalar(select(PassedOn.id).where(PassedOn.passing_on_id == passing_on_id).limit(1)) is not None


def differing_sums(organisation_id: int) -> Iterator[tuple[int | None, int, int, int]]:
    """Give (entry, card, cents passed on, cents on the entry) where what was passed on is not what was booked for it."""
    facts: dict[tuple[int | None, int], int] = {}
    for entry_id, relation_id, cents in db.session.execute(
        select(PassedOn.journal_entry_id, PassedOn.relation_id, func.sum(PassedOn.amount_cents))
        .where(PassedOn.organisation_id == organisation_id)
        .group_by(PassedOn.journal_entry_id, PassedOn.relation_id)
    ):
        facts[entry_id, relation_id] = int(cents)
    booked: dict[tuple[int | None, int], int] = {}
    for entry_id, relation_id, cents in db.session.execute(
        select(JournalLine.entry_id, JournalLine.relation_id, func.sum(JournalLine.amount_cents))
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
        .where(
            JournalLine.organisation_id == organisation_id, JournalEntry.source_table == "passed_on", LedgerAccount.purpose == "creditors"
        )
        .group_by(JournalLine.entry_id, JournalLine.relation_id)
    ):
        booked[entry_id, relation_id or 0] = -int(cents)
    for key in sorted(facts.keys() | booked.keys(), key=lambda one: (one[0] or 0, one[1])):
        if facts.get(key, 0) != booked.get(key, 0):
            yield key[0], key[1], facts.get(key, 0), booked.get(key, 0)
