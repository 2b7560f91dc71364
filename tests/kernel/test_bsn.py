"""Where the line lies between a BSN and another number, as a table."""

from __future__ import annotations

import pytest
from flask import Flask

from app.functions.models import FunctionTerm
from app.kernel.actor import system_actor
from app.kernel.bsn import holds_bsn, may_hold_bsn, passes_eleven
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction, working_as
from app.relations.usecases import change_relation
from tests.federation import Federation

REFUSED, FLAGGED, FINE = (True, True), (False, True), (False, False)
CASES = [
    ("Zijn BSN is 111222333", REFUSED),
    ("bsn: 111.222.333 (paspoort gezien)", REFUSED),
    ("Burgerservicenummer 1112.22.333", REFUSED),
    ("sofinummer 111-222-333", REFUSED),
    ("111222333", REFUSED),
    (" 111 222 333 ", REFUSED),
    ("Gaf 111222333 op", FLAGGED),
    ("belt op 111222333 of later", FLAGGED),
    ("tel. 111222333", FINE),
    ("lidnummer 111222333", FINE),
    ("factuurnr: 111222333", FINE),
    ("Zijn BSN is 111222334", FINE),  # does not pass the test
    ("BSN: 000000000", FINE),
    ("bsn 1112223334", FINE),  # ten figures
    ("BSN gevraagd, niet genoteerd; NL02ABNA0111222333", FINE),
    ("bsn? +31 111222333", FINE),
    ("NL20 INGB 0001 2345 67", FINE),
    ("06-12345678 en 0612345678", FINE),
    ("kenmerk 4000 1112 2233 3000", FINE),
    ("Gewoon een opmerking uit 2024.", FINE),
    ("", FINE),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_where_the_line_lies(text: str, expected: tuple[bool, bool]) -> None:
    assert (holds_bsn(text), may_hold_bsn(text)) == expected


def test_one_in_eleven_numbers_passes() -> None:
    assert 8_000 < sum(passes_eleven(f"{number:09d}") for number in range(123_000_000, 123_100_000)) < 10_000


def test_no_row_takes_one_whoever_writes_it(federation: Federation, app: Flask) -> None:
    card = federation.relation("A1", "Nummerman")
    held = federation.holds(card, "A1")
    with federation.as_("bram"), pytest.raises(DomainError) as refusal:
        change_relation(card, remarks="BSN 111222333")
    assert refusal.value.parameters["field"] == "remarks"
    assert "111222333" not in refusal.value.message
    for values, field in (({"remarks": "bsn 111222333"}, "remarks"), ({"custom_values": {"7": "111222333"}}, "custom_7")):
        with working_as(system_actor("test")), pytest.raises(DomainError) as refusal, transaction() as session:
            term = session.get_one(FunctionTerm, held)
            for name, value in values.items():
                setattr(term, name, value)
        assert refusal.value.parameters["field"] == field
    db.session.rollback()
