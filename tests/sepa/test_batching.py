from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sepa.batching import BatchLimits, BatchRules, DebitItem, left_out_by_reason, plan_batches
from tests.sepa.test_mandates import CREDITOR, DAY, GOOD, TODAY

RULES = BatchRules(CREDITOR)
ITEM = DebitItem(1, "2026-0001", 10, 2500, GOOD, date(2026, 11, 1))


def items(count, amount_cents=1000):
    return [replace(ITEM, invoice_id=i, invoice_number=f"F{i}", debtor_id=i, amount_cents=amount_cents) for i in range(1, count + 1)]


def plan(*found, rules=RULES):
    return plan_batches(found, DAY, TODAY, rules)


def reasons(*found, rules=RULES):
    return {(left.item.invoice_id, r.code) for left in plan(*found, rules=rules).left_out for r in left.reasons}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"mandate": None}, "mandate_missing"),
        ({"mandate": replace(GOOD, revoked_on=TODAY)}, "mandate_revoked"),
        ({"announced_on": None}, "not_announced"),
        ({"announced_on": date(2026, 11, 18)}, "announced_late"),
        ({"is_under_way": True}, "item_under_way"),
        ({"blocked_because": "betalingsregeling"}, "item_blocked"),
        ({"amount_cents": 0}, "item_nothing_open"),
        ({"amount_cents": -1}, "item_nothing_open"),
        ({"amount_cents": 100_000_000_000}, "item_too_large"),
        ({"debtor_credit_cents": 100}, "debtor_credit"),
    ],
)
def test_who_is_left_out_and_why(change, code):
    assert reasons(replace(ITEM, **change)) == {(1, code)}


def test_one_that_can_be_collected():
    made = plan(ITEM)
    assert not made.left_out
    assert [(b.collection_day, b.total_cents, len(b.items)) for b in made.batches] == [(DAY, 2500, 1)]


def test_announced_exactly_in_time():
    assert not plan(replace(ITEM, announced_on=date(2026, 11, 17))).left_out


def test_the_same_invoice_twice_is_collected_once():
    made = plan(ITEM, ITEM)
    assert made.batches[0].total_cents == 2500
    assert [left.reasons[0].code for left in made.left_out] == ["item_double"]


def test_a_one_off_mandate_serves_one_invoice():
    mandate = replace(GOOD, sort="OOFF")
    first, second = replace(ITEM, mandate=mandate), replace(ITEM, invoice_id=2, invoice_number="F2", mandate=mandate)
    assert reasons(second, first) == {(2, "mandate_used")}


def test_credit_is_netted_over_the_oldest_first():
    rules = replace(RULES, nets_credit=True)
    three = [replace(ITEM, invoice_id=i, amount_cents=1000, debtor_credit_cents=1400) for i in (1, 2, 3)]
    made = plan(*three, rules=rules)
    assert [(p.item.invoice_id, p.amount_cents, p.netted_cents) for p in made.batches[0].items] == [(2, 600, 400), (3, 1000, 0)]
    assert [(left.item.invoice_id, left.reasons[0].code) for left in made.left_out] == [(1, "covered_by_credit")]


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (BatchLimits(item_cents=999), "over_item_limit"),
        (BatchLimits(batch_cents=999), "over_batch_limit"),
        (BatchLimits(period_cents=2500, period_used_cents=2000), "over_period_limit"),
    ],
)
def test_over_a_limit(limits, code):
    assert reasons(*items(1), rules=replace(RULES, limits=limits)) == {(1, code)}


def test_split_by_count_and_amount():
    by_count = plan(*items(5), rules=replace(RULES, limits=BatchLimits(batch_count=2)))
    assert [[p.item.invoice_id for p in b.items] for b in by_count.batches] == [[1, 2], [3, 4], [5]]
    by_amount = plan(*items(5), rules=replace(RULES, limits=BatchLimits(batch_cents=2999)))
    assert [b.total_cents for b in by_amount.batches] == [2000, 2000, 1000]


def test_what_no_longer_fits_the_period_is_left_out():
    made = plan(*items(5), rules=replace(RULES, limits=BatchLimits(period_cents=3500)))
    assert made.batches[0].total_cents == 3000
    assert set(left_out_by_reason(made)) == {"over_period_limit"}


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(-100, 5000), st.booleans()), max_size=30),
    st.integers(1, 5),
    st.one_of(st.none(), st.integers(100, 6000)),
    st.randoms(),
)
def test_nothing_is_lost_doubled_or_over_a_limit_and_order_does_not_matter(rows, count, batch_cents, random):
    found = [replace(ITEM, invoice_id=i, debtor_id=i % 5, amount_cents=a, mandate=GOOD if m else None) for i, a, m in rows]
    found = list({f.invoice_id: f for f in found}.values())
    rules = replace(RULES, limits=BatchLimits(batch_cents=batch_cents, batch_count=count))
    made = plan(*found, rules=rules)
    taken = [p.item.invoice_id for b in made.batches for p in b.items]
    assert sorted(taken + [left.item.invoice_id for left in made.left_out]) == sorted(f.invoice_id for f in found)
    assert all(len(b.items) <= count and (batch_cents is None or b.total_cents <= batch_cents) for b in made.batches)
    mixed = list(found)
    random.shuffle(mixed)
    assert plan(*mixed, rules=rules) == made
