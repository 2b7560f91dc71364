import io
import time

import pytest

from app.bank.camt053 import ReadLimits, read_statements
from app.kernel.errors import FileRefused
from tests.bank.camt_builder import Line, Stmt, Tx, camt

SMALL = camt(Stmt([Line("10.00", details=[Tx("10.00", "NL20INGB0001234567", "P. Jansen", ["Contributie"])])]))
BODY = SMALL.split(b"?>", 1)[1]
LAUGHS = (
    b"<!DOCTYPE x [<!ENTITY a 'ha'>"
    + b"".join(f"<!ENTITY b{i} '{f'&b{i - 1};' * 10 if i else '&a;' * 10}'>".encode() for i in range(12))
    + b"]>"
)


def refused(content, code):
    begin = time.perf_counter()
    with pytest.raises(FileRefused) as found:
        read_statements(content, "a.xml")
    assert time.perf_counter() - begin < 1
    assert found.value.code == code
    assert found.value.refusals
    assert found.value.message.startswith("a.xml is niet ingelezen")
    return found.value


def test_a_file_cut_off_at_any_byte_is_refused():
    whole = SMALL.rstrip()
    assert read_statements(whole, "a.xml")
    for length in range(len(whole)):
        with pytest.raises(FileRefused):
            read_statements(whole[:length], "a.xml")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "statement_file_empty"),
        (b"   \n", "statement_file_unreadable"),
        (b"<!DOCTYPE html><html><body>Inloggen</body></html>", "statement_file_unreadable"),
        (b"<html><body>Inloggen</body></html>", "statement_file_unreadable"),
        (b":20:940S161020\n:25:NL91ABNA0417164300\n", "statement_file_unreadable"),
        (b"PK\x03\x04rest", "statement_file_unreadable"),
        (b"Datum;Bedrag\n", "statement_file_unreadable"),
        (b"\x00" * 2000, "statement_file_unreadable"),
        (b"<?xml version='1.0'?>" + LAUGHS + b"<Document>&b11;</Document>", "statement_file_hostile"),
        (b"<?xml version='1.0'?><!DOCTYPE x SYSTEM 'file:///etc/passwd'>" + BODY, "statement_file_hostile"),
        (b"<?xml version='1.0'?><!doctype x [<!ENTITY e SYSTEM 'http://127.0.0.1/'>]>" + BODY, "statement_file_hostile"),
        (b"<?xml version='1.0'?><!--" + b"x" * 70_000 + b"--><!DOCTYPE x [<!ENTITY e 'y'>]>" + BODY, "statement_file_hostile"),
        (
            "<?xml version='1.0' encoding='UTF-16'?><!DOCTYPE x [<!ENTITY e 'y'>]>".encode("utf-16") + BODY.decode().encode("utf-16-le"),
            "statement_file_hostile",
        ),
        (SMALL.replace(b"053.001.08", b"053.001.01"), "statement_version_unknown"),
        (SMALL.replace(b"053.001.08", b"053.001.15"), "statement_version_unknown"),
        (SMALL.replace(b"camt.053", b"camt.052"), "statement_version_unknown"),
        (SMALL.replace(b"camt.053", b"camt.054"), "statement_version_unknown"),
        (SMALL.replace(b"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08", b"urn:elders"), "statement_version_unknown"),
        (SMALL.replace(b"Contributie", b"Contribu\xebtie"), "statement_file_unreadable"),
        (SMALL.replace(b"Contributie", b"Contri\x00butie"), "statement_file_unreadable"),
        (SMALL.replace(b"Contributie", b"&onbekend;"), "statement_file_unreadable"),
        (SMALL + SMALL, "statement_file_unreadable"),
    ],
    ids=lambda value: repr(value[:30]) if isinstance(value, bytes) else value,
)
def test_what_is_no_statement_is_refused_in_dutch_within_a_second(content, code):
    refused(content, code)


def test_the_version_that_was_found_is_named():
    assert "camt.053.001.15" in refused(SMALL.replace(b"053.001.08", b"053.001.15"), "statement_version_unknown").message


def test_a_latin_1_file_that_says_so_is_read_right():
    content = SMALL.decode().replace("UTF-8", "ISO-8859-15").replace("Contributie", "Contribuëtie €").encode("iso-8859-15")
    assert read_statements(content, "a.xml")[0].entries[0].payments[0].text == "Contribuëtie €"


def test_a_byte_order_mark_and_utf16_are_read():
    assert read_statements(b"\xef\xbb\xbf" + SMALL, "a.xml")
    assert read_statements(SMALL.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "a.xml")


def test_a_comment_cannot_hide_a_part_of_an_amount():
    content = SMALL.replace(b">10.00<", b">1<!-- x -->0.00<")
    assert read_statements(content, "a.xml")[0].entries[0].cents == 1000


@pytest.mark.parametrize("limits", [ReadLimits(file_bytes=500), ReadLimits(entries=1), ReadLimits(details=1)])
def test_a_file_that_is_too_large_stops(limits):
    content = camt(Stmt([Line("10.00", details=[Tx("5.00"), Tx("5.00")]), Line("10.00")]))
    with pytest.raises(FileRefused) as found:
        read_statements(io.BytesIO(content), "a.xml", limits)
    assert found.value.code == "statement_file_too_large"


def test_deep_nesting_is_refused():
    deep = SMALL.replace(b"<Ustrd>Contributie", b"<Ustrd>" + b"<a>" * 5000 + b"</a>" * 5000)
    refused(deep, "statement_file_unreadable")
