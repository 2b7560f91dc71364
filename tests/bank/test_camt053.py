from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bank.camt053 import read_statements
from app.kernel.errors import FileRefused
from tests.bank.camt_builder import OUR_IBAN, Line, Stmt, Tx, camt, cents

PIET = Tx("10.00", "NL20INGB0001234567", "P. Jansen", ["Contributie ", "2026"])


def one(*lines, version="08", **more):
    (statement,) = read_statements(camt(Stmt(list(lines), **more), version=version), "a.xml")
    return statement


@pytest.mark.parametrize("version", ["02", "08"])
def test_both_versions_say_the_same(version):
    detail = replace(PIET, reference="5000056789012345", end_to_end_id="E1", mandate="M-1", group_id="G1", extra="meer", instructed="10.00")
    statement = one(
        Line("10.00", details=[detail], reference="R1", text="slot"), version=version, first_day="2026-11-19", last_day="2026-11-20"
    )
    assert (statement.head.iban, statement.head.opening_cents, statement.head.closing_cents) == (OUR_IBAN, 100_000, 101_000)
    assert (statement.first_day, statement.last_day, statement.head.number) == (date(2026, 11, 19), date(2026, 11, 20), 1)
    (entry,) = statement.entries
    assert (entry.cents, entry.bank_reference, entry.bank_code, entry.is_split) == (1000, "R1", "PMNT/RCDT/ESCT", False)
    (payment,) = entry.payments
    assert (payment.counter_iban, payment.counter_name) == ("NL20INGB0001234567", "P. Jansen")
    assert (payment.reference, payment.reference_issuer, payment.end_to_end_id) == ("5000056789012345", "CUR", "E1")
    assert (payment.mandate_reference, payment.payment_group_id) == ("M-1", "G1")
    assert payment.text == "Contributie 2026 meer slot"
    assert "Contributie " in entry.raw_xml
    assert entry.raw_xml.startswith("<Ntry")


@pytest.mark.parametrize("version", [f"{n:02d}" for n in range(2, 15)])
def test_versions_whose_shape_was_compared_are_read(version):
    form = "02" if version < "03" else "08"
    content = camt(Stmt([Line("10.00", details=[PIET])]), version=form).replace(
        f"camt.053.001.{form}".encode(), f"camt.053.001.{version}".encode()
    )
    assert read_statements(content, "a.xml")[0].entries[0].payments[0].counter_name == "P. Jansen"


def test_money_out_is_below_zero():
    assert [e.cents for e in one(Line("-5.00"), Line("7.25"), Line("0.1")).entries] == [-500, 725, 10]


def test_what_is_not_booked_yet_is_ignored_and_counted():
    statement = one(Line("10.00"), Line("20.00", status="PDNG"), Line("30.00", status="INFO"), Line("0.00"))
    assert ([e.cents for e in statement.entries], statement.ignored_count) == ([1000], 3)


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_batch_is_split_only_when_its_details_add_up(version):
    right = one(Line("30.00", details=[PIET, replace(PIET, amount="20.00")], batch_id="B-1   ", batch_count=2), version=version)
    assert right.entries[0].is_split
    assert [p.cents for p in right.entries[0].payments] == [1000, 2000]
    assert (right.entries[0].batch_id, right.entries[0].batch_count) == ("B-1", 2)
    for details in ([PIET, PIET], [PIET, replace(PIET, amount=None)], [replace(PIET, amount=None)] * 3):
        wrong = one(Line("30.00", details=details, batch_id="B-1", text="som"), version=version)
        assert not wrong.entries[0].is_split
        assert [(p.cents, p.payment_group_id, p.text) for p in wrong.entries[0].payments] == [(3000, "B-1", "som")]


def test_details_of_money_out_are_below_zero():
    entry = one(Line("-30.00", details=[PIET, replace(PIET, amount="20.00")])).entries[0]
    assert [p.cents for p in entry.payments] == [-1000, -2000]


def test_a_large_batch_keeps_its_whole_xml():
    details = [replace(PIET, name=f"Lid {i}", amount="1.00") for i in range(60)]
    entry = one(Line("60.00", details=details)).entries[0]
    assert len(entry.payments) == 60
    assert [f"Lid {i}<" in entry.raw_xml for i in range(60)] == [True] * 60
    assert "§" not in entry.raw_xml


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (Line("10.00", details=[PIET]), "NL20INGB0001234567"),
        (Line("-10.00", details=[PIET]), "NL20INGB0001234567"),
        (Line("-10.00", details=[replace(PIET, side="Dbtr")]), "NL20INGB0001234567"),
        (Line("-10.00", details=[replace(PIET, side="Cdtr")], reversal=True), "NL20INGB0001234567"),
        (Line("10.00"), ""),
    ],
)
def test_the_other_party_is_the_one_that_is_not_us(line, expected):
    assert one(line).entries[0].payments[0].counter_iban == expected


def test_our_own_account_is_never_the_other_party():
    both = camt(Stmt([Line("10.00", details=[PIET])])).replace(
        b"<RltdPties>", f"<RltdPties><Cdtr><Pty><Nm>Wij</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>{OUR_IBAN}</IBAN></Id></CdtrAcct>".encode()
    )
    payment = read_statements(both, "a.xml")[0].entries[0].payments[0]
    assert (payment.counter_iban, payment.counter_name) == ("NL20INGB0001234567", "P. Jansen")


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_return_keeps_its_reason_and_the_first_amount(version):
    line = Line(
        "-26.50",
        reversal=True,
        code=("IDDT", "UPDD"),
        details=[replace(PIET, amount="26.50", instructed="25.00", return_code="AM04", end_to_end_id="I1")],
    )
    entry = one(line, version=version).entries[0]
    payment = entry.payments[0]
    assert entry.is_reversal
    assert (payment.cents, payment.is_return, payment.return_code, payment.instructed_cents) == (-2650, True, "AM04", 2500)


def test_notprovided_is_empty():
    assert one(Line("10.00", details=[replace(PIET, end_to_end_id="NOTPROVIDED")])).entries[0].payments[0].end_to_end_id == ""


def test_text_outside_the_details_is_kept():
    payment = one(Line("-1.50", text="Kosten betalingsverkeer")).entries[0].payments[0]
    assert payment.text == "Kosten betalingsverkeer"


def test_several_statements_in_one_file_and_an_empty_one():
    content = camt(Stmt([Line("10.00")], name="S-1"), Stmt([], opening="1010.00", name="S-2", number=2))
    assert [(s.head.statement_id, len(s.entries), s.head.closing_cents) for s in read_statements(content, "a.xml")] == [
        ("S-1", 1, 101_000),
        ("S-2", 0, 101_000),
    ]


def test_a_negative_balance_and_prcd():
    statement = one(Line("-2000.00"), opening_kind="PRCD")
    assert (statement.head.opening_cents, statement.head.closing_cents) == (100_000, -100_000)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (b'Ccy="EUR">10.00', b'Ccy="EUR">10.005', "Ntry 1, Amt"),
        (b'Ccy="EUR">10.00', b'Ccy="EUR">-10.00', "Ntry 1, Amt"),
        (b'Ccy="EUR">10.00', b'Ccy="EUR">1e3', "Ntry 1, Amt"),
        (b'Ccy="EUR">10.00', b'Ccy="EUR">99999999999999.00', "Ntry 1, Amt"),
        (b'Ccy="EUR">10.00', b'Ccy="USD">10.00', "Ntry 1, Amt/@Ccy"),
        (b'Ccy="EUR">10.00', 'Ccy="EUR">١٠.00'.encode(), "Ntry 1, Amt"),
        (b"</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>", b"</Amt><Sts>", "Ntry 1, CdtDbtInd"),
        (
            b"</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>",
            b"</Amt><CdtDbtInd>CRDT</CdtDbtInd><CdtDbtInd>DBIT</CdtDbtInd><Sts>",
            "Ntry 1, CdtDbtInd",
        ),
        (b"<BookgDt><Dt>2026-11-20", b"<BookgDt><Dt>2026-02-31", "Ntry 1, BookgDt"),
        (b"<Cd>BOOK</Cd>", b"<Cd>XXXX</Cd>", "Ntry 1, Sts"),
        (b"<Ccy>EUR</Ccy>", b"<Ccy>USD</Ccy>", "Acct/Ccy"),
        (b"<Cd>OPBD</Cd>", b"<Cd>FWAV</Cd>", "Bal"),
        (b"<Cd>CLBD</Cd>", b"<Cd>CLAV</Cd>", "Bal"),
        (b"<NbOfNtries>1<", b"<NbOfNtries>2<", "TxsSummry"),
        (f"<IBAN>{OUR_IBAN}</IBAN>".encode(), b"<Othr><Id>12345</Id></Othr>", "Acct/Id"),
    ],
)
def test_what_cannot_be_read_refuses_the_file_and_says_where(old, new, place):
    content = camt(Stmt([Line("10.00")], count=1))
    assert old in content
    with pytest.raises(FileRefused) as refused:
        read_statements(content.replace(old, new), "november.xml")
    assert place in refused.value.refusals[0].where
    assert "afschrift 1" in refused.value.refusals[0].where
    assert "november.xml is niet ingelezen" in refused.value.message


def test_all_refusals_of_a_file_are_collected():
    content = (
        camt(Stmt([Line("10.00"), Line("20.00"), Line("30.00")]))
        .replace(b'Ccy="EUR">10.00', b'Ccy="USD">10.00')
        .replace(b">30.00<", b">x<")
    )
    with pytest.raises(FileRefused) as refused:
        read_statements(content, "a.xml")
    assert [r.where.split(", ")[2] for r in refused.value.refusals] == ["Ntry 1", "Ntry 3"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-10_000_000, 10_000_000), max_size=12), st.sampled_from(["02", "08"]))
def test_what_is_written_is_read_to_the_cent(amounts, version):
    lines = [Line(f"{'-' if a < 0 else ''}{abs(a) // 100}.{abs(a) % 100:02d}") for a in amounts]
    statement = one(*lines, version=version)
    assert [e.cents for e in statement.entries] == [cents(line.amount) for line in lines if cents(line.amount)]
    assert statement.head.opening_cents + statement.moved_cents == statement.head.closing_cents
