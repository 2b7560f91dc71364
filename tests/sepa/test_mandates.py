from dataclasses import replace
from datetime import date

import pytest

from app.kernel.errors import DomainError
from app.sepa.mandates import (
    Amendment,
    MandateAsUsed,
    MandateFacts,
    amendment_since,
    check_direct_debit,
    last_day_of_use,
    reasons_against,
)

CREDITOR = "NL69ZZZ123456780000"
TODAY = date(2026, 11, 23)
DAY = date(2026, 12, 1)
GOOD = MandateFacts("M-1", "RCUR", date(2024, 1, 1), "NL91ABNA0417164300", "P. Jansen", CREDITOR)


def codes(mandate, **more):
    return [r.code for r in reasons_against(mandate, DAY, creditor_id=CREDITOR, today=TODAY, **more)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"signed_on": None}, ["mandate_unsigned"]),
        ({"signed_on": date(2026, 11, 24)}, ["mandate_future"]),
        ({"signed_on": TODAY}, []),
        ({"revoked_on": date(2026, 6, 1)}, ["mandate_revoked"]),
        ({"revoked_on": DAY}, ["mandate_revoked"]),
        ({"revoked_on": date(2026, 12, 2)}, []),
        ({"is_blocked": True}, ["mandate_blocked"]),
        ({"signed_on": date(2023, 12, 1)}, []),
        ({"signed_on": date(2023, 11, 30)}, ["mandate_lapsed"]),
        ({"signed_on": date(2010, 1, 1), "last_used_on": date(2023, 12, 1)}, []),
        ({"signed_on": date(2010, 1, 1), "last_used_on": date(2023, 11, 30)}, ["mandate_lapsed"]),
        ({"sort": "OOFF"}, []),
        ({"sort": "OOFF", "last_used_on": date(2026, 1, 1)}, ["mandate_used"]),
        ({"sort": "FRST"}, ["mandate_sort"]),
        ({"creditor_id": "NL70ZZZ000000010000"}, ["mandate_creditor"]),
        ({"iban": "NL91ABNA0417164301"}, ["iban_invalid"]),
        ({"iban": "BE68539007547034"}, []),
        ({"iban": "BR1800360305000010009795493C1"}, ["iban_outside_sepa"]),
        ({"reference": "/M"}, ["mandate_reference"]),
        ({"holder": "Жук"}, ["holder_unwritable"]),
        ({"is_blocked": True, "signed_on": None}, ["mandate_unsigned", "mandate_blocked"]),
    ],
)
def test_when_a_mandate_can_be_used(change, expected):
    assert codes(replace(GOOD, **change)) == expected


def test_a_foreign_account_is_refused_where_the_bank_does_not_take_it():
    assert codes(replace(GOOD, iban="BE68539007547034"), countries=frozenset({"NL"})) == ["iban_foreign"]


def test_every_reason_is_a_dutch_sentence_with_a_remedy():
    worst = replace(GOOD, signed_on=None, is_blocked=True, creditor_id="X", iban="NL00", revoked_on=DAY)
    for reason in reasons_against(worst, DAY, creditor_id=CREDITOR, today=TODAY):
        assert reason.message.endswith(".")
        assert len(reason.message.split(". ")) >= 2


def test_direct_debit_without_mandate_is_refused():
    with pytest.raises(DomainError) as refused:
        check_direct_debit(None, DAY, creditor_id=CREDITOR, today=TODAY)
    assert refused.value.code == "mandate_missing"
    check_direct_debit(GOOD, DAY, creditor_id=CREDITOR, today=TODAY)
    with pytest.raises(DomainError, match="ingetrokken"):
        check_direct_debit(replace(GOOD, revoked_on=DAY), DAY, creditor_id=CREDITOR, today=TODAY)


def test_it_lapses_after_36_months():
    assert last_day_of_use(GOOD) == date(2027, 1, 1)
    assert last_day_of_use(replace(GOOD, last_used_on=date(2026, 2, 28))) == date(2029, 2, 28)
    assert last_day_of_use(replace(GOOD, signed_on=None)) is None


USED = MandateAsUsed("M-1", GOOD.iban, CREDITOR, "Bond")


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (None, None),
        (USED, None),
        (replace(USED, iban="NL20INGB0001234567"), Amendment(is_other_account=True)),
        (replace(USED, reference="OUD-1"), Amendment(original_reference="OUD-1")),
        (
            replace(USED, creditor_id="NL70ZZZ000000010000", creditor_name="Afdeling"),
            Amendment(original_creditor_id="NL70ZZZ000000010000", original_creditor_name="Afdeling"),
        ),
    ],
)
def test_what_the_next_collection_tells(used, expected):
    assert amendment_since(used, GOOD, "Bond") == expected
