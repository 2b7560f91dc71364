"""What a run needs to know before it makes anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select

from app.contributions.facts import SeasonTerms
from app.contributions.models import Charge
from app.contributions.queries import Priced, priced_contributions, season_terms
from app.invoicing.document import Earlier, Term
from app.invoicing.models import Invoice, InvoiceLine, InvoiceRun, InvoiceRunContribution, InvoiceSource, PaymentTerm
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.ledger.models import LedgerAccount, VatCode


@dataclass(frozen=True, slots=True)
class RunSettings:
    """A run's parameters with all that is set up around them, as plain values."""

    run_id: int
    organisation_id: int
    invoice_date: date
    season: SeasonTerms
    contributions: tuple[Priced, ...]
    grouping: str
    start_filter: str
    start_date: date | None
    makes_charges: bool
    stops_at_first_error: bool
    entered_after: datetime | None  # new members only: those whose function was entered after this moment
    heading: str | None
    source_id: int | None
    maximum_cents: int | None
    rates: dict[int, int]
    terms: dict[int, Term]
    run_term_id: int | None
    source_term_id: int | None
    accounts: dict[int, int]  # contribution -> its ledger account

    def term_for(self, card_term_id: int | None) -> Term:
        """Return the payment term of an invoice: that of the run, else of the payer's card, else of the source."""
        for term_id in (self.run_term_id, card_term_id, self.source_term_id):
            if term_id is not None and term_id in self.terms:
                return self.terms[term_id]
        return Term()


def the_run(run_id: int) -> InvoiceRun:
    """Return a run. Raises NotFound."""
    run = db.session.scalar(select(InvoiceRun).where(InvoiceRun.id == run_id))
    if run is None:
        raise NotFound("Deze facturatie bestaat niet (meer), of hoort niet bij jouw omgeving.")
    return run


def source_by_name(name: str) -> InvoiceSource:
    """Return the invoice source with this name. Raises NotFound."""
    rows = {row.name: row for row in db.session.scalars(select(InvoiceSource).order_by(InvoiceSource.name))}
    if name not in rows:
        raise NotFound(f"Er is geen factuurbron “{name}”. Er zijn: {', '.join(rows) or 'nog geen'}.")
    return rows[name]


def term_of(row: PaymentTerm, accounts: dict[str, LedgerAccount]) -> Term:
    """Return a payment term as a document takes it; its account is looked up by number in the administration."""
    account = accounts.get(row.line_account_number or "")
    return Term(
        row.id,
        row.days,
        row.payment_method,
        row.line_text or "",
        row.line_cents or 0,
        account.id if account else None,
        account.vat_code_id if account else None,
    )


def terms_for(organisation_id: int) -> dict[int, Term]:
    """Return the payment terms that an administration can use, by id."""
    wanted = select(PaymentTerm.line_account_number).where(PaymentTerm.line_account_number.is_not(None))
    accounts = {
        row.number: row
        for row in db.session.scalars(
            select(LedgerAccount).where(LedgerAccount.organisation_id == organisation_id, LedgerAccount.number.in_(wanted))
        )
    }
    return {row.id: term_of(row, accounts) for row in db.session.scalars(select(PaymentTerm))}


def vat_rates() -> dict[int, int]:
    """Return the rate in basis points of each VAT code that may be used."""
    return {row.id: row.rate_basis_points for row in db.session.execute(select(VatCode.id, VatCode.rate_basis_points))}


def contribution_ids_of(run_id: int) -> list[int]:
    """Return the contributions that a run charges, in the order in which they were chosen."""
    return list(
        db.session.scalars(
            select(InvoiceRunContribution.contribution_id)
            .where(InvoiceRunContribution.run_id == run_id)
            .order_by(InvoiceRunContribution.id)
        )
    )


def run_settings(run_id: int) -> RunSettings:
    """Return all that a run needs, in a dozen statements whatever its size. Raises NotFound."""
    run = the_run(run_id)
    season = season_terms(run.season_id)
    contributions = tuple(priced_contributions(contribution_ids_of(run_id), season))
    source = db.session.get(InvoiceSource, run.source_id) if run.source_id else None
    return RunSettings(
        run_id=run.id,
        organisation_id=run.organisation_id,
        invoice_date=run.invoice_date,
        season=season,
        contributions=contributions,
        grouping=run.grouping_kind,
        start_filter=run.start_filter,
        start_date=run.start_date,
        makes_charges=run.makes_charges,
        stops_at_first_error=run.stops_at_first_error,
        entered_after=_last_made(run) if run.new_members_only else None,
        heading=run.heading or (source.heading if source else None),
        source_id=run.source_id,
        maximum_cents=source.family_maximum_cents if source else None,
        rates=vat_rates(),
        terms=terms_for(run.organisation_id),
        run_term_id=run.payment_term_id,
        source_term_id=source.payment_term_id if source else None,
        accounts={
            one.contribution_id: one.prices.contribution.ledger_account_id
            for one in contributions
            if one.prices.contribution.ledger_account_id is not None
        },
    )


def settings_without_run(organisation_id: int, season_id: int, contribution_ids: Sequence[int], on_date: date) -> RunSettings:
    """Return the settings to look at some charges apart from any run. Raises NotFound."""
    season = season_terms(season_id)
    return RunSettings(
        run_id=0,
        organisation_id=organisation_id,
        invoice_date=on_date,
        season=season,
        contributions=tuple(priced_contributions(contribution_ids, season)),
        grouping="payer",
        start_filter="all",
        start_date=None,
        makes_charges=True,
        stops_at_first_error=False,
        entered_after=None,
        heading=None,
        source_id=None,
        maximum_cents=None,
        rates={},
        terms={},
        run_term_id=None,
        source_term_id=None,
        accounts={},
    )


def _last_made(run: InvoiceRun) -> datetime | None:
    """Return when the previous run of this season was made."""
    return db.session.scalar(
        select(func.max(InvoiceRun.made_at)).where(
            InvoiceRun.organisation_id == run.organisation_id,
            InvoiceRun.season_id == run.season_id,
            InvoiceRun.id != run.id,
            InvoiceRun.state.in_(("made", "posted", "sent")),
        )
    )


def where_charged(organisation_id: int, contribution_ids: Sequence[int], season: SeasonTerms) -> dict[int, tuple[int | None, str]]:
    """Return by charge on which run and invoice it stands: (run, its words)."""
    charge, line, invoice = Charge.__table__.c, InvoiceLine.__table__.c, Invoice.__table__.c
    rows = db.session.connection().execute(
        select(line.charge_id, invoice.run_id, invoice.number, invoice.id)
        .select_from(
            Charge.__table__.join(InvoiceLine.__table__, line.charge_id == charge.id).join(Invoice.__table__, invoice.id == line.invoice_id)
        )
        .where(
            charge.organisation_id == organisation_id,
            charge.contribution_id.in_(contribution_ids),
            charge.first_day.between(season.first_day, season.last_day),
        )
        .order_by(invoice.id.desc())
    )
    return {
        charge_id: (run_id, f"factuur {number}" if number else f"conceptfactuur {invoice_id}")
        for charge_id, run_id, number, invoice_id in rows
    }


def taken_back(organisation_id: int, contribution_ids: Sequence[int], season: SeasonTerms) -> dict[int, int]:
    """Return by charge how many cents credit notes by hand took back of it."""
    charge, line, invoice = Charge.__table__.c, InvoiceLine.__table__.c, Invoice.__table__.c
    rows = db.session.connection().execute(
        select(line.charge_id, func.sum(line.amount_cents))
        .select_from(
            InvoiceLine.__table__.join(Invoice.__table__, invoice.id == line.invoice_id).join(Charge.__table__, charge.id == line.charge_id)
        )
        .where(
            invoice.organisation_id == organisation_id,
            invoice.credits_id.is_not(None),
            charge.contribution_id.in_(contribution_ids),
            charge.first_day.between(season.first_day, season.last_day),
        )
        .group_by(line.charge_id)
    )
    return {charge_id: -int(cents) for charge_id, cents in rows}


def earlier_totals(organisation_id: int, source_id: int, season_id: int, debtor_id: int | None = None) -> dict[int, Earlier]:
    """Return per payer what the invoices of a source came to in a season, with their credit notes, without VAT: for the family maximum."""
    line, invoice, run = InvoiceLine.__table__.c, Invoice.__table__.c, InvoiceRun.__table__.c
    origin = Invoice.__table__.alias("origin")
    charged = func.sum(case((line.charge_id.is_not(None), line.amount_cents), else_=0))
    asked = (
        select(invoice.debtor_id, charged, func.sum(line.amount_cents))
        .select_from(
            InvoiceLine.__table__.join(Invoice.__table__, invoice.id == line.invoice_id)
            .outerjoin(origin, origin.c.id == invoice.credits_id)
            .join(InvoiceRun.__table__, run.id == func.coalesce(invoice.run_id, origin.c.run_id))
        )
        .where(
            invoice.organisation_id == organisation_id,
            invoice.source_id == source_id,
            run.season_id == season_id,
            line.contribution_id.is_not(None),
        )
        .group_by(invoice.debtor_id)
    )
    if debtor_id is not None:
        asked = asked.where(invoice.debtor_id == debtor_id)
    rows = db.session.connection().execute(asked)
    return {debtor: Earlier(int(charges), int(net)) for debtor, charges, net in rows}


def same_parameters(
    organisation_id: int, season_id: int, invoice_date: date, contribution_ids: Sequence[int], states: Sequence[str]
) -> InvoiceRun | None:
    """Return the latest run with these parameters in one of these states, to be taken up again, or None."""
    runs = db.session.scalars(
        select(InvoiceRun)
        .where(
            InvoiceRun.organisation_id == organisation_id,
            InvoiceRun.season_id == season_id,
            InvoiceRun.invoice_date == invoice_date,
            InvoiceRun.state.in_(states),
        )
        .order_by(InvoiceRun.id.desc())
    )
    wanted = set(contribution_ids)
    return next((run for run in runs if set(contribution_ids_of(run.id)) == wanted), None)
