"""A function that begins on the day of its first payment: from the bank's file to the next run, back again, and at most once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from app.bank.models import StatementLine
from app.bank.usecases import TargetDraft, book_statement, change_line, import_file, take_back
from app.contributions.facts import PlanTerms
from app.contributions.models import BillingPlan, Charge, Contribution
from app.contributions.queries import charged_until
from app.functions.models import FunctionEvent, FunctionTerm
from app.functions.usecases import check_changed, end_function
from app.invoicing.models import Invoice, InvoiceRunIssue
from app.invoicing.usecases import credit_invoice, follow_payments, make_run, post_run, settle_ends
from app.kernel import clock
from app.kernel.db import db
from app.kernel.models import AuditRecord
from app.kernel.unit_of_work import transaction
from app.ledger.usecases import open_book_year
from app.relations.models import Relation
from tests.bank.camt_builder import Line, Stmt, Tx, camt
from tests.bank.conftest import Treasury
from tests.invoicing.season import season_year

AGREED, PAID, LATER = date(2026, 2, 1), date(2026, 2, 25), date(2026, 3, 10)


@pytest.fixture
def late(treasury: Treasury) -> int:
    """A member from 1 February in a plan of a year from the own start, with his invoice posted; the id of his function."""
    province = treasury.province
    plan = province.add(
        BillingPlan(
            organisation_id=treasury.organisation_id,
            name="Vanaf betaling",
            months=12,
            anchor="function",
            settings={"restarts_on_payment": True},
        )
    )
    with treasury.as_(), transaction() as session:
        contribution = session.get_one(Contribution, province.contribution_id)
        blad = Contribution(
            organisation_id=treasury.organisation_id,
            name="Blad",
            function_type_id=contribution.function_type_id,
            ledger_account_id=contribution.ledger_account_id,
            billing_plan_id=plan,
            credits_on_end=True,
        )
        session.add(blad)
        session.flush()
        contribution_id = blad.id
    province.rule("Blad", 3650, season_id=None, valid_from=date(2020, 1, 1), contribution_id=contribution_id, season_label="none")
    treasury.relations["Later"] = province.member("Later", first_day=AGREED)
    run(treasury, contribution_id)
    with treasury.as_():
        return db.session.scalars(select(FunctionTerm.id).where(FunctionTerm.relation_id == treasury.relations["Later"])).one()


def run(treasury: Treasury, contribution_id: int, season_id: int | None = None, on: date = date(2026, 2, 2)) -> int:
    """Run the contribution for a season, post it, and return what it made for this member."""
    with treasury.as_():
        season = {"season_id": season_id} if season_id else {}
        run_id = treasury.province.run(contribution_ids=[contribution_id], invoice_date=on, **season)
        if make_run(run_id).made:
            post_run(run_id)
        return (
            db.session.scalar(
                select(func.sum(Invoice.total_cents)).where(Invoice.run_id == run_id, Invoice.debtor_id == treasury.relations["Later"])
            )
            or 0
        )


def blad(treasury: Treasury) -> int:
    with treasury.as_():
        return db.session.scalars(select(Contribution.id).where(Contribution.name == "Blad")).one()


def paying(treasury: Treasury, amount: str = "36.50") -> int:
    """Read in a statement in which the invoice is paid and return its id."""
    reference = treasury.invoice("Later").reference
    line = Line(amount, day=str(PAID), details=[Tx(reference=reference, issuer="ISO")], reference="P1")
    return import_file(treasury.organisation_id, "feb.xml", camt(Stmt([line], day=str(PAID), name="F")), LATER).statement_ids[0]


def state(treasury: Treasury, term_id: int) -> tuple[date, date | None, list[tuple[date, date, str]]]:
    """Return the start, the agreed one, and the charges of the function that count from its start, each with its key's days."""
    term = db.session.get_one(FunctionTerm, term_id, populate_existing=True)
    rows = db.session.execute(
        select(Charge.first_day, Charge.last_day, Charge.key)
        .where(
            Charge.function_term_id == term_id,
            Charge.contribution_id == select(Contribution.id).where(Contribution.name == "Blad").scalar_subquery(),
        )
        .order_by(Charge.id)
    ).all()
    return term.first_day, term.agreed_first_day, [(row[0], row[1], row[2].rpartition(".")[2]) for row in rows]


BEFORE = (AGREED, None, [(AGREED, date(2027, 1, 31), "20260201-20270131")])
AFTER = (PAID, AGREED, [(PAID, date(2027, 2, 24), "20260201-20270131")])


def test_the_first_payment_moves_the_start_and_nothing_is_charged_twice(treasury: Treasury, late: int) -> None:
    contribution_id = blad(treasury)
    later = season_year(treasury.province.federation, 2027)
    with treasury.as_():
        open_book_year(treasury.organisation_id, 2027)
    dearer = {"season_id": None, "valid_from": date(2026, 2, 10), "contribution_id": contribution_id, "season_label": "none"}
    treasury.province.rule("Blad, duurder", 5000, **dearer)  # what was agreed and paid is not asked anew
    with treasury.as_():
        assert state(treasury, late) == BEFORE
        statement_id = paying(treasury)
        book_statement(statement_id)
        assert state(treasury, late) == AFTER
        assert follow_payments(treasury.organisation_id) == 0
        assert charged_until(late) == date(2027, 2, 24)
        assert db.session.get_one(Relation, treasury.relations["Later"]).member_since == PAID
        event = db.session.scalars(
            select(FunctionEvent).where(FunctionEvent.function_term_id == late).order_by(FunctionEvent.id.desc())
        ).first()
        assert event.details == {"first_day": "2026-02-25", "before": "2026-02-01", "paid_on": "2026-02-25", "reason": "Eerste betaling"}
        trail = db.session.scalars(select(AuditRecord).where(AuditRecord.action == "move_start")).one()
        assert (trail.changes["before"], trail.changes["after"]) == ("2026-02-01 - 2027-01-31", "2026-02-25 - 2027-02-24")
    assert run(treasury, contribution_id) == 0
    with treasury.as_():
        said = db.session.scalars(select(InvoiceRunIssue.reason).where(InvoiceRunIssue.relation_id == treasury.relations["Later"])).all()
        assert "Is al berekend en betaald; de functie begint op de dag van die betaling." in said
    assert run(treasury, contribution_id, later, date(2027, 2, 25)) == 5000  # the second year, from the new day on
    assert run(treasury, contribution_id, later, date(2027, 2, 26)) == 0
    with treasury.as_():
        assert state(treasury, late)[2][1:] == [(date(2027, 2, 25), date(2028, 2, 24), "20270201-20280131")]
        assert take_back(statement_id, LATER) == 1
        assert state(treasury, late) == (AGREED, None, [BEFORE[2][0], (date(2027, 2, 1), date(2028, 1, 31), "20270201-20280131")])
    assert (run(treasury, contribution_id), run(treasury, contribution_id, later, date(2027, 2, 27))) == (0, 0)


def test_over_the_turn_of_a_season_it_is_charged_once(treasury: Treasury, late: int) -> None:
    contribution_id = blad(treasury)
    later = season_year(treasury.province.federation, 2027)
    with treasury.as_():
        open_book_year(treasury.organisation_id, 2027)
        with transaction() as session:  # agreed for December, charged then, paid in February
            session.execute(update(FunctionTerm).where(FunctionTerm.id == late).values(first_day=date(2025, 12, 1)))
            session.execute(
                update(Charge)
                .where(Charge.function_term_id == late)
                .values(
                    first_day=date(2025, 12, 1),
                    last_day=date(2026, 11, 30),
                    key=func.replace(Charge.key, "20260201-20270131", "20251201-20261130"),
                )
            )
        book_statement(paying(treasury))
        assert state(treasury, late)[2] == [(PAID, date(2027, 2, 24), "20251201-20261130")]
    assert (run(treasury, contribution_id), run(treasury, contribution_id, later, date(2027, 2, 25))) == (0, 3650)


def test_the_rest_after_an_early_end_counts_from_the_day_of_payment(treasury: Treasury, late: int) -> None:
    with treasury.as_():
        book_statement(paying(treasury))
        end_function(late, PAID + timedelta(days=364 - 73), None, may_end_in_past=True)
        assert settle_ends([late], LATER) == 1
        assert db.session.scalars(select(Charge.amount_cents).where(Charge.function_term_id == late, Charge.amount_cents < 0)).all() == [
            -730
        ]
        assert settle_ends([late], LATER) == 0


def test_a_part_and_a_credit_note_move_nothing(treasury: Treasury, late: int) -> None:
    with treasury.as_():
        part = paying(treasury, "30.00")
        line_id = db.session.scalars(select(StatementLine.id).where(StatementLine.statement_id == part)).one()
        change_line(line_id, [TargetDraft("invoice", treasury.invoice("Later").id, 3000)])
        book_statement(part)
        assert state(treasury, late) == BEFORE
        take_back(part, LATER)
        credit_invoice(treasury.invoice("Later").id, LATER)
        assert follow_payments(treasury.organisation_id) == 0
        assert state(treasury, late) == BEFORE


def test_what_somebody_typed_afterwards_stays(treasury: Treasury, late: int) -> None:
    with treasury.as_():
        statement_id = paying(treasury)
        book_statement(statement_id)
        with transaction() as session:
            row = session.get_one(FunctionTerm, late)
            row.first_day = date(2026, 2, 20)
            check_changed(row)
        take_back(statement_id, LATER)
        assert state(treasury, late)[:2] == (date(2026, 2, 20), AGREED)
    assert run(treasury, blad(treasury)) == 0


def test_who_paid_ahead_or_ended_before_paying_keeps_the_start(treasury: Treasury, late: int) -> None:
    with treasury.as_():
        end_function(late, date(2026, 2, 20), None, may_end_in_past=True)
        book_statement(paying(treasury))
        assert state(treasury, late)[:2] == (AGREED, None)


def test_who_was_a_member_long_before_the_first_invoice_here_stays_one(treasury: Treasury, late: int) -> None:
    with treasury.as_():
        with transaction() as session:
            session.execute(update(FunctionTerm).where(FunctionTerm.id == late).values(first_day=date(2025, 2, 1)))
        book_statement(paying(treasury))
        assert state(treasury, late) == (date(2025, 2, 1), None, BEFORE[2])


def test_nobody_else_moves_it(treasury: Treasury, late: int) -> None:
    with treasury.as_("dirk"):
        assert follow_payments(treasury.organisation_id) == 0
    with treasury.as_():
        assert state(treasury, late) == BEFORE
        assert PlanTerms().restarts_on_payment is False
        assert clock.today() > AGREED
        assert db.session.scalar(select(func.count()).select_from(Invoice).where(Invoice.debtor_id == treasury.relations["Later"])) == 1
