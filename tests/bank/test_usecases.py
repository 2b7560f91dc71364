"""From the bank's file to settled invoices and back, right to the cent, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import func, select

from app.bank.models import BankFile, BankStatement, StatementLine, StatementTarget
from app.bank.usecases import TargetDraft, book_statement, change_line, confirm_line, import_file, remember_rule, take_back
from app.invoicing.models import Invoice
from app.invoicing.usecases import credit_invoice, post_invoices
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.ledger.models import JournalEntry, JournalLine, LedgerAccount
from app.ledger.queries import open_cents_of
from app.sepa.models import Collection, DebitBatch, Mandate
from app.sepa.usecases import change_state, make_batches, submit_batch
from tests.bank.camt_builder import Line, Stmt, Tx, camt
from tests.bank.conftest import MEMBER_IBANS, TODAY, Treasury

COLLECT = date(2026, 2, 24)
LATER = date(2026, 3, 10)


def _balance(treasury: Treasury, number: str) -> int:
    return (
        db.session.scalar(
            select(func.sum(JournalLine.amount_cents))
            .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
            .where(JournalLine.organisation_id == treasury.organisation_id, LedgerAccount.number == number)
        )
        or 0
    )


def _open(treasury: Treasury, surname: str) -> int:
    item = treasury.invoice(surname).open_item_id
    return open_cents_of([item])[item]


def _submitted(treasury: Treasury) -> DebitBatch:
    made = make_batches(treasury.organisation_id, COLLECT, TODAY)
    submit_batch(made.batch_ids[0], TODAY)
    return db.session.get(DebitBatch, made.batch_ids[0])


def _month(treasury: Treasury, batch: DebitBatch) -> bytes:
    """The bank's March: the batch, a payment by reference, one of a stranger, and a collection that comes back with costs."""
    storno = db.session.scalar(select(Collection.end_to_end_id).where(Collection.relation_id == treasury.relations["Storno"]))
    reference = treasury.invoice("Overmaker").reference
    return camt(
        Stmt(
            [
                Line(
                    "110.00",
                    day="2026-02-24",
                    details=[Tx(group_id=f"{batch.message_id}-RCUR")],
                    batch_id=f"{batch.message_id}-RCUR",
                    code=("IDDT", "ESDD"),
                    reference="R1",
                ),
                Line(
                    "60.00",
                    day="2026-02-25",
                    details=[Tx(iban=MEMBER_IBANS["Overmaker"], name="J Overmaker", reference=reference, issuer="ISO")],
                    reference="R2",
                ),
                Line("12.34", day="2026-02-26", details=[Tx(iban="NL39RABO0300065264", name="Onbekend", text=["zomaar"])], reference="R3"),
                Line(
                    "-55.25",
                    day="2026-02-27",
                    details=[Tx(end_to_end_id=storno, return_code="AC04", instructed="55.00")],
                    reversal=True,
                    code=("IDDT", "UPDD"),
                    reference="R4",
                ),
            ],
            opening="250.00",
            first_day="2026-02-24",
            last_day="2026-02-28",
            name="2026-02",
        )
    )


def test_a_month_of_the_bank_is_proposed_booked_and_taken_back(treasury: Treasury) -> None:
    with treasury.as_():
        batch = _submitted(treasury)
        assert _balance(treasury, "1150") == 11000
        assert (_open(treasury, "Incasso"), _open(treasury, "Overmaker")) == (0, 6000)
        made = import_file(treasury.organisation_id, "feb.xml", _month(treasury, batch), LATER)
        statement_id = made.statement_ids[0]
        lines = db.session.scalars(
            select(StatementLine).where(StatementLine.statement_id == statement_id).order_by(StatementLine.position)
        ).all()
        assert [(line.kind, line.certainty) for line in lines] == [
            ("batch", "certain"),
            ("invoice", "certain"),
            ("unknown", "unknown"),
            ("return", "certain"),
        ]
        with pytest.raises(DomainError) as refusal:
            book_statement(statement_id)
        assert refusal.value.code == "lines_unresolved"
        change_line(
            lines[2].id,
            [
                TargetDraft("account", treasury.province.accounts["8100"], 1000),
                TargetDraft("account", treasury.province.accounts["2020"], 234),
            ],
        )
        assert book_statement(statement_id) == 4

        assert _balance(treasury, "1100") == 25000 + 11000 + 6000 + 1234 - 5525 == db.session.get(BankStatement, statement_id).closing_cents
        assert _balance(treasury, "1150") == 0
        assert (_open(treasury, "Incasso"), _open(treasury, "Storno"), _open(treasury, "Overmaker")) == (0, 5500, 0)
        states = dict(db.session.execute(select(Collection.relation_id, Collection.state)).all())
        assert states == {treasury.relations["Incasso"]: "collected", treasury.relations["Storno"]: "returned"}
        assert db.session.scalar(select(Mandate.state).where(Mandate.relation_id == treasury.relations["Storno"])) == "suspended"

        with pytest.raises(DomainError) as twice:
            book_statement(statement_id)
        assert twice.value.code == "wrong_state"

        assert take_back(statement_id, LATER) == 4
        assert (_open(treasury, "Incasso"), _open(treasury, "Storno"), _open(treasury, "Overmaker")) == (0, 0, 6000)
        assert (_balance(treasury, "1100"), _balance(treasury, "1150")) == (25000, 11000)
        assert set(db.session.scalars(select(Collection.state))) == {"open"}, "the bank has paid nothing and sent nothing back"
        assert book_statement(statement_id) == 4
        assert (_open(treasury, "Storno"), _open(treasury, "Overmaker"), _balance(treasury, "1150")) == (5500, 0, 0)


def test_the_rest_goes_to_suspense_when_asked(treasury: Treasury) -> None:
    with treasury.as_():
        batch = _submitted(treasury)
        statement_id = import_file(treasury.organisation_id, "feb.xml", _month(treasury, batch), LATER).statement_ids[0]
        book_statement(statement_id, rest_to_suspense=True)
        assert _balance(treasury, "2020") == -1234


def test_an_overpayment_stays_with_the_debtor_and_a_part_leaves_the_rest_open(treasury: Treasury) -> None:
    with treasury.as_():
        invoice = treasury.invoice("Overmaker")
        part = Stmt(
            [
                Line(
                    "25.00",
                    day="2026-02-25",
                    details=[Tx(iban=MEMBER_IBANS["Overmaker"], reference=invoice.reference, issuer="ISO")],
                    reference="P1",
                )
            ],
            day="2026-02-25",
            name="A",
        )
        rest = Stmt(
            [
                Line(
                    "50.00",
                    day="2026-02-26",
                    details=[Tx(iban=MEMBER_IBANS["Overmaker"], reference=invoice.reference, issuer="ISO")],
                    reference="P2",
                )
            ],
            opening="1025.00",
            day="2026-02-26",
            name="B",
            number=2,
        )
        for name, statement in (("a.xml", part), ("b.xml", rest)):
            statement_id = import_file(treasury.organisation_id, name, camt(statement), LATER).statement_ids[0]
            for line_id in db.session.scalars(select(StatementLine.id).where(StatementLine.statement_id == statement_id)).all():
                confirm_line(line_id)
            book_statement(statement_id)
            if name == "a.xml":
                assert _open(treasury, "Overmaker") == 3500
        assert _open(treasury, "Overmaker") == 0
        assert _balance(treasury, "1300") == sum(_open(treasury, name) for name in ("Incasso", "Storno", "Laat", "Zonder")) - 1500


def test_a_remembered_line_is_recognised_next_time(treasury: Treasury) -> None:
    with treasury.as_():

        def month(day: str, opening: str, name: str) -> bytes:
            return camt(
                Stmt(
                    [
                        Line(
                            "-9.95",
                            day=day,
                            details=[Tx(iban="NL39RABO0300065264", name="Rabobank", text=["kosten betalingsverkeer"])],
                            reference=f"K{name}",
                        )
                    ],
                    opening=opening,
                    day=day,
                    name=name,
                )
            )

        first = import_file(treasury.organisation_id, "1.xml", month("2026-02-01", "100.00", "1"), LATER).statement_ids[0]
        line_id = db.session.scalar(select(StatementLine.id).where(StatementLine.statement_id == first))
        change_line(
            line_id,
            [
                TargetDraft(
                    "account",
                    treasury.province.accounts["4310"] if "4310" in treasury.province.accounts else treasury.province.accounts["2020"],
                    -995,
                )
            ],
        )
        remember_rule(line_id, "Bankkosten", "kosten betalingsverkeer")
        book_statement(first)
        second = import_file(treasury.organisation_id, "2.xml", month("2026-03-01", "90.05", "2"), LATER).statement_ids[0]
        line = db.session.scalars(select(StatementLine).where(StatementLine.statement_id == second)).one()
        assert (line.kind, line.certainty) == ("account", "certain")
        assert "Bankkosten" in " ".join(line.reasons)


@pytest.mark.parametrize(
    ("code", "second"),
    [
        ("file_imported_before", lambda first: first),
        ("statement_imported_before", lambda first: first + b"\n"),
        (
            "statement_gap",
            lambda first: camt(Stmt([Line("1.00", day="2026-02-26", reference="Z9")], opening="999.00", day="2026-02-26", name="X")),
        ),
        (
            "statement_other_account",
            lambda first: camt(Stmt([Line("1.00", day="2026-02-26")], iban="NL20INGB0001234567", day="2026-02-26")),
        ),
        ("statement_not_adding_up", lambda first: camt(Stmt([Line("1.00", day="2026-02-26")], closing="5.00", day="2026-02-26", name="Y"))),
        ("statement_before_start", lambda first: camt(Stmt([Line("1.00", day="2023-02-26")], day="2023-02-26", name="V"))),
        ("statement_file_empty", lambda first: b""),
        (
            "statement_overlaps",
            lambda first: camt(Stmt([Line("10.00", day="2026-02-25", reference="O1")], opening="1000.00", day="2026-02-25", name="W")),
        ),
    ],
)
def test_what_is_refused_leaves_nothing_behind(treasury: Treasury, code: str, second: Callable[[bytes], bytes]) -> None:
    first = camt(Stmt([Line("10.00", day="2026-02-25", reference="O1")], day="2026-02-25", name="Q"))
    with treasury.as_():
        import_file(treasury.organisation_id, "a.xml", first, LATER)
        before = [
            db.session.scalar(select(func.count()).select_from(table))
            for table in (BankFile, BankStatement, StatementLine, StatementTarget)
        ]
        with pytest.raises(DomainError) as refusal:
            import_file(treasury.organisation_id, "b.xml", second(first), LATER)
        assert refusal.value.code == code, refusal.value.message
        after = [
            db.session.scalar(select(func.count()).select_from(table))
            for table in (BankFile, BankStatement, StatementLine, StatementTarget)
        ]
        assert before == after


def test_a_gap_may_be_accepted_and_is_named_in_the_books(treasury: Treasury) -> None:
    with treasury.as_():
        one = import_file(
            treasury.organisation_id,
            "a.xml",
            camt(Stmt([Line("10.00", day="2026-02-25", reference="G1")], day="2026-02-25", name="Q")),
            LATER,
        ).statement_ids[0]
        book_statement(one, rest_to_suspense=True)
        two = camt(Stmt([Line("1.00", day="2026-02-27", reference="G2")], opening="1500.00", day="2026-02-27", name="R"))
        second = import_file(treasury.organisation_id, "b.xml", two, LATER, accepts_gaps=True).statement_ids[0]
        book_statement(second, rest_to_suspense=True)
        assert _balance(treasury, "1100") == 150100
        assert db.session.scalar(select(func.count()).where(JournalEntry.description.startswith("Verschil door ontbrekend"))) == 1


def test_statements_are_booked_and_taken_back_in_order(treasury: Treasury) -> None:
    with treasury.as_():
        ids = [
            import_file(
                treasury.organisation_id,
                f"{n}.xml",
                camt(
                    Stmt(
                        [Line("1.00", day=f"2026-02-1{n}", reference=f"V{n}")],
                        opening=f"{100 + n}.00",
                        day=f"2026-02-1{n}",
                        name=str(n),
                        number=n + 1,
                    )
                ),
                LATER,
            ).statement_ids[0]
            for n in range(2)
        ]
        with pytest.raises(DomainError) as refusal:
            book_statement(ids[1], rest_to_suspense=True)
        assert refusal.value.code == "statement_before"
        for statement_id in ids:
            book_statement(statement_id, rest_to_suspense=True)
        with pytest.raises(DomainError) as refusal:
            take_back(ids[0], LATER)
        assert refusal.value.code == "statement_after"


def test_nobody_else_sees_or_books_it(treasury: Treasury) -> None:
    with treasury.as_():
        statement_id = import_file(
            treasury.organisation_id, "a.xml", camt(Stmt([Line("1.00", day="2026-02-25")], day="2026-02-25")), LATER
        ).statement_ids[0]
        line_id = db.session.scalar(select(StatementLine.id))
    with treasury.as_("dirk"):
        for attempt in (lambda: book_statement(statement_id), lambda: take_back(statement_id, LATER), lambda: confirm_line(line_id)):
            with pytest.raises(DomainError) as refusal:
                attempt()
            assert refusal.value.code == "not_found"


def test_the_same_return_is_not_booked_twice(treasury: Treasury) -> None:
    with treasury.as_():
        _submitted(treasury)
        storno = db.session.scalar(select(Collection.end_to_end_id).where(Collection.relation_id == treasury.relations["Storno"]))
        back = {"details": [Tx(end_to_end_id=storno, return_code="AM04")], "reversal": True, "code": ("IDDT", "UPDD")}
        lines = [Line("-55.00", day="2026-02-26", reference=f"D{n}", **back) for n in range(2)]
        content = camt(Stmt(lines, day="2026-02-26", name="dubbel"))
        statement_id = import_file(treasury.organisation_id, "x.xml", content, LATER).statement_ids[0]
        for line_id in db.session.scalars(select(StatementLine.id).where(StatementLine.statement_id == statement_id)).all():
            confirm_line(line_id)
        with pytest.raises(DomainError) as refusal:
            book_statement(statement_id)
        assert refusal.value.code == "returned_before"


def test_a_refund_settles_the_credit_note(treasury: Treasury) -> None:
    with treasury.as_():
        invoice = treasury.invoice("Overmaker")
        paid = Line(
            "60.00",
            day="2026-02-25",
            details=[Tx(iban=MEMBER_IBANS["Overmaker"], reference=invoice.reference, issuer="ISO")],
            reference="1",
        )
        one = import_file(treasury.organisation_id, "1.xml", camt(Stmt([paid], day="2026-02-25", name="1")), LATER).statement_ids[0]
        book_statement(one)
        note = db.session.get(Invoice, credit_invoice(invoice.id, date(2026, 2, 26)))
        if note.state == "draft":
            post_invoices(treasury.organisation_id, [note.id])
        item = db.session.get(Invoice, note.id, populate_existing=True).open_item_id
        assert open_cents_of([item])[item] == -6000
        back = Line("-60.00", day="2026-02-27", details=[Tx(iban=MEMBER_IBANS["Overmaker"], text=["terug"])], reference="2")
        two = import_file(
            treasury.organisation_id, "2.xml", camt(Stmt([back], opening="1060.00", day="2026-02-27", name="2")), LATER
        ).statement_ids[0]
        line_id = db.session.scalar(select(StatementLine.id).where(StatementLine.statement_id == two))
        change_line(line_id, [TargetDraft("invoice", note.id, -6000)])
        book_statement(two)
        assert open_cents_of([item])[item] == 0


def test_a_batch_with_a_revoked_mandate_is_not_handed_in(treasury: Treasury) -> None:
    with treasury.as_():
        batch_id = make_batches(treasury.organisation_id, COLLECT, TODAY).batch_ids[0]
        change_state(db.session.scalar(select(Mandate.id).where(Mandate.relation_id == treasury.relations["Incasso"])), "revoke")
        with pytest.raises(DomainError) as refusal:
            submit_batch(batch_id, TODAY)
        assert refusal.value.code == "mandate_gone"
        assert _balance(treasury, "1150") == 0


def test_taking_back_also_takes_the_entry_over_a_gap(treasury: Treasury) -> None:
    with treasury.as_():
        one = import_file(
            treasury.organisation_id,
            "a.xml",
            camt(Stmt([Line("10.00", day="2026-02-25", reference="G1")], day="2026-02-25", name="Q")),
            LATER,
        )
        book_statement(one.statement_ids[0], rest_to_suspense=True)
        content = camt(Stmt([Line("1.00", day="2026-02-27", reference="G2")], opening="1500.00", day="2026-02-27", name="R"))
        two = import_file(treasury.organisation_id, "b.xml", content, LATER, accepts_gaps=True).statement_ids[0]
        book_statement(two, rest_to_suspense=True)
        take_back(two, LATER)
        assert _balance(treasury, "1100") == 101000
        missing = camt(Stmt([Line("490.00", day="2026-02-26", reference="G3")], opening="1010.00", day="2026-02-26", name="M"))
        three = import_file(treasury.organisation_id, "c.xml", missing, LATER).statement_ids[0]
        book_statement(three, rest_to_suspense=True)
        book_statement(two, rest_to_suspense=True)
        assert _balance(treasury, "1100") == 150100
