from datetime import date

import pytest

from app.bank.camt053 import read_statements
from app.bank.invariants import KnownAccount, KnownStatement, check_file, entry_keys, payment_key
from app.kernel.errors import FileRefused
from tests.bank.camt_builder import OUR_IBAN, Line, Stmt, Tx, camt

TODAY = date(2026, 11, 23)
ACCOUNT = KnownAccount(OUR_IBAN, date(2026, 1, 1), 100_000)
EARLIER = KnownStatement("S-0", 1, date(2026, 11, 19), date(2026, 11, 19), 100_000, date(2026, 11, 20))


def check(*statements, account=ACCOUNT, today=TODAY):
    return check_file(read_statements(camt(*statements), "a.xml"), "a.xml", {account.iban: account}, today)


def known(**more):
    return KnownAccount(**{"iban": OUR_IBAN, "starts_on": date(2026, 1, 1), "opening_cents": 0, "statements": (EARLIER,), **more})


def refusal(*statements, account=ACCOUNT):
    with pytest.raises(FileRefused) as refused:
        check(*statements, account=account)
    return refused.value


def test_a_statement_that_follows_on():
    checked = check(Stmt([Line("10.00")]))
    assert not checked.gaps
    assert len(checked.statements[0].entry_keys) == 1
    assert not check(Stmt([Line("10.00")]), account=known()).gaps


@pytest.mark.parametrize(
    ("statement", "account", "code", "words"),
    [
        (Stmt([Line("10.00")], closing="1010.01"), ACCOUNT, "statement_not_adding_up", "0,01"),
        (Stmt([Line("10.00")], closing="990.00"), ACCOUNT, "statement_not_adding_up", "20,00"),
        (Stmt([Line("10.00")], iban="NL20INGB0001234567"), ACCOUNT, "statement_other_account", OUR_IBAN),
        (Stmt([Line("10.00", day="2025-12-31")], day="2025-12-31"), ACCOUNT, "statement_before_start", "01-01-2026"),
        (Stmt([Line("10.00", day="2026-11-24")]), ACCOUNT, "statement_in_future", "24-11-2026"),
        (Stmt([Line("10.00")], name="S-0"), known(), "statement_imported_before", "20-11-2026"),
        (Stmt([Line("10.00", day="2026-11-19")], day="2026-11-19", opening="990.00"), known(), "statement_overlaps", "19-11-2026"),
        (Stmt([], first_day="2026-11-18", last_day="2026-11-20"), known(), "statement_overlaps", "18-11-2026"),
    ],
)
def test_what_may_not_be_stored(statement, account, code, words):
    found = refusal(statement, account=account)
    assert found.code == code
    assert words in found.message


def test_a_gap_is_a_question_not_a_refusal():
    checked = check(Stmt([Line("10.00")], opening="1250.00"))
    (gap,) = checked.gaps
    assert (gap.expected_cents, gap.found_cents) == (100_000, 125_000)
    assert "verschil van €\u00a0250,00" in gap.message


def test_a_second_statement_of_the_same_day_that_follows_on_is_taken():
    checked = check(Stmt([Line("10.00", day="2026-11-19")], day="2026-11-19"), account=known())
    assert not checked.gaps


def test_an_entry_that_is_in_already_is_an_overlap_also_under_another_name():
    first = Stmt([Line("10.00", reference="R1"), Line("20.00", reference="R2")])
    keys = check(first).statements[0].entry_keys
    account = known(statements=(), opening_cents=100_000, entry_keys=frozenset(keys))
    found = refusal(Stmt([Line("20.00", reference="R2")], name="S-9"), account=account)
    assert found.code == "statement_overlaps"
    assert "1 van de 1" in found.message


def test_statements_of_one_file_are_put_in_order_and_follow_each_other():
    later = Stmt([Line("5.00", day="2026-11-21")], name="S-2", number=2, day="2026-11-21", opening="1010.00")
    checked = check(later, Stmt([Line("10.00")]))
    assert [s.statement.head.statement_id for s in checked.statements] == ["S-1", "S-2"]
    assert not checked.gaps
    missing = Stmt([], name="S-3", number=4, day="2026-11-22", opening="1016.00")
    assert [g.statement_id for g in check(missing, later, Stmt([Line("10.00")])).gaps] == ["S-3"]


def test_the_same_statement_twice_in_one_file():
    assert refusal(Stmt([Line("10.00")]), Stmt([Line("10.00")])).code == "statement_imported_before"


def test_every_refusal_is_given_at_once():
    found = refusal(Stmt([Line("10.00")], closing="1.00"), Stmt([Line("10.00")], iban="NL20INGB0001234567", name="S-2"))
    assert len(found.refusals) == 2


def test_two_equal_payments_on_one_day_both_stay_and_keys_are_the_same_again():
    twice = [Line("10.00", details=[Tx("10.00", "NL20INGB0001234567", "P", ["x"])])] * 2
    (statement,) = read_statements(camt(Stmt(twice)), "a.xml")
    keys = entry_keys(OUR_IBAN, statement.entries)
    assert len(set(keys)) == 2
    (again,) = read_statements(camt(Stmt(twice), version="02"), "b.xml")
    assert entry_keys(OUR_IBAN, again.entries) == keys
    assert len(payment_key(keys[0], 12)) <= 80
