"""Making a run: what comes of it, twice, after a stop, and with others at work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.contributions import pricing
from app.contributions.models import Charge
from app.invoicing.models import Invoice, InvoiceLine, InvoiceRun
from app.invoicing.usecases import make_run, post_run, set_up_run, withdraw_run
from app.invoicing.usecases.dropping import drop_open
from app.invoicing.usecases.making import issues_of
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction
from app.ledger.models import JournalEntry, JournalLine
from app.relations.models import Relation
from tests.invoicing.season import DAY, Province


def shown() -> list[tuple[str, int, str]]:
    """Return (debtor, total, state) of every invoice, in order."""
    rows = db.session.execute(
        select(Relation.surname, Invoice.total_cents, Invoice.state).join(Relation, Relation.id == Invoice.debtor_id).order_by(Invoice.id)
    )
    return [tuple(row) for row in rows]


def test_each_member_gets_what_the_rules_say(gelre: Province) -> None:
    gelre.member("Aalders")
    gelre.member("Berends", born=date(2010, 3, 1), payment_method="direct_debit")
    gelre.member("Corsten", first_day=date(2026, 7, 16))
    gelre.member("Dijkman", first_day=date(2027, 1, 1))
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        made = make_run(run_id)
        assert (made.made, made.total_cents, made.errors, made.is_whole) == (3, 6000 + 2500 + 2750, 0, True)
        assert shown() == [("Aalders", 6000, "draft"), ("Berends", 2500, "draft"), ("Corsten", 2750, "draft")]
        line = db.session.scalars(select(InvoiceLine).order_by(InvoiceLine.id)).all()[2]
        assert line.charge.explanation[0]["steps"][-1]["arithmetic"] == ["*", 11, 24]
        assert db.session.get(InvoiceRun, run_id).state == "made"


def test_twice_makes_nothing_new(gelre: Province) -> None:
    for name in ("Aalders", "Berends", "Corsten"):
        gelre.member(name)
    with gelre.federation.as_("anna"):
        first = gelre.run()
        make_run(first)
        assert make_run(first).made == 0
        second = gelre.run()
        made = make_run(second)
        assert (made.made, made.left_out) == (0, 3)
        reasons = [reason for _, _, reason in issues_of(second)]
        assert all(reason.startswith("Is al berekend: conceptfactuur") for reason in reasons), reasons
        assert len(shown()) == 3


def test_a_late_joiner_and_a_corrected_birth_date_give_exactly_the_difference(gelre: Province) -> None:
    young = gelre.member("Aalders", born=date(1990, 1, 1))
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        make_run(run_id)
        post_run(run_id)
    with gelre.federation.as_("anna"), transaction() as session:
        session.get(Relation, young).birth_date = date(2010, 1, 1)
    gelre.member("Berends")
    with gelre.federation.as_("anna"):
        made = make_run(gelre.run())
        assert (made.made, made.total_cents) == (2, 3000)
        assert shown() == [("Aalders", 6000, "posted"), ("Aalders", -3000, "draft"), ("Berends", 6000, "draft")]
        note = db.session.scalars(select(Invoice).where(Invoice.total_cents < 0)).one()
        assert note.kind == "credit_note"
        keys = db.session.scalars(select(Charge.key).where(Charge.relation_id == young).order_by(Charge.id)).all()
        assert keys[1] == keys[0] + "#2"


def test_one_invoice_per_payer_relation_or_function(gelre: Province) -> None:
    parent = gelre.member("Ouder")
    gelre.member("Kind", born=date(2012, 1, 1), payer_id=parent)
    for grouping, expected in (("payer", [9000]), ("relation", [6000, 3000])):
        with gelre.federation.as_("anna"):
            run_id = gelre.run(grouping_kind=grouping)
            make_run(run_id)
            assert [total for _, total, _ in shown()] == expected
            assert {name for name, _, _ in shown()} == {"Ouder"}
            withdraw_run(run_id)


def test_who_cannot_be_priced_is_named_and_the_others_go_on(gelre: Province) -> None:
    gelre.member("Aalders")
    nobody = gelre.member("Berends", born=None)
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        made = make_run(run_id)
        assert (made.made, made.errors) == (1, 1)
        ((number, kind, reason),) = issues_of(run_id)
        assert kind == "error"
        assert "geboortedatum" in reason
        assert number == db.session.get(Relation, nobody).number


def test_a_run_that_stops_at_the_first_error_keeps_what_was_made(gelre: Province) -> None:
    gelre.member("Aalders")
    gelre.member("Berends", born=None)
    gelre.member("Corsten")
    with gelre.federation.as_("anna"):
        run_id = gelre.run(stops_at_first_error=True)
        with pytest.raises(DomainError, match="Gestopt bij relatie"):
            make_run(run_id)
        assert shown() == [("Aalders", 6000, "draft")]


def test_a_stop_between_batches_and_going_on_is_the_same_as_undisturbed(gelre: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.invoicing.usecases.making.BATCH", 2)
    for name in "ABCDEFG":
        gelre.member(name)
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        made = make_run(run_id, progress=lambda done, total: done < 4)
        assert (made.made, made.is_whole) == (4, False)
        assert db.session.get(InvoiceRun, run_id).state == "making"
        made = make_run(run_id)
        assert (made.made, made.is_whole) == (3, True)
        assert [name for name, _, _ in shown()] == list("ABCDEFG")
        run = db.session.get(InvoiceRun, run_id)
        assert (run.made_count, run.total_cents) == (7, 42000)


def test_a_batch_in_shares_is_the_same_as_a_batch_at_once(gelre: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ABCDEFGHIJK":
        gelre.member(name, born=None if name == "D" else date(1990, 1, 1))
    with gelre.federation.as_("anna"):
        at_once = make_run(gelre.run())
        before = shown()
        withdraw_run(at_once.run_id)
        with transaction():
            drop_open(gelre.organisation_id, list(db.session.scalars(select(Charge.id))))
        monkeypatch.setattr("app.invoicing.usecases.making.BATCH", 5)
        monkeypatch.setattr("app.invoicing.usecases.batch.SHARED_FROM", 2)
        made = make_run(gelre.run())
        assert (made.made, made.errors, made.total_cents) == (at_once.made, at_once.errors, at_once.total_cents) == (10, 1, 60000)
        assert made.per_contribution == at_once.per_contribution
        assert shown() == before
        ids = list(db.session.scalars(select(Invoice.debtor_id).order_by(Invoice.id)))
        assert ids == sorted(ids)


def test_a_price_that_cannot_be_told_does_not_undo_the_batch_before_it(gelre: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.invoicing.usecases.making.BATCH", 2)
    monkeypatch.setattr("app.invoicing.usecases.batch.SHARED_FROM", 2)
    for name in "ABCDE":
        gelre.member(name)
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        priced = pricing.price_run

        def breaks(*arguments: Any) -> Iterator[Any]:
            for place, outcome in enumerate(priced(*arguments)):
                if place == 3:
                    raise ZeroDivisionError
                yield outcome

        with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
            broken.setattr(pricing, "price_run", breaks)
            make_run(run_id)
        assert [name for name, _, _ in shown()] == ["A", "B"]
        assert make_run(run_id).made == 3
        assert [name for name, _, _ in shown()] == list("ABCDE")


def test_a_withdrawn_run_frees_its_charges_and_they_are_priced_anew(gelre: Province) -> None:
    gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        make_run(run_id)
        assert withdraw_run(run_id) == 1
        assert db.session.scalars(select(Charge.state)).all() == ["open"]
        with pytest.raises(DomainError, match="Ingetrokken"):
            make_run(run_id)
        from app.contributions.models import ContributionRule

        with transaction() as session:
            session.get(ContributionRule, gelre.rules["Contributie lid"]).amount_cents = 7000
        made = make_run(gelre.run())
        assert (made.made, made.total_cents) == (1, 7000)
        charge = db.session.scalars(select(Charge)).one()
        assert (charge.amount_cents, charge.state) == (7000, "invoiced")


def test_posting_numbers_books_and_fixes(gelre: Province) -> None:
    for name in ("Aalders", "Berends"):
        gelre.member(name)
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        make_run(run_id)
        posted = post_run(run_id)
        assert (posted.count, posted.total_cents, posted.first_number, posted.last_number) == (2, 12000, "2026-00001", "2026-00002")
        invoices = db.session.scalars(select(Invoice).order_by(Invoice.number)).all()
        assert all(invoice.reference and invoice.posted_at for invoice in invoices)
        items = [db.session.get(JournalLine, invoice.open_item_id) for invoice in invoices]
        assert [(item.amount_cents, item.item_number, item.relation_id) for item in items] == [
            (6000, invoice.number, invoice.debtor_id) for invoice in invoices
        ]
        assert db.session.scalars(select(Charge.state)).all() == ["posted", "posted"]
        with pytest.raises(DomainError, match="Geboekt"):
            post_run(run_id)
        assert len(db.session.scalars(select(JournalEntry)).all()) == 2


def test_a_closed_period_refuses_by_name_and_nothing_is_posted(gelre: Province) -> None:
    from app.ledger.models import BookPeriod
    from app.ledger.usecases import block_period

    gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        make_run(run_id)
        period = db.session.scalars(select(BookPeriod).where(BookPeriod.first_day == date(2026, 1, 1))).one()
        block_period(period.id)
        with pytest.raises(DomainError, match=period.name):
            post_run(run_id)
        assert shown() == [("Aalders", 6000, "draft")]
        assert db.session.get(InvoiceRun, run_id).state == "made"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"contribution_ids": []}, "geen contributie gekozen"),
        ({"start_filter": "on_or_after"}, "begindatum"),
        ({"grouping_kind": "straat"}, "Groeperen"),
        ({"season_id": 999}, "seizoen bestaat niet"),
        ({"source_id": 999}, "factuurbron bestaat niet"),
        ({"contribution_ids": [999]}, "contributies bestaat niet"),
    ],
)
def test_bad_parameters_are_refused_and_leave_nothing(gelre: Province, values: dict[str, Any], words: str) -> None:
    with gelre.federation.as_("anna"), pytest.raises(DomainError, match=words):
        gelre.run(**values)
    with gelre.federation.as_("anna"):
        assert db.session.scalars(select(InvoiceRun)).all() == []


def test_a_rule_without_account_is_refused(gelre: Province) -> None:
    from app.contributions.models import Contribution
    from app.kernel.unit_of_work import transaction

    with gelre.federation.as_("anna"):
        with transaction() as session:
            session.get(Contribution, gelre.contribution_id).ledger_account_id = None
        with pytest.raises(DomainError, match=r"“Contributie lid”.*geen grootboekrekening"):
            gelre.run()


def test_the_stranger_sees_no_run(gelre: Province) -> None:
    gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
    with gelre.federation.as_("dirk"), pytest.raises(DomainError, match="bestaat niet"):
        make_run(run_id)
    with gelre.federation.as_("dirk"), pytest.raises(DomainError):
        set_up_run(gelre.organisation_id, season_id=gelre.season_id, contribution_ids=[gelre.contribution_id], invoice_date=DAY)


def test_two_runs_at_once_charge_everybody_once(gelre: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.invoicing.usecases.making.BATCH", 2)
    for name in "ABCDEF":
        gelre.member(name)
    with gelre.federation.as_("anna"):
        first, second = gelre.run(), gelre.run()
        others = []

        def meanwhile(done: int, total: int) -> None:
            if not others:
                others.append(make_run(second))

        made = make_run(first, progress=meanwhile)
        assert (made.made, others[0].made) == (2, 4)
        assert sorted(name for name, _, _ in shown()) == list("ABCDEF")
        assert any("een andere facturatie" in reason for _, _, reason in issues_of(first))
