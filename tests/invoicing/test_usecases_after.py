"""After making: preview, review, credit and send."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.contributions.models import Charge, Contribution
from app.documents.models import StoredDocument
from app.invoicing.models import Invoice, InvoiceLine, InvoiceRun, InvoiceSource, PaymentTerm
from app.invoicing.queries import the_run
from app.invoicing.queries.printing import values_of
from app.invoicing.usecases import (
    change_draft,
    credit_invoice,
    delete_draft,
    ensure_print_forms,
    invoice_pdf,
    make_run,
    mark_mailed,
    mark_printed,
    post_run,
    preview_run,
    print_pdf,
    send_invoices,
    send_run,
)
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction
from app.ledger.models import VatCode
from app.ledger.queries import open_cents_of
from app.mail.models import Message
from app.relations.models import ContactPoint
from tests.invoicing.season import Province, season_year


def posted(gelre: Province, **values: object) -> list[Invoice]:
    run_id = gelre.run(**values)
    make_run(run_id)
    post_run(run_id)
    return list(db.session.scalars(select(Invoice).where(Invoice.run_id == run_id).order_by(Invoice.id)))


def sending() -> list[str]:
    return list(db.session.scalars(select(Invoice.send_state).order_by(Invoice.id)))


def test_preview_writes_nothing_and_says_what_changes(gelre: Province) -> None:
    gelre.member("Aalders")
    gelre.member("Berends", born=date(2007, 6, 1), first_day=date(2020, 1, 1), payment_method="direct_debit")
    lost = gelre.member("Corsten", first_day=date(2020, 1, 1), last_day=date(2025, 12, 31))
    season = season_year(gelre.federation, 2025)
    for name, cents, born in (("Contributie lid 25", 6000, date(1900, 1, 1)), ("Jeugd 25", 2500, date(2007, 1, 1))):
        gelre.rule(name, cents, born_from=born, season_id=season)
    with gelre.federation.as_("anna"):
        posted(gelre, season_id=season, invoice_date=date(2025, 1, 15))
    gelre.member("Dijkman", first_day=date(2026, 1, 1))
    gelre.member("Evers", born=None)
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        found = preview_run(run_id, with_mandate=lambda ids: [])
        assert (found.invoices, found.total_cents) == (3, 6000 + 5500 + 6000)
        assert {name: (one.count, one.cents) for name, one in found.groups.items()} == {
            "same": (1, 6000),
            "other": (1, 5500),
            "new": (1, 6000),
            "gone": (1, 6000),
        }
        assert (found.previous_season, found.previous_cents, found.difference_cents) == ("2025", 14500, 3000)
        assert found.errors[0].reason.startswith("De geboortedatum ontbreekt")
        assert any("machtiging" in one.reason for one in found.outliers)
        assert any(one.relation_id == lost and one.now_cents is None for one in found.changes)
        assert db.session.scalars(select(Invoice).where(Invoice.run_id == run_id)).all() == []


def test_a_deleted_draft_opens_its_charges_and_the_next_run_takes_them_up(gelre: Province) -> None:
    gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        make_run(run_id)
        invoice = db.session.scalars(select(Invoice)).one()
        delete_draft(invoice.id)
        assert the_run(run_id).made_count == 0
        assert db.session.scalars(select(Charge.state)).all() == ["open"]
        assert make_run(run_id).made == 1
        assert db.session.scalars(select(Charge.state)).all() == ["invoiced"]


def test_texts_of_a_draft_change_and_those_of_a_posted_one_do_not(gelre: Province) -> None:
    gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        make_run(run_id)
        line = db.session.scalars(select(InvoiceLine)).one()
        change_draft(line.invoice_id, heading="Welkom", line_texts={line.id: "Contributie, met dank"})
        assert db.session.get(Invoice, line.invoice_id).heading == "Welkom"
        with pytest.raises(DomainError, match="leeg"):
            change_draft(line.invoice_id, line_texts={line.id: "  "})
        invoice_id = line.invoice_id
        post_run(run_id)
        for change in (lambda: change_draft(invoice_id, heading="Anders"), lambda: delete_draft(invoice_id)):
            with pytest.raises(DomainError, match="Geboekt"):
                change()


def test_a_credit_note_takes_back_the_whole_and_settles(gelre: Province) -> None:
    gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        (invoice,) = posted(gelre)
        note_id = credit_invoice(invoice.id, date(2026, 2, 1), reason="Dubbel lid")
        note = db.session.get(Invoice, note_id)
        assert (note.kind, note.total_cents, note.state, note.number, note.credits_id) == (
            "credit_note",
            -6000,
            "posted",
            "2026-00002",
            invoice.id,
        )
        assert open_cents_of([invoice.open_item_id, note.open_item_id]) == {invoice.open_item_id: 0, note.open_item_id: 0}
        assert db.session.scalars(select(Charge.state)).all() == ["credited"]
        with pytest.raises(DomainError, match="niets meer te crediteren"):
            credit_invoice(invoice.id, date(2026, 2, 1))
        with pytest.raises(DomainError, match="creditnota"):
            credit_invoice(note_id, date(2026, 2, 1))
        assert make_run(gelre.run()).made == 0


def test_the_rest_of_a_period_is_credited_per_day(gelre: Province) -> None:
    gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        (invoice,) = posted(gelre)
        note = db.session.get(Invoice, credit_invoice(invoice.id, date(2026, 7, 1), from_day=date(2026, 7, 1)))
        assert note.total_cents == -3025  # 184 of 365 days of 60 euros
        assert open_cents_of([invoice.open_item_id]) == {invoice.open_item_id: 2975}
        rest = db.session.get(Invoice, credit_invoice(invoice.id, date(2026, 8, 1)))
        assert rest.total_cents == -2975


def test_sending_mails_where_there_is_an_address_and_only_once(gelre: Province) -> None:
    with_mail = gelre.member("Aalders")
    gelre.member("Berends")
    gelre.add(
        ContactPoint(organisation_id=gelre.federation.organisations["A1"], relation_id=with_mail, kind="email", value="a@leden.example")
    )
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        make_run(run_id)
        with pytest.raises(DomainError, match="Geboekt"):
            send_run(run_id)
        post_run(run_id)
        told = send_run(run_id, simulate=True)
        assert [(one.way, one.address) for one in told.recipients] == [("mail", "a@leden.example"), ("print", "")]
        assert db.session.scalars(select(Message)).all() == []
        sent = send_run(run_id, simulate=False)
        assert (sent.mailed, sent.to_print, sent.failed) == (1, 1, ())
        message = db.session.scalars(select(Message)).one()
        mark_mailed(message.id)
        assert sending() == ["queued", "to_print"], "the mail server has not taken it yet"
        message.state = "sent"
        db.session.commit()
        mark_mailed(message.id)
        mark_mailed(message.id)
        assert sending() == ["sent", "to_print"]
        assert message.subject == "Factuur 2026-00001 van Provincie A"
        assert "€\u00a060,00" in message.body
        document = db.session.get(StoredDocument, message.document_id)
        assert document.content.startswith(b"%PDF")
        assert send_run(run_id, simulate=False).mailed == 0
        assert db.session.get(InvoiceRun, run_id).state == "sent"
        assert len(db.session.scalars(select(Message)).all()) == 1
        first = db.session.scalars(select(Invoice).order_by(Invoice.id)).first()
        assert invoice_pdf(first.id)[1] == document.content
        with pytest.raises(DomainError, match="al verstuurd"):
            send_invoices(gelre.organisation_id, [first.id])
        assert send_invoices(gelre.organisation_id, [first.id], again=True).mailed == 1
        assert print_pdf(run_id).startswith(b"%PDF")
        assert mark_printed(run_id) == 1
        with pytest.raises(DomainError, match="geen facturen om te printen"):
            print_pdf(run_id)


def test_the_family_maximum_and_the_terms_own_line(gelre: Province) -> None:
    parent = gelre.member("Ouder")
    for name in ("Kind", "Kroost"):
        gelre.member(name, born=date(2012, 1, 1), payer_id=parent)
    term = gelre.add(
        PaymentTerm(
            organisation_id=gelre.organisation_id,
            name="Acceptgiro",
            days=14,
            line_text="Papieren factuur",
            line_cents=250,
            line_account_number="8900",
        )
    )
    source = gelre.add(
        InvoiceSource(organisation_id=gelre.organisation_id, name="Contributie", payment_term_id=term, family_maximum_cents=10000)
    )
    with gelre.federation.as_("anna"):
        (invoice,) = posted(gelre, source_id=source)
        lines = [(line.description, line.amount_cents) for line in invoice.lines]
        assert lines[-2:] == [("Gezinsmaximum", -2000), ("Papieren factuur", 250)]
        assert (invoice.total_cents, invoice.due_date) == (10250, date(2026, 1, 29))


def test_vat_is_on_the_invoice_and_in_the_books(gelre: Province) -> None:
    from app.ledger.models import JournalLine

    gelre.member("Aalders")
    code = gelre.add(VatCode(organisation_id=gelre.organisation_id, code="HOOG", name="Btw 21%", rate_basis_points=2100, ubl_category="S"))
    with gelre.federation.as_("anna"):
        with transaction() as session:
            session.get(Contribution, gelre.contribution_id).vat_code_id = code
        (invoice,) = posted(gelre)
        assert (invoice.total_cents, invoice.vat_cents) == (7260, 1260)
        amounts = db.session.scalars(select(JournalLine.amount_cents).order_by(JournalLine.position)).all()
        assert amounts == [7260, -6000, -1260]
        assert b"%PDF" in invoice_pdf(invoice.id)[1][:10]


@pytest.mark.parametrize(("category", "named"), [("O", []), ("E", ["Code"])], ids=["outside", "exempt"])
def test_an_invoice_says_nothing_of_what_lies_outside_vat(gelre: Province, category: str, named: list[str]) -> None:
    gelre.member("Aalders")
    code = gelre.add(VatCode(organisation_id=gelre.organisation_id, code="NUL", name="Code", ubl_category=category))
    with gelre.federation.as_("anna"):
        with transaction() as session:
            session.get(Contribution, gelre.contribution_id).vat_code_id = code
        (invoice,) = posted(gelre)
        values = values_of(gelre.organisation_id, [invoice.id])[invoice.id]
        assert [row["naam"] for row in values["btw_regels"]] == named


def test_print_forms_come_ready_once(gelre: Province) -> None:
    with gelre.federation.as_("anna"):
        assert ensure_print_forms(gelre.organisation_id) == 2
        assert ensure_print_forms(gelre.organisation_id) == 0
