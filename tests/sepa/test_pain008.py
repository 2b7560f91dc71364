from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from app.kernel.errors import DomainError
from app.sepa.mandates import Amendment
from app.sepa.pain008 import SEQUENCES, Collection, Creditor, DebitFile, Group, write, write_groups
from app.sepa.validation import validate

CREDITOR = Creditor("Bond & Zoon Ĳsselstein", "NL91ABNA0417164300", "NL69ZZZ123456780000", "ABNANL2A")
ONE = Collection("I1", 2500, "M-1", date(2026, 1, 1), "J. Müller-Łukasz & Zn. _#@", "NL20INGB0001234567", remittance="Contributie 2026")
FILE = DebitFile("B-2026-1", datetime(2026, 11, 23, 9, 0, tzinfo=UTC), date(2026, 12, 1), CREDITOR, (ONE,))


def made(*collections, version="08", **more):
    return b"".join(write(replace(FILE, collections=collections, version=version, **more)))


def found(content, path):
    tree = etree.fromstring(content)
    return [e.text for e in tree.iterfind(".//" + "/".join(f"{{*}}{p}" for p in path.split("/")))]


@pytest.mark.parametrize("version", ["08", "02"])
@pytest.mark.parametrize("bic", [None, "INGBNL2A"])
@pytest.mark.parametrize("reference", [None, "RF18539007547034", "5000 0567 8901 2345"])
@pytest.mark.parametrize(
    "amendment",
    [
        None,
        Amendment(is_other_account=True),
        Amendment("OUD", "NL70ZZZ000000010000", "Oude naam", True),
        Amendment(original_creditor_name="Oud"),
    ],
)
def test_every_combination_is_valid_in_both_versions(version, bic, reference, amendment):
    one = replace(ONE, debtor_bic=bic, reference=reference, amendment=amendment)
    two = replace(one, end_to_end_id="I2", sequence="OOFF", amount_cents=1)
    figures = validate(write(replace(FILE, collections=(one, two), version=version)), version)
    assert (figures.count, figures.total_cents, figures.message_id) == (2, 2501, "B-2026-1")


def test_what_stands_in_it():
    content = made(ONE)
    assert found(content, "DrctDbtTxInf/Dbtr/Nm") == ["J. Muller-Lukasz + Zn. -"]
    assert found(content, "Cdtr/Nm") == ["Bond + Zoon IJsselstein"]
    assert found(content, "RmtInf/Ustrd") == ["Contributie 2026"]
    assert found(content, "DbtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]
    assert found(content, "CdtrAgt/FinInstnId/BICFI") == ["ABNANL2A"]
    assert found(content, "PmtTpInf/SeqTp") == ["RCUR"]
    assert found(content, "CtrlSum") == ["25.00", "25.00"]
    assert b"PstlAdr" not in content


def test_version_02_says_bic_differently():
    content = made(replace(ONE, debtor_bic="INGBNL2A"), version="02")
    assert found(content, "DbtrAgt/FinInstnId/BIC") == ["INGBNL2A"]
    assert b"BICFI" not in content


def test_a_reference_replaces_the_free_text():
    content = made(replace(ONE, reference="5000056789012345"))
    assert found(content, "CdtrRefInf/Tp/Issr") == ["CUR"]
    assert found(content, "CdtrRefInf/Ref") == ["5000056789012345"]
    assert not found(content, "RmtInf/Ustrd")
    assert found(made(replace(ONE, reference="RF18539007547034")), "CdtrRefInf/Tp/Issr") == ["ISO"]


def test_recurring_and_one_off_are_groups_of_their_own_with_their_own_sums():
    content = made(ONE, replace(ONE, end_to_end_id="I2", sequence="OOFF", amount_cents=100), replace(ONE, end_to_end_id="I3"))
    assert found(content, "PmtInf/PmtInfId") == ["B-2026-1-RCUR", "B-2026-1-OOFF"]
    assert found(content, "PmtInf/NbOfTxs") == ["2", "1"]
    assert found(content, "PmtInf/CtrlSum") == ["50.00", "1.00"]


def test_a_new_account_is_told_as_smnda():
    content = made(replace(ONE, amendment=Amendment(is_other_account=True)))
    assert found(content, "OrgnlDbtrAcct/Id/Othr/Id") == ["SMNDA"]
    assert found(content, "AmdmntInd") == ["true"]


def test_the_same_file_is_written_again_byte_for_byte():
    assert made(ONE) == made(ONE)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount_cents": 0}, "collection_amount"),
        ({"amount_cents": -1}, "collection_amount"),
        ({"amount_cents": 100_000_000_000}, "collection_amount"),
        ({"end_to_end_id": "a//b"}, "sepa_reference_invalid"),
        ({"mandate_reference": "é"}, "sepa_reference_invalid"),
        ({"debtor_iban": "NL20<x/>"}, "iban_invalid"),
        ({"debtor_name": "Жук"}, "sepa_name_unwritable"),
        ({"reference": "5000056789012346"}, "payment_reference_invalid"),
    ],
)
def test_what_cannot_be_sent_is_refused(change, code):
    with pytest.raises(DomainError) as refused:
        made(replace(ONE, **change))
    assert refused.value.code == code


def test_the_edges_of_amounts_are_valid():
    for cents in (1, 99_999_999_999):
        assert validate([made(replace(ONE, amount_cents=cents))]).total_cents == cents


def test_an_empty_batch_and_a_double_reference_are_refused():
    with pytest.raises(DomainError, match="geen incasso"):
        made()
    with pytest.raises(DomainError, match="twee keer"):
        made(ONE, ONE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<NbOfTxs>1</NbOfTxs>", b"<NbOfTxs>2</NbOfTxs>"),
        (b"<CtrlSum>25.00</CtrlSum>", b"<CtrlSum>25.01</CtrlSum>"),
        (b'<InstdAmt Ccy="EUR">25.00', b'<InstdAmt Ccy="EUR">25.001'),
        (b"<SeqTp>RCUR</SeqTp>", b"<SeqTp>XXXX</SeqTp>"),
        (b"<ReqdColltnDt>2026-12-01", b"<ReqdColltnDt>2026-13-01"),
        (b"</Document>", b""),
    ],
)
def test_a_file_that_was_tampered_with_is_found(old, new):
    content = made(ONE)
    assert old in content
    with pytest.raises(DomainError) as refused:
        validate([content.replace(old, new)])
    assert refused.value.code == "debit_file_invalid"


@settings(max_examples=40, deadline=None)
@given(
    name=st.text(min_size=1, max_size=120),
    text=st.text(max_size=200),
    cents=st.lists(st.integers(1, 99_999_999), min_size=1, max_size=5),
)
def test_any_name_and_text_gives_a_valid_file_with_the_right_sum(name, text, cents):
    collections = tuple(
        replace(ONE, end_to_end_id=f"I{i}", amount_cents=c, debtor_name="X" + name, remittance=text) for i, c in enumerate(cents)
    )
    assert validate(write(replace(FILE, collections=collections))).total_cents == sum(cents)


@pytest.mark.parametrize("sequences", [("RCUR",), ("OOFF",), ("OOFF", "RCUR", "RCUR", "OOFF")])
def test_groups_that_come_by_once_give_the_same_bytes(sequences):
    several = tuple(replace(ONE, end_to_end_id=f"I{n}", amount_cents=100 + n, sequence=s) for n, s in enumerate(sequences))
    parted = [[c for c in several if c.sequence == s] for s in SEQUENCES]
    groups = [Group(g[0].sequence, len(g), sum(c.amount_cents for c in g), iter(g)) for g in parted if g]
    assert b"".join(write_groups(replace(FILE, collections=()), groups)) == made(*several)


def test_a_group_is_checked_as_it_comes_by():
    wrong = replace(ONE, end_to_end_id="I2", amount_cents=0)
    with pytest.raises(DomainError) as refused:
        list(write_groups(FILE, [Group("RCUR", 2, 2500, iter((ONE, wrong)))]))
    assert refused.value.code == "collection_amount"
