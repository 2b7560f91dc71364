"""What is due to other organisations, booked with each posted invoice and taken back with its credit note."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text

from app.contributions.models import Contribution, ContributionRule, OrganisationCard, PassingOn
from app.contributions.passing_on import PassingOnTerms, due_cents, payee_of
from app.functions.models import FunctionTerm
from app.functions.usecases import end_function
from app.invoicing.models import Invoice, PassedOn
from app.invoicing.queries.passing import due_to_organisations
from app.invoicing.usecases import check_passing_on, credit_invoice, make_run, post_run
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction
from app.ledger.models import JournalLine
from app.ledger.usecases import block_period
from jobs.commands.ledger import CHECKS
from tests.invoicing.season import DAY, Province

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
FIXED = PassingOnTerms(1, 1, "department", 4600, amount_cents=500)
SHARE = PassingOnTerms(2, 1, "above", 4600, share_basis_points=1250)

DUE = [
    ("a fixed amount", FIXED, 6000, 500),
    ("a fixed amount while a part is left", FIXED, 1, 500),
    ("a fixed amount of nothing", FIXED, 0, 0),
    ("a share, half up", SHARE, 6004, 751),
    ("a share of what is left", SHARE, 3000, 375),
    ("never below zero", SHARE, -3000, 0),
]


@pytest.mark.parametrize(("terms", "charged", "due"), [row[1:] for row in DUE], ids=[row[0] for row in DUE])
def test_what_is_due(terms: PassingOnTerms, charged: int, due: int) -> None:
    assert due_cents(terms, charged) == due


@pytest.mark.parametrize(
    ("terms", "function_at", "books", "payee"),
    [
        (FIXED, 102, 10, 102),
        (FIXED, 10, 10, None),  # a function at the province itself has no department
        (SHARE, 102, 10, 1),
        (SHARE, 10, 1, None),  # nothing stands above the top
        (FIXED._replace(payee="organisation", for_organisation_id=11), 102, 10, 11),
    ],
)
def test_to_whom(terms: PassingOnTerms, function_at: int, books: int, payee: int | None) -> None:
    assert payee_of(terms, function_at, books, {102: 10, 10: 1, 1: None}) == payee


def passing(gelre: Province, payee: str, **values: Any) -> int:
    values.setdefault("ledger_account_id", gelre.accounts["4600"])
    values.setdefault("description", payee)
    return gelre.add(PassingOn(organisation_id=gelre.organisation_id, contribution_id=gelre.contribution_id, payee=payee, **values))


def posted(gelre: Province) -> None:
    run_id = gelre.run()
    if make_run(run_id).made:
        post_run(run_id)


def due(gelre: Province) -> dict[str, int]:
    """Return what is due per organisation, while the books prove it."""
    assert [found for check in CHECKS for found in check(gelre.organisation_id)] == []
    found: dict[str, int] = {}
    for one in due_to_organisations(gelre.organisation_id, *YEAR):
        found[one.organisation] = found.get(one.organisation, 0) + one.cents
    return found


def on_account(gelre: Province, number: str) -> int:
    asked = select(JournalLine.amount_cents).where(JournalLine.account_id == gelre.accounts[number])
    return sum(db.session.scalars(asked))


def test_each_charge_is_passed_on_once_and_booked_to_what_is_owed(gelre: Province) -> None:
    passing(gelre, "department", amount_cents=500)
    passing(gelre, "above", share_basis_points=1000, ledger_account_id=gelre.accounts["8000"])
    gelre.member("Aalders")
    gelre.member("Berends", at="A2")
    with gelre.federation.as_("anna"):
        posted(gelre)
        posted(gelre)
        assert due(gelre) == {"national NL": 1200, "department A1": 500, "department A2": 500}
        assert on_account(gelre, "1600") == -2200
        assert (on_account(gelre, "4600"), on_account(gelre, "8000")) == (1000, 1200 - 12000)
        cards = db.session.scalars(select(OrganisationCard).order_by(OrganisationCard.id)).all()
        assert [str(card.relation).partition(" (")[0] for card in cards] == ["national NL", "department A1", "department A2"]
    gelre.member("Corsten")
    with gelre.federation.as_("anna"):
        posted(gelre)
        assert due(gelre) == {"national NL": 1800, "department A1": 1000, "department A2": 500}
        assert len(db.session.scalars(select(OrganisationCard)).all()) == 3
    with gelre.federation.as_("dirk"):
        assert due_to_organisations(gelre.organisation_id, *YEAR) == []


def test_a_credit_note_and_an_earlier_end_take_back_what_is_no_longer_due(gelre: Province) -> None:
    passing(gelre, "department", amount_cents=500)
    passing(gelre, "above", share_basis_points=1000)
    gelre.member("Aalders")
    bas = gelre.member("Berends")
    with gelre.federation.as_("anna"):
        with transaction() as session:
            session.get(Contribution, gelre.contribution_id).credits_on_end = True
        posted(gelre)
        assert due(gelre) == {"national NL": 1200, "department A1": 1000}
        term = db.session.scalars(select(FunctionTerm.id).where(FunctionTerm.relation_id == bas)).one()
        end_function(term, date(2026, 6, 30), None, may_end_in_past=True)
        posted(gelre)
        assert due(gelre) == {"national NL": 900, "department A1": 1000}  # a part is left: the fixed amount stays
        first = db.session.scalars(select(Invoice).order_by(Invoice.id)).first()
        credit_invoice(first.id, DAY, from_day=date(2026, 7, 1))
        assert due(gelre) == {"national NL": 598, "department A1": 1000}
        credit_invoice(first.id, DAY)
        assert due(gelre) == {"national NL": 300, "department A1": 500}
        with transaction() as session:  # a price that rises later asks the difference of the share only
            session.get(ContributionRule, gelre.rules["Contributie lid"]).amount_cents = 7000
        posted(gelre)
        assert due(gelre) == {"national NL": 350, "department A1": 500}


def test_amounts_of_a_year_hold_for_its_periods_and_used_ones_stay(gelre: Province) -> None:
    old = passing(gelre, "department", amount_cents=500, last_day=date(2025, 12, 31))
    new = passing(gelre, "department", amount_cents=600, first_day=date(2026, 1, 1))
    gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        posted(gelre)
        assert due(gelre) == {"department A1": 600}
        row = db.session.get(PassingOn, new)
        with pytest.raises(DomainError, match="Hiermee is al doorgegeven"):
            check_passing_on(row, {"amount_cents": 700}, is_new=False)
        check_passing_on(row, {"last_day": date(2026, 12, 31), "description": "Afdracht"}, is_new=False)
        check_passing_on(db.session.get(PassingOn, old), {"amount_cents": 400}, is_new=False)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "amount_cents"),
        ({"amount_cents": 100, "share_basis_points": 100}, "amount_cents"),
        ({"amount_cents": 0}, "amount_cents"),
        ({"share_basis_points": 10_001}, "share_basis_points"),
        ({"amount_cents": 100, "payee": "organisation"}, "for_organisation"),
        ({"amount_cents": 100, "for_organisation_id": 3}, "for_organisation"),
    ],
)
def test_settings_that_cannot_be_booked_are_refused_at_their_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as refused:
        check_passing_on(PassingOn(), {"payee": "department"} | values, is_new=True)
    assert refused.value.parameters["field"] == field


def test_a_closed_period_posts_nothing_and_passes_nothing_on(gelre: Province) -> None:
    from app.ledger.models import BookPeriod

    passing(gelre, "department", amount_cents=500)
    gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        make_run(run_id)
        period = db.session.scalars(select(BookPeriod).where(BookPeriod.first_day == date(2026, 1, 1))).one()
        block_period(period.id)
        with pytest.raises(DomainError, match=period.name):
            post_run(run_id)
        assert db.session.scalars(select(PassedOn)).all() == []
        assert db.session.scalars(select(OrganisationCard)).all() == []


def test_the_books_notice_what_was_passed_on_without_an_entry(gelre: Province) -> None:
    row_id = passing(gelre, "department", amount_cents=500)
    gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        posted(gelre)
    with gelre.federation.as_("system"), transaction() as session:
        one = session.scalars(select(PassedOn)).one()
        copied = {name: getattr(one, name) for name in ("organisation_id", "charge_id", "invoice_id", "for_organisation_id", "relation_id")}
        session.add(
            PassedOn(passing_on_id=row_id, key="ander", passed_on=DAY, amount_cents=-100, journal_entry_id=one.journal_entry_id, **copied)
        )
    with gelre.federation.as_("anna"):
        found = sorted(violation.invariant for check in CHECKS for violation in check(gelre.organisation_id))
        assert found == ["passed_on_in_books", "passed_on_once"]


def test_what_was_passed_on_never_changes(gelre: Province) -> None:
    passing(gelre, "department", amount_cents=500)
    gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        posted(gelre)
        for verb in ("UPDATE passed_on SET amount_cents = 1", "DELETE FROM passed_on"):
            with pytest.raises(Exception, match="facts are never changed"), transaction() as session:
                session.execute(text(verb))
