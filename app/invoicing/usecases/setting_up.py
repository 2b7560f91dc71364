"""Set a run up with its parameters, checked before anything is made, and let it go again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, select, update

from app.contributions.facts import SeasonTerms
from app.contributions.models import Charge, Contribution
from app.contributions.queries import priced_contributions, season_terms
from app.contributions.queries.settings import Priced, rules_of
from app.invoicing.models import (
    RUN,
    START_FILTERS,
    Invoice,
    InvoiceLine,
    InvoiceRun,
    InvoiceRunContribution,
    InvoiceSource,
    PaymentTerm,
)
from app.invoicing.queries import the_run
from app.invoicing.run import GROUPINGS
from app.kernel import audit
from app.kernel.actor import the_actor
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction
from app.organisations.queries import administration_of


def set_up_run(
    organisation_id: int,
    *,
    season_id: int,
    contribution_ids: Sequence[int],
    invoice_date: date,
    name: str = "",
    source_id: int | None = None,
    payment_term_id: int | None = None,
    heading: str | None = None,
    grouping_kind: str = "payer",
    start_filter: str = "all",
    start_date: date | None = None,
    makes_charges: bool = True,
    new_members_only: bool = False,
    stops_at_first_error: bool = False,
) -> int:
    """Keep the parameters of a run and return its id. Nothing is made yet.

    Raises NotFound for a season, source, term or contribution that is not the actor's, and DomainError `run_without_contributions`,
    `contribution_elsewhere`, `contribution_inactive`, `contribution_without_rules`, `rule_without_account`, `start_date_missing`.
    """
    with transaction() as session:
        season = season_terms(season_id)
        check_parameters(organisation_id, season, contribution_ids, start_filter, start_date, source_id, payment_term_id)
        if grouping_kind not in GROUPINGS:
            raise DomainError(
                "grouping_unknown", f"Groeperen op “{grouping_kind}” bestaat niet. Kies een van: {', '.join(GROUPINGS.values())}."
            )
        run = InvoiceRun(
            organisation_id=organisation_id,
            name=name or f"Contributie {season.name}",
            season_id=season_id,
            source_id=source_id,
            payment_term_id=payment_term_id,
            invoice_date=invoice_date,
            start_filter=start_filter,
            start_date=start_date,
            heading=heading or None,
            grouping_kind=grouping_kind,
            makes_charges=makes_charges,
            new_members_only=new_members_only,
            stops_at_first_error=stops_at_first_error,
            made_by=the_actor().name,
        )
        session.add(run)
        session.flush()
        for contribution_id in dict.fromkeys(contribution_ids):
            session.add(InvoiceRunContribution(organisation_id=organisation_id, run_id=run.id, contribution_id=contribution_id))
        session.flush()
        return run.id


def check_parameters(
    organisation_id: int,
    season: SeasonTerms,
    contribution_ids: Sequence[int],
    start_filter: str,
    start_date: date | None,
    source_id: int | None,
    payment_term_id: int | None,
) -> None:
    """Raise what `set_up_run` raises."""
    administration_of(organisation_id)
    if not contribution_ids:
        raise DomainError("run_without_contributions", "Er is geen contributie gekozen om te factureren. Kies er ten minste één.")
    if start_filter not in START_FILTERS or (start_filter != "all" and start_date is None):
        raise DomainError("start_date_missing", "Vul bij “op of na” of “op of voor” ook de begindatum in.")
    for model, row_id, noun in ((InvoiceSource, source_id, "factuurbron"), (PaymentTerm, payment_term_id, "betalingstermijn")):
        if row_id is not None and db.session.scalar(select(model.id).where(model.id == row_id)) is None:
            raise NotFound(f"De gekozen {noun} bestaat niet (meer). Kies een andere.")
    rows = {row.id: row for row in db.session.scalars(select(Contribution).where(Contribution.id.in_(contribution_ids)))}
    for contribution_id in contribution_ids:
        row = rows.get(contribution_id)
        if row is None:
            raise NotFound("Een van de gekozen contributies bestaat niet (meer). Kies opnieuw.")
        if row.organisation_id != organisation_id:
            raise DomainError(
                "contribution_elsewhere",
                f"Contributie “{row.name}” hoort bij een andere administratie. Kies de omgeving van die administratie om haar te factureren.",
            )
        if not row.is_active:
            raise DomainError("contribution_inactive", f"Contributie “{row.name}” is niet actief. Maak haar actief of kies een andere.")
    for one in priced_contributions(list(contribution_ids), season):
        check_rules(one, season)


def check_rules(one: Priced, season: SeasonTerms) -> None:
    """Refuse a contribution that cannot be charged in a season: without rules, or with a rule that has no ledger account."""
    if not one.rule_ids:
        raise DomainError(
            "contribution_without_rules",
            f"Contributie “{one.name}” heeft geen regels voor seizoen {season.name}. Voeg ze toe, of kopieer ze van een ander seizoen.",
            contribution_id=one.contribution_id,
        )
    if one.prices.contribution.ledger_account_id is not None:
        return
    for rule in rules_of([one.contribution_id])[one.contribution_id]:
        if rule.rule_id in one.rule_ids and rule.ledger_account_id is None and not rule.is_free:
            raise DomainError(
                "rule_without_account",
                f"Contributieregel “{rule.description}” van “{one.name}” heeft geen grootboekrekening, en de contributie ook niet. "
                "Vul er een in bij de regel of bij de contributie.",
                rule_id=rule.rule_id,
            )


def withdraw_run(run_id: int) -> int:
    """Throw the drafts of a run away and let it go; their charges become open again. Return how many drafts went.

    Raises NotFound, and DomainError `wrong_state` once it is posted.
    """
    with transaction() as session:
        run = the_run(run_id)
        run.state = RUN.target("withdraw", run.state)
        session.flush()
        drafts = select(Invoice.id).where(Invoice.run_id == run_id, Invoice.state == "draft")
        charge, line, invoice = Charge.__table__, InvoiceLine.__table__, Invoice.__table__
        charged = select(line.c.charge_id).where(line.c.invoice_id.in_(drafts), line.c.charge_id.is_not(None))
        connection = session.connection()
        connection.execute(update(charge).where(charge.c.id.in_(charged), charge.c.state == "invoiced").values(state="open"))
        connection.execute(delete(line).where(line.c.invoice_id.in_(drafts)))
        gone = connection.execute(delete(invoice).where(invoice.c.run_id == run_id, invoice.c.state == "draft")).rowcount
        audit.record("withdraw", "invoice_run", run_id, run.organisation_id, drafts=gone)
        return gone
